"""Which units of an NWB recording are kept: by area, and by rate in the windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jedi.errors import JediError
from jedi.recordings.binning import Windows, counts_of_unit
from jedi.recordings.nwb_recorded import RecordedTime
from jedi.recordings.nwb_units import Units

DEFAULT_RATE = 0.5  # spikes/s


def units_of_areas(units: Units, areas: tuple[str, ...], lines: list[str]) -> tuple[Units, dict[str, Any]]:
    """The units of the areas, and the first facts on neurons."""
    facts: dict[str, Any] = {"units": len(units.spikes), "areas": units.areas, "area_source": units.area_source}
    if units.missing:
        lines.append(f"{units.missing} spike times are no numbers and were left out")
    if not areas:
        return units, facts
    unknown = [area for area in areas if area not in units.areas]
    if unknown:
        there = ", ".join(f"{area or '(empty)'} ({n} units)" for area, n in units.areas.items())
        raise JediError(f"no units in area {unknown[0]!r} (areas: {there or 'the file names none'})")
    return _chosen_units(units, np.flatnonzero(units.table["area"].isin(areas).to_numpy())), facts


def units_of_rate(
    units: Units,
    recorded: RecordedTime,
    windows: Windows,
    mask: npt.NDArray[np.bool_],
    min_rate: float | None,
    facts: dict[str, Any],
    lines: list[str],
) -> tuple[Units, npt.NDArray[np.float64]]:
    """The units that fire often enough, with their rates in spikes/s over the recorded bins of the windows."""
    seconds = max(float(mask.sum()) * windows.width, 1e-9)
    rate = np.array([counts_of_unit(recorded.spikes(times), windows)[mask].sum() for times in units.spikes]) / seconds
    threshold = DEFAULT_RATE if min_rate is None else min_rate
    keep = rate >= threshold
    if min_rate is None and keep.mean() < 0.5:
        threshold, keep = 0.0, rate > 0
    if not keep.any():
        raise JediError(
            f"no unit fires {threshold:g} spikes/s or more in the windows (the highest rate is {rate.max():.3g}): "
            "lower --min-rate or move the --window"
        )
    facts |= {"kept": int(keep.sum()), "below_min_rate": int((~keep).sum()), "min_rate": threshold}
    if not keep.all():
        below = f"below {threshold:g} spikes/s" if threshold else "without a spike"
        lines.append(f"{int((~keep).sum())} of {len(keep)} units left out: {below} in the recorded bins")
    index = np.flatnonzero(keep)
    return _chosen_units(units, index), rate[index]


def _chosen_units(units: Units, index: npt.NDArray[np.int64]) -> Units:
    observed = [units.observed[n] for n in index] if units.observed is not None else None
    table = units.table.iloc[index].reset_index(drop=True)
    return Units([units.spikes[n] for n in index], table, units.area_source, observed, units.missing)
