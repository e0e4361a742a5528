"""Interval tables of an NWB file: their rows, columns and what they leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from jedi.errors import JediError
from jedi.safe_hdf5 import SafeFile, is_numeric, is_text, kind_of, text_of

MOST_ROWS = 10_000_000
WIDEST_COLUMN = 16  # numbers a row that are split in columns of their own
NOT_TRIALS = ("invalid_times", "epochs")  # taken by default only where nothing else is there


@dataclass(frozen=True)
class IntervalTable:
    """One table, read."""

    name: str
    path: str
    columns: pd.DataFrame  # one row an interval, in the file's order
    left_out: dict[str, str]  # columns that are not in it: why

    def times(self, column: str) -> npt.NDArray[np.float64]:
        """A column as float64; NaN throughout where the table has none or holds no numbers there."""
        if column in self.columns and pd.api.types.is_numeric_dtype(self.columns[column]):
            return self.columns[column].to_numpy(dtype=np.float64)
        return np.full(len(self.columns), np.nan)


def table_paths(safe: SafeFile) -> dict[str, str]:
    """Name: path of every table with a column `start_time`, those under /intervals by their bare name."""
    found: dict[str, str] = {}
    for path in sorted(safe.groups, key=lambda path: (not path.startswith("/intervals/"), path)):
        start = safe.dataset(f"{path}/start_time")
        if start is not None and start.ndim in (1, 2) and is_numeric(start):
            bare = path.rsplit("/", 1)[-1]
            found[bare if bare and bare not in found else path.strip("/")] = path
    return found


def choose_table(safe: SafeFile, wanted: str | None) -> tuple[str, str]:
    """Name and path of the table to use: the wanted one, else `trials`, else the longest."""
    tables = table_paths(safe)
    if not tables:
        raise JediError(f"{safe.name!r} has no interval table (a group with start_time and stop_time): no trials in it")
    if wanted is not None:
        for name, path in tables.items():
            if wanted.strip("/") in (name, path.strip("/")):
                return name, path
        raise JediError(f"{safe.name!r} has no interval table {wanted!r} (its tables: {', '.join(tables)})")
    if "trials" in tables:
        return "trials", tables["trials"]
    longest = max(tables, key=lambda name: (name not in NOT_TRIALS, safe.file[tables[name]]["start_time"].size))
    return longest, tables[longest]


def read_table(safe: SafeFile, path: str, name: str, rows: int | None = None) -> IntervalTable:
    """All columns with one value (or a few numbers) a row; the others are named in `left_out`.

    `rows`: how many there are, where the caller knows; else from `id`, `start_time` and `stop_time`.
    """
    group = safe.file[path]
    rows = _row_count(safe, path) if rows is None else rows
    if rows > MOST_ROWS:
        raise JediError(
            f"{safe.name!r}: interval table {name!r} declares {rows:,} rows, at most {MOST_ROWS:,} are read"
        )
    columns: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for key in _column_keys(safe, group):
        dataset = safe.dataset(f"{path}/{key}")
        if dataset is None or key.endswith("_index"):
            continue
        reason = _reason_to_leave_out(group, key, dataset, rows)
        if reason:
            left_out[key] = reason
            continue
        values = safe.strings(dataset) if is_text(dataset) else safe.numbers(dataset)
        if values.ndim == 2 and rows in values.shape and 1 in values.shape:
            values = values.reshape(rows)
        if values.ndim == 1:
            columns[key] = values
        else:
            columns |= {f"{key}_{n}": values[:, n] for n in range(values.shape[1])}
    return IntervalTable(name, path, _frame(columns, rows), left_out)


def _row_count(safe: SafeFile, path: str) -> int:
    """Rows: the most common length of `id`, `start_time` and `stop_time`."""
    lengths = [
        int(dataset.size)
        for key in ("id", "start_time", "stop_time")
        if (dataset := safe.dataset(f"{path}/{key}")) is not None and dataset.size is not None
    ]
    return max(lengths, key=lambda length: (lengths.count(length), length))


def _column_keys(safe: SafeFile, group: h5py.Group) -> list[str]:
    """Names of the datasets, in the order of the attribute `colnames` where it has one."""
    stated = safe.attribute(group, "colnames")
    order = [text_of(value) for value in np.ravel(stated)]
    return sorted(
        (str(key) for key in group),
        key=lambda key: (key != "id", order.index(key) if key in order else len(order), key),
    )


def _reason_to_leave_out(group: h5py.Group, key: str, dataset: h5py.Dataset, rows: int) -> str:
    if f"{key}_index" in group:
        return "several values a row, their number varies"
    if not (is_numeric(dataset) or is_text(dataset)):
        return f"holds {kind_of(dataset)}"
    shape = dataset.shape
    if not shape:
        return "one value for the whole table"
    if len(shape) == 2 and rows in shape and 1 in shape:
        return ""
    if shape[0] != rows:
        return f"{shape[0]} rows of {rows}"
    if len(shape) > 2 or (len(shape) == 2 and not 1 <= shape[1] <= WIDEST_COLUMN):
        return f"{' x '.join(str(n) for n in shape[1:])} values a row"
    if len(shape) == 2 and is_text(dataset):
        return f"{shape[1]} texts a row"
    return ""


def _frame(columns: dict[str, Any], rows: int) -> pd.DataFrame:
    plain = {
        key: pd.array([str(value) for value in values], dtype="str") if values.dtype == object else values
        for key, values in columns.items()
    }
    return pd.DataFrame(plain, index=pd.RangeIndex(rows))
