"""An NPZ archive of arrays as a dataset.

`activity` (trials, bins, neurons) and `dt` (s) must be there; `lengths` (recorded bins of each trial), `recorded`
(trials, bins), `kind`, `unit`, `name` and `label` may be. Every array with one value a trial is a trial column, with
one value a neuron a neuron column, with (trials, bins, channels) values behaviour; the others are named and left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.dataset import KINDS, Dataset
from jedi.errors import JediError
from jedi.recordings.label import choose_label
from jedi.recordings.npz_archive import Array, read_archive
from jedi.recordings.options import ImportOptions
from jedi.recordings.smoothing import gaussian, rates, sentence, smoothing_matrix
from jedi.recordings.source import source_record
from jedi.safe_hdf5 import shape_text

_OWN = ("activity", "dt", "lengths", "recorded", "kind", "unit", "name", "label")


def import_npz(path: str | os.PathLike[str], options: ImportOptions, on_progress: Callable[[str], None]) -> Dataset:
    """The dataset in the archive at `path`; `JediError` where there is none or an option does not apply."""
    for key in ("align", "table", "window"):
        if getattr(options, key) is not None:
            raise JediError(f"option {key} does not apply: the arrays of an NPZ file are already cut in trials")
    path = Path(path)
    arrays = read_archive(path)
    on_progress(f"{len(arrays)} arrays read")
    activity, dt = _required(arrays, path.name)
    trial_count, bin_count, neuron_count = activity.shape
    lines: list[str] = []
    mask = _mask(arrays, trial_count, bin_count, lines)
    kind = _kind(arrays, activity[mask], lines)
    tables, behaviour = _sorted_arrays(arrays, activity.shape, lines)
    neurons = tables["neurons"]
    keep = _kept_neurons(activity, mask, dt, kind, neurons, options, lines)
    trials = tables["trials"]
    rows = _kept_trials(mask, options, lines)
    values = activity[np.ix_(rows, np.arange(bin_count), keep)].astype(np.float32)
    unit = str(arrays.get("unit", ""))
    steps: tuple[dict[str, Any], ...] = ()
    if options.smooth:
        values, step = _smoothed(values, mask[rows], dt, kind, options)
        kind, unit, steps = "rates", "spikes/s", (step,)
        lines.append(sentence(step))
    label = options.label or (str(arrays["label"]) if "label" in arrays else None)
    trials = trials.iloc[rows].reset_index(drop=True)
    report = {
        "importer": "npz",
        "bin": dt,
        "bins": bin_count,
        "trials": {"rows": trial_count, "kept": len(rows), "masked_bins": float(1 - mask[rows].mean())},
        "neurons": {"units": neuron_count, "kept": len(keep)},
        "lines": lines,
    }
    return Dataset(
        activity=values,
        recorded=mask[rows],
        dt=dt,
        kind=kind,
        unit=unit,
        trials=trials,
        neurons=neurons.iloc[keep].reset_index(drop=True),
        behaviour={key: array[rows] for key, array in behaviour.items()},
        label=choose_label(trials, label, lines),
        name=options.name or str(arrays.get("name", "")) or path.stem,
        source=source_record(path, "npz", options, report),
        steps=steps,
    )


def _required(arrays: dict[str, Array], name: str) -> tuple[Array, float]:
    there = ", ".join(f"{key} ({shape_text(array.shape)})" for key, array in arrays.items()) or "nothing"
    for key in ("activity", "dt"):
        if key not in arrays:
            raise JediError(f"{name!r} has no array {key!r} (it has: {there}); expected activity and dt")
    activity, dt = arrays["activity"], arrays["dt"]
    if activity.ndim != 3 or activity.dtype.kind not in "biuf" or 0 in activity.shape:
        raise JediError(
            f"{name!r}: activity has shape {activity.shape} and type {activity.dtype}; expected numbers "
            "(trials, bins, neurons)"
        )
    if dt.size != 1 or dt.dtype.kind not in "iuf" or not (np.isfinite(dt).all() and dt.ravel()[0] > 0):
        raise JediError(f"{name!r}: dt has shape {dt.shape}; expected one positive number of seconds")
    return activity, float(dt.ravel()[0])


def _mask(arrays: dict[str, Array], trials: int, bins: int, lines: list[str]) -> npt.NDArray[np.bool_]:
    mask = np.ones((trials, bins), np.bool_)
    if "lengths" in arrays:
        lengths = arrays["lengths"]
        if lengths.shape != (trials,) or lengths.dtype.kind not in "iuf" or not np.isfinite(lengths).all():
            raise JediError(f"lengths has shape {lengths.shape}; expected one number of bins a trial, ({trials},)")
        if lengths.min() < 0 or lengths.max() > bins:
            raise JediError(f"lengths go from {lengths.min():g} to {lengths.max():g}; expected 0 to {bins} bins")
        mask &= np.arange(bins) < lengths[:, None]
    if "recorded" in arrays:
        recorded = arrays["recorded"]
        if recorded.shape != mask.shape or recorded.dtype.kind not in "biu":
            raise JediError(
                f"recorded has shape {recorded.shape}; expected true or false for (trials, bins) {mask.shape}"
            )
        mask &= recorded.astype(np.bool_)
    if not mask.any():
        raise JediError("no bin is recorded (see the arrays lengths and recorded)")
    if not mask.all():
        short = int((~mask.all(axis=1)).sum())
        lines.append(f"{100 * (1 - mask.mean()):.2g} % of bins not recorded (masked), in {short} of {trials} trials")
    return mask


def _kind(arrays: dict[str, Array], values: Array, lines: list[str]) -> str:
    if "kind" in arrays:
        kind = str(arrays["kind"])
        if kind not in KINDS:
            raise JediError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
        return kind
    negative = bool((values < 0).any())
    whole = not negative and bool(np.all(values == np.round(values)))
    kind, reason = ("state", "some are negative") if negative else ("rates", "none is negative")
    if whole:
        kind, reason = "counts", "all are whole"
    lines.append(f"taken as {kind}: {reason} (say otherwise with an array kind)")
    return kind


def _sorted_arrays(
    arrays: dict[str, Array], shape: tuple[int, ...], lines: list[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, Array]]:
    """Tables `trials` and `neurons`, and behaviour, from the arrays beside the activity."""
    trial_count, bin_count, neuron_count = shape
    trials: dict[str, Array] = {}
    neurons: dict[str, Array] = {}
    behaviour: dict[str, Array] = {}
    left_out: list[str] = []
    for key, array in arrays.items():
        if key in _OWN:
            continue
        values = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
        if array.shape == (trial_count,):
            trials[key] = values
        elif array.shape == (neuron_count,):
            neurons[key] = values
        elif array.ndim == 3 and array.shape[:2] == (trial_count, bin_count) and array.dtype.kind in "biuf":
            behaviour[key] = array.astype(np.float32)
        else:
            left_out.append(f"{key} ({shape_text(array.shape)})")
    if left_out:
        lines.append(f"arrays left out, of no known form: {', '.join(left_out)}")
    tables = {
        "trials": pd.DataFrame(trials, index=pd.RangeIndex(trial_count)),
        "neurons": pd.DataFrame(neurons, index=pd.RangeIndex(neuron_count)),
    }
    return tables, behaviour


def _kept_neurons(
    activity: Array,
    mask: Array,
    dt: float,
    kind: str,
    neurons: pd.DataFrame,
    options: ImportOptions,
    lines: list[str],
) -> npt.NDArray[np.int64]:
    keep = np.ones(activity.shape[2], np.bool_)
    if options.areas:
        there = neurons["area"].astype(str) if "area" in neurons else pd.Series(dtype=str)
        unknown = [area for area in options.areas if area not in set(there)]
        if unknown:
            raise JediError(
                f"no neurons in area {unknown[0]!r} (areas: {', '.join(sorted(set(there))) or 'none named'})"
            )
        keep &= there.isin(options.areas).to_numpy()
    if options.min_rate and kind in ("counts", "rates"):
        rate = activity[mask].mean(axis=0) / (dt if kind == "counts" else 1.0)
        keep &= rate >= options.min_rate
        if not keep.any():
            raise JediError(f"no neuron fires {options.min_rate:g} spikes/s or more: lower --min-rate")
    if not keep.all():
        lines.append(f"{int((~keep).sum())} of {len(keep)} neurons left out by area or rate")
    return np.flatnonzero(keep)


def _kept_trials(mask: Array, options: ImportOptions, lines: list[str]) -> npt.NDArray[np.int64]:
    rows = np.arange(len(mask))
    if options.drop_incomplete:
        rows = rows[mask.all(axis=1)]
        if len(rows) == 0:
            raise JediError("no trial is recorded to the end: leave out --drop-incomplete")
    if options.max_trials is not None and options.max_trials < len(rows):
        rows = rows[np.round(np.linspace(0, len(rows) - 1, options.max_trials)).astype(int)]
    if len(rows) < len(mask):
        lines.append(f"{len(rows)} of {len(mask)} trials kept")
    if len(rows) == 1:
        lines.append("a single trial: it can be looked at, but training needs two or more")
    return rows


def _smoothed(values: Array, mask: Array, dt: float, kind: str, options: ImportOptions) -> tuple[Array, dict[str, Any]]:
    """Rates smoothed within each trial: what lies before and after it is not in the file."""
    if kind != "counts" or options.smooth is None:
        raise JediError(f"smoothing is for spike counts; the activity of this file is {kind}")
    kernel = gaussian(options.smooth, dt, options.causal, "within each trial")
    margins = ((0, 0), (kernel.before, kernel.after))
    matrix = smoothing_matrix(kernel, mask.shape[1])
    covered = np.pad(mask.astype(float), margins)
    result = np.empty(values.shape, np.float32)
    for n in range(values.shape[2]):
        counts = np.pad(np.where(mask, values[:, :, n], 0.0), margins)
        result[:, :, n] = np.where(mask, rates(counts, covered, matrix, dt), 0)
    return result, kernel.step
