"""What the colours of a map of trials mean, under it: names with dots, or a colour bar with its ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.ramps import continuous_ramp, cyclic_ramp
from explorer.figures.theme import Palette
from jedi.columns import column_form

MOST_NAMED = 12  # more are counted
LINE = 46  # characters that a narrow window has room for
GAP_PX = 30  # from the axis to the legend
Groups = list[tuple[str, np.ndarray, dict[str, Any]]]


def add_legend(figure: go.Figure, groups: Groups, labels: pd.Series | None, count: int, colours: Palette) -> None:
    """Say under the map what the colours of `count` trials mean; nothing where they mean nothing."""
    if labels is None or len(labels) != count:
        return
    named, bottom = groups, GAP_PX
    if column_form(str(labels.name), labels) != "categorical":
        figure.data[0].marker.update(showscale=True, colorbar=_bar(labels, colours))
        named, bottom = groups[1:], bottom + 30  # the trials without a value
    lines = entries(named)
    if lines:
        figure.add_annotation(
            text="<br>".join(lines), xref="paper", yref="paper", x=0, y=0, yshift=-bottom, xanchor="left",
            yanchor="top", align="left", showarrow=False, font={"size": 12, "color": colours.muted},
        )  # fmt: skip
    figure.update_layout(margin={"b": bottom + 17 * len(lines) + 4})


def entries(groups: Groups) -> list[str]:
    """Lines of dots and names; the names are escaped for Plotly."""
    lines: list[str] = []
    length = LINE
    for name, _, marker in groups[:MOST_NAMED]:
        shown = name if len(name) <= 30 else f"{name[:29]}…"
        if length + len(shown) + 5 > LINE:
            lines.append("")
            length = 0
        space = "\N{NO-BREAK SPACE}" * 3 if length else ""
        lines[-1] += f'{space}<span style="color:{marker["color"]}">●</span> {escaped(shown)}'
        length += len(shown) + 5
    if len(groups) > MOST_NAMED:
        lines.append(f"{len(groups) - MOST_NAMED} more")
    return lines


def escaped(text: str) -> str:
    """Text from a file, as Plotly shows it letter by letter: no tags, no template."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")[:80]


def colour_scale(ramp: list[str]) -> list[list[object]]:
    """A ramp as Plotly takes it."""
    return [[i / (len(ramp) - 1), colour] for i, colour in enumerate(ramp)]


def scale_of(labels: pd.Series, colours: Palette) -> dict[str, Any]:
    """Colours of angles or quantities (those that are numbers), as a Plotly marker has them.

    Angles are turns from 0 to 1: from minus half a turn where some are negative, else from none.
    """
    seen = _numbers(labels)
    if column_form(str(labels.name), labels) == "cyclic":
        turns = np.mod(seen / (2 * np.pi) + (0.5 if (seen < 0).any() else 0.0), 1.0)
        return {"color": turns, "cmin": 0, "cmax": 1, "colorscale": colour_scale(cyclic_ramp(colours.dark))}
    return {"color": seen, "colorscale": colour_scale(continuous_ramp(colours.dark))}


def _numbers(labels: pd.Series) -> np.ndarray:
    numbers = labels.to_numpy(float)
    return numbers[np.isfinite(numbers)]


def _bar(labels: pd.Series, colours: Palette) -> dict[str, Any]:
    """A colour bar with what its left end, middle and right end stand for."""
    seen = _numbers(labels)
    if column_form(str(labels.name), labels) == "cyclic":
        places = [0.0, 0.5, 1.0]
        ticks = ["\N{MINUS SIGN}π", "0", "π rad"] if (seen < 0).any() else ["0", "π", "2π rad"]
    else:
        places = sorted({float(seen.min()), float(seen.min() + seen.max()) / 2, float(seen.max())})
        ticks = [f"{value:.3g}".replace("-", "\N{MINUS SIGN}") for value in places]
    return {
        "orientation": "h", "thickness": 7, "lenmode": "pixels", "len": 190, "xpad": 14, "x": 0,
        "xanchor": "left", "y": 0, "yref": "paper", "yanchor": "top", "ypad": GAP_PX, "outlinewidth": 0,
        "tickvals": places, "ticktext": ticks, "tickfont": {"size": 11, "color": colours.muted}, "ticks": "",
    }  # fmt: skip
