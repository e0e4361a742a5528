"""The flow on a plane of states: streamlines over speed or basins, nullclines, fixed points on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from jedi.figures.marks import draw_points, draw_trail
from jedi.figures.streamlines import smooth_labels, streamlines
from jedi.figures.style import CATEGORIES, MUTED, Width, add_legend, journal, new_figure, tidy
from jedi.figures.words import TAU

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from jedi.dynamics.fixed_points import FixedPoints
    from jedi.dynamics.phase_portrait import PhasePortrait

NEAR = 0.02  # of the plane's width: a fixed point farther from it is drawn pale
BASINS = (4, 5, 3, 2)  # of the categories: none that a nullcline has; the first two differ for every kind of sight
DASHES: tuple[tuple[float, tuple[float, ...]], ...] = ((0, ()), (0, (3.0, 1.5)))  # of the nullclines


def phase_portrait_figure(
    found: PhasePortrait,
    fixed: FixedPoints | None = None,
    trajectory: Float[np.ndarray, "S M"] | None = None,
    *,
    names: tuple[str, str] = ("y1", "y2"),
    width: Width = "single",
) -> Figure:
    """The portrait; basins colour the plane where they tell two attractors apart, else the speed does."""
    from matplotlib.lines import Line2D

    note = ""
    with journal():
        figure = new_figure(width, 70.0 if width == "single" else 110.0, square=True)
        plot = figure.add_subplot()
        by_basin = found.basins is not None and len(found.attractors) > 1
        basins = _basins(plot, found) if by_basin else _speed(figure, plot, found)
        _stream(plot, found)
        handles: list[Artist] = []
        for i, curves in enumerate(found.nullclines or ()):
            colour, dash = CATEGORIES[i], DASHES[i]
            for curve in curves:
                plot.plot(curve[:, 0], curve[:, 1], color=colour, linewidth=1.0, linestyle=dash, zorder=3)
            if len(curves):
                line = Line2D([], [], color=colour, linewidth=1.0, linestyle=dash, label=f"d{names[i]}/dt = 0")
                handles.append(line)
        if trajectory is not None:
            colour = CATEGORIES[6 if found.nullclines else 0]  # not that of a nullcline
            handles += draw_trail(plot, found.project(trajectory), colour)
        if fixed is not None and len(fixed):
            at, far = found.project(fixed.x), off_plane(found, fixed.x)
            inside = (np.abs(at[:, 0]) <= found.across[-1]) & (np.abs(at[:, 1]) <= found.up[-1])
            kinds = [str(kind) for kind in np.asarray(fixed.kind)[inside]]
            handles = [*draw_points(plot, at[inside], kinds, far[inside]), *handles]
            note = "Pale marks lie off the plane." if far[inside].any() else ""
        plot.set_xlim(float(found.across[0]), float(found.across[-1]))
        plot.set_ylim(float(found.up[0]), float(found.up[-1]))
        plot.set_aspect("equal")
        tidy(plot, f"{names[0]} (state units)", f"{names[1]} (state units)")
        add_legend(figure, [*handles, *basins], width, note)
    return figure


def off_plane(found: PhasePortrait, x: Float[np.ndarray, "P M"]) -> Bool[np.ndarray, " P"]:
    """Which states lie farther from the plane than a mark is large."""
    apart = x - found.centre
    apart = apart - (apart @ found.axes.T) @ found.axes
    return np.asarray(np.linalg.norm(apart, axis=1) > NEAR * (found.across[-1] - found.across[0]))


def log_speed(found: PhasePortrait) -> tuple[Float[np.ndarray, "G G"], float, float]:
    """Decimal logarithm of the speed and the tint's ends; the slowest decades are a few cells about fixed points."""
    moving = found.speed[found.speed > 0]
    values = np.log10(np.maximum(found.speed, float(moving.min()) if moving.size else 1.0))
    low, high = float(np.quantile(values, 0.02)), float(values.max())
    return values, low, max(high, low + 1e-9)


def _frame(found: PhasePortrait) -> tuple[float, float, float, float]:
    return float(found.across[0]), float(found.across[-1]), float(found.up[0]), float(found.up[-1])


def _speed(figure: Figure, plot: Axes, found: PhasePortrait) -> list[Artist]:
    """The slow places tinted, with a bar of speeds beside the plot."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, to_rgb

    _, low, high = log_speed(found)
    tint = [0.55 + 0.45 * channel for channel in to_rgb(CATEGORIES[0])]
    shades = LinearSegmentedColormap.from_list("slow", [tint, (1.0, 1.0, 1.0)])
    image = plot.imshow(
        np.maximum(found.speed, 10**low), norm=LogNorm(10**low, 10**high), cmap=shades, origin="lower",
        extent=_frame(found), interpolation="bilinear", zorder=0,
    )  # fmt: skip
    bar = figure.colorbar(image, ax=plot, fraction=0.035, pad=0.02, shrink=0.5, anchor=(0.0, 1.0))
    bar.set_label(f"speed (1/{TAU})", labelpad=2)
    bar.ax.minorticks_off()
    speeds = [10**low, 10 ** ((low + high) / 2), 10**high]
    bar.set_ticks(speeds, labels=[f"{speed:.2g}" for speed in speeds])
    bar.outline.set_linewidth(0.4)
    return []


def _basins(plot: Axes, found: PhasePortrait) -> list[Artist]:
    """A pale fill for each attractor; returns their legend."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    labels = smooth_labels(np.asarray(found.basins), 12)
    picture = np.ones((*labels.shape, 3))
    handles: list[Artist] = []
    for a, kind in enumerate(found.attractor_kinds):
        red, green, blue = (0.8 + 0.2 * channel for channel in to_rgb(CATEGORIES[BASINS[a % len(BASINS)]]))
        pale = (red, green, blue)
        picture[labels == a] = pale
        label = f"basin {a + 1}" + ("" if kind == "fixed point" else ": cycle or other")
        handles.append(Patch(facecolor=pale, edgecolor=MUTED, linewidth=0.3, label=label))
    plot.imshow(picture, origin="lower", extent=_frame(found), interpolation="nearest", zorder=0)
    return handles if len(handles) <= len(BASINS) else []


def _stream(plot: Axes, found: PhasePortrait) -> None:
    """Streamlines and one arrowhead in the middle of each."""
    from matplotlib.collections import LineCollection
    from matplotlib.markers import MarkerStyle
    from matplotlib.transforms import Affine2D

    unit = np.array([found.across[1] - found.across[0], found.up[1] - found.up[0]])
    lines = [line * unit + [found.across[0], found.up[0]] for line in streamlines(found.flow)]
    plot.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.4, zorder=2), autolim=False)
    for line in lines:
        middle = len(line) // 2
        heading = line[middle + 1] - line[middle - 1]
        turn = Affine2D().rotate_deg(float(np.degrees(np.arctan2(heading[1], heading[0]))))
        head = MarkerStyle(">", transform=turn)
        plot.plot(
            line[middle, 0], line[middle, 1], marker=head, color=MUTED, markersize=2.2, markeredgewidth=0, zorder=2
        )
