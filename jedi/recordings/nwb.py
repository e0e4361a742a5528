"""An NWB recording as a dataset, read with h5py alone.

Spikes are counted in bins around an event of an interval table; smoothing acts on the whole recording, before it is
cut in windows. What was not recorded is masked (`nwb_recorded`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.recordings.binning import RECORDED_PART, Windows, counts_of_unit, windows_around
from jedi.recordings.intervals import coverage, duration
from jedi.recordings.label import choose_label
from jedi.recordings.nwb_choice import units_of_areas, units_of_rate
from jedi.recordings.nwb_recorded import RecordedTime, recorded_bins, recorded_time
from jedi.recordings.nwb_rows import Rows, choose_rows
from jedi.recordings.nwb_tables import IntervalTable, choose_table, read_table, table_paths
from jedi.recordings.nwb_units import Units, read_units
from jedi.recordings.options import ImportOptions
from jedi.recordings.smoothing import gaussian, rates, sentence, smoothing_matrix
from jedi.recordings.source import source_record
from jedi.safe_hdf5 import DEFAULT_BUDGET, opened, size_text

Progress = Callable[[str], None]


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
    units, facts = units_of_areas(units, options.areas, lines)
    recorded = recorded_time(units, table, invalid)
    lines.append(recorded.line)
    windows = windows_around(rows.events, options.window or rows.window, options.bin)
    if windows.left_over:
        lines.append(f"the last {1e3 * windows.left_over:g} ms of the window fill no bin and are left out")
    mask = recorded_bins(windows, recorded, table, rows, lines)
    kept, trial_facts = _kept_trials(mask, windows, table, rows, recorded, options, lines)
    rows = Rows(rows.index[kept], rows.events[kept], rows.align, rows.window, rows.dropped, rows.chosen)
    windows = Windows(windows.starts[kept], windows.bins, windows.width, windows.left_over)
    mask = mask[kept]
    units, rate = units_of_rate(units, recorded, windows, mask, options.min_rate, facts, lines)
    shape = (len(kept), windows.bins, len(units.spikes))
    size = 4 * shape[0] * shape[1] * shape[2]
    if size > DEFAULT_BUDGET:
        raise JediError(
            f"{shape[0]} trials x {shape[1]} bins x {shape[2]} neurons take {size_text(size)}, at most "
            f"{size_text(DEFAULT_BUDGET)}: use a wider --bin, --area or --max-trials"
        )
    on_progress(f"{shape[0]} trials of {shape[1]} bins, {shape[2]} neurons")
    activity, steps = _activity(units, windows, recorded, mask, options, shape)
    lines.append(sentence(steps[-1]) if options.smooth else "not smoothed: spike counts")
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
    complete = np.asarray(mask.all(axis=1))
    slack = (1 - RECORDED_PART) * windows.width + 1e-6
    own = windows.starts >= table.times("start_time")[rows.index] - slack
    own = np.logical_and(own, windows.stops <= table.times("stop_time")[rows.index] + slack)
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
    if not options.smooth:
        for n, times in enumerate(units.spikes):
            activity[:, :, n] = counts_of_unit(recorded.spikes(times), windows)
    else:
        kernel = gaussian(options.smooth, windows.width, options.causal, "the whole recording, before cutting")
        wide = windows.widened(kernel.before, kernel.after)
        matrix = smoothing_matrix(kernel, windows.bins)
        covered = coverage(recorded.stretches, wide.starts, wide.bins, wide.width)
        steps += (kernel.step,)
        for n, times in enumerate(units.spikes):
            counts = counts_of_unit(recorded.spikes(times), wide)
            activity[:, :, n] = rates(counts, covered, matrix, windows.width)
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
