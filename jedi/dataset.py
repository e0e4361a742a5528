"""Trials of neural activity on one grid of time, with what is known about them."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.errors import JediError

KINDS = ("counts", "rates", "fluorescence", "state")
WHOLE_TRUTH = frozenset({"U", "V", "W", "process_noise", "dt_over_tau"})  # of the network, not of a trial

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Dataset:
    """K trials of T bins of N neurons.

    Unrecorded bins hold 0 in `activity` and False in `recorded`. Raises `JediError` where shapes disagree or a
    recorded bin holds no finite number.
    """

    activity: Array  # (K, T, N) float32
    recorded: Array  # (K, T) bool
    dt: float  # s
    kind: str  # "counts" | "rates" | "fluorescence" | "state"
    unit: str = ""  # of the activity, for instance "spikes/s"
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)  # K rows; float, int, bool or str columns
    neurons: pd.DataFrame = field(default_factory=pd.DataFrame)  # N rows
    behaviour: Mapping[str, Array] = field(default_factory=dict)  # name: (K, T, C) float32
    events: Mapping[str, Array] = field(default_factory=dict)  # name: (K,) float64, s from the first bin; NaN missing
    truth: Mapping[str, Any] = field(default_factory=dict)  # of synthetic data, name: array (scalars become arrays)
    label: str | None = None  # the trial column to colour and score by
    name: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)  # JSON: file, hash, importer, options, report
    steps: tuple[Mapping[str, Any], ...] = ()  # JSON: the preprocessing done, in order

    def __post_init__(self) -> None:
        activity, recorded = _checked_activity(self.activity, self.recorded)
        trial_count, bin_count, neuron_count = activity.shape
        if not (isinstance(self.dt, int | float | np.number) and math.isfinite(self.dt) and self.dt > 0):
            raise JediError(f"dt is {self.dt!r}; expected a positive number of seconds")
        if self.kind not in KINDS:
            raise JediError(f"kind is {self.kind!r}; expected one of {', '.join(KINDS)}")
        trials = _checked_table(self.trials, trial_count, "trials")
        if self.label is not None and self.label not in trials.columns:
            raise JediError(f"label {self.label!r} is no trial column (columns: {_names(trials.columns)})")
        behaviour = {
            key: _shaped(np.asarray(values, np.float32), f"behaviour {key!r}", (trial_count, bin_count, None))
            for key, values in _named(self.behaviour, "behaviour").items()
        }
        events = {
            key: _shaped(np.asarray(values, np.float64), f"events {key!r}", (trial_count,))
            for key, values in _named(self.events, "events").items()
        }
        changes: dict[str, Any] = {
            "activity": activity,
            "recorded": recorded,
            "dt": float(self.dt),
            "unit": _text(self.unit),
            "trials": trials,
            "neurons": _checked_table(self.neurons, neuron_count, "neurons"),
            "behaviour": behaviour,
            "events": events,
            "truth": _checked_truth(self.truth, activity.shape),
            "name": _text(self.name),
            "source": _plain(dict(self.source)),
            "steps": tuple(_plain(dict(step)) for step in self.steps),
        }
        for key, value in changes.items():
            object.__setattr__(self, key, value)

    @property
    def K(self) -> int:
        """Number of trials."""
        return int(self.activity.shape[0])

    @property
    def T(self) -> int:
        """Number of bins in a trial."""
        return int(self.activity.shape[1])

    @property
    def N(self) -> int:
        """Number of neurons."""
        return int(self.activity.shape[2])

    @property
    def shape(self) -> tuple[int, int, int]:
        """(K, T, N)."""
        return self.K, self.T, self.N

    def select(self, index: Array | Sequence[int] | slice) -> Dataset:
        """The trials at `index` (numbers in any order, or a mask of K booleans), with all that belongs to them."""
        rows = np.arange(self.K)[index]
        if rows.ndim != 1 or len(rows) == 0:
            raise JediError("the selection holds no trial")
        return replace(
            self,
            activity=self.activity[rows],
            recorded=self.recorded[rows],
            trials=self.trials.iloc[rows].reset_index(drop=True),
            behaviour={key: values[rows] for key, values in self.behaviour.items()},
            events={key: values[rows] for key, values in self.events.items()},
            truth={
                key: values[rows] if is_per_trial(key, values, self.K) else values for key, values in self.truth.items()
            },
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the HDF5 file, trial by trial; it appears whole or not at all."""
        from jedi.dataset_file import write

        write(self, path)

    def content_hash(self) -> str:
        """SHA-256 (hex) over arrays, tables, dt, kind, unit, label and steps; the same after saving and loading.

        Name and source, which tell where the numbers came from, do not enter: equal numbers have equal hashes.
        """
        digest = hashlib.sha256()
        facts = {"dt": self.dt, "kind": self.kind, "unit": self.unit, "label": self.label, "steps": self.steps}
        digest.update(json.dumps(facts, sort_keys=True).encode())
        _feed(digest, "activity", self.activity)
        _feed(digest, "recorded", self.recorded)
        for part in ("behaviour", "events", "truth"):
            for key, values in sorted(getattr(self, part).items()):
                _feed(digest, f"{part}/{key}", values)
        for part, table in (("trials", self.trials), ("neurons", self.neurons)):
            for key in table.columns:
                values = table[key].to_numpy()
                if values.dtype.kind in "biuf":
                    _feed(digest, f"{part}/{key}", values)
                else:
                    digest.update(json.dumps([f"{part}/{key}", list(values)]).encode())
        return digest.hexdigest()


def load_dataset(path: str | os.PathLike[str]) -> Dataset:
    """Read a dataset's HDF5 file.

    Raises `JediError` for anything that is not one: a missing, truncated or foreign file, wrong shapes, NaN in
    recorded activity, a newer format, links to other files, declared sizes that are not stored.
    """
    from jedi.dataset_file import read

    return read(path)


def is_per_trial(key: str, values: Array, trial_count: int) -> bool:
    """Whether an array of the truth has one row a trial (all but those of the network, when K rows are there)."""
    return key not in WHOLE_TRUTH and values.ndim >= 1 and values.shape[0] == trial_count


def _checked_activity(activity: Any, recorded: Any) -> tuple[Array, Array]:
    given = np.asarray(activity)
    if given.ndim != 3 or given.dtype.kind not in "biuf":
        raise JediError(
            f"activity has shape {given.shape} and type {given.dtype}; expected numbers (trials, bins, neurons)"
        )
    if 0 in given.shape:
        raise JediError(f"activity has shape {given.shape}: no trials, bins or neurons in it")
    mask = np.asarray(recorded)
    if mask.shape != given.shape[:2]:
        raise JediError(f"recorded has shape {mask.shape}; expected (trials, bins) = {given.shape[:2]}")
    if mask.dtype != np.bool_:
        if mask.dtype.kind not in "iuf" or not np.isin(mask, (0, 1)).all():
            raise JediError("recorded holds other values than true and false")
        mask = mask.astype(np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.ascontiguousarray(given, dtype=np.float32)
    finite = np.isfinite(values)
    wrong = ~finite
    wrong &= mask[:, :, None]
    if wrong.any():
        trial, bin_, neuron = (int(n[0]) for n in np.nonzero(wrong))
        raise JediError(
            f"activity holds {int(wrong.sum())} values that are no finite numbers in recorded bins; the first at "
            f"trial {trial}, bin {bin_}, neuron {neuron} (counted from 0): mask those bins or drop that neuron"
        )
    if not mask.all() and values[~mask].any():  # NaN counts as true
        values = np.where(mask[:, :, None], values, np.float32(0))
    return values, np.ascontiguousarray(mask)


def _checked_table(table: pd.DataFrame, rows: int, part: str) -> pd.DataFrame:
    """The table with a RangeIndex and columns of float64, int64, bool or str."""
    if table.shape[1] == 0 and len(table) in (0, rows):
        return pd.DataFrame(index=pd.RangeIndex(rows))
    if len(table) != rows:
        raise JediError(f"{part} has {len(table)} rows; expected {rows}")
    columns = [str(key) for key in table.columns]
    for key in columns:
        _check_name(key, part)
    if len(set(columns)) < len(columns):
        raise JediError(f"{part} has two columns of one name (columns: {_names(columns)})")
    plain = {key: _column(table.iloc[:, n]) for n, key in enumerate(columns)}
    return pd.DataFrame(plain, index=pd.RangeIndex(rows))


def _column(series: pd.Series[Any]) -> Any:
    if isinstance(series.dtype, np.dtype):
        values = series.to_numpy()
        kind = values.dtype.kind
        if kind == "b":
            return values
        if kind == "i" or (kind == "u" and (values.size == 0 or values.max() < 2**63)):
            return values.astype(np.int64)
        if kind in "uf":
            return values.astype(np.float64)
    elif pd.api.types.is_bool_dtype(series.dtype) and not series.isna().any():
        return series.to_numpy(dtype=np.bool_)
    elif pd.api.types.is_numeric_dtype(series.dtype) and not isinstance(series.dtype, pd.CategoricalDtype):
        if pd.api.types.is_integer_dtype(series.dtype) and not series.isna().any():
            return series.to_numpy(dtype=np.int64)
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = series.isna().to_numpy()
    texts = ["" if gone else _text(value) for value, gone in zip(series, missing, strict=True)]
    return pd.array(texts, dtype="str")  # type: ignore[call-overload,unused-ignore]


def _checked_truth(truth: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, Array]:
    checked: dict[str, Array] = {}
    for key, given in _named(truth, "truth").items():
        values = np.asarray(given)
        if values.dtype.kind not in "biuf":
            raise JediError(f"truth {key!r} holds no numbers (type {values.dtype})")
        if values.dtype == np.float16:
            values = values.astype(np.float32)
        if key in ("input", "x0", "repeat"):
            expected = {"input": (*shape[:2], None), "x0": (shape[0], None), "repeat": shape}[key]
            values = _shaped(values, f"truth {key!r}", expected)
        checked[key] = values
    return checked


def _shaped(values: Array, what: str, expected: tuple[int | None, ...]) -> Array:
    right = values.ndim == len(expected) and all(
        e is None or n == e for n, e in zip(values.shape, expected, strict=True)
    )
    if not right:
        wanted = ", ".join("any" if e is None else str(e) for e in expected)
        raise JediError(f"{what} has shape {values.shape}; expected ({wanted})")
    return values


def _named(arrays: Mapping[str, Any], part: str) -> dict[str, Any]:
    for key in arrays:
        _check_name(key, part)
    return dict(arrays)


def _check_name(key: str, part: str) -> None:
    if not isinstance(key, str) or not key or key != _text(key):
        raise JediError(f"{part} has a column named {key!r}; expected text without NUL characters")


def _text(value: Any) -> str:
    return str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _names(columns: Any) -> str:
    return ", ".join(str(key) for key in columns) or "none"


def _plain(value: Any) -> Any:
    """Values as JSON has them: lists, dicts with str keys, finite numbers or None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {_text(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return _text(value)


def _feed(digest: Any, key: str, values: Array) -> None:
    digest.update(json.dumps([key, values.dtype.str, values.shape]).encode())
    digest.update(np.ascontiguousarray(values).data if values.size else b"")
