"""Where commands write: figures to stdout, everything else to stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def log(text: str) -> None:
    """One line for the person who watches."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def emit(figures: Mapping[str, Any]) -> None:
    """The figures as one JSON object on stdout; numbers that are not finite become null."""
    sys.stdout.write(json.dumps(plain(figures), allow_nan=False, indent=2) + "\n")


def say(text: str) -> None:
    """A result meant to be read, on stdout."""
    sys.stdout.write(f"{text}\n")


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = ()) -> str:
    """Rows in aligned columns: text to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in ([list(header)] if header else []) + [list(row) for row in rows]]
    if not cells:
        return ""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    numeric = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(widths))]
    lines = []
    for row in cells:
        columns = zip(row, widths, numeric, strict=True)
        lines.append("  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in columns))
    return "\n".join(line.rstrip() for line in lines)


def plain(value: Any) -> Any:
    """`value` as JSON knows it: NumPy's numbers and arrays unpacked, NaN and infinities as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)
