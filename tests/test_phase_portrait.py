from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import bistable_low_rank, bistable_units, overlapping, random_low_rank, rank_one, rotation

from jedi.dynamics import PhasePortrait, fixed_points, phase_portrait
from jedi.dynamics.basins import basins
from jedi.dynamics.network import network_of
from jedi.errors import JediError
from jedi.weights import LowRankWeights, step


def bistable_size(gain: float) -> float:
    """The positive root of x = gain tanh(x)."""
    x = gain
    for _ in range(200):
        x = gain * np.tanh(x)
    return float(x)


def states_of(found: PhasePortrait) -> np.ndarray:
    """(G, G, M) the states that the portrait stands on, written out again."""
    y1, y2 = np.meshgrid(found.across, found.up)
    return found.centre + y1[..., None] * found.axes[0] + y2[..., None] * found.axes[1]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(6, 20), st.integers(0, 10**6), st.floats(0, 1))
def test_flow_is_the_networks_own_in_its_parts(rank: int, units: int, seed: int, bias: float) -> None:
    w = random_low_rank(units, rank, seed, bias=bias)
    axes = np.random.default_rng(seed + 1).standard_normal((2, units))
    found = phase_portrait(w, axes=axes, grid=5, basins=False)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)
    whole = network_of(w).flow(states_of(found))
    size = 1 + np.abs(whole).max()
    np.testing.assert_allclose(found.flow, whole @ found.axes.T, atol=1e-12 * size)
    np.testing.assert_allclose(found.speed, np.linalg.norm(whole, axis=-1), atol=1e-12 * size)
    hidden = found.speed**2 - (found.flow**2).sum(-1)
    np.testing.assert_allclose(found.out_of_plane**2, hidden, atol=1e-11 * size**2)
    # the first axis given keeps its direction, the second its side
    assert axes[0] @ found.axes[0] == pytest.approx(np.linalg.norm(axes[0]))
    assert axes[1] @ found.axes[1] > 0


@pytest.mark.parametrize("bias", [0.0, 0.7])
@pytest.mark.parametrize("rank", [1, 2])
def test_nothing_leaves_the_default_plane_of_rank_one_or_two(rank: int, bias: float) -> None:
    found = phase_portrait(random_low_rank(40, rank, 3, bias=bias), grid=9, basins=False)
    assert found.out_of_plane.max() <= 1e-12 * found.speed.max()
    assert found.nullclines is not None


def test_a_cut_through_higher_rank_hides_something_and_has_no_nullclines() -> None:
    found = phase_portrait(random_low_rank(40, 4, 3), grid=9, basins=False)
    assert found.nullclines is None
    assert found.out_of_plane.max() > 0.1 * found.speed.max()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.3]))
def test_along_a_nullcline_the_flow_along_its_axis_is_zero(seed: int, bias: float) -> None:
    w = random_low_rank(30, 2, seed, bias=bias)
    found = phase_portrait(w, grid=3, basins=False)
    assert found.nullclines is not None
    for i, curves in enumerate(found.nullclines):
        assert curves
        for curve in curves:
            flow = network_of(w).flow(found.centre + curve @ found.axes) @ found.axes[i]
            assert np.abs(flow).max() <= 1e-10 * (1 + np.abs(curve).max())


def crossings(a: list[np.ndarray], b: list[np.ndarray]) -> np.ndarray:
    """Points where polylines of a cross polylines of b."""
    found = [np.empty((0, 2))]
    for one in a:
        for other in b:
            p, d = one[:-1, None], np.diff(one, axis=0)[:, None]
            q, e = other[None, :-1], np.diff(other, axis=0)[None]
            cross = d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]
            cross = np.where(cross == 0, np.inf, cross)
            gap = q - p
            s = (gap[..., 0] * e[..., 1] - gap[..., 1] * e[..., 0]) / cross
            t = (gap[..., 0] * d[..., 1] - gap[..., 1] * d[..., 0]) / cross
            at = (s >= 0) & (s < 1) & (t >= 0) & (t < 1)
            found.append((p + s[..., None] * d)[at])
    return np.concatenate(found)


@pytest.mark.parametrize(
    "w",
    [
        overlapping(60, 2, 1),
        overlapping(60, 2, 4),
        random_low_rank(60, 2, 5, bias=0.3),
        rotation(1.8, 1.0),
        LowRankWeights(*(overlapping(60, 2, 7).U, overlapping(60, 2, 7).V), np.full(60, 0.1)),
    ],
    ids=["nine", "more", "bias", "cycle", "tilted"],
)
def test_nullclines_cross_at_the_fixed_points_and_nowhere_else(w: LowRankWeights) -> None:
    fixed = fixed_points(w)
    assert fixed.completeness == "proved"
    found = phase_portrait(w, basins=False, fixed=fixed)
    assert found.nullclines is not None
    y = found.project(fixed.x)
    assert np.abs(y).max() < found.across[-1]
    met = crossings(*found.nullclines)
    cell = 2 * found.across[-1] / 200
    apart = np.linalg.norm(y[:, None] - met[None], axis=-1)
    assert apart.min(axis=1).max() < 0.2 * cell  # every fixed point is a crossing
    assert apart.min(axis=0).max() < 0.2 * cell  # every crossing is a fixed point


@pytest.mark.parametrize("full", [False, True])
def test_basins_of_decoupled_bistable_units_are_the_quadrants(full: bool) -> None:
    gains = [1.8, 2.5]
    w = bistable_units(gains) if full else bistable_low_rank(gains, 7)
    units = 2 if full else 7
    found = phase_portrait(w, axes=np.eye(2, units), grid=24, extent=3.0)
    assert found.basins is not None
    sizes = np.array([bistable_size(g) for g in gains])
    assert found.attractor_kinds == ("fixed point",) * 4
    ends = found.attractors[found.basins]
    signs = np.sign(states_of(found)[..., :2])
    np.testing.assert_allclose(ends[..., :2], signs * sizes, rtol=1e-12)
    assert not found.attractors[:, 2:].any()
    assert np.bincount(found.basins.ravel()).tolist() == [144] * 4


def test_states_on_the_boundary_between_basins_belong_to_none() -> None:
    found = phase_portrait(bistable_low_rank([1.8, 2.5], 7), axes=np.eye(2, 7), grid=11, extent=3.0)
    assert found.basins is not None
    on_boundary = np.zeros((11, 11), dtype=bool)
    on_boundary[5] = on_boundary[:, 5] = True
    np.testing.assert_array_equal(found.basins == -1, on_boundary)


def test_basins_are_counted_in_the_order_of_the_fixed_points_given() -> None:
    w = random_low_rank(30, 2, 2, bias=0.2)
    fixed = fixed_points(w)
    found = phase_portrait(w, grid=11, fixed=fixed)
    np.testing.assert_array_equal(found.attractors, fixed.x[fixed.stable])
    bare = phase_portrait(w, grid=11, extent=found.across[-1])
    assert bare.basins is not None
    assert found.basins is not None
    np.testing.assert_allclose(bare.attractors[bare.basins], found.attractors[found.basins], atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.5, 1.0]))
def test_states_end_where_long_plain_rollouts_end(seed: int, a: float) -> None:
    u = np.random.default_rng(seed).standard_normal((24, 3))
    w = LowRankWeights(u, 1.8 * u / 24)  # symmetric and no negative eigenvalue: all states come to rest, at any step
    found = phase_portrait(w, grid=6, dt_over_tau=a)
    assert found.basins is not None
    x = states_of(found).reshape(36, 24)
    for _ in range(int(400 / a)):
        x = step(w, x, a)
    labels = found.basins.ravel()
    assert (labels >= 0).any()
    for i, kind in enumerate(found.attractor_kinds):
        assert kind == "fixed point"
        np.testing.assert_allclose(x[labels == i], np.tile(found.attractors[i], ((labels == i).sum(), 1)), atol=1e-3)


def test_a_rotation_has_one_cycle_that_attracts_all_but_its_centre() -> None:
    w = rotation(1.8, 1.0)
    found = phase_portrait(w, grid=9)
    assert found.attractor_kinds == ("cycle or other",)
    assert found.basins is not None
    expected = np.zeros((9, 9), dtype=int)
    expected[4, 4] = -1  # the origin, at rest
    np.testing.assert_array_equal(found.basins, expected)
    # the state given is on the cycle: it comes back to itself, and is not at rest
    x, distances = found.attractors[0], []
    for _ in range(400):
        x = step(w, x, 0.1)
        distances.append(np.linalg.norm(x - found.attractors[0]))
    assert max(distances) > np.linalg.norm(found.attractors[0])
    assert min(distances[20:]) < 0.06 * max(distances)  # steps of 0.1 tau land beside it


def test_two_cycles_that_mirror_each_other_are_told_apart() -> None:
    # one unit chooses a side; the others rotate, and hear it as an input that displaces them
    turning = rotation(1.8, 1.0, units=40)
    u, v = np.zeros((41, 3)), np.zeros((41, 3))
    u[:40, :2], v[:40, :2] = turning.U, turning.V
    u[40, 2], v[40, 2] = 2.0, 1.0
    u[:40, 2] = 0.1 * turning.U[:, 0]
    w = LowRankWeights(u, v)
    axes = np.stack([np.eye(41)[40], u[:, 0]])
    found = phase_portrait(w, axes=axes, grid=8, extent=2.0)
    assert found.attractor_kinds == ("cycle or other",) * 2
    assert found.basins is not None
    left, right = found.basins[:, :4], found.basins[:, 4:]
    assert len(np.unique(left)) == len(np.unique(right)) == 1
    assert left[0, 0] != right[0, 0]
    np.testing.assert_allclose(found.attractors[right[0, 0], 40], bistable_size(2.0), rtol=1e-6)


def test_a_point_stable_in_continuous_time_that_flips_at_a_large_step_is_no_attractor() -> None:
    w = LowRankWeights(
        np.array([[-1.5], [0.0]]), np.array([[1.0], [0.0]])
    )  # slope -1.5 at the origin: map -1.5 at a = 1
    flow, flips = (phase_portrait(w, grid=6, extent=1.0, dt_over_tau=a) for a in (0.1, 1.0))
    assert flow.attractor_kinds == ("fixed point",)
    np.testing.assert_allclose(flow.attractors, 0, atol=1e-12)
    assert flips.attractor_kinds == ("cycle or other",)
    np.testing.assert_allclose(np.abs(flips.attractors[0, 0]), bistable_size(1.5), rtol=1e-6)


def test_too_short_a_time_leaves_states_without_an_attractor() -> None:
    found = phase_portrait(rank_one(1.05), grid=6, steps=10)
    assert found.basins is not None
    assert (found.basins == -1).all()
    assert found.attractors.shape == (0, 200)


def test_every_one_of_sixteen_attractors_is_found() -> None:
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T
    found = basins(bistable_low_rank([1.8] * 4, 6), 0.5 * corners @ np.eye(4, 6))
    assert found.kinds == ("fixed point",) * 16
    np.testing.assert_allclose(found.attractors[found.labels][:, :4], corners * bistable_size(1.8), rtol=1e-12)


def test_on_a_ring_of_fixed_points_none_attracts_and_none_is_called_a_cycle() -> None:
    angle = 2 * np.pi * np.arange(64) / 64  # so many units that the ring is one to rounding
    u = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = phase_portrait(LowRankWeights(u, 1.8 * u / 32), grid=8)
    assert found.basins is not None
    assert (found.basins == -1).all()
    assert found.attractor_kinds == ()


def test_principal_components_of_a_trajectory_are_the_plane_of_a_network_of_higher_rank() -> None:
    w = random_low_rank(30, 4, 1)
    rng = np.random.default_rng(0)
    trajectory = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 30)) + 0.01 * rng.standard_normal((50, 30)) + 2
    found = phase_portrait(w, trajectory=trajectory, grid=4, basins=False)
    np.testing.assert_allclose(found.centre, trajectory.mean(0))
    left_out = (trajectory - found.centre) - found.project(trajectory) @ found.axes
    assert np.abs(left_out).max() < 0.1
    assert np.abs(found.project(trajectory)).max() < found.across[-1]


def test_rank_one_shows_its_line_and_a_direction_across_it() -> None:
    w = rank_one(1.8, bias=0.1)
    found = phase_portrait(w, grid=7)
    assert abs(found.axes[0] @ w.U[:, 0]) == pytest.approx(np.linalg.norm(w.U))
    assert found.nullclines is not None
    across_it = np.concatenate(found.nullclines[1])  # off the line everything decays: y2 = 0
    np.testing.assert_allclose(across_it[:, 1], 0, atol=1e-12)
    assert len(crossings(*found.nullclines)) == len(fixed_points(w))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"axes": np.ones((2, 30))}, "parallel"),
        ({"axes": np.zeros((2, 30))}, "two directions"),
        ({"axes": np.ones((2, 29))}, "30 units"),
        ({"centre": np.zeros(3)}, "30 units"),
        ({"grid": 1}, "at least 2"),
        ({"extent": 0.0}, "above 0"),
        ({"extent": (1.0, -1.0)}, "above 0"),
        ({"dt_over_tau": 1.5}, "dt / tau"),
        ({"steps": 3}, "at least 8"),
    ],
)
def test_what_gives_no_portrait_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(JediError, match=says):
        phase_portrait(random_low_rank(30, 2, 0), **options)


def test_one_unit_has_no_plane() -> None:
    with pytest.raises(JediError, match="1 unit"):
        phase_portrait(SimpleNamespace(J=np.array([[2.0]])))
