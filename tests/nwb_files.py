"""Small NWB files for tests, written with h5py alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def write_nwb(
    path: Path,
    spikes: Sequence[Any],
    trials: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, Mapping[str, Any]] | None = None,
    units: Mapping[str, Any] | None = None,
    observed: Sequence[Any] | None = None,
) -> Path:
    """Units with these spike times, the table `trials`, more interval tables, unit columns and obs_intervals."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"nwb_version": "2.8.0", "namespace": "core", "neurodata_type": "NWBFile"})
        file["session_start_time"] = "2020-01-01T00:00:00+00:00"
        group = _table(file, "units", {"id": np.arange(len(spikes)), **(units or {})}, "Units")
        _ragged(group, "spike_times", spikes)
        if observed is not None:
            _ragged(group, "obs_intervals", [np.asarray(pairs, float).reshape(-1, 2) for pairs in observed])
        for name, columns in {**({"trials": trials} if trials else {}), **(tables or {})}.items():
            _table(file, f"intervals/{name}", columns, "TimeIntervals")
    return path


def rows(starts: Any, length: float = 1.0, **columns: Any) -> dict[str, Any]:
    """A table of intervals of one length."""
    starts = np.asarray(starts, float)
    return {"id": np.arange(len(starts)), "start_time": starts, "stop_time": starts + length, **columns}


def poisson(rate: float, stop: float, seed: int = 0) -> np.ndarray:
    """Spike times of a Poisson process, s."""
    random = np.random.default_rng(seed)
    return np.sort(random.uniform(0, stop, random.poisson(rate * stop)))


def _table(file: h5py.File, path: str, columns: Mapping[str, Any], form: str) -> h5py.Group:
    group = file.create_group(path)
    group.attrs.update({"neurodata_type": form, "namespace": "core", "description": "a table"})
    group.attrs["colnames"] = np.array([key for key in columns if key != "id"], dtype=h5py.string_dtype())
    for key, values in columns.items():
        data = np.asarray(values)
        if data.dtype.kind in "UO":
            data = np.array(list(values), dtype=h5py.string_dtype())
        group.create_dataset(key, data=data).attrs.update({"neurodata_type": "VectorData", "namespace": "hdmf-common"})
    return group


def _ragged(group: h5py.Group, name: str, parts: Sequence[Any]) -> None:
    flat = np.concatenate([np.asarray(part, float) for part in parts])
    group.create_dataset(name, data=flat)
    group.create_dataset(f"{name}_index", data=np.cumsum([len(part) for part in parts]).astype(np.uint64))
