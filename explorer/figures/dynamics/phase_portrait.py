"""The flow on a plane of states: streamlines over speed or basins, nullclines, fixed points on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.fixed_points import point_text, state_texts
from explorer.figures.dynamics.frame import Entry, add_legend, equal_axes, faded
from explorer.figures.dynamics.marks import kind_entries, point_marks, trail, trail_entries
from explorer.figures.legend import escaped
from explorer.figures.ramps import many_colours
from explorer.figures.theme import Palette, framed
from jedi.figures.portrait import log_speed, off_plane
from jedi.figures.streamlines import smooth_labels, streamlines
from jedi.figures.words import TAU, number

if TYPE_CHECKING:
    from jedi.dynamics.fixed_points import FixedPoints
    from jedi.dynamics.phase_portrait import PhasePortrait

Ground = Literal["basins", "speed", "none"]
TINT = 0.42  # opacity of the slowest places
BASIN = 0.2  # opacity of a basin's fill
MOST_BASINS = 6  # named one by one in the legend


def portrait(
    found: PhasePortrait,
    fixed: FixedPoints | None,
    colours: Palette,
    *,
    trajectory: np.ndarray | None = None,
    dt: float | None = None,
    names: tuple[str, str] = ("y1", "y2"),
    ground: Ground | None = None,
    height: int = 480,
) -> go.Figure:
    """The portrait with fixed points and, where given, a trajectory (S, M) of steps of dt s.

    `ground` is what colours the plane: basins by default where they tell two attractors apart, else the speed.
    """
    if ground is None:
        ground = "basins" if found.basins is not None and len(found.attractors) > 1 else "speed"
    if found.basins is None and ground == "basins":
        ground = "speed"
    traces: list[Any] = [_basins(found, colours)] if ground == "basins" else []
    traces += [_speed(found, colours, names, shown=ground == "speed"), *_stream(found, colours)]
    entries: list[Entry] = []
    for curves, colour, dash, axis in zip(
        found.nullclines or ((), ()), colours.categories[:2], ("solid", "6px,3px"), names, strict=True
    ):
        if len(curves):
            line = {"color": colour, "width": 1.8, "dash": dash}
            traces.append(_joined(curves, line, f"d{escaped(axis)}/dt = 0"))
            entries.append(Entry("━━" if dash == "solid" else "╍╍", colour, f"d{axis}/dt = 0"))
    if trajectory is not None:
        path = found.project(trajectory)
        colour = colours.categories[6 if found.nullclines else 0]  # not that of a nullcline
        traces += trail(path, state_texts(path, dt, names), colour, colours)
        entries += trail_entries(colour)
    shapes: list[dict[str, Any]] = []
    note = ""
    if fixed is not None and len(fixed):
        at, far = found.project(fixed.x), off_plane(found, fixed.x)
        inside = (np.abs(at[:, 0]) <= found.across[-1]) & (np.abs(at[:, 1]) <= found.up[-1])
        texts = [point_text(fixed, p, at[p], names) for p in np.flatnonzero(inside)]
        kinds = [str(kind) for kind in np.asarray(fixed.kind)[inside]]
        marks, shapes = point_marks(at[inside], kinds, texts, colours, far[inside])
        traces += marks
        entries = [*kind_entries(kinds, colours), *entries]
        note = "Pale marks lie off the plane." if far[inside].any() else ""
    titles = [f"{escaped(name)} (units of the states)" for name in names]
    figure = framed(traces, colours, height=height, x_title=titles[0], y_title=titles[1])
    figure.update_layout(shapes=shapes)
    figure.update_xaxes(range=[float(found.across[0]), float(found.across[-1])], showgrid=False)
    figure.update_yaxes(range=[float(found.up[0]), float(found.up[-1])], showgrid=False)
    equal_axes(figure)
    if ground == "basins":
        entries += _basin_entries(found, colours)
    if ground == "speed":
        entries += _speed_entries(found, colours)
    return add_legend(figure, entries, colours, note)


def _joined(lines: Any, line: dict[str, Any], name: str) -> go.Scatter:
    """Many lines (n, 2) as one trace with gaps."""
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([piece for one in lines for piece in (np.asarray(one, float), gap)][:-1])
    return go.Scatter(x=points[:, 0], y=points[:, 1], mode="lines", line=line, name=name, hoverinfo="skip")


def _stream(found: PhasePortrait, colours: Palette) -> list[go.Scatter]:
    """Streamlines and one arrowhead in the middle of each."""
    cells = streamlines(found.flow)
    if not cells:
        return []
    origin = np.array([found.across[0], found.up[0]])
    unit = np.array([found.across[1] - found.across[0], found.up[1] - found.up[0]])
    lines = [origin + line * unit for line in cells]
    middle = np.array([line[len(line) // 2] for line in lines])
    heading = np.array([line[len(line) // 2 + 1] - line[len(line) // 2 - 1] for line in lines])
    colour = faded(colours.muted, 0.75)
    arrows = go.Scatter(
        x=middle[:, 0], y=middle[:, 1], mode="markers", name="direction", hoverinfo="skip",
        marker={
            "symbol": "triangle-up", "size": 6, "color": colours.muted, "line": {"width": 0},
            "angle": np.degrees(np.arctan2(heading[:, 0], heading[:, 1])),
        },
    )  # fmt: skip
    return [_joined(lines, {"color": colour, "width": 1}, "flow"), arrows]


def _speed(found: PhasePortrait, colours: Palette, names: tuple[str, str], shown: bool) -> go.Heatmap:
    """Speed by its logarithm, the slow places tinted; hovering tells everything that is known of a place."""
    values, low, high = log_speed(found)
    tint = faded(colours.categories[0], TINT if shown else 0.0)
    extra = np.stack([found.speed, found.out_of_plane], axis=-1)
    words = f"%{{customdata[0]:.4g}} per {TAU}, %{{customdata[1]:.4g}} of it out of the plane"
    if found.basins is not None:
        extra = np.concatenate([extra, found.basins[..., None] + 1.0], axis=-1)
        words += "<br>basin %{customdata[2]:.0f} (0: not settled)"
    first, second = escaped(names[0]), escaped(names[1])
    return go.Heatmap(
        x=found.across, y=found.up, z=values, zmin=low, zmax=high, zsmooth="best", name="speed", showscale=False,
        colorscale=[[0.0, tint], [1.0, faded(colours.categories[0], 0.0)]], customdata=extra,
        hovertemplate=f"{first} %{{x:.4g}}, {second} %{{y:.4g}}<br>{words}<extra></extra>",
    )  # fmt: skip


def _speed_entries(found: PhasePortrait, colours: Palette) -> list[Entry]:
    """Three speeds of the tint."""
    _, low, high = log_speed(found)
    speeds = [number(10**power, 2) for power in (low, (low + high) / 2, high)]
    tints = [faded(colours.categories[0], opacity) for opacity in (TINT, TINT / 2)]
    return [
        Entry("■", tints[0], f"speed {speeds[0]}"),
        Entry("■", tints[1], speeds[1]),
        Entry("□", colours.muted, f"{speeds[2]} per {TAU}"),
    ]


def basin_colours(count: int, colours: Palette) -> list[str]:
    """One colour an attractor; none that a nullcline or a trajectory has."""
    spare = [colours.categories[i] for i in (4, 5, 3, 2)]  # the first two differ for every kind of sight
    return spare[:count] if count <= len(spare) else many_colours(count, colours.dark)


def _basins(found: PhasePortrait, colours: Palette) -> go.Heatmap:
    count = max(len(found.attractors), 1)
    labels = smooth_labels(np.asarray(found.basins)).astype(float)
    labels[labels < 0] = np.nan
    fills = [faded(colour, BASIN) for colour in basin_colours(count, colours)]
    scale = [[(i + side) / count, fill] for i, fill in enumerate(fills) for side in (0, 1)]
    return go.Heatmap(
        x=np.linspace(found.across[0], found.across[-1], labels.shape[1]), zmin=-0.5, zmax=count - 0.5, z=labels,
        y=np.linspace(found.up[0], found.up[-1], labels.shape[0]), colorscale=scale, showscale=False,
        hoverinfo="skip", name="basins",
    )  # fmt: skip


def _basin_entries(found: PhasePortrait, colours: Palette) -> list[Entry]:
    shades = basin_colours(len(found.attractors), colours)
    entries = [
        Entry("■", shade, f"basin {a + 1}" + ("" if kind == "fixed point" else ": cycle or other"))
        for a, (shade, kind) in enumerate(zip(shades, found.attractor_kinds, strict=True))
    ]
    more = len(entries) - MOST_BASINS
    return entries if more <= 0 else [*entries[:MOST_BASINS], Entry("", colours.muted, f"{more} more basins")]
