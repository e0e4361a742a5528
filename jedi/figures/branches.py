"""Branches of fixed points along a path of weights, where they change, and limit cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from jedi.figures.curves import Envelope, envelopes, projected, stretches
from jedi.figures.labels import MOST, place
from jedi.figures.style import (
    CATEGORIES,
    INK,
    MUTED,
    POINTS_PER_MM,
    WARNING,
    WIDTHS_MM,
    Width,
    add_legend,
    journal,
    new_figure,
    tidy,
)
from jedi.figures.words import event_name, height_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from jedi.dynamics.bifurcation import Bifurcation, Diagram

MARKERS = {"fold": ">", "pitchfork": "D", "transcritical": "X", "hopf": "s", "flip": "v"}
DASH = (0, (3.0, 1.8))
NEAR = 8.0  # pt: events of one kind nearer than that share a name
HEIGHT_MM = 65.0


def bifurcation_figure(
    found: Diagram,
    project: Float[np.ndarray, " R"] | None = None,
    *,
    ends: tuple[str, str] = ("", ""),
    name: str = "",
    width: Width = "single",
) -> Figure:
    """Overlaps k along `project`, or their norm, against the path; solid where the step is stable, dashed where not.

    Limit cycles are the band between their least and largest height. `name` is the height's, where it has one.
    """
    branches = [projected(branch.k, project) for branch in found.branches]
    bands = envelopes(found.cycles, project)
    events = list(found.bifurcations)
    heights = np.array([float(projected(event.k, project)) for event in events])
    curves = [np.stack([branch.at, up], axis=1) for branch, up in zip(found.branches, branches, strict=True)]
    curves += [np.stack([band.at, edge], axis=1) for band in bands for edge in (band.low, band.high)]
    with journal():
        figure = new_figure(width, HEIGHT_MM)
        plot = figure.add_subplot()
        for band in bands:
            _band(plot, band)
        for branch, up in zip(found.branches, branches, strict=True):
            for piece, stable in stretches(branch.stable):
                plot.plot(
                    branch.at[piece], up[piece], color=INK if stable else WARNING, linewidth=1.2 if stable else 0.8,
                    linestyle="solid" if stable else DASH, zorder=3.1 if stable else 3.0,
                )  # fmt: skip
        for event, up_at in zip(events, heights, strict=True):
            flow = event.of == "flow"
            plot.plot(
                [event.at], [up_at], linestyle="none", marker=MARKERS[event.kind], markersize=4.5 if flow else 3.5,
                markeredgecolor=INK, markeredgewidth=0.7, markerfacecolor=CATEGORIES[2] if flow else "white",
                zorder=5 if flow else 4.5, clip_on=False,
            )  # fmt: skip
        drawn = np.concatenate([*curves, np.empty((0, 2))])
        low, high = (float(drawn[:, 1].min()), float(drawn[:, 1].max())) if len(drawn) else (-1.0, 1.0)
        room = 0.07 * (high - low) or 1.0
        plot.set_ylim(low - room, high + room)
        margin = 0.02 * (found.at_range[1] - found.at_range[0])
        plot.set_xlim(found.at_range[0] - margin, found.at_range[1] + margin)
        _name_events(plot, events, heights, drawn, width)
        first, last = ends
        tidy(plot, f"path s, {first} (0) to {last} (1)" if first and last else "path s", name or height_name(project))
        add_legend(figure, _legend(found, bands), width)
    return figure


def _band(plot: Axes, band: Envelope) -> None:
    colour = CATEGORIES[0]
    outline = np.concatenate([np.stack([band.at, band.low], 1), np.stack([band.at, band.high], 1)[::-1]])
    plot.fill(outline[:, 0], outline[:, 1], color=colour, alpha=0.14, linewidth=0, zorder=1)
    for edge in (band.low, band.high):
        for piece, stable in stretches(band.stable):
            style = "solid" if stable else DASH
            plot.plot(band.at[piece], edge[piece], color=colour, linewidth=0.9, linestyle=style, zorder=2)


def _name_events(
    plot: Axes,
    events: list[Bifurcation],
    heights: Float[np.ndarray, " n"],
    drawn: Float[np.ndarray, "c 2"],
    width: Width,
) -> None:
    """Names beside the marks, where there is room for them."""
    if not events:
        return
    frame = ((WIDTHS_MM[width] - 12) * POINTS_PER_MM, (HEIGHT_MM - 10) * POINTS_PER_MM)
    (left, right), (bottom, top) = plot.get_xlim(), plot.get_ylim()
    at = np.array([(event.at, up) for event, up in zip(events, heights, strict=True)])
    points, curves = ((p - [left, bottom]) / [right - left, top - bottom] * frame for p in (at, drawn))
    named: list[int] = []
    for i in sorted(range(len(events)), key=lambda i: events[i].of == "map"):
        if not any(events[i].kind == events[j].kind and np.hypot(*(points[i] - points[j])) < NEAR for j in named):
            named.append(i)
    if len(named) > MOST:
        return
    sizes = [(3.6 * len(events[i].kind) + 1, 7.0) for i in named]
    for i, offset in zip(named, place(points[named], sizes, curves, frame, gap=4.0), strict=True):
        if offset is not None:
            plot.annotate(
                event_name(events[i].kind), (float(at[i, 0]), float(at[i, 1])), offset, textcoords="offset points",
                ha="center", va="center", color=MUTED, zorder=6, annotation_clip=False,
            )  # fmt: skip


def _legend(found: Diagram, bands: list[Envelope]) -> list[Artist]:
    from matplotlib.lines import Line2D

    handles: list[Artist] = []
    if any(branch.stable.any() for branch in found.branches):
        handles.append(Line2D([], [], color=INK, linewidth=1.2, label="stable"))
    if any(not branch.stable.all() for branch in found.branches):
        handles.append(Line2D([], [], color=WARNING, linewidth=0.8, linestyle=DASH, label="unstable"))
    if bands:
        handles.append(Line2D([], [], color=CATEGORIES[0], linewidth=0.9, label="limit cycles"))
    for kind, marker in MARKERS.items():
        for of, face in (("flow", CATEGORIES[2]), ("map", "white")):
            if any(event.kind == kind and event.of == of for event in found.bifurcations):
                handles.append(
                    Line2D(
                        [], [], linestyle="none", marker=marker, markersize=4, markeredgecolor=INK,
                        markeredgewidth=0.7, markerfacecolor=face,
                        label=f"{event_name(kind)} of the {'step' if of == 'map' else 'flow'}",
                    )
                )  # fmt: skip
    return handles
