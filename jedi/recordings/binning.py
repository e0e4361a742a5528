"""Windows around events, cut in bins whose edges come from integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jedi.errors import JediError

Times = npt.NDArray[np.float64]

MOST_BINS = 1_000_000
RECORDED_PART = 0.75  # of a bin must be recorded for the bin to count as recorded


@dataclass(frozen=True)
class Windows:
    """K windows of T bins: bin t of window k is [starts[k] + t width, starts[k] + (t + 1) width)."""

    starts: Times  # (K,) s
    bins: int  # T
    width: float  # s
    left_over: float  # s at the window's end that fill no bin

    @property
    def stops(self) -> Times:
        """(K,) s: the ends of the last bins."""
        return self.starts + self.bins * self.width

    def widened(self, before: int, after: int) -> Windows:
        """The same windows with more bins on both sides."""
        return Windows(self.starts - before * self.width, before + self.bins + after, self.width, 0.0)


def windows_around(events: Times, window: tuple[float, float], width: float) -> Windows:
    """Windows [event + window[0], event + window[1]), the same number of bins in each."""
    exact = (window[1] - window[0]) / width
    bins = int(np.floor(exact + 1e-6))
    if not 1 <= bins <= MOST_BINS:
        raise JediError(
            f"a window of {window[1] - window[0]:g} s in bins of {width:g} s gives {bins:,} bins; "
            f"expected 1 to {MOST_BINS:,}"
        )
    left_over = max(0.0, exact - bins) * width
    return Windows(events + window[0], bins, width, left_over if left_over > 1e-6 * width else 0.0)


def counts_of_unit(spikes: Times, windows: Windows) -> npt.NDArray[np.int64]:
    """Spikes of one unit in each bin, (K, T); `spikes` in order. A spike in two windows counts in both.

    A spike on an edge falls in the bin that the edge opens; a spike within a nanosecond (or four last bits of the
    clock) before an edge is on it: 0.1 k + 1 and 0.1 (k + 10) differ in their last bits.
    """
    shape = (len(windows.starts), windows.bins)
    near = 1e-9 + 4 * float(np.spacing(np.abs(windows.starts).max()))
    first = np.searchsorted(spikes, windows.starts - near)
    last = np.searchsorted(spikes, windows.stops - near)
    number = last - first
    trial = np.repeat(np.arange(shape[0]), number)
    spike = np.arange(len(trial)) - np.repeat(np.cumsum(number) - number, number) + first[trial]
    position = (spikes[spike] - windows.starts[trial] + near) / windows.width
    bin_ = np.clip(np.floor(position).astype(np.int64), 0, shape[1] - 1)
    return np.bincount(trial * shape[1] + bin_, minlength=shape[0] * shape[1]).reshape(shape)
