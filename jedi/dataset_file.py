"""The HDF5 file of a `Dataset`, written and read trial by trial."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import pandas as pd

from jedi.atomic import replacing
from jedi.dataset import Array, Dataset
from jedi.errors import JediError
from jedi.safe_hdf5 import SafeFile, is_numeric, is_text, kind_of, opened

FORMAT_VERSION = 1
_LARGEST_CHUNK = 64 << 20  # bytes; longer trials are cut into several chunks


def write(dataset: Dataset, path: str | os.PathLike[str]) -> None:
    """Write `dataset` to `path`; the file appears whole or not at all."""
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["dt"] = dataset.dt
        file.attrs["name"] = dataset.name
        file.attrs["label"] = dataset.label or ""
        file.attrs["source"] = json.dumps(dataset.source)
        file.attrs["steps"] = json.dumps(dataset.steps)
        bins = max(1, min(dataset.T, _LARGEST_CHUNK // (4 * dataset.N)))
        activity = file.create_dataset("activity", dataset.shape, "f4", chunks=(1, bins, dataset.N))
        activity.attrs["kind"] = dataset.kind
        activity.attrs["unit"] = dataset.unit
        for trial in range(dataset.K):
            activity[trial] = dataset.activity[trial]
        file.create_dataset("recorded", data=dataset.recorded)
        _write_table(file, "trials", dataset.trials)
        _write_table(file, "neurons", dataset.neurons)
        for part in ("behaviour", "events", "truth"):
            _write_arrays(file, part, getattr(dataset, part))


def read(path: str | os.PathLike[str]) -> Dataset:
    """The dataset in the file at `path`; `JediError` where there is none that can be used."""
    with opened(path) as safe:
        activity = _checked_layout(safe)
        safe.check(activity, itemsize=4)  # before anything else is made in its size
        arrays = {part: _read_arrays(safe, part) for part in ("behaviour", "events", "truth")}
        recorded = safe.dataset("recorded")
        trials, _, neurons = activity.shape
        mask = np.ones(activity.shape[:2], np.bool_) if recorded is None else safe.numbers(recorded)
        try:
            return Dataset(
                activity=_read_activity(safe, activity),
                recorded=mask,
                dt=_attribute(safe, "dt", float),
                kind=str(safe.attribute(activity, "kind")),
                unit=str(safe.attribute(activity, "unit") or ""),
                trials=_read_table(safe, "trials", trials),
                neurons=_read_table(safe, "neurons", neurons),
                label=_attribute(safe, "label", str) or None,
                name=_attribute(safe, "name", str),
                source=_attribute(safe, "source", dict),
                steps=tuple(_attribute(safe, "steps", list)),
                **arrays,
            )
        except JediError as error:
            message = str(error)
            raise JediError(message if safe.name in message else f"{safe.name!r}: {message}") from error


def _checked_layout(safe: SafeFile) -> h5py.Dataset:
    """`/activity`, after the checks that need no reading."""
    version = safe.attribute(safe.file, "format_version")
    activity = safe.dataset("activity")
    if version is None or activity is None:
        if "nwb_version" in safe.file.attrs or "units" in safe.file:
            raise JediError(
                f"{safe.name!r} is an NWB recording, not a dataset: import it first (python -m jedi import)"
            )
        raise JediError(f"{safe.name!r} is not a dataset of JEDI Explorer (no format_version and /activity in it)")
    if not isinstance(version, int | float) or version != int(version) or version < 1:
        raise JediError(f"{safe.name!r} has format_version {version!r}; expected {FORMAT_VERSION}")
    if version > FORMAT_VERSION:
        raise JediError(
            f"{safe.name!r} has format_version {version}, this program reads up to {FORMAT_VERSION}: update it"
        )
    if activity.ndim != 3 or not is_numeric(activity):
        raise JediError(
            f"{safe.name!r}: /activity has shape {activity.shape} and holds {kind_of(activity)}; expected numbers "
            "(trials, bins, neurons)"
        )
    return activity


def _read_activity(safe: SafeFile, activity: h5py.Dataset) -> Array:
    values = np.empty(activity.shape, np.float32)
    step = activity.chunks[0] if activity.chunks else 1
    for start in range(0, len(values), step):
        with np.errstate(over="ignore"):
            values[start : start + step] = safe.slab(activity, start, start + step)
    return values


def _attribute(safe: SafeFile, key: str, form: type) -> Any:
    value: Any = safe.attribute(safe.file, key)
    if value is None and form is not float:
        return form()
    try:
        if form in (dict, list):
            value = json.loads(value)
        if form is float and isinstance(value, int):
            value = float(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise JediError(f"attribute {key!r} is no JSON text") from error
    right = isinstance(value, form)
    if right and form is list:
        right = all(isinstance(step, dict) for step in value)
    if not right:
        raise JediError(f"attribute {key!r} is {str(value)[:60]!r}; expected {form.__name__}")
    return value


def _write_arrays(file: h5py.File, part: str, arrays: Mapping[str, Array]) -> None:
    group = file.create_group(part)
    for key, values in arrays.items():
        group.create_dataset(_escaped(key), data=values)


def _read_arrays(safe: SafeFile, part: str) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    if safe.group(part) is None:
        return arrays
    for key in safe.file[part]:
        values = safe.dataset(f"{part}/{key}")
        if values is not None:
            arrays[_unescaped(key)] = safe.numbers(values)
    return arrays


def _write_table(file: h5py.File, part: str, table: pd.DataFrame) -> None:
    group = file.create_group(part)
    group.attrs["columns"] = json.dumps(list(table.columns))  # their order
    for key in table.columns:
        values = table[key].to_numpy()
        if values.dtype.kind in "biuf":
            group.create_dataset(_escaped(key), data=values)
        else:
            group.create_dataset(_escaped(key), data=list(values), dtype=h5py.string_dtype())


def _read_table(safe: SafeFile, part: str, rows: int) -> pd.DataFrame:
    group = safe.group(part)
    if group is None:
        return pd.DataFrame(index=pd.RangeIndex(rows))
    columns: dict[str, Any] = {}
    for key in group:
        dataset = safe.dataset(f"{part}/{key}")
        if dataset is None:
            continue
        if dataset.shape != (rows,):
            raise JediError(f"/{part}/{key} has shape {dataset.shape}; expected ({rows},)")
        if is_text(dataset):
            columns[_unescaped(key)] = pd.array(list(safe.strings(dataset)), dtype="str")
        else:
            columns[_unescaped(key)] = safe.numbers(dataset)
    order = _column_order(safe, group)
    names = sorted(columns, key=lambda key: order.index(key) if key in order else len(order))
    return pd.DataFrame({key: columns[key] for key in names}, index=pd.RangeIndex(rows))


def _column_order(safe: SafeFile, group: h5py.Group) -> list[str]:
    try:
        order = json.loads(safe.attribute(group, "columns") or "[]")
    except (TypeError, ValueError, RecursionError):
        return []
    return [str(key) for key in order] if isinstance(order, list) else []


def _escaped(name: str) -> str:
    """A name as one HDF5 link: no slash, and not `.`."""
    name = name.replace("%", "%25").replace("/", "%2F")
    return "%2E" if name == "." else name


def _unescaped(link: str) -> str:
    return "." if link == "%2E" else link.replace("%2F", "/").replace("%25", "%")
