"""Branches of fixed points along a path of weights, where they change, and limit cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.frame import Entry, add_legend, faded, padded
from explorer.figures.legend import escaped
from explorer.figures.theme import Palette, framed
from jedi.figures.curves import Envelope, envelopes, projected, stretches
from jedi.figures.labels import MOST, place
from jedi.figures.words import event_name, height_name, number

if TYPE_CHECKING:
    from jedi.dynamics.bifurcation import Bifurcation, Diagram

SYMBOLS = {
    "fold": ("triangle-right", "▶▷"), "pitchfork": ("diamond", "◆◇"), "transcritical": ("x", "✖✕"),
    "hopf": ("square", "■□"), "flip": ("triangle-down", "▼▽"),
}  # fmt: skip
NEAR = 12.0  # px: events of one kind nearer than that share a name
NARROW = 318.0  # px: the plot's width in the narrowest figure, for which labels are placed


def diagram(
    found: Diagram,
    colours: Palette,
    *,
    height: int = 420,
    project: np.ndarray | None = None,
    ends: tuple[str, str] = ("", ""),
    at: float | None = None,
) -> go.Figure:
    """Branches against the path's parameter s: overlaps k along `project` (R,), or their norm.

    Solid where the step is stable, dashed where not; marks where branches fold, cross or oscillate; limit cycles as the
    band between their least and largest height. `ends` names both ends of the path, `at` draws a line where one is.
    """
    branches = [projected(branch.k, project) for branch in found.branches]
    bands = envelopes(found.cycles, project)
    events = list(found.bifurcations)
    heights = np.array([float(projected(event.k, project)) for event in events])
    shown = [*branches, heights, *(edge for band in bands for edge in (band.low, band.high))]
    y = padded(np.concatenate(shown)) if shown else [-1.0, 1.0]
    margin = 0.02 * (found.at_range[1] - found.at_range[0])
    x = [found.at_range[0] - margin, found.at_range[1] + margin]
    traces = [trace for band in bands for trace in _band(band, colours)]
    traces += _branches(found, branches, colours)
    traces += _events(events, heights, colours)
    figure = framed(traces, colours, height=height, x_title=_path_name(ends), y_title=height_name(project))
    figure.update_xaxes(range=x)
    figure.update_yaxes(range=y)
    if at is not None:
        figure.add_shape(type="line", x0=at, x1=at, yref="paper", y0=0, y1=1, line={"color": colours.ink, "width": 1.5})
    curves = [np.stack([branch.at, up], axis=1) for branch, up in zip(found.branches, branches, strict=True)]
    curves += [np.stack([band.at, edge], axis=1) for band in bands for edge in (band.low, band.high)]
    if at is not None:
        curves.append(np.stack([np.full(100, at), np.linspace(*y, 100)], axis=1))
    for event, height_at, offset in _labelled(found, curves, heights, x, y, height):
        figure.add_annotation(
            x=event.at, y=height_at, text=event_name(event.kind), showarrow=False, xshift=offset[0],
            yshift=offset[1], font={"size": 11, "color": colours.muted},
        )  # fmt: skip
    return add_legend(figure, _entries(found, bands, colours), colours)


def _path_name(ends: tuple[str, str]) -> str:
    first, last = (escaped(end) for end in ends)
    return f"path s, from {first} (0) to {last} (1)" if first and last else "path s"


def _branches(found: Diagram, heights: list[np.ndarray], colours: Palette) -> list[go.Scatter]:
    """Unstable stretches first, so that the stable ones lie over them."""
    drawn: list[tuple[bool, go.Scatter]] = []
    for b, (branch, height) in enumerate(zip(found.branches, heights, strict=True)):
        for piece, stable in stretches(branch.stable):
            line: dict[str, Any] = (
                {"color": colours.ink, "width": 2.2}
                if stable
                else {"color": colours.warning, "width": 1.5, "dash": "4px,3px"}
            )
            texts = [
                f"branch {b + 1}, {'stable' if count == 0 else f'{count} unstable directions'}"
                f"{'' if stable == bool(flow) else '<br>of the flow: ' + ('stable' if flow else 'unstable')}"
                for count, flow in zip(branch.n_unstable[piece], branch.stable_continuous[piece], strict=True)
            ]
            trace = go.Scatter(
                x=branch.at[piece], y=height[piece], mode="lines", name="stable" if stable else "unstable", line=line,
                text=texts, hovertemplate="%{text}<br>s = %{x:.6g}<br>height %{y:.6g}<extra></extra>",
            )  # fmt: skip
            drawn.append((stable, trace))
    return [trace for _, trace in sorted(drawn, key=lambda item: item[0])]


def _band(band: Envelope, colours: Palette) -> list[go.Scatter]:
    """A family of limit cycles: its least and largest height, with a pale fill between; dashed where unstable."""
    colour = colours.categories[0]
    traces = [
        go.Scatter(
            x=np.concatenate([band.at, band.at[::-1]]), y=np.concatenate([band.low, band.high[::-1]]), mode="lines",
            line={"width": 0}, fill="toself", fillcolor=faded(colour, 0.14), hoverinfo="skip", name="cycles",
        )
    ]  # fmt: skip
    texts = [
        f"{'stable' if stable else 'unstable'} limit cycle<br>period {number(period)} τ"
        for stable, period in zip(band.stable, band.period_tau, strict=True)
    ]
    for edge, which in ((band.high, "largest"), (band.low, "least")):
        for piece, stable in stretches(band.stable):
            line = {"color": colour, "width": 1.8, "dash": "solid" if stable else "4px,3px"}
            traces.append(
                go.Scatter(
                    x=band.at[piece], y=edge[piece], mode="lines" if len(band.at) > 1 else "markers", line=line,
                    marker={"size": 5, "color": colour}, text=texts[piece], name=f"cycle, {which}",
                    hovertemplate=f"%{{text}}<br>s = %{{x:.6g}}<br>{which} height %{{y:.6g}}<extra></extra>",
                )
            )  # fmt: skip
    return traces


def _events(events: list[Bifurcation], heights: np.ndarray, colours: Palette) -> list[go.Scatter]:
    """One trace a kind; small and hollow where only the step's stability changes, which is often beside the flow's."""
    traces = []
    for of, size, fill in (("map", 7, colours.panel), ("flow", 9, colours.categories[2])):
        for kind, (symbol, _) in SYMBOLS.items():
            rows = [i for i, event in enumerate(events) if event.kind == kind and event.of == of]
            if not rows:
                continue
            marker = {"symbol": symbol, "size": size, "color": fill, "line": {"width": 1.3, "color": colours.ink}}
            traces.append(
                go.Scatter(
                    x=[events[i].at for i in rows], y=heights[rows], mode="markers", name=f"{kind} of the {of}",
                    text=[event_text(events[i]) for i in rows], hovertemplate="%{text}<extra></extra>",
                    marker=marker, cliponaxis=False,
                )
            )  # fmt: skip
    return traces


def event_text(event: Bifurcation) -> str:
    """What hovering over a bifurcation says."""
    lines = [f"{event_name(event.kind)} of the {'step' if event.of == 'map' else 'flow'}"]
    lines.append(f"s = {number(event.at, 8)}")
    if event.frequency_per_tau is not None:
        lines.append(f"{number(event.frequency_per_tau)} cycles per τ")
    lines.append(
        "k = " + ", ".join(number(float(value), 4) for value in event.k[:6]) + (" …" if len(event.k) > 6 else "")
    )
    return "<br>".join(lines)


def _labelled(
    found: Diagram, drawn: list[np.ndarray], heights: np.ndarray, x: list[float], y: list[float], height: int
) -> list[tuple[Bifurcation, float, tuple[float, float]]]:
    """The events with room for their name, and where it goes, by the pixels of a narrow figure."""
    frame = (NARROW, float(height - 110))

    def pixels(points: np.ndarray) -> np.ndarray:
        return (points - [x[0], y[0]]) / [x[1] - x[0], y[1] - y[0]] * frame

    events = list(found.bifurcations)
    points = pixels(np.array([(event.at, up) for event, up in zip(events, heights, strict=True)]).reshape(-1, 2))
    order = sorted(range(len(events)), key=lambda i: events[i].of == "map")
    named: list[int] = []
    for i in order:  # the step's own event beside the flow's needs no second name
        if not any(events[i].kind == events[j].kind and np.hypot(*(points[i] - points[j])) < NEAR for j in named):
            named.append(i)
    if len(named) > MOST:
        return []
    sizes = [(6.2 * len(events[i].kind) + 2, 13.0) for i in named]
    curves = np.concatenate([pixels(curve) for curve in drawn]) if drawn else np.empty((0, 2))
    offsets = place(points[named], sizes, curves, frame)
    return [(events[i], float(heights[i]), o) for i, o in zip(named, offsets, strict=True) if o is not None]


def _entries(found: Diagram, bands: list[Envelope], colours: Palette) -> list[Entry]:
    stable = [bool(value) for branch in found.branches for value in (branch.stable.any(), not branch.stable.all())]
    entries = []
    if any(stable[::2]):
        entries.append(Entry("━━", colours.ink, "stable"))
    if any(stable[1::2]):
        entries.append(Entry("╍╍", colours.warning, "unstable"))
    if bands:
        entries.append(Entry("━━", colours.categories[0], "limit cycles, least and largest"))
    for kind, (_, glyphs) in SYMBOLS.items():
        for glyph, of, colour in ((glyphs[0], "flow", colours.categories[2]), (glyphs[1], "map", colours.ink)):
            if any(event.kind == kind and event.of == of for event in found.bifurcations):
                entries.append(Entry(glyph, colour, f"{event_name(kind)} of the {'step' if of == 'map' else 'flow'}"))
    return entries
