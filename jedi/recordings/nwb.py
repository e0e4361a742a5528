"""An NWB recording as a dataset, read with h5py alone.

Spikes are counted in bins around an event of an interval table; smoothing acts on the whole recording, before it is
cut in windows. What was not recorded is masked: `obs_intervals` say so where the file has them; else, where no unit
spikes outside the rows of the table, the rows; else the time from the first to the last spike.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.recordings.binning import RECORDED_PART, Windows, counts_of_unit, windows_around
from jedi.recordings.intervals import Times, contains, coverage, duration, intersection, union, without
from jedi.recordings.label import choose_label
from jedi.recordings.nwb_rows import Rows, choose_rows
from jedi.recordings.nwb_tables import IntervalTable, choose_table, read_table, table_paths
from jedi.recordings.nwb_units import Units, read_units
from jedi.recordings.options import ImportOptions
from jedi.recordings.smoothing import gaussian, rates, smoothing_matrix
from jedi.recordings.source import source_record
from jedi.safe_hdf5 import DEFAULT_BUDGET, opened, size_text

DEFAULT_RATE = 0.5  # spikes/s
Progress = Callable[[str], None]


@dataclass(frozen=True)
class RecordedTime:
    """When the recording ran."""

    stretches: Times  # (S, 2) s
    rule: str  # "obs_intervals" | "rows" | "spikes"
    line: str  # for the report


def import_nwb(path: str | os.PathLike[str], options: ImportOptions, on_progress: Progress) -> Dataset:
    """The dataset that `options` cut out of the recording at `path`; `JediError` where they cannot."""
    with opened(path) as safe:
        units = read_units(safe)
        on_progress(f"{len(units.spikes)} units read")
        name, place = choose_table(safe, options.table)
        table = read_table(safe, place, name)
        invalid = table_paths(safe).get("invalid_times")
        masked = read_table(safe, invalid, "invalid_times") if invalid not in (None, place) else None
    return _dataset(Path(path), options, units, table, masked, on_progress)


def _dataset(
    path: Path,
    options: ImportOptions,
    units: Units,
    table: IntervalTable,
    invalid: IntervalTable | None,
    on_progress: Progress,
) -> Dataset:
    lines: list[str] = []
    rows = choose_rows(table, options)
    lines += rows.chosen + [record["line"] for record in rows.dropped]
    units, facts = _of_areas(units, options.areas, lines)
    recorded = recorded_time(units, table, invalid)
    lines.append(recorded.line)
    windows = windows_around(rows.events, options.window or rows.window, options.bin)
    if windows.left_over:
        lines.append(f"the last {1e3 * windows.left_over:g} ms of the window fill no bin and are left out")
    mask = _recorded_bins(windows, recorded, table, rows, lines)
    kept, trial_facts = _kept_trials(mask, windows, table, rows, recorded, options, lines)
    rows = Rows(rows.index[kept], rows.events[kept], rows.align, rows.window, rows.dropped, rows.chosen)
    windows = Windows(windows.starts[kept], windows.bins, windows.width, windows.left_over)
    mask = mask[kept]
    units, rate = _of_rate(units, recorded, windows, mask, options.min_rate, facts, lines)
    shape = (len(kept), windows.bins, len(units.spikes))
    if 4 * int(np.prod([float(n) for n in shape])) > DEFAULT_BUDGET:
        raise JediError(
            f"{shape[0]} trials x {shape[1]} bins x {shape[2]} neurons take {size_text(4 * shape[0] * shape[1] * shape[2])}"
            f", at most {size_text(DEFAULT_BUDGET)}: use a wider --bin, --area or --max-trials"
        )
    on_progress(f"{shape[0]} trials of {shape[1]} bins, {shape[2]} neurons")
    activity, steps = _activity(units, windows, recorded, mask, options, shape)
    trials, events = _trial_table(table, rows, windows, lines)
    report = {
        "importer": "nwb",
        "table": table.name,
        "align": rows.align,
        "window": list(options.window or rows.window),
        "bin": windows.width,
        "bins": windows.bins,
        "trials": trial_facts,
        "neurons": facts,
        "dropped": rows.dropped,
        "left_out_columns": table.left_out,
        "recorded_time": {"rule": recorded.rule, "seconds": duration(recorded.stretches)},
        "steps": list(steps),
        "lines": lines,
    }
    neurons = units.table.assign(rate=rate).reset_index(drop=True)
    return Dataset(
        activity=activity,
        recorded=mask,
        dt=windows.width,
        kind="rates" if options.smooth else "counts",
        unit="spikes/s" if options.smooth else "spikes",
        trials=trials,
        neurons=neurons,
        events=events,
        label=choose_label(trials, options.label, lines),
        name=options.name or path.stem,
        source=source_record(path, "nwb", options, report),
        steps=steps,
    )


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


def _of_areas(units: Units, areas: tuple[str, ...], lines: list[str]) -> tuple[Units, dict[str, Any]]:
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


def _of_rate(
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
    rate = np.array([counts_of_unit(_inside(recorded, times), windows)[mask].sum() for times in units.spikes]) / seconds
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


def _inside(recorded: RecordedTime, times: Times) -> Times:
    return times[contains(recorded.stretches, times)]


def _chosen_units(units: Units, index: npt.NDArray[np.int64]) -> Units:
    observed = [units.observed[n] for n in index] if units.observed is not None else None
    table = units.table.iloc[index].reset_index(drop=True)
    return Units([units.spikes[n] for n in index], table, units.area_source, observed, units.missing)


def _recorded_bins(
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


def _kept_trials(
    mask: npt.NDArray[np.bool_],
    windows: Windows,
    table: IntervalTable,
    rows: Rows,
    recorded: RecordedTime,
    options: ImportOptions,
    lines: list[str],
) -> tuple[npt.NDArray[np.int64], dict[str, Any]]:
    """The trials to keep, and the facts on trials, windows and masked bins."""
    complete = mask.all(axis=1)
    slack = (1 - RECORDED_PART) * windows.width + 1e-6
    own = (windows.starts >= table.times("start_time")[rows.index] - slack) & (
        windows.stops <= table.times("stop_time")[rows.index] + slack
    )
    kept = np.arange(len(mask))
    if options.drop_incomplete:
        kept = kept[complete]
        if len(kept) == 0:
            raise JediError(f"none of {len(mask)} windows is recorded to the end: leave out --drop-incomplete")
        if len(kept) < len(mask):
            lines.append(f"{len(mask) - len(kept)} of {len(mask)} dropped: window not recorded to the end")
    if options.max_trials is not None and options.max_trials < len(kept):
        lines.append(f"{options.max_trials} of {len(kept)} trials kept, evenly spread over the session")
        kept = kept[np.round(np.linspace(0, len(kept) - 1, options.max_trials)).astype(int)]
    masked = float(1 - mask[kept].mean())
    incomplete = int((~complete[kept]).sum())
    if incomplete:
        lines.append(f"{100 * masked:.2g} % of bins not recorded (masked), in {incomplete} of {len(kept)} trials")
    empty = int((~mask[kept].any(axis=1)).sum())
    if empty:
        lines.append(f"{empty} of {len(kept)} trials have no recorded bin at all")
    starts = np.sort(windows.starts[kept])
    overlapping = int((starts[1:] < starts[:-1] + windows.bins * windows.width - 1e-6).sum())
    if overlapping:
        lines.append(f"{overlapping} windows overlap the next: held-out trials are taken in contiguous blocks")
    if len(kept) == 1:
        lines.append("a single trial: it can be looked at, but training needs two or more")
    facts = {
        "rows": len(table.columns),
        "kept": len(kept),
        "complete": int(complete[kept].sum()),
        "complete_in_own_row": int((complete & own)[kept].sum()),
        "masked_bins": masked,
        "overlapping": overlapping,
    }
    return kept, facts


def _activity(
    units: Units,
    windows: Windows,
    recorded: RecordedTime,
    mask: npt.NDArray[np.bool_],
    options: ImportOptions,
    shape: tuple[int, int, int],
) -> tuple[npt.NDArray[np.float32], tuple[dict[str, Any], ...]]:
    """Counts, or smoothed rates, (K, T, N), 0 where masked; and the steps that led to them."""
    activity = np.empty(shape, np.float32)
    steps: tuple[dict[str, Any], ...] = ({"step": "count", "bin": windows.width},)
    wide, matrix, covered = windows, None, None
    if options.smooth:
        kernel = gaussian(options.smooth, windows.width, options.causal, "the whole recording, before cutting")
        wide = windows.widened(kernel.before, kernel.after)
        matrix = smoothing_matrix(kernel, windows.bins)
        covered = coverage(recorded.stretches, wide.starts, wide.bins, wide.width)
        steps += (kernel.step,)
    for n, times in enumerate(units.spikes):
        counts = counts_of_unit(_inside(recorded, times), wide)
        smooth = matrix is not None and covered is not None
        activity[:, :, n] = rates(counts, covered, matrix, windows.width) if smooth else counts
    activity[~mask] = 0
    return activity, steps


def _trial_table(
    table: IntervalTable, rows: Rows, windows: Windows, lines: list[str]
) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.float64]]]:
    """All columns of the used rows with the windows' ends, and the events in s from the first bin."""
    trials = table.columns.iloc[rows.index].reset_index(drop=True)
    trials = trials.assign(window_start=windows.starts, window_stop=windows.stops)
    names = [rows.align]
    for name in table.columns.columns:
        numeric = pd.api.types.is_numeric_dtype(table.columns[name])
        if numeric and name.endswith("_time") and name not in (rows.align, "start_time", "stop_time"):
            names.append(str(name))
    events = {name: trials[name].to_numpy(dtype=np.float64) - windows.starts for name in names}
    if table.left_out:
        named = "; ".join(f"{name} ({reason})" for name, reason in table.left_out.items())
        lines.append(f"columns left out: {named}")
    return trials, events
