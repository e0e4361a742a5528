from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from random_networks import overlapping

from jedi.dynamics import compare, fixed_points, hausdorff, match_points, spectral_distance, spectrum, wasserstein
from jedi.errors import JediError
from jedi.weights import FullRankWeights

# Coordinates on a grid of 1/8, so that sets share points and distances tie.
NUMBERS = st.integers(-40, 40).map(lambda n: n / 8)


def points(least: int = 1, most: int = 6, dimension: int = 2) -> st.SearchStrategy[np.ndarray]:
    return st.integers(least, most).flatmap(lambda n: arrays(np.float64, (n, dimension), elements=NUMBERS))


def moved_one_to_one(a: np.ndarray, b: np.ndarray) -> float:
    """The least summed distance of all ways to pair the smaller set off with the larger, by trying each."""
    few, many = (a, b) if len(a) <= len(b) else (b, a)
    ways = itertools.permutations(range(len(many)), len(few))
    return min(sum(np.linalg.norm(few[i] - many[j]) for i, j in enumerate(way)) for way in ways)


@given(points(0, 5), points(0, 5))
def test_matching_is_the_best_of_all_ways_to_pair_off(a: np.ndarray, b: np.ndarray) -> None:
    found = match_points(a, b)
    assert len(found.pairs) == min(len(a), len(b))
    for side, size, rest in ((0, len(a), found.unmatched_a), (1, len(b), found.unmatched_b)):
        assert sorted([*found.pairs[:, side], *rest]) == list(range(size))
    steps = a[found.pairs[:, 0]] - b[found.pairs[:, 1]]
    np.testing.assert_allclose(found.distances, np.linalg.norm(steps, axis=1), rtol=1e-14)
    assert found.distances.sum() == pytest.approx(moved_one_to_one(a, b), abs=1e-9)


@given(points(1, 8), st.randoms(use_true_random=False))
def test_shuffled_points_find_themselves(a: np.ndarray, random: object) -> None:
    order = np.array(sorted(range(len(a)), key=lambda _: random.random()))  # type: ignore[attr-defined]
    found = match_points(a, a[order])
    assert found.distances.max() == 0
    np.testing.assert_array_equal(a[order][found.pairs[:, 1]], a[found.pairs[:, 0]])


def test_points_are_matched_within_their_kinds() -> None:
    a, b = np.array([[0.0], [1.0], [5.0]]), np.array([[0.9], [0.1]])
    free = match_points(a, b)
    np.testing.assert_array_equal(free.pairs, [[0, 1], [1, 0]])
    kept = match_points(a, b, ["stable", "saddle", "stable"], ["stable", "saddle"])
    np.testing.assert_array_equal(kept.pairs, [[0, 0], [1, 1]])
    np.testing.assert_allclose(kept.distances, [0.9, 0.9])
    np.testing.assert_array_equal(kept.unmatched_a, [2])


def test_a_limit_leaves_a_far_pair_unmatched_rather_than_spoil_near_ones() -> None:
    a, b = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[10.0, 0.1], [18.0, 0.0]])
    np.testing.assert_array_equal(match_points(a, b).pairs, [[0, 0], [1, 1]])  # 10 + 8 is less than 18 + 0.1
    near = match_points(a, b, limit=1.0)
    np.testing.assert_array_equal(near.pairs, [[1, 0]])
    np.testing.assert_array_equal(near.unmatched_a, [0])
    np.testing.assert_array_equal(near.unmatched_b, [1])


@pytest.mark.parametrize("distance", [hausdorff, wasserstein, lambda a, b: wasserstein(a, b, 2.0)])
@given(points(), points(), points())
def test_distances_of_sets_are_metrics(distance: object, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    d = distance
    assert d(a, a) == 0  # type: ignore[operator]
    assert d(a, b) >= 0  # type: ignore[operator]
    assert d(a, b) == pytest.approx(d(b, a), abs=1e-9)  # type: ignore[operator]
    assert d(a, c) <= d(a, b) + d(b, c) + 1e-9  # type: ignore[operator]
    if {*map(tuple, a)} != {*map(tuple, b)}:
        assert d(a, b) > 1e-3  # type: ignore[operator]  # a sixth of the weight moves an eighth or more


@given(points(2, 6), points(1, 6), st.integers(-20, 20))
def test_distances_scale_and_do_not_see_a_common_shift(a: np.ndarray, b: np.ndarray, shift: int) -> None:
    for d in (hausdorff, wasserstein):
        assert d(3 * a + shift, 3 * b + shift) == pytest.approx(3 * d(a, b), abs=1e-9)


@given(points(1, 4), points(1, 4), st.integers(2, 4))
def test_a_set_repeated_is_as_heavy_as_once(a: np.ndarray, b: np.ndarray, times: int) -> None:
    again = np.repeat(a, times, axis=0)
    assert wasserstein(again, a) == pytest.approx(0, abs=1e-12)
    assert wasserstein(again, b) == pytest.approx(wasserstein(a, b), abs=1e-9)


@given(points(1, 7, dimension=1), points(1, 7, dimension=1))
def test_on_a_line_the_transport_is_the_area_between_the_distribution_functions(a: np.ndarray, b: np.ndarray) -> None:
    edges = np.unique(np.concatenate([a, b]).ravel())
    share_a, share_b = ((x <= edges[:-1]).mean(axis=0) for x in (a, b))
    area = float((np.abs(share_a - share_b) * np.diff(edges)).sum())
    assert wasserstein(a, b) == pytest.approx(area, abs=1e-9)


def test_one_point_is_moved_to_all_of_the_others() -> None:
    a, b = np.zeros((1, 2)), np.array([[3.0, 4.0], [0.0, 1.0], [6.0, 8.0]])
    assert wasserstein(a, b) == pytest.approx((5 + 1 + 10) / 3)
    assert wasserstein(a, b, order=2.0) == pytest.approx(np.sqrt((25 + 1 + 100) / 3))
    assert hausdorff(a, b) == pytest.approx(10)


@given(
    arrays(np.complex128, st.integers(1, 6), elements=st.builds(complex, NUMBERS, NUMBERS)),
    st.floats(-np.pi, np.pi),
)
def test_spectra_differ_by_the_shift_between_them_whatever_their_order(a: np.ndarray, angle: float) -> None:
    step = 0.01 * np.exp(1j * angle)  # less than half the grid: the nearest of each is its own
    assert spectral_distance(a, (a + step)[::-1]) == pytest.approx(0.01, rel=1e-6)


def test_spectra_of_networks_of_different_rank_are_compared_whole() -> None:
    rng = np.random.default_rng(0)
    two, three = (SimpleNamespace(U=rng.standard_normal((6, r)), V=rng.standard_normal((6, r))) for r in (2, 3))
    a, b = spectrum(two, 0.1), spectrum(three, 0.1)
    # the 4 and 3 equal eigenvalues 0.9 cancel but for one, which meets the third of the other
    whole = min(sum(abs(x - y) for x, y in zip(a.all, way, strict=True)) for way in itertools.permutations(b.all))
    assert spectral_distance(a, b) * 3 == pytest.approx(whole, abs=1e-9)


def fixed(x: list[list[float]], kind: list[str], j: np.ndarray, a: float = 0.1) -> SimpleNamespace:
    states = np.array(x, dtype=float)
    return SimpleNamespace(
        x=states, kind=np.array(kind), spectrum=spectrum(SimpleNamespace(J=j), a, states), dt_over_tau=a
    )


def test_two_dynamics_are_compared_point_by_point_and_as_sets() -> None:
    one, other = np.diag([2.0, 0.5]), np.diag([2.5, 0.5])
    a = fixed([[1, 0], [-1, 0], [0, 0], [9, 9]], ["stable", "stable", "saddle", "slow"], one)
    b = fixed([[0, 0], [-2, 0], [0, 3]], ["saddle", "stable", "slow"], other)
    found = compare(a, b)
    np.testing.assert_array_equal(found.matching.pairs, [[1, 1], [2, 0]])
    np.testing.assert_allclose(found.matching.distances, [1, 0])
    np.testing.assert_array_equal(found.matching.unmatched_a, [0])
    assert found.hausdorff == pytest.approx(1)
    assert found.wasserstein == pytest.approx(1 / 2 + 1 / 6 + 1 / 3)  # between -2, -1, 0 and 1 on the first axis
    at_origin = 0.1 * 0.5 / 2  # one of the two eigenvalues, 0.9 + 0.1 * 2 and 0.9 + 0.1 * 2.5
    assert found.spectral_distances[1] == pytest.approx(at_origin)
    assert (found.counts_a, found.counts_b) == (
        {"saddle": 1, "slow": 1, "stable": 2},
        {"saddle": 1, "slow": 1, "stable": 1},
    )


def test_a_network_does_not_differ_from_itself() -> None:
    a = fixed([[1, 0], [-1, 0], [0, 0]], ["stable", "stable", "saddle"], np.diag([2.0, 0.5]))
    found = compare(a, a)
    assert (found.hausdorff, found.wasserstein) == (0, 0)
    assert found.matching.distances.max() == found.spectral_distances.max() == 0


def test_a_network_is_the_same_with_its_weights_in_factors_or_multiplied_out() -> None:
    w = overlapping(12, 2, 3)
    a, b = fixed_points(w), fixed_points(FullRankWeights(w.J))
    found = compare(a, b)
    assert len(found.matching.pairs) == len(a) == len(b) > 1
    assert found.matching.distances.max() < 1e-9
    assert max(found.hausdorff, found.wasserstein) < 1e-9
    assert found.spectral_distances.max() < 1e-7  # the equal rest, of one side only, is filled in on the other
    assert found.counts_a["stable"] == found.counts_b["stable"] == 2


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: hausdorff(np.zeros((0, 2)), np.zeros((1, 2))), "at least one point"),
        (
            lambda: compare(*(fixed([[0.0] * n], ["stable"], np.eye(n)) for n in (2, 3))),
            "2 and 3 units",
        ),
        (lambda: wasserstein(np.zeros((1, 2)), np.full((1, 2), np.nan)), "not finite"),
        (lambda: wasserstein(np.zeros((1, 2)), np.zeros((1, 2)), order=0.5), "order"),
        (lambda: match_points(np.zeros((1, 2)), np.zeros((1, 2)), kinds_a=["stable"]), "one of the two"),
        (lambda: match_points(np.zeros((1, 2)), np.zeros((1, 2)), ["stable"], []), "one a point"),
        (lambda: match_points(np.zeros((1, 2)), np.zeros((1, 2)), limit=0.0), "limit"),
        (
            lambda: compare(*(fixed([[0.0, 0.0]], ["stable"], np.eye(2), a) for a in (0.1, 0.2))),
            "at the same step",
        ),
        (
            lambda: spectral_distance(spectrum(SimpleNamespace(J=np.eye(2))), np.ones(2, dtype=complex)),
            "two of the same",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(ask: object, says: str) -> None:
    with pytest.raises(JediError, match=says):
        ask()  # type: ignore[operator]
