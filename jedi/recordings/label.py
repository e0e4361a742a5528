"""The trial column to colour and score by."""

from __future__ import annotations

import pandas as pd

from jedi.columns import column_form
from jedi.errors import JediError

MOST_GROUPS = 12


def choose_label(trials: pd.DataFrame, wanted: str | None, lines: list[str]) -> str | None:
    """The wanted column, else the first angle, else the first with 2 to 12 groups, else none.

    A choice that was not asked for is said in `lines`. Raises `JediError` for a column that is not there.
    """
    names = [str(name) for name in trials.columns]
    if wanted is not None:
        if wanted not in names:
            raise JediError(f"no trial column {wanted!r} to label by (the columns: {', '.join(names) or 'none'})")
        return wanted
    candidates = [name for name in names if name not in ("id", "window_start", "window_stop")]
    forms = {name: column_form(name, trials[name]) for name in candidates}
    groups = [
        name
        for name in candidates
        if forms[name] == "categorical" and 2 <= trials[name].nunique() <= min(MOST_GROUPS, len(trials) - 1)
    ]
    label = next((name for name in candidates if forms[name] == "cyclic"), groups[0] if groups else None)
    if label is not None:
        lines.append(f"labelled by {label} (choose another column with --label)")
    return label
