"""What the colours of a map of trials mean, as a line of HTML: names with dots, or a colour bar with its ends."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from explorer.figures.ramps import continuous_ramp, cyclic_ramp
from explorer.figures.theme import Palette
from explorer.figures.training import coloured_groups
from jedi.columns import column_form

MOST_NAMED = 12  # more are counted
_STOPS = 17


def legend(labels: pd.Series | None, count: int, colours: Palette) -> str:
    """The legend of `count` trials coloured by a column; empty where the colour says nothing. Names are escaped."""
    if labels is None or len(labels) != count:
        return ""
    groups = coloured_groups(labels, count, colours)
    if column_form(str(labels.name), labels) == "categorical":
        parts = [_entry(name, str(marker["color"])) for name, _, marker in groups[:MOST_NAMED]]
        if len(groups) > MOST_NAMED:
            parts.append(f"<span>{len(groups) - MOST_NAMED} more</span>")
    else:
        parts = [_bar(labels, colours)]
        parts += [_entry(name, str(marker["color"])) for name, _, marker in groups[1:]]
    return f'<div class="map-legend" style="color:{colours.muted}">{"".join(parts)}</div>'


def _entry(name: str, colour: str) -> str:
    return f'<span><i class="dot" style="background:{colour}"></i>{escape(name[:40])}</span>'


def _bar(labels: pd.Series, colours: Palette) -> str:
    """The colour map with what its left end, middle and right end stand for."""
    numbers = labels.to_numpy(float)
    seen = numbers[np.isfinite(numbers)]
    if column_form(str(labels.name), labels) == "cyclic":
        ramp = cyclic_ramp(colours.dark)
        ticks = ["\N{MINUS SIGN}π", "0", "π rad"] if (seen < 0).any() else ["0", "π", "2π rad"]
    else:
        ramp = continuous_ramp(colours.dark)
        low, high = float(seen.min()), float(seen.max())
        ticks = [f"{v:.3g}".replace("-", "\N{MINUS SIGN}") for v in (low, (low + high) / 2, high)]
    stops = ", ".join(ramp[round(i * (len(ramp) - 1) / (_STOPS - 1))] for i in range(_STOPS))
    named = "".join(f"<span>{tick}</span>" for tick in ticks)
    bar = f'<i style="background:linear-gradient(to right, {stops})"></i>'
    return f'<span class="bar">{bar}<span class="ticks">{named}</span></span>'
