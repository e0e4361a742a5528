"""Marks of the textbook: filled stable, half-filled saddle, hollow unstable, a diamond for slow; a trajectory's trail.

Plotly has no half-filled circle that suits every ground. A saddle is a hollow circle of the panel's colour with half a
disc on it: a shape sized in pixels, so that it keeps its place and its size at every width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.frame import Entry, faded
from explorer.figures.theme import Palette

SIZE = 11  # px, the diameter of a fixed point's mark
KINDS = ("unstable", "saddle", "stable", "slow")  # in the order of drawing
GLYPHS = {"stable": "●", "saddle": "◐", "unstable": "○", "slow": "◆"}
_BEND = 0.5522847498  # of a radius: where the control points of a quarter circle are
_PIECES = 24  # of a trail, each of one opacity
_PALE = 0.35  # opacity of marks that do not lie in the plane


def point_marks(
    at: np.ndarray, kinds: Sequence[str], texts: Sequence[str], colours: Palette, pale: np.ndarray | None = None
) -> tuple[list[go.Scatter], list[dict[str, Any]]]:
    """Traces, one a kind, of points (P, 2), with the halves of the saddles as shapes; `pale` (P,) bool for far ones."""
    named = np.asarray(kinds, dtype=str)
    far = np.zeros(len(named), bool) if pale is None else pale
    traces = []
    for kind in KINDS:
        rows = np.flatnonzero(named == kind)
        if not len(rows):
            continue
        traces.append(
            go.Scatter(
                x=at[rows, 0], y=at[rows, 1], mode="markers", name=kind, text=[texts[i] for i in rows],
                hovertemplate="%{text}<extra></extra>", cliponaxis=False,
                marker=_marker(kind, colours) | {"opacity": np.where(far[rows], _PALE, 1.0)},
            )
        )  # fmt: skip
    saddles = np.flatnonzero(named == "saddle")
    return traces, [half_disc(at[i], colours.ink, _PALE if far[i] else 1.0) for i in saddles]


def _marker(kind: str, colours: Palette) -> dict[str, Any]:
    if kind == "slow":
        return {
            "symbol": "diamond",
            "size": SIZE - 2,
            "color": colours.muted,
            "line": {"width": 1, "color": colours.panel},
        }
    if kind == "stable":
        return {
            "symbol": "circle",
            "size": SIZE + 1,
            "color": colours.ink,
            "line": {"width": 1, "color": colours.panel},
        }
    return {"symbol": "circle", "size": SIZE, "color": colours.panel, "line": {"width": 1.5, "color": colours.ink}}


def half_disc(at: np.ndarray, colour: str, opacity: float = 1.0, size: float = SIZE) -> dict[str, Any]:
    """The left half of a disc, `size` pixels across, at a point of the plane."""
    r, c = size / 2, size / 2 * _BEND
    path = f"M0,{-r:g}C{-c:g},{-r:g} {-r:g},{-c:g} {-r:g},0C{-r:g},{c:g} {-c:g},{r:g} 0,{r:g}Z"
    return {
        "type": "path", "path": path, "xref": "x", "yref": "y", "xsizemode": "pixel", "ysizemode": "pixel",
        "xanchor": float(at[0]), "yanchor": float(at[1]), "fillcolor": colour, "opacity": opacity,
        "line": {"width": 0}, "layer": "above",
    }  # fmt: skip


def kind_entries(kinds: Sequence[str], colours: Palette) -> list[Entry]:
    """The legend of the kinds that are there, with how many of each."""
    named = list(kinds)
    counts = {kind: named.count(kind) for kind in ("stable", "saddle", "unstable", "slow")}
    return [
        Entry(GLYPHS[kind], colours.muted if kind == "slow" else colours.ink, f"{kind} ({count})")
        for kind, count in counts.items()
        if count
    ]


def trail(
    at: np.ndarray, texts: Sequence[str], colour: str, colours: Palette, name: str = "trajectory"
) -> list[go.Scatter]:
    """A trajectory (S, 2): faint at first and full at the end, from a hollow square to a dot; hover on every state."""
    edges = np.unique(np.linspace(0, len(at) - 1, min(_PIECES, max(len(at) - 1, 1)) + 1).astype(int))
    traces = [
        go.Scatter(
            x=at[a : b + 1, 0], y=at[a : b + 1, 1], mode="lines", hoverinfo="skip",
            line={"color": faded(colour, 0.22 + 0.78 * b / max(len(at) - 1, 1)), "width": 2},
        )
        for a, b in pairwise(edges)
    ]  # fmt: skip
    traces.append(
        go.Scatter(
            x=at[:, 0], y=at[:, 1], mode="markers", name=name, text=list(texts),
            hovertemplate="%{text}<extra></extra>", marker={"size": 6, "color": colour, "opacity": 0},
        )
    )  # fmt: skip
    start = {"symbol": "square", "size": 9, "color": colours.panel, "line": {"width": 2, "color": colour}}
    end = {"symbol": "circle", "size": 9, "color": colour, "line": {"width": 1, "color": colours.panel}}
    for place, what, marker in ((0, "start", start), (-1, "end", end)):
        traces.append(
            go.Scatter(
                x=at[[place], 0], y=at[[place], 1], mode="markers", name=what, text=[f"{what}<br>{texts[place]}"],
                hovertemplate="%{text}<extra></extra>", marker=marker, cliponaxis=False,
            )
        )  # fmt: skip
    return traces


def trail_entries(colour: str) -> list[Entry]:
    """The legend of a trail."""
    return [Entry("□", colour, "start"), Entry("●", colour, "end of the trajectory")]
