"""Which rows of an interval table become trials, aligned on what and cut how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.errors import JediError
from jedi.recordings.nwb_tables import IntervalTable
from jedi.recordings.options import ImportOptions
from jedi.recordings.report import closest, dropped, number_list

EVENT_WINDOW = (-0.3, 0.7)  # s
# The event of a task that starts what the neurons do, in order of preference; else the start of the row.
EVENT_WORDS = ("go_cue", "gocue", "move_onset", "movement_onset", "stim_on", "stimulus_on", "cue_on")


@dataclass(frozen=True)
class Rows:
    """The rows that are used, and what to cut around."""

    index: npt.NDArray[np.int64]  # rows of the table, in its order
    events: npt.NDArray[np.float64]  # s, one a used row: time 0 of the window
    align: str
    window: tuple[float, float]  # s
    dropped: list[dict[str, Any]]  # see report.dropped
    chosen: list[str]  # sentences on what was chosen for the person


def choose_rows(table: IntervalTable, options: ImportOptions) -> Rows:
    """Rows with a time to align on and a duration that is not negative; align and window chosen where not given.

    Raises `JediError`: unknown column, one that holds no numbers, rows that all begin and end at one moment, no row
    left.
    """
    for key in ("start_time", "stop_time"):
        if key in table.left_out:
            raise JediError(f"column {key!r} of interval table {table.name!r} cannot be used: {table.left_out[key]}")
    starts, stops = table.times("start_time"), table.times("stop_time")
    _refuse_meaningless_times(table, starts, stops)
    chosen: list[str] = []
    align = options.align
    if align is None:
        align = default_align(table)
        chosen.append(f"aligned on {align} (choose another column with --align)")
    events = _event_times(table, align)
    window = options.window
    if window is None:
        window = _default_window(align, starts, stops, options.bin)
        chosen.append(f"window {window[0]:g} to {window[1]:g} s around {align} (choose another with --window)")
    backwards = stops < starts
    unaligned = ~np.isfinite(events) & ~backwards
    records = []
    if backwards.any():
        rows = np.flatnonzero(backwards)
        reason = f"stop_time before start_time (row {number_list(rows)}, counted from 0)"
        records.append(dropped(table.columns, backwards, reason))
    if unaligned.any():
        records.append(dropped(table.columns, unaligned, f"{align} missing"))
    kept = np.flatnonzero(~backwards & ~unaligned)
    if len(kept) == 0:
        raise JediError(f"no trial left in interval table {table.name!r}: " + "; ".join(r["line"] for r in records))
    return Rows(kept, events[kept], align, window, records, chosen)


def _refuse_meaningless_times(table: IntervalTable, starts: npt.NDArray[Any], stops: npt.NDArray[Any]) -> None:
    if len(starts) == 0:
        raise JediError(f"interval table {table.name!r} has no rows")
    known = np.isfinite(stops)
    if known.any() and not (stops > starts).any() and len(np.unique(starts[np.isfinite(starts)])) <= 1:
        moment = starts[np.isfinite(starts)][:1]
        raise JediError(
            f"trials have no duration: in interval table {table.name!r} start_time and stop_time are "
            f"{', '.join(f'{t:g} s' for t in moment) or 'missing'} in all {len(starts)} rows; choose another --table"
        )


def default_align(table: IntervalTable) -> str:
    """The event column that is aligned on where none is named."""
    for word in EVENT_WORDS:
        for name in table.columns.columns:
            if word in name.lower() and np.isfinite(table.times(name)).mean() > 0.5:
                return str(name)
    return "start_time"


def _event_times(table: IntervalTable, align: str) -> npt.NDArray[np.float64]:
    names = [str(name) for name in table.columns.columns if name != "id"]
    if align in table.columns and pd.api.types.is_numeric_dtype(table.columns[align]):
        return table.times(align)
    numeric = [name for name in names if pd.api.types.is_numeric_dtype(table.columns[name])]
    best = closest(align, [name for name in numeric if name.endswith("_time")]) or closest(align, numeric)
    advice = f"use --align {best or 'start_time'}"
    if align in table.columns:
        raise JediError(f"column {align!r} of interval table {table.name!r} holds no times; {advice}")
    if align in table.left_out:
        raise JediError(
            f"column {align!r} of interval table {table.name!r} cannot be aligned on: {table.left_out[align]}; {advice}"
        )
    raise JediError(f"no column {align!r} in interval table {table.name!r} (its columns: {', '.join(names)}); {advice}")


def _default_window(align: str, starts: npt.NDArray[Any], stops: npt.NDArray[Any], width: float) -> tuple[float, float]:
    """-0.3 to 0.7 s around an event; from start_time as long as half of the rows are."""
    lengths = (stops - starts)[stops > starts]
    if align != "start_time" or len(lengths) == 0:
        return EVENT_WINDOW
    return 0.0, round(max(1, int(np.floor(np.median(lengths) / width + 1e-6))) * width, 9)
