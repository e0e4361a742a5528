"""States in a plane: fixed points, and a trajectory among them or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from jedi.figures.marks import draw_points, draw_trail, equal
from jedi.figures.planes import principal_axes
from jedi.figures.style import CATEGORIES, HUES, MUTED, Width, add_legend, journal, new_figure, tidy
from jedi.figures.words import TAU

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from jedi.dynamics.fixed_points import FixedPoints

UNITS = "state units"


def fixed_points_figure(
    fixed: FixedPoints,
    axes: Float[np.ndarray, "2 M"],
    centre: Float[np.ndarray, " M"],
    trajectory: Float[np.ndarray, "S M"] | None = None,
    *,
    names: tuple[str, str] = ("PC 1", "PC 2"),
    width: Width = "single",
) -> Figure:
    """Fixed points in the plane through `centre` along `axes`, over a trajectory."""
    at = (fixed.x - centre) @ axes.T
    path = np.empty((0, 2)) if trajectory is None else (trajectory - centre) @ axes.T
    with journal():
        figure = new_figure(width, 68.0 if width == "single" else 90.0)
        plot = figure.add_subplot()
        everything = np.concatenate([at, path])
        equal(plot, everything if len(everything) else np.zeros((1, 2)), aspect=1.15 if width == "single" else 1.9)
        handles = draw_points(plot, at, [str(kind) for kind in fixed.kind])
        slow = np.flatnonzero(np.asarray(fixed.kind) == "slow")
        length = 0.05 * np.ptp(plot.get_xlim())
        for place, direction in zip(at[slow], fixed.slow_direction[slow] @ axes.T, strict=True):
            ends = np.stack([place - length * direction, place + length * direction])
            plot.plot(ends[:, 0], ends[:, 1], color=MUTED, linewidth=0.8, zorder=4)
        if len(path):
            handles += draw_trail(plot, path, CATEGORIES[0])
        tidy(plot, f"{names[0]} ({UNITS})", f"{names[1]} ({UNITS})")
        add_legend(figure, handles, width, f"stability of the step, dt/{TAU} = {fixed.dt_over_tau:.4g}")
    return figure


def trajectory_figure(
    trajectory: Float[np.ndarray, "S M"], dt: float, *, components: int = 3, width: Width = "single"
) -> Figure:
    """A trajectory in the plane of its first two principal components, and components over time."""
    from matplotlib.lines import Line2D

    axes, centre, shares = principal_axes(trajectory)
    path = (trajectory - centre) @ axes.T
    left, values, _ = np.linalg.svd(trajectory - centre, full_matrices=False)
    scores = left[:, :components] * values[:components]
    for j in range(min(2, scores.shape[1])):  # signs as in the plane
        scores[:, j] *= 1 if scores[:, j] @ path[:, j] >= 0 else -1
    times = np.arange(len(trajectory)) * dt
    with journal():
        across = width == "double"
        figure = new_figure(width, 62.0 if across else 105.0)
        rows, columns = (1, 2) if across else (2, 1)
        ratios = None if across else [3, 2]
        plane, course = figure.subplots(rows, columns, height_ratios=ratios, squeeze=False).ravel()
        equal(plane, path, aspect=1.3)
        handles = draw_trail(plane, path, CATEGORIES[0])
        names = [f"PC {i + 1} ({share:.0%} of variance)" for i, share in enumerate(shares)]
        tidy(plane, names[0], names[1])
        for j in range(scores.shape[1]):
            colour = CATEGORIES[HUES[j % len(HUES)]]
            course.plot(times, scores[:, j], color=colour, linewidth=1.0)
            handles.append(Line2D([], [], color=colour, linewidth=1.0, label=f"PC {j + 1}"))
        course.set_xlim(0, float(times[-1]) if len(times) > 1 else dt)
        tidy(course, "time (s)", f"component ({UNITS})")
        add_legend(figure, handles, width)
    return figure
