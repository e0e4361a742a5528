"""Marks of the textbook in Matplotlib: filled stable, half-filled saddle, hollow unstable, a diamond for slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from jedi.figures.style import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

KINDS = ("unstable", "saddle", "stable", "slow")  # in the order of drawing
LEGEND = ("stable", "saddle", "unstable", "slow")
SIZE = 5.0  # pt
PALE = 0.35  # opacity of marks that do not lie in the plane


def style(kind: str) -> dict[str, Any]:
    """How a kind's mark is drawn, as a `Line2D` takes it."""
    mark: dict[str, Any] = {"linestyle": "none", "markersize": SIZE, "markeredgewidth": 0.8, "markeredgecolor": INK}
    if kind == "slow":
        return mark | {"marker": "D", "markersize": SIZE - 1.2, "markerfacecolor": MUTED, "markeredgecolor": MUTED}
    if kind == "saddle":
        return mark | {"marker": "o", "fillstyle": "left", "markerfacecolor": INK, "markerfacecoloralt": "white"}
    return mark | {"marker": "o", "markerfacecolor": INK if kind == "stable" else "white"}


def draw_points(
    axes: Axes, at: Float[np.ndarray, "P 2"], kinds: Sequence[str], pale: Bool[np.ndarray, " P"] | None = None
) -> list[Artist]:
    """Marks of points; returns the legend of the kinds that are there, with how many of each."""
    from matplotlib.lines import Line2D

    named = np.asarray(kinds, dtype=str)
    far = np.zeros(len(named), bool) if pale is None else pale
    for layer, kind in enumerate(KINDS):
        for distant in (True, False):
            rows = (named == kind) & (far == distant)
            if rows.any():
                axes.plot(
                    at[rows, 0], at[rows, 1], **style(kind), alpha=PALE if distant else 1.0, zorder=5 + 0.1 * layer,
                    clip_on=False,
                )  # fmt: skip
    counts = {kind: int((named == kind).sum()) for kind in LEGEND}
    return [Line2D([], [], **style(kind), label=f"{kind} ({n})") for kind, n in counts.items() if n]


def draw_trail(axes: Axes, at: Float[np.ndarray, "S 2"], colour: str) -> list[Artist]:
    """A trajectory, time as opacity, from a hollow square to a dot; returns its legend."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb
    from matplotlib.lines import Line2D

    pieces = np.stack([at[:-1], at[1:]], axis=1)
    shades = [(*to_rgb(colour), 0.22 + 0.78 * (i + 1) / max(len(pieces), 1)) for i in range(len(pieces))]
    axes.add_collection(LineCollection(list(pieces), colors=shades, linewidths=1.0, zorder=4), autolim=False)
    ends: tuple[dict[str, Any], ...] = (
        {"marker": "s", "markerfacecolor": "white", "label": "start"},
        {"marker": "o", "markerfacecolor": colour, "label": "end"},
    )
    handles: list[Artist] = []
    for place, end in zip((0, -1), ends, strict=True):
        mark = {"linestyle": "none", "markersize": 4.0, "markeredgecolor": colour, "markeredgewidth": 0.9, **end}
        axes.plot(at[[place], 0], at[[place], 1], **{**mark, "label": "_"}, zorder=4.5, clip_on=False)
        handles.append(Line2D([], [], **mark))
    return handles


def equal(axes: Axes, points: Float[np.ndarray, "n 2"], share: float = 0.08, aspect: float = 1.0) -> None:
    """Equal units both ways, over a frame of `aspect` (width over height) that holds the points with some room."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.maximum((high - low) * (1 + 2 * share), 1e-9)
    height = float(max(size[1], size[0] / aspect))
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - height * aspect / 2, middle[0] + height * aspect / 2)
    axes.set_ylim(middle[1] - height / 2, middle[1] + height / 2)
    axes.set_aspect("equal")
