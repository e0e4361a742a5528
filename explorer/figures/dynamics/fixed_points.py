"""Fixed points in a plane of states, with the trajectory that moves among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.frame import Entry, add_legend, equal_axes, padded
from explorer.figures.dynamics.marks import kind_entries, point_marks, trail, trail_entries
from explorer.figures.legend import escaped
from explorer.figures.theme import Palette, framed
from jedi.figures.words import TAU, number

if TYPE_CHECKING:
    from jedi.dynamics.fixed_points import FixedPoints


def state_plane(
    fixed: FixedPoints,
    axes: np.ndarray,
    centre: np.ndarray,
    colours: Palette,
    trajectory: np.ndarray | None = None,
    *,
    dt: float | None = None,
    names: tuple[str, str] = ("PC 1", "PC 2"),
    height: int = 420,
) -> go.Figure:
    """Fixed points in the plane through `centre` (M,) along `axes` (2, M), over a trajectory (S, M) of steps of dt s.

    A slow point's direction of slowness is a short line through it, as far as it lies in the plane.
    """
    at = (fixed.x - centre) @ axes.T
    path = np.empty((0, 2)) if trajectory is None else (trajectory - centre) @ axes.T
    everything = np.concatenate([at, path])
    ranges = [padded(everything[:, i]) for i in (0, 1)]
    colour = colours.categories[0]
    texts = [point_text(fixed, p, at[p], names) for p in range(len(at))]
    marks, halves = point_marks(at, list(fixed.kind), texts, colours)
    traces = trail(path, state_texts(path, dt, names), colour, colours) if len(path) else []
    slow = np.flatnonzero(np.asarray(fixed.kind) == "slow")
    length = 0.05 * max(high - low for low, high in ranges)
    directions = fixed.slow_direction[slow] @ axes.T
    for place, direction in zip(at[slow], directions, strict=True):
        ends = np.stack([place - length * direction, place + length * direction])
        line = {"color": colours.muted, "width": 1.5}
        traces.append(go.Scatter(x=ends[:, 0], y=ends[:, 1], mode="lines", line=line, hoverinfo="skip", name="slow"))
    titles = [f"{escaped(name)} (units of the states)" for name in names]
    figure = framed([*traces, *marks], colours, height=height, x_title=titles[0], y_title=titles[1])
    figure.update_layout(shapes=halves)
    figure.update_xaxes(range=ranges[0])
    figure.update_yaxes(range=ranges[1])
    equal_axes(figure)
    entries = [*kind_entries(list(fixed.kind), colours), *(trail_entries(colour) if len(path) else [])]
    if not len(at):
        entries.append(Entry("", colours.muted, "no fixed point found"))
    return add_legend(figure, entries, colours, note=f"stable or not: of the step, dt/{TAU} = {fixed.dt_over_tau:.4g}")


def point_text(fixed: FixedPoints, p: int, at: np.ndarray, names: tuple[str, str]) -> str:
    """What hovering over fixed point `p` says."""
    growing, growing_flow = int(fixed.n_unstable[p]), int(fixed.n_unstable_continuous[p])
    what = "slow point" if fixed.kind[p] == "slow" else f"{fixed.kind[p]} fixed point"
    return "<br>".join(
        [
            f"{what} {p + 1}",
            f"{escaped(names[0])} {number(at[0])}, {escaped(names[1])} {number(at[1])}",
            f"unstable directions: {growing} of the step, {growing_flow} of the flow",
            f"largest |λ| {number(float(np.abs(fixed.spectrum.eigenvalues[p]).max()))}",
            f"speed {number(float(fixed.speed[p]), 3)} per {TAU}, residual {number(float(fixed.residual[p]), 3)}",
        ]
    )


def state_texts(path: np.ndarray, dt: float | None, names: tuple[str, str]) -> list[str]:
    """What hovering over each state of a trajectory says."""
    when = [f"step {i}" if dt is None else f"{i * dt:.3f} s" for i in range(len(path))]
    first, second = escaped(names[0]), escaped(names[1])
    return [f"{t}<br>{first} {number(x)}, {second} {number(y)}" for t, (x, y) in zip(when, path.tolist(), strict=True)]
