"""What an import says about columns, and about the trials that it left out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

MOST_VALUES = 12  # distinct values that a preview lists, and that a column may have to explain dropped trials
EXPLAINS = 0.9  # a value explains dropped trials when this part of its trials was dropped


def column_facts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each column: its name, form (number, flag or text), range, distinct values (listed where few) and missing."""
    return [_facts(str(name), table[name]) for name in table.columns]


def _facts(name: str, column: pd.Series[Any]) -> dict[str, Any]:
    present = column[~missing(column)]
    values = sorted(present.unique().tolist())
    facts: dict[str, Any] = {"name": name, "form": "text", "distinct": len(values)}
    facts["missing"] = len(column) - len(present)
    if pd.api.types.is_bool_dtype(column):
        facts["form"] = "flag"
    elif pd.api.types.is_numeric_dtype(column):
        facts |= {"form": "number", "min": values[0] if values else None, "max": values[-1] if values else None}
    if len(values) <= MOST_VALUES:
        facts["values"] = values
    return facts


def missing(column: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Where a column has no value: NaN, or an empty text."""
    gone: npt.NDArray[np.bool_] = column.isna().to_numpy()
    if not pd.api.types.is_numeric_dtype(column):
        gone = gone | (column == "").to_numpy(dtype=np.bool_)
    elif pd.api.types.is_float_dtype(column):
        gone = gone | ~np.isfinite(column.to_numpy(dtype=np.float64))
    return gone


def dropped(table: pd.DataFrame, gone: npt.NDArray[np.bool_], reason: str) -> dict[str, Any]:
    """The record of trials that were left out for one reason.

    Returns `count`, `of`, `reason`, `by` (column: value: [dropped, all of that value], for the columns whose values
    tell which trials went) and `line`, for instance
    `114 of 500 dropped: movement_time missing; by result: F 114 of 114`.
    """
    by = {str(name): found for name in table.columns if (found := _explanation(table[name], gone))}
    line = f"{int(gone.sum())} of {len(gone)} dropped: {reason}"
    for name, values in list(by.items())[:2]:
        line += f"; by {name}: " + ", ".join(f"{value} {lost} of {all_}" for value, (lost, all_) in values.items())
    return {"count": int(gone.sum()), "of": len(gone), "reason": reason, "by": by, "line": line}


def _explanation(column: pd.Series[Any], gone: npt.NDArray[np.bool_]) -> dict[str, list[int]]:
    """Value: [dropped, all], where the dropped trials are those of a few values of the column; else nothing."""
    groups = column[~missing(column)]
    if not 2 <= groups.nunique() <= min(MOST_VALUES, len(groups) // 2):  # codes, not one value a trial
        return {}
    whole = groups.value_counts().to_dict()
    lost = groups[gone[groups.index]].value_counts().to_dict()
    explained = sum(n for value, n in lost.items() if n >= EXPLAINS * whole[value])
    if explained == 0 or explained < EXPLAINS * gone.sum():
        return {}
    return {_short(value): [int(n), int(whole[value])] for value, n in lost.items()}


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant: one that contains it, or the most similar one."""
    candidates = list(names)
    for other in candidates:
        if name and (name.lower() in other.lower() or other.lower() in name.lower()):
            return other
    near = difflib.get_close_matches(name, candidates, n=1)
    return near[0] if near else None


def number_list(numbers: npt.NDArray[np.int64], most: int = 8) -> str:
    """`3, 7 and 9`, or the first few and how many more."""
    shown = [str(int(n)) for n in numbers[:most]]
    if len(numbers) > most:
        return f"{', '.join(shown)} and {len(numbers) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
