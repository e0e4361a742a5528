"""When an NWB recording ran, and which bins of the trials were recorded.

`obs_intervals` say so where the file has them; else, where no unit spikes outside the rows of the interval table, the
rows; else the time from the first to the last spike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from jedi.errors import JediError
from jedi.recordings.binning import RECORDED_PART, Windows
from jedi.recordings.intervals import Times, contains, coverage, duration, intersection, union, without
from jedi.recordings.nwb_rows import Rows
from jedi.recordings.nwb_tables import IntervalTable
from jedi.recordings.nwb_units import Units


@dataclass(frozen=True)
class RecordedTime:
    """When the recording ran."""

    stretches: Times  # (S, 2) s
    rule: str  # "obs_intervals" | "rows" | "spikes"
    line: str  # for the report

    def spikes(self, times: Times) -> Times:
        """Those of the times (s) that lie in recorded time."""
        return times[contains(self.stretches, times)]


def recorded_time(units: Units, table: IntervalTable, invalid: IntervalTable | None) -> RecordedTime:
    """When the recording ran, by the first of three rules that applies, less the file's `invalid_times`."""
    starts, stops = table.times("start_time"), table.times("stop_time")
    rows = union(starts, stops)
    spikes = [times for times in units.spikes if len(times)]
    if not spikes:
        raise JediError("no unit has a spike: nothing to import")
    if units.observed is not None:
        stretches = reduce(intersection, units.observed)
        line = "recorded time from obs_intervals, where all kept units were observed"
        rule = "obs_intervals"
        if len(stretches) == 0:
            raise JediError("the obs_intervals of the kept units have no time in common: choose areas with --area")
    elif len(rows) and all(contains(rows, times).all() for times in spikes):
        stretches, rule = rows, "rows"
        line = f"no spike outside the rows of {table.name!r}: only those rows count as recorded"
    else:
        first, last = min(times[0] for times in spikes), max(times[-1] for times in spikes)
        stretches, rule = union(np.array([first]), np.array([last])), "spikes"
        line = f"recorded from the first to the last spike, {first:.6g} to {last:.6g} s"
    if invalid is not None:
        bad = union(invalid.times("start_time"), invalid.times("stop_time"))
        stretches = without(stretches, bad)
        line += f", less {duration(bad):.3g} s of invalid_times"
    return RecordedTime(stretches, rule, line)


def recorded_bins(
    windows: Windows, recorded: RecordedTime, table: IntervalTable, rows: Rows, lines: list[str]
) -> npt.NDArray[np.bool_]:
    """(K, T): at least three quarters of the bin lie in recorded time.

    Of a row that has no stop_time, while others have one, nothing is known to be recorded but what other rows cover
    (obs_intervals decide where the file has them).
    """
    mask = coverage(recorded.stretches, windows.starts, windows.bins, windows.width) >= RECORDED_PART - 1e-6
    stops = table.times("stop_time")
    endless = ~np.isfinite(stops[rows.index])
    if recorded.rule != "obs_intervals" and endless.any() and np.isfinite(stops).any():
        known = union(table.times("start_time"), stops)
        part = coverage(known, windows.starts[endless], windows.bins, windows.width)
        mask[endless] &= part >= RECORDED_PART - 1e-6
        count = int(endless.sum())
        lines.append(f"{count} {'row has' if count == 1 else 'rows have'} no stop_time: masked")
    if not mask.any():
        low, high = recorded.stretches[0, 0], recorded.stretches[-1, 1]
        raise JediError(
            f"the window {rows.window[0]:g} to {rows.window[1]:g} s around {rows.align} lies outside the recording in "
            f"all {len(mask)} trials (recorded: {low:.6g} to {high:.6g} s): choose another --window"
        )
    return mask
