"""Figures of the dynamics: they hold the arrays that went in, at the marks, scales and words that the field expects."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import dynamics_results as results
import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.dynamics import (
    complex_plane,
    convergence,
    diagram,
    exponents,
    portrait,
    state_plane,
    time_course,
)
from explorer.figures.dynamics.marks import half_disc
from explorer.figures.theme import DARK, LIGHT, Palette
from jedi.figures.curves import envelopes, projected, same_courses, stretches
from jedi.figures.exponents import verdicts
from jedi.figures.labels import place
from jedi.figures.planes import principal_axes
from jedi.figures.streamlines import smooth_labels, streamlines
from jedi.figures.words import height_name, number


def traces(figure: go.Figure, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


def everything(colours: Palette) -> dict[str, go.Figure]:
    fixed, axes, centre = results.fixed_points(), results.portrait().axes, results.portrait().centre
    return {
        "plane": state_plane(fixed, axes, centre, colours, results.trajectory(), dt=0.01),
        "complex": complex_plane([("origin", fixed.spectrum.eigenvalues[4])], colours, dt=0.01),
        "course": time_course(results.course(), 0.01, colours),
        "exponents": exponents(results.lyapunov(), colours),
        "convergence": convergence(results.lyapunov(), colours),
        "diagram": diagram(results.diagram(), colours),
        "portrait": portrait(results.portrait(), fixed, colours, trajectory=results.trajectory()),
    }


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_names_its_axes_says_what_its_marks_mean_and_reaches_the_browser(colours: Palette) -> None:
    for name, figure in everything(colours).items():
        assert figure.layout.xaxis.title.text, name
        assert figure.layout.yaxis.title.text, name
        assert json.loads(figure.to_json())["data"], name
        legend = figure.layout.annotations[-1]
        assert "<span" in legend.text, name
        lines = legend.text.count("<br>") + 1
        assert figure.layout.margin.b >= 40 + 17 * lines, name  # nothing of it is cut off


def test_fixed_points_have_the_marks_of_their_kinds_where_they_lie() -> None:
    fixed, found = results.fixed_points(), results.portrait()
    figure = state_plane(fixed, found.axes, found.centre, LIGHT)
    at = found.project(fixed.x)
    for kind in ("stable", "saddle", "unstable"):
        (trace,) = traces(figure, kind)
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], 1), at[fixed.kind == kind])
        assert trace.marker.color == (LIGHT.ink if kind == "stable" else LIGHT.panel)
    saddles = at[fixed.kind == "saddle"]
    halves = [(shape.xanchor, shape.yanchor) for shape in figure.layout.shapes]
    assert halves == [tuple(place) for place in saddles.tolist()]
    assert not traces(figure, "slow")
    assert figure.layout.yaxis.scaleanchor == "x"
    assert "stable\N{NO-BREAK SPACE}(2)" in figure.layout.annotations[-1].text
    assert f"dt/τ = {fixed.dt_over_tau}" in figure.layout.annotations[-1].text


def test_slow_points_are_diamonds_with_their_direction() -> None:
    fixed, found = results.fixed_points(), results.portrait()
    kinds = np.array(["stable", "stable", "saddle", "saddle", "slow"])
    figure = state_plane(replace(fixed, kind=kinds), found.axes, found.centre, DARK)
    line, mark = traces(figure, "slow")
    assert mark.marker.symbol == "diamond"
    assert np.mean(line.x) == pytest.approx(mark.x[0])
    along = np.array([np.diff(line.x)[0], np.diff(line.y)[0]])
    expected = fixed.slow_direction[4] @ found.axes.T
    assert abs(along @ expected) == pytest.approx(np.linalg.norm(along) * np.linalg.norm(expected))


def test_half_a_disc_is_half_a_disc() -> None:
    path = half_disc(np.zeros(2), "#000000", size=10)["path"]
    start, *curves = path.removesuffix("Z").replace("M", "").split("C")
    points = [np.array([float(v) for v in p.split(",")]) for p in (start + " " + " ".join(curves)).split()]
    t = np.linspace(0, 1, 50)[:, None]
    for a, b, c, d in (points[0:4], points[3:7]):
        edge = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        assert np.hypot(*edge.T) == pytest.approx(5, abs=0.01)
        assert (edge[:, 0] <= 1e-12).all()


def test_a_trajectory_runs_from_a_hollow_square_to_a_dot_and_gains_opacity() -> None:
    found, states = results.portrait(), results.trajectory()
    figure = state_plane(results.fixed_points(), found.axes, found.centre, LIGHT, states, dt=0.01)
    path = found.project(states)
    (whole,), (start,), (end,) = (traces(figure, name) for name in ("trajectory", "start", "end"))
    np.testing.assert_array_equal(np.stack([whole.x, whole.y], 1), path)
    assert whole.text[7].startswith("0.070 s")
    assert (start.marker.symbol, start.marker.color) == ("square", LIGHT.panel)
    assert (end.marker.symbol, end.marker.color) == ("circle", LIGHT.categories[0])
    pieces = [trace for trace in figure.data if trace.mode == "lines"]
    opacities = [float(trace.line.color.split(",")[3][:-1]) for trace in pieces]
    assert opacities == sorted(opacities)
    assert opacities[-1] == 1
    np.testing.assert_array_equal(np.concatenate([pieces[0].x[:1], *(piece.x[1:] for piece in pieces)]), path[:, 0])


def test_eigenvalues_outside_the_unit_circle_are_in_the_warning_colour() -> None:
    values = np.array([1.05 + 0.2j, 1.05 - 0.2j, 0.9, -0.3])
    figure = complex_plane([("origin", values)], LIGHT, dt=0.01, of="Jacobian of the step, dt/τ = 0.1")
    (trace,) = figure.data
    np.testing.assert_array_equal(np.asarray(trace.x) + 1j * np.asarray(trace.y), values)
    assert trace.marker.color == (LIGHT.warning, LIGHT.warning, LIGHT.categories[0], LIGHT.categories[0])
    (circle,) = figure.layout.shapes
    assert (circle.type, circle.x0, circle.x1, circle.y0, circle.y1) == ("circle", -1, 1, -1, 1)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.xaxis.range[0] < -1
    assert figure.layout.xaxis.range[1] > 1.05
    assert "Jacobian of the step, dt/τ = 0.1" in figure.layout.annotations[-1].text
    assert "2.996 Hz" in trace.text[0]  # arctan(0.2 / 1.05) = 0.18822 of 2 pi, in 0.01 s
    assert "time constant 0.09491 s" in trace.text[2]  # -0.01 / ln 0.9
    near = complex_plane([("origin", values[2:3])], LIGHT, zoom=True)
    assert near.layout.xaxis.range[0] > 0.8


def test_of_a_flow_the_imaginary_axis_divides() -> None:
    figure = complex_plane([("a", np.array([0.1, -0.2 + 3j])), ("b", np.array([-1.0]))], DARK, circle=False)
    assert figure.data[0].marker.color == (DARK.warning, DARK.categories[0])
    assert (figure.layout.shapes[0].type, figure.layout.shapes[0].x0) == ("line", 0)
    assert figure.layout.xaxis.title.text == "Re λ (1/τ)"
    assert len({trace.marker.symbol for trace in figure.data}) == 2


def test_a_course_shows_moduli_and_hertz_over_seconds_a_pair_once() -> None:
    found = results.course()
    figure = time_course(found, 0.01, LIGHT)
    upper = [trace for trace in figure.data if trace.yaxis == "y"]
    lower = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert len(upper) == len(lower) == len(same_courses(np.abs(found.eigenvalues), found.frequencies_hz))
    np.testing.assert_allclose(upper[-1].x, 0.01 * np.arange(60))
    np.testing.assert_array_equal(upper[-1].y, np.abs(found.eigenvalues[:, 0]))
    np.testing.assert_allclose(lower[-1].y, found.frequencies_hz[:, 0], rtol=1e-12)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert figure.layout.xaxis.title.text == "time (s)"
    assert figure.layout.yaxis2.title.text == "frequency (Hz)"


def test_exponents_have_bars_of_two_standard_errors_and_a_zero_line() -> None:
    found = results.lyapunov()
    figure = exponents(found, LIGHT)
    drawn = {int(x): (y, bar) for t in figure.data for x, y, bar in zip(t.x, t.y, t.error_y.array, strict=True)}
    assert sorted(drawn) == [1, 2, 3, 4]
    for r, (value, bar) in drawn.items():
        assert value == pytest.approx(found.exponents[r - 1])
        assert bar == pytest.approx(2 * found.standard_error[r - 1])
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (0, 0)
    assert figure.layout.yaxis.title.text == "exponent (per s)"
    assert exponents(results.lyapunov(None), LIGHT).layout.yaxis.title.text == "exponent (per step)"
    assert list(traces(figure, "zero within its error")[0].x) == [1]  # the exponent along the cycle


def test_exponents_of_minus_infinity_are_counted_not_drawn() -> None:
    values = np.array([-0.01, -np.inf, -np.inf])
    found = replace(
        results.lyapunov(),
        exponents_per_step=values,
        standard_error_per_step=np.zeros(3),
        running=np.tile(values, (4, 1)),
    )
    assert sum(len(trace.x) for trace in exponents(found, LIGHT).data) == 1
    assert "2 more at −∞" in exponents(found, LIGHT).layout.annotations[-1].text
    assert np.isfinite(convergence(found, LIGHT).layout.yaxis.range).all()


def test_an_exponent_is_told_from_zero_by_two_standard_errors() -> None:
    signs = verdicts(np.array([0.3, 0.1, -0.3, 0.2]), np.array([0.1, 0.1, 0.1, np.nan]))
    assert signs.tolist() == [1, 0, -1, 1]


def test_convergence_ends_at_the_exponents_after_the_time_measured() -> None:
    found = results.lyapunov()
    figure = convergence(found, DARK)
    (first,) = traces(figure, "λ 1")
    np.testing.assert_allclose(first.y, found.running[:, 0] / found.dt)
    assert first.x[-1] == pytest.approx(found.steps * found.dt)
    (ends,) = traces(figure, "estimate")
    np.testing.assert_allclose(ends.y, found.exponents)


def test_a_hopf_diagram_is_solid_then_dashed_with_a_mark_between_and_a_band_of_cycles() -> None:
    found = results.diagram()
    figure = diagram(found, LIGHT, project=np.array([1.0, 0.0]))
    assert figure.layout.yaxis.title.text == "overlap 1"
    solid, dashed = traces(figure, "stable"), traces(figure, "unstable")
    assert all(trace.line.dash is None and trace.line.color == LIGHT.ink for trace in solid)
    assert all(trace.line.dash and trace.line.color == LIGHT.warning for trace in dashed)
    lengths = sum(len(trace.x) for trace in solid + dashed)
    joints = sum(len(stretches(branch.stable)) - 1 for branch in found.branches)
    assert lengths == sum(len(branch.at) for branch in found.branches) + joints
    (mark,) = traces(figure, "hopf of the flow")
    assert mark.x == (pytest.approx(1 / 3, abs=1e-6),)
    (band,) = envelopes(found.cycles, np.array([1.0, 0.0]))
    assert (band.low < 0).all()
    assert band.stable.all()
    (high,), (low,) = traces(figure, "cycle, largest"), traces(figure, "cycle, least")
    np.testing.assert_array_equal(high.y, band.high)
    np.testing.assert_array_equal(low.y, band.low)
    (step,) = traces(figure, "hopf of the map")  # |1 - a + a (g + 1.2 i)| = 1 at g = (sqrt(1 - 0.12^2) - 0.9) / 0.1
    assert step.x == (pytest.approx(((np.sqrt(1 - 0.0144) - 0.9) / 0.1 - 0.8) / 0.6, abs=1e-6),)
    assert (mark.marker.color, step.marker.color) == (LIGHT.categories[2], LIGHT.panel)
    assert [note.text for note in figure.layout.annotations[:-1]] == ["Hopf", "Hopf"]
    twice = replace(found, bifurcations=(*found.bifurcations, found.bifurcations[-1]))
    assert len(diagram(twice, LIGHT).layout.annotations) == 3  # two at one place have one name, and the legend


def test_a_pitchfork_has_its_own_mark_and_heights_are_what_was_asked_for() -> None:
    found = results.pitchfork()
    figure = diagram(found, DARK, ends=("trial <b>", "trial 2"), at=0.25)
    (mark,) = traces(figure, "pitchfork of the flow")
    assert mark.x == (pytest.approx(0.5, abs=1e-6),)
    assert mark.y == (pytest.approx(0, abs=1e-6),)
    assert figure.layout.yaxis.title.text == "norm of the overlaps"
    assert figure.layout.xaxis.title.text == "path s, from trial &lt;b&gt; (0) to trial 2 (1)"
    assert figure.layout.shapes[-1].x0 == 0.25
    drawn = np.concatenate([trace.y for trace in traces(figure, "stable")])
    assert drawn.max() == max(np.linalg.norm(b.k[b.stable], axis=1).max() for b in found.branches if b.stable.any())
    assert height_name(np.array([0.6, 0.8])) == "overlaps along a direction"


def test_an_empty_diagram_is_a_frame() -> None:
    empty = replace(results.pitchfork(), branches=(), bifurcations=(), cycles=())
    assert len(diagram(empty, LIGHT).data) == 0


def test_a_portrait_shows_basins_nullclines_flow_and_fixed_points() -> None:
    found, fixed = results.portrait(), results.fixed_points()
    figure = portrait(found, fixed, LIGHT)
    (basins,), (speed,) = traces(figure, "basins"), traces(figure, "speed")
    assert set(np.unique(basins.z[np.isfinite(basins.z)])) == {0, 1}
    np.testing.assert_array_equal(speed.customdata[..., 0], found.speed)
    (first,), (second,) = traces(figure, "dy1/dt = 0"), traces(figure, "dy2/dt = 0")
    assert np.isfinite(first.x).sum() == sum(len(curve) for curve in found.nullclines[0])
    assert first.line.dash != second.line.dash
    (stable,) = traces(figure, "stable")
    assert len(stable.x) == 2
    assert tuple(stable.marker.opacity) == (1, 1)  # in the plane
    order = [trace.name for trace in figure.data]
    assert order.index("basins") < order.index("flow") < order.index("dy1/dt = 0") < order.index("stable")
    assert figure.layout.yaxis.scaleanchor == "x"
    assert list(figure.layout.xaxis.range) == [found.across[0], found.across[-1]]


def test_arrowheads_point_along_the_flow() -> None:
    found = results.portrait()
    (arrows,) = traces(portrait(found, None, LIGHT), "direction")
    turn = np.radians(arrows.marker.angle)
    rows = np.abs(found.up[:, None] - np.asarray(arrows.y)).argmin(0)
    columns = np.abs(found.across[:, None] - np.asarray(arrows.x)).argmin(0)
    flow = found.flow[rows, columns]
    cosine = (np.sin(turn) * flow[:, 0] + np.cos(turn) * flow[:, 1]) / np.linalg.norm(flow, axis=1)
    assert np.median(cosine) > 0.95


def test_points_off_the_plane_are_pale_and_those_beyond_its_edges_are_left_out() -> None:
    found, fixed = results.portrait(), results.fixed_points()
    aside = np.linalg.svd(found.axes)[2][2]
    moved = fixed.x.copy()
    moved[0] += aside * 10
    moved[1] = found.centre + found.axes[0] * 100 * found.across[-1]
    figure = portrait(found, replace(fixed, x=moved), DARK, ground="speed")
    (stable,) = traces(figure, "stable")
    assert len(stable.marker.opacity) == 1
    assert stable.marker.opacity[0] < 0.5
    assert "off the plane" in figure.layout.annotations[-1].text
    assert not traces(figure, "basins")


def test_text_from_files_is_shown_letter_by_letter() -> None:
    fixed, found = results.fixed_points(), results.portrait()
    names = ("<b>x</b>", "%{customdata}")
    for figure in (
        state_plane(fixed, found.axes, found.centre, LIGHT, results.trajectory(), names=names),
        portrait(found, fixed, LIGHT, trajectory=results.trajectory(), names=names),
        complex_plane([(names[0], np.array([0.5])), (names[1], np.array([0.5]))], LIGHT),
    ):
        text = figure.to_json()
        assert "<b>" not in text
        assert "\\u003cb\\u003e" not in text
        assert "%{customdata}" not in text


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_stretches_cover_a_curve_without_gaps_and_each_is_of_one_stability(stable: list[bool]) -> None:
    flags = np.array(stable)
    pieces = stretches(flags)
    assert pieces[0][0].start == 0
    assert pieces[-1][0].stop == len(flags)
    for (piece, value), (after, other) in pairwise(pieces):
        assert after.start == piece.stop - 1
        assert value != other
    for i, (piece, value) in enumerate(pieces):
        assert (flags[piece][1 if i else 0 :] == value).all()


@given(st.integers(1, 12), st.integers(0, 100))
def test_labels_never_cover_each_other_or_leave_the_frame(count: int, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, [300, 200], (count, 2))
    offsets = place(points, [(40.0, 12.0)] * count, np.empty((0, 2)), (300.0, 200.0))
    centres = np.array([p + o for p, o in zip(points, offsets, strict=True) if o is not None]).reshape(-1, 2)
    assert ((centres >= [20, 6]) & (centres <= [280, 194])).all()
    apart = np.abs(centres[:, None] - centres[None])
    overlapping = (apart[..., 0] < 40) & (apart[..., 1] < 12)
    assert not overlapping[~np.eye(len(centres), dtype=bool)].any()


def test_streamlines_of_a_rotation_are_circles() -> None:
    across = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(across, across)
    lines = streamlines(np.stack([-y, x], axis=-1))
    assert len(lines) > 5
    for line in lines:
        radius = np.hypot(*(line / 20 - 1).T)
        assert np.ptp(radius) < 0.02
        (x0, y0), (x1, y1) = (line[:-1] / 20 - 1).T, (line[1:] / 20 - 1).T
        assert (x0 * y1 - x1 * y0 > 0).all()  # with the flow, counter-clockwise


def test_streamlines_of_no_flow_are_none() -> None:
    assert streamlines(np.zeros((10, 10, 2))) == []


def test_smooth_labels_keep_the_grid_and_cut_its_corners() -> None:
    labels = np.triu(np.ones((8, 8), int)) - 1
    fine = smooth_labels(labels, 4)
    np.testing.assert_array_equal(fine[::4, ::4], labels)
    assert set(np.unique(fine)) == {-1, 0}


def test_the_plane_of_a_trajectory_is_that_of_most_variance() -> None:
    states = np.random.default_rng(0).standard_normal((50, 6)) * [5, 0.1, 2, 0.1, 0.1, 0.1] + 3
    axes, centre, shares = principal_axes(states)
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
    assert abs(axes[0, 0]) > 0.99
    assert abs(axes[1, 2]) > 0.99
    np.testing.assert_allclose(centre, states.mean(0))
    assert shares.sum() > 0.97
    single, _, _ = principal_axes(np.ones((1, 3)))
    np.testing.assert_allclose(single @ single.T, np.eye(2), atol=1e-12)


def test_numbers_read_as_people_write_them() -> None:
    assert number(-1.5) == "−1.5"
    assert number(0.5 - 2j) == "0.5 − 2i"
    assert number(complex(2, 0)) == "2"
    assert projected(np.array([[3.0, 4.0]]), None).tolist() == [5]
