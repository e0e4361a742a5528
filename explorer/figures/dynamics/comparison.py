"""The fixed points of two networks in one plane, with their trajectories, and lines between those that match."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.fixed_points import point_text, state_texts
from explorer.figures.dynamics.frame import Entry, add_legend, equal_axes, padded
from explorer.figures.dynamics.marks import GLYPHS, point_marks, trail
from explorer.figures.legend import escaped
from explorer.figures.theme import Palette, framed

if TYPE_CHECKING:
    from jedi.dynamics.fixed_points import FixedPoints


def two_planes(
    fixed: tuple[FixedPoints, FixedPoints],
    states: tuple[np.ndarray, np.ndarray],
    pairs: np.ndarray,
    axes: np.ndarray,
    centre: np.ndarray,
    colours: Palette,
    *,
    names: tuple[str, str],
    axis_names: tuple[str, str] = ("PC 1", "PC 2"),
    dt: float | None = None,
    height: int = 420,
) -> go.Figure:
    """Two sets, each in a colour with its trajectory (S, M), in the plane through `centre` (M,) along `axes` (2, M).

    `pairs` (n, 2) are indices into the first and the second set.
    """
    traces: list[go.Scatter] = []
    shapes: list[dict[str, Any]] = []
    entries: list[Entry] = []
    places = [(points.x - centre) @ axes.T for points in fixed]
    paths = [(path - centre) @ axes.T for path in states]
    for i, j in np.asarray(pairs, int).reshape(-1, 2):
        ends = np.stack([places[0][i], places[1][j]])
        line = {"color": colours.muted, "width": 1, "dash": "4px,3px"}
        traces.append(go.Scatter(x=ends[:, 0], y=ends[:, 1], mode="lines", line=line, hoverinfo="skip", name="match"))
    seen: list[str] = []
    for which, (points, at, path, name) in enumerate(zip(fixed, places, paths, names, strict=True)):
        own = colours.categories[which]
        traces = [*trail(path, state_texts(path, dt, axis_names), own, colours, name=escaped(name)), *traces]
        texts = [f"{escaped(name)}<br>{point_text(points, p, at[p], axis_names)}" for p in range(len(at))]
        marks, halves = point_marks(at, list(points.kind), texts, replace(colours, ink=own, muted=own))
        traces += marks
        shapes += halves
        entries.append(Entry("━━", own, name))
        seen += [str(kind) for kind in points.kind]
    entries += [Entry(GLYPHS[kind], colours.muted, kind) for kind in GLYPHS if kind in seen]
    if len(pairs):
        entries.append(Entry("╍╍", colours.muted, "matched"))
    titles = [f"{escaped(name)} (units of the states)" for name in axis_names]
    figure = framed(traces, colours, height=height, x_title=titles[0], y_title=titles[1])
    figure.update_layout(shapes=shapes)
    everything = np.concatenate([*places, *paths])
    figure.update_xaxes(range=padded(everything[:, 0]))
    figure.update_yaxes(range=padded(everything[:, 1]))
    equal_axes(figure)
    return add_legend(figure, entries, colours)
