"""Branches and bifurcations against closed forms, invariants and an independent search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from path_networks import count_at, fold_of_one_dimension, of_kind, one_dimension, rotation, with_core

import jedi
from jedi.dynamics.bifurcation import Diagram, bifurcations
from jedi.dynamics.fixed_points import fixed_points
from jedi.dynamics.network import network_of
from jedi.errors import JediError
from jedi.weights import FullRankWeights, LowRankWeights

DEMOS = Path(__file__).resolve().parents[1] / "demos"


def branches_only(weights_at, dt_over_tau=0.1, **options) -> Diagram:
    return bifurcations(weights_at, dt_over_tau, cycles=False, **options)


def assert_on_fixed_points(found: Diagram, weights_at, tolerance=1e-9) -> None:
    for branch in found.branches:
        for s, k in zip(branch.at[::7], branch.k[::7], strict=True):
            network = network_of(weights_at(float(s)))
            assert np.abs(network.overlaps(network.states(k)) - k).max() < tolerance * (1 + np.abs(k).max())


# --- closed forms ---------------------------------------------------------------------------------------------------


def test_rank_one_pitchfork_is_where_the_overlap_is_one():
    path = with_core(lambda s: np.array([[0.6 + 1.1 * s]]))
    found = branches_only(path)
    at = 0.4 / 1.1
    (event,) = found.bifurcations
    assert event.kind == "pitchfork"
    assert event.at == pytest.approx(at, abs=1e-6)
    assert np.abs(event.k).max() < 1e-6
    assert len(found.branches) == 2  # the origin, and one curve through it that holds both other points
    assert [count_at(found, at + side * 1e-4 / 1.1) for side in (-1, 1)] == [1, 3]
    assert_on_fixed_points(found, path)
    assert "consistent" in found.complete


def test_stability_passes_from_the_origin_to_the_pair_at_a_pitchfork():
    found = branches_only(with_core(lambda s: np.array([[0.6 + 1.1 * s]])))
    origin = next(b for b in found.branches if np.abs(b.k).max() < 1e-9)
    pair = next(b for b in found.branches if np.abs(b.k).max() > 1e-9)
    away = np.abs(origin.at - 0.4 / 1.1) > 1e-9
    assert (origin.stable == (origin.at < 0.4 / 1.1))[away].all()
    assert pair.stable[np.abs(pair.k[:, 0]) > 1e-3].all()
    assert np.allclose(pair.k, -pair.k[::-1], atol=0.2)
    assert {round(float(pair.at[i]), 12) for i in (0, -1)} == {1.0}


@pytest.mark.parametrize("y", [-0.8, -0.3, 0.5])
def test_a_bias_turns_the_pitchfork_into_a_fold_at_the_known_gain(y):
    gain, bias = fold_of_one_dimension(y)
    low, high = 0.5, gain + 1
    found = branches_only(one_dimension(lambda s: low + (high - low) * s, lambda s: bias))
    (fold,) = found.bifurcations
    assert fold.kind == "fold"
    assert fold.at == pytest.approx((gain - low) / (high - low), abs=1e-9)
    assert fold.k[0] == pytest.approx(y - bias, abs=1e-6)
    assert len(found.branches) == 2


def test_a_swept_bias_gives_hysteresis_on_one_branch():
    gain, bias = fold_of_one_dimension(0.7)
    found = branches_only(one_dimension(lambda s: gain, lambda s: 2 * bias * (2 * s - 1)))
    (branch,) = found.branches
    assert [b.kind for b in found.bifurcations] == ["fold", "fold"]
    assert [b.at for b in found.bifurcations] == pytest.approx([0.25, 0.75], abs=1e-9)
    assert [count_at(found, s) for s in (0.2, 0.5, 0.8)] == [1, 3, 1]
    turning = np.sign(np.diff(branch.at))
    assert (np.diff(turning) != 0).sum() == 2
    assert any(abs(branch.at - 0.25) < 1e-9)  # the fold itself is one of the branch's points
    assert any(abs(branch.at - 0.75) < 1e-9)


def test_transcritical_point_is_where_the_slope_at_the_standing_fixed_point_is_one():
    b, u = np.array([0.5, 1.0]), np.array([1.0, 0.3])

    def weights_at(s: float) -> LowRankWeights:
        v = (0.9 + 3 * s) * np.array([1.0, -np.tanh(b[0]) / np.tanh(b[1])])
        three = np.concatenate([b, [0.0]])  # a third, silent unit: the rank stays below the number of units
        return LowRankWeights(np.array([[*u, 0.0]]).T, np.array([[*v, 0.0]]).T, three)

    slope = np.array([1.0, -np.tanh(b[0]) / np.tanh(b[1])]) @ (u / np.cosh(b) ** 2)
    found = branches_only(weights_at)
    (event,) = of_kind(found, "transcritical")
    assert event.at == pytest.approx((1 / slope - 0.9) / 3, abs=1e-6)
    assert abs(event.k[0]) < 1e-6
    assert {b.kind for b in found.bifurcations} <= {"transcritical", "fold"}
    # the standing point loses its stability to the branch that crosses it
    standing = next(b for b in found.branches if np.abs(b.k).max() < 1e-9)
    assert (standing.stable == (standing.at < event.at))[np.abs(standing.at - event.at) > 1e-9].all()


@pytest.mark.parametrize("dt_over_tau", [0.1, 0.5, 1.0])
def test_hopf_points_of_flow_and_map_are_where_the_core_says(dt_over_tau):
    turn, a = 0.8, dt_over_tau
    found = branches_only(rotation(lambda s: 0.2 + 1.2 * s, lambda s: turn), a)
    (flow,) = of_kind(found, "hopf", "flow")
    (of_map,) = of_kind(found, "hopf", "map")
    assert flow.at == pytest.approx(0.8 / 1.2, abs=1e-9)
    assert flow.frequency_per_tau == pytest.approx(turn / (2 * np.pi), abs=1e-9)
    gain = (np.sqrt(1 - (a * turn) ** 2) - 1 + a) / a  # |1 - a + a (gain + i turn)| = 1
    assert of_map.at == pytest.approx((gain - 0.2) / 1.2, abs=1e-9)
    assert of_map.frequency_per_tau == pytest.approx(np.arctan2(a * turn, 1 - a + a * gain) / (2 * np.pi * a), abs=1e-9)
    (branch,) = found.branches
    apart = (np.abs(branch.at - flow.at) > 1e-9) & (np.abs(branch.at - of_map.at) > 1e-9)
    assert (branch.stable_continuous == (branch.at < flow.at))[apart].all()
    assert (branch.stable == (branch.at < of_map.at))[apart].all()


def test_a_flip_belongs_to_the_map_alone():
    found = branches_only(with_core(lambda s: np.array([[-0.5 - 2 * s]])), 0.8)
    (flip,) = found.bifurcations
    assert (flip.kind, flip.of) == ("flip", "map")
    mu = (-1 - 0.2) / 0.8  # 1 - a + a mu = -1
    assert flip.at == pytest.approx((-0.5 - mu) / 2, abs=1e-9)
    (branch,) = found.branches
    assert branch.stable_continuous.all()
    assert not branch.stable.all()


def test_an_isola_that_touches_neither_end_is_found_closed_with_its_two_folds():
    gain, bias = fold_of_one_dimension(-0.5)
    top = gain + 0.2
    found = branches_only(one_dimension(lambda s: top - 3 * (s - 0.5) ** 2, lambda s: bias))
    half = np.sqrt(0.2 / 3)
    assert [b.kind for b in found.bifurcations] == ["fold", "fold"]
    assert [b.at for b in found.bifurcations] == pytest.approx([0.5 - half, 0.5 + half], abs=1e-9)
    assert sorted(b.ended for b in found.branches) == ["closed", "left the path"]
    isola = next(b for b in found.branches if b.ended == "closed")
    assert np.allclose(isola.k[0], isola.k[-1])
    assert [count_at(found, s) for s in (0.1, 0.5, 0.9)] == [1, 3, 1]


def test_decoupled_bistable_units_have_three_to_the_rank_points_after_their_common_pitchfork():
    rank = 2
    u = np.kron(np.eye(rank), np.ones((8, 1)))
    found = branches_only(lambda s: LowRankWeights(u, u * (0.5 + 1.3 * s) / 8))
    assert [count_at(found, s) for s in (0.2, 0.9)] == [1, 3**rank]
    assert "consistent" in found.complete
    assert all(b.kind == "pitchfork" for b in found.bifurcations)
    assert all(b.at == pytest.approx(0.5 / 1.3, abs=1e-6) for b in found.bifurcations)


# --- near branches --------------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(st.floats(-8, -2), st.sampled_from([-1, 1]), st.integers(1, 3))
@example(-8.0, -1, 1)  # so near that a looser criterion calls the fold a pitchfork
def test_no_jump_between_branches_that_nearly_touch(exponent, sign, rank):
    """A pitchfork broken by a small bias: the curve that carries on has no event, the other has one fold."""
    u = np.random.default_rng(rank).standard_normal((30, rank))
    v = u @ np.linalg.inv(u.T @ u)
    core = np.diag([1.0, 0.55, 0.3][:rank])
    bias = sign * 10**exponent * u[:, 0]
    found = branches_only(lambda s: LowRankWeights(u, v @ core * (0.6 + 1.0 * s), bias))
    assert [b.kind for b in found.bifurcations] == ["fold"]
    assert len(found.branches) == 2
    carries_on = next(b for b in found.branches if b.at[0] != b.at[-1])
    assert carries_on.stable_continuous.all()
    assert "consistent" in found.complete


# --- invariants -----------------------------------------------------------------------------------------------------


def between_random(rank: int, seed: int, biased: bool, units: int = 40):
    rng = np.random.default_rng(seed)
    ends = [1.8 * rng.standard_normal((2, units, rank)) / np.sqrt(units) ** np.array([[[0]], [[2]]]) for _ in range(2)]
    mixed = rng.standard_normal((2, rank, rank)) * 0.9
    bias = rng.standard_normal((2, units)) * 0.1 * biased

    def weights_at(s: float) -> LowRankWeights:
        u, v = (1 - s) * ends[0] + s * ends[1]
        v = v + u @ np.linalg.solve(u.T @ u, ((1 - s) * mixed[0] + s * mixed[1]).T)
        return LowRankWeights(u, v, (1 - s) * bias[0] + s * bias[1] if biased else None)

    return weights_at


@settings(max_examples=4, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10**6), st.booleans(), st.sampled_from([0.31, 0.57, 0.83]))
@example(2, 23, False, 0.31)  # a point of the branch is the pitchfork itself, to rounding
@example(3, 25, False, 0.31)
def test_branches_hold_what_a_search_elsewhere_finds(rank, seed, biased, s):
    weights_at = between_random(rank, seed, biased)
    found = branches_only(weights_at)
    searched = fixed_points(weights_at(s), seed=1, proof_seconds=1.0)
    assert count_at(found, s) == len(searched)
    assert "consistent" in found.complete
    assert_on_fixed_points(found, weights_at)
    for branch in found.branches:
        assert np.array_equal(branch.stable, branch.n_unstable == 0)
        assert np.array_equal(branch.n_unstable, (np.abs(branch.eigenvalues) > 1).sum(axis=1))
        assert branch.ended in ("left the path", "closed")
    if not biased:
        assert any(np.abs(branch.k).max() < 1e-9 for branch in found.branches)  # the origin is always one


@settings(max_examples=2, deadline=None)
@given(st.integers(2, 3), st.integers(0, 10**6))
def test_seeds_and_direction_change_nothing(rank, seed):
    weights_at = between_random(rank, seed, True)
    ahead = branches_only(weights_at)
    back = branches_only(lambda s: weights_at(1 - s), seed=5)
    assert len(ahead.branches) == len(back.branches)
    assert [b.at for b in ahead.bifurcations] == pytest.approx([1 - b.at for b in back.bifurcations[::-1]], abs=1e-6)


def test_factors_in_other_coordinates_have_the_same_diagram():
    weights_at = between_random(3, 4, True)
    mix = np.array([[2.0, 0.3, 0], [0, 0.05, 0.01], [1, 0, 7]])

    def mixed(s: float) -> LowRankWeights:
        w = weights_at(s)
        return LowRankWeights(w.U @ mix, w.V @ np.linalg.inv(mix).T, w.bias)

    one, other = branches_only(weights_at), branches_only(mixed)
    assert [(b.kind, b.of) for b in one.bifurcations] == [(b.kind, b.of) for b in other.bifurcations]
    assert [b.at for b in one.bifurcations] == pytest.approx([b.at for b in other.bifurcations], abs=1e-6)


def test_full_rank_weights_have_the_same_bifurcations_as_their_factors():
    weights_at = between_random(2, 3, True, units=12)
    low = branches_only(weights_at)
    full = branches_only(lambda s: FullRankWeights(weights_at(s).J, weights_at(s).bias))
    assert [(b.kind, b.of) for b in low.bifurcations] == [(b.kind, b.of) for b in full.bifurcations]
    assert [b.at for b in low.bifurcations] == pytest.approx([b.at for b in full.bifurcations], abs=1e-6)
    assert len(low.branches) == len(full.branches)


# --- a path as it comes ---------------------------------------------------------------------------------------------


def demo_path(name: str, first: int, last: int):
    run = jedi.load(DEMOS / f"{name}.safetensors")
    c0, c1 = run.contexts[first].astype(float), run.contexts[last].astype(float)
    return run, lambda s: run.weights((1 - s) * c0 + s * c1)


def test_a_trained_path_between_two_tasks_has_as_many_points_as_are_proved_to_exist():
    run, weights_at = demo_path("multitask", 45, 130)
    found = branches_only(weights_at, run.dt_over_tau)
    for s in (0.13, 0.29, 0.51, 0.68, 0.87):
        independent = fixed_points(weights_at(s), run.dt_over_tau, seed=3, proof_seconds=20.0)
        assert independent.completeness == "proved"
        assert count_at(found, s) == len(independent)
    assert "consistent" in found.complete
    assert found.steps < 1000
    assert_on_fixed_points(found, weights_at)


def test_a_path_with_kinks_is_followed_and_says_so():
    gain, bias = fold_of_one_dimension(-0.5)
    found = branches_only(one_dimension(lambda s: gain + 0.5 * min(s / 0.3, 1) - 0.25, lambda s: bias))
    (fold,) = found.bifurcations
    assert fold.at == pytest.approx(0.15, abs=1e-6)
    assert "not smooth" in found.complete


def test_weights_in_single_precision_will_do():
    double = with_core(lambda s: np.array([[0.6 + 1.1 * s]]))
    found = branches_only(lambda s: LowRankWeights(double(s).U.astype(np.float32), double(s).V.astype(np.float32)))
    (event,) = found.bifurcations
    assert (event.kind, event.at) == ("pitchfork", pytest.approx(0.4 / 1.1, abs=1e-5))
    assert "consistent" in found.complete


def test_work_is_capped_and_the_branch_says_so():
    found = branches_only(with_core(lambda s: np.array([[0.6 + 1.1 * s]])), most_steps=10)
    assert found.steps == 10
    assert any("limit of 10 steps" in b.ended for b in found.branches)
    assert found.complete.startswith("incomplete")


def test_progress_rises_to_one():
    told: list[float] = []
    bifurcations(rotation(lambda s: 0.5 + s, lambda s: 0.8), progress=lambda text, share: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_weights_that_change_their_shape_are_refused():
    with pytest.raises(JediError, match="expected the same all along the path"):
        branches_only(lambda s: LowRankWeights(np.ones((5 if s < 0.5 else 6, 1)), np.ones((5 if s < 0.5 else 6, 1))))
    with pytest.raises(JediError, match="dt / tau"):
        branches_only(with_core(lambda s: np.eye(1)), 1.5)
