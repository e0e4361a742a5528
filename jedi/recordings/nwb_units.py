"""Sorted units of an NWB file: spike times, areas and when each was observed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.errors import JediError
from jedi.recordings.intervals import Times, union
from jedi.recordings.nwb_tables import read_table
from jedi.safe_hdf5 import SafeFile, is_text

AREA_COLUMNS = ("location", "area", "brain_area", "brain_region", "region", "structure")
ELECTRODES = "/general/extracellular_ephys/electrodes"


@dataclass(frozen=True)
class Units:
    """N units of one recording."""

    spikes: list[Times]  # of each unit, s, in order
    table: pd.DataFrame  # N rows: id, area and the file's other columns of one value a unit
    area_source: str  # where the areas come from, in words; empty: nowhere
    observed: list[Times] | None  # of each unit, stretches (S, 2) in s; None where the file does not say
    missing: int  # spike times that are no numbers, left out

    @property
    def areas(self) -> dict[str, int]:
        """Units of each area."""
        counts = self.table["area"].value_counts() if "area" in self.table else pd.Series(dtype=int)
        return {str(area): int(counts[area]) for area in sorted(counts.index)}


def read_units(safe: SafeFile) -> Units:
    """The units of /units, or `JediError` that says what is there instead."""
    if safe.group("/units") is None or safe.dataset("/units/spike_times") is None:
        top = ", ".join(sorted(str(key) for key in safe.file)[:12]) or "nothing"
        if safe.group("/units") is None and "nwb_version" not in safe.file.attrs and safe.group("/intervals") is None:
            raise JediError(f"{safe.name!r} is HDF5 but not an NWB file (no /units and no /intervals; it has: {top})")
        raise JediError(f"{safe.name!r} has no sorted units (no /units/spike_times; at its top: {top})")
    bounds = _bounds(safe, "spike_times")
    flat = safe.numbers(safe.file["/units/spike_times"], np.float64).ravel()
    good = np.isfinite(flat)
    spikes = []
    for first, last in pairwise(bounds):
        times = flat[first:last]
        if not good[first:last].all():
            times = times[good[first:last]]
        spikes.append(times if np.all(times[1:] >= times[:-1]) else np.sort(times))
    count = len(spikes)
    table = _other_columns(safe, count)
    areas, source = _areas(safe, table, count)
    if areas is not None:
        table = table.drop(columns=[key for key in ("area", source.rsplit(" ", 1)[-1]) if key in table])
        table.insert(min(1, table.shape[1]), "area", pd.Series(areas, table.index, dtype="str"))
    return Units(spikes, table, source, _observed(safe, count), int((~good).sum()))


def _bounds(safe: SafeFile, column: str) -> npt.NDArray[np.int64]:
    """(N + 1,): where each unit's values begin in a ragged column, and the end."""
    values = safe.file[f"/units/{column}"]
    index = safe.dataset(f"/units/{column}_index")
    length = int(values.shape[0]) if values.shape else 0
    ends = np.array([length]) if index is None else safe.numbers(index).ravel()
    if ends.dtype.kind not in "iu" and not np.all(ends == np.round(ends)):
        raise JediError(f"{safe.name!r}: /units/{column}_index holds no whole numbers")
    if ends.size and (ends.max() > length or ends.min() < 0 or np.any(ends[1:] < ends[:-1])):
        raise JediError(
            f"{safe.name!r}: /units/{column}_index does not fit: it must rise and end at {length}, the number of values"
        )
    if ends.size == 0:
        raise JediError(f"{safe.name!r} has no units (its units table is empty)")
    return np.concatenate([[0], ends.astype(np.int64)])


def _other_columns(safe: SafeFile, count: int) -> pd.DataFrame:
    table = read_table(safe, "/units", "units", rows=count).columns
    return table.drop(columns=[key for key in ("spike_times", "obs_intervals", "electrodes") if key in table])


def _areas(safe: SafeFile, table: pd.DataFrame, count: int) -> tuple[list[str] | None, str]:
    """The area of each unit and where it stands: a column of units, their electrodes, or their electrode group."""
    for key in AREA_COLUMNS:
        if key in table and not pd.api.types.is_numeric_dtype(table[key]):
            return list(table[key]), f"units column {key}"
    electrode = _first_electrodes(safe, count)
    if electrode is not None:
        for key in AREA_COLUMNS:
            column = safe.dataset(f"{ELECTRODES}/{key}")
            if column is not None and is_text(column):
                names = safe.strings(column).ravel()
                inside = (electrode >= 0) & (electrode < len(names))
                return [names[e] if ok else "" for e, ok in zip(electrode, inside, strict=True)], "their electrodes"
    return _areas_of_groups(safe, count)


def _first_electrodes(safe: SafeFile, count: int) -> npt.NDArray[np.int64] | None:
    """The row of each unit's first electrode; -1 where it has none."""
    region = safe.dataset("/units/electrodes")
    if region is None or region.dtype.kind not in "iu":
        return None
    rows = safe.numbers(region, np.int64).ravel()
    if safe.dataset("/units/electrodes_index") is None:
        return rows if len(rows) == count else None
    bounds = _bounds(safe, "electrodes")
    if len(bounds) != count + 1:
        return None
    has = bounds[1:] > bounds[:-1]
    return np.where(has, np.append(rows, -1)[np.where(has, bounds[:-1], len(rows))], -1)


def _areas_of_groups(safe: SafeFile, count: int) -> tuple[list[str] | None, str]:
    """The attribute `location` of each unit's electrode group; references are resolved by name, never opened."""
    import h5py

    column = safe.dataset("/units/electrode_group")
    if column is None or column.shape != (count,) or h5py.check_ref_dtype(column.dtype) is not h5py.Reference:
        return None, ""
    safe.check(column)
    known: dict[str, str] = {}
    areas: list[str] = []
    for reference in safe.slab(column, 0, count):
        raw: Any = h5py.h5r.get_name(reference, safe.file.id) if reference else None
        path = raw.decode("utf-8", "replace") if raw else ""
        if path not in known:
            group = safe.group(path) if path in safe.groups else None
            value = safe.attribute(group, "location") if group is not None else None
            known[path] = str(value) if value is not None else ""
        areas.append(known[path])
    return (areas, "their electrode groups") if any(areas) else (None, "")


def _observed(safe: SafeFile, count: int) -> list[Times] | None:
    """The stretches in which each unit was observed, from `obs_intervals`."""
    dataset = safe.dataset("/units/obs_intervals")
    if dataset is None or dataset.ndim != 2 or dataset.shape[1] != 2 or dataset.shape[0] == 0:
        return None
    bounds = _bounds(safe, "obs_intervals")
    if len(bounds) != count + 1:
        return None
    pairs = safe.numbers(dataset, np.float64)
    return [union(*pairs[first:last].T) for first, last in pairwise(bounds)]
