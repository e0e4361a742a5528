"""What the figures of dynamics share: the legend under the axes, colours with opacity, ranges, reference lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures.legend import escaped
from explorer.figures.theme import Palette

LINE = 58  # characters of a legend's line: what a figure of 390 px has room for
AXIS_PX = 40  # ticks and the axis title, below which the legend begins
LINE_PX = 17
_GAP = "\N{NO-BREAK SPACE}" * 3


class Entry(NamedTuple):
    """A mark of the legend: its glyph, the glyph's colour, and what it means (escaped here)."""

    glyph: str
    colour: str
    text: str


def add_legend(
    figure: go.Figure, entries: Sequence[Entry], colours: Palette, note: str = "", lowest: str = "y"
) -> go.Figure:
    """Put the marks' meaning under the `lowest` axes, in lines that a narrow figure has room for, then the note."""
    lines: list[str] = []
    length = LINE
    for glyph, colour, text in entries:
        size = len(glyph) + len(text) + 4
        if length + size > LINE:
            lines.append("")
            length = 0
        space = _GAP if length else ""
        text = escaped(text).replace(" ", "\N{NO-BREAK SPACE}")
        lines[-1] += f'{space}<span style="color:{colour}">{glyph}</span> {text}'
        length += size
    lines += _wrapped(note)
    if lines:
        figure.add_annotation(
            text="<br>".join(lines), xref="x domain", yref=f"{lowest} domain", x=0, y=0, yshift=-AXIS_PX,
            xanchor="left", yanchor="top", align="left", showarrow=False, font={"size": 12, "color": colours.muted},
        )  # fmt: skip
    figure.update_layout(margin={"b": AXIS_PX + LINE_PX * len(lines) + (8 if lines else 0)})
    return figure


def _wrapped(note: str) -> list[str]:
    lines: list[str] = []
    for paragraph in note.splitlines():
        lines.append("")
        for word in paragraph.split():
            if lines[-1] and len(lines[-1]) + len(word) + 1 > LINE:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
    return [escaped(line) for line in lines if line]


def faded(colour: str, opacity: float) -> str:
    """`#rrggbb` or `rgb(r,g,b)` with an opacity."""
    if colour.startswith("#"):
        channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    else:
        channels = [int(part) for part in colour[4:-1].split(",")]
    return f"rgba({channels[0]},{channels[1]},{channels[2]},{opacity:.3g})"


def padded(values: np.ndarray, share: float = 0.08, least: float = 1e-9) -> list[float]:
    """A range that holds the finite values with some room around them; of one value, room for its mark."""
    finite = np.asarray(values, float)[np.isfinite(values)]
    if not finite.size:
        return [-1.0, 1.0]
    low, high = float(finite.min()), float(finite.max())
    room = max((high - low) * share, least, 0.05 * max(abs(low), abs(high)) if high - low < least else 0.0)
    return [low - room, high + room]


def equal_axes(figure: go.Figure) -> None:
    """One unit is as long across as up; the ranges given stay in sight.

    It is the ranges that give way, not the axes' domains (`constrain`): a figure that is drawn again at another height,
    as Streamlit does, takes the narrower domain of the first drawing for the one that was asked for.
    """
    figure.update_yaxes(scaleanchor="x", scaleratio=1)


def reference(figure: go.Figure, colours: Palette, *, x: float | None = None, y: float | None = None) -> None:
    """A thin line across the plot, behind the data, at a value that means something."""
    line = {"color": colours.muted, "width": 1}
    if y is not None:
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line=line, layer="below")
    if x is not None:
        figure.add_shape(type="line", yref="paper", y0=0, y1=1, x0=x, x1=x, line=line, layer="below")
