"""Fixed points of networks that can be solved by hand, and what must hold of every set that is handed out."""

from __future__ import annotations

from math import comb
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import bistable_low_rank, bistable_units, overlapping, random_low_rank, rank_one, rotation
from scipy.optimize import brentq

import jedi
from jedi.dynamics import fixed_points
from jedi.dynamics.network import network_of
from jedi.dynamics.reduced import reduced
from jedi.dynamics.slow_points import _derivatives, _speed
from jedi.errors import JediError
from jedi.weights import FullRankWeights, LowRankWeights, step


def amplitude(gain: float) -> float:
    """The positive solution of x = gain tanh(x)."""
    return float(brentq(lambda x: gain * np.tanh(x) - x, 1e-6, gain + 1, xtol=1e-15))


@pytest.mark.parametrize("side", [-1e-4, 1e-4])
def test_rank_one_network_changes_from_one_point_to_three_at_overlap_one(side: float) -> None:
    found = fixed_points(rank_one(1 + side))
    assert len(found) == (1 if side < 0 else 3)
    assert found.completeness == "proved"
    assert found.kind.tolist() == (["stable"] if side < 0 else ["stable", "stable", "unstable"])


def test_rank_one_points_solve_the_scalar_equation() -> None:
    w = rank_one(1.7)
    found = fixed_points(w)
    u, v = w.U[:, 0], w.V[:, 0]
    root = brentq(lambda k: v @ np.tanh(u * k) - k, 1e-3, np.abs(v).sum(), xtol=1e-15)
    assert np.sort(found.k[:, 0]) == pytest.approx([-root, 0, root], abs=1e-11)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_decoupled_bistable_units_have_a_binomial_count_of_saddles(rank: int) -> None:
    gains = [1.5 + 0.25 * r for r in range(rank)]
    found = fixed_points(bistable_low_rank(gains, rank + 3))
    assert len(found) == 3**rank
    assert found.index_sum == 1
    for unstable in range(rank + 1):
        assert (found.n_unstable == unstable).sum() == comb(rank, unstable) * 2 ** (rank - unstable)
    assert (found.kind == "stable").sum() == 2**rank
    assert (found.kind == "unstable").sum() == 1
    sizes = np.unique(np.round(np.abs(found.x[found.kind == "stable"][:, :rank]), 10), axis=0)
    assert sizes == pytest.approx(np.array([[amplitude(g) for g in gains]]), abs=1e-9)


def test_full_rank_networks_have_the_same_face_and_claim_nothing() -> None:
    found = fixed_points(bistable_units([1.4, 1.9, 2.5]))
    assert len(found) == 27
    assert found.index_sum == 1
    assert found.completeness == "unknown"
    assert found.proof is None
    assert np.abs(found.residual).max() < 1e-12


def test_full_rank_search_finds_what_the_low_rank_one_does() -> None:
    w = overlapping(30, 2, 1)
    one, other = fixed_points(w), fixed_points(FullRankWeights(w.J), starts=512)
    assert np.allclose(np.sort(one.x, axis=0), np.sort(other.x, axis=0), atol=1e-9)
    assert np.allclose(np.sort_complex(one.eigenvalues.ravel()), np.sort_complex(other.eigenvalues.ravel()), atol=1e-7)


def test_a_line_attractor_is_the_limit_of_a_pitchfork() -> None:
    """As the overlap comes down to 1 the outer points join the origin, and their slow eigenvalue goes to 1."""
    slow = []
    for excess in (1e-2, 1e-3, 1e-4):
        found = fixed_points(rank_one(1 + excess))
        assert found.completeness == "proved"
        slow.append(np.abs(found.spectrum.eigenvalues[found.kind == "stable"]).max())
    # x = w tanh(x): at the outer points the slope of the flow is -2 excess to first order, whatever the shape
    assert 1 - np.array(slow) == pytest.approx(0.1 * 2 * np.array([1e-2, 1e-3, 1e-4]), rel=0.03)


def test_stability_is_that_of_the_step_and_the_flows_verdict_stands_beside_it() -> None:
    """J = -3 at the origin: a flow that returns, an Euler step of tau that flips, one of tau / 10 that does not."""
    w = FullRankWeights(np.array([[-3.0]]))
    small, large = fixed_points(w, 0.1), fixed_points(w, 1.0)
    assert small.kind.tolist() == ["stable"]
    assert large.kind.tolist() == ["unstable"]
    assert large.stable_continuous.tolist() == [True]
    assert large.n_unstable_continuous.tolist() == [0]


def test_a_focus_can_be_unstable_for_the_step_alone() -> None:
    """mu = 0.9 +- 3 i: decays at 0.1 a tau in the flow, grows under steps of 0.1 tau: |0.99 + 0.3 i| > 1."""
    found = fixed_points(rotation(0.9, 3.0), 0.1)
    origin = int(np.argmin(np.linalg.norm(found.x, axis=1)))
    assert found.n_unstable[origin] == 2
    assert found.n_unstable_continuous[origin] == 0
    assert found.spectrum.eigenvalues[origin] == pytest.approx([0.99 + 0.3j, 0.99 - 0.3j], abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 100_000), st.sampled_from([0.0, 0.4]), st.sampled_from([0.1, 0.5, 1.0]))
def test_every_set_is_exact_complete_and_consistent(rank: int, seed: int, bias: float, step_size: float) -> None:
    w = random_low_rank(50, rank, seed, gain=2.5, bias=bias)
    found = fixed_points(w, step_size, seed=seed)
    assert found.completeness == "proved"
    assert found.residual.max() < 1e-12
    assert found.index_sum == 1
    assert np.allclose(step(w, found.x, step_size), found.x, atol=1e-12)
    if not bias:
        mirrored = np.array([np.abs(found.x + x).max(1).min() for x in found.x])
        assert mirrored.max() < 1e-9
    for x, values, direction in zip(found.x, found.eigenvalues, found.slow_direction, strict=True):
        dense = (1 - step_size) * np.eye(50) + step_size * w.J * (1 - np.tanh(x) ** 2)
        got, wanted = np.sort_complex(np.round(values, 9)), np.sort_complex(np.round(np.linalg.eigvals(dense), 9))
        assert np.abs(np.abs(got) - np.abs(wanted)).max() < 1e-6 or np.abs(got - wanted).max() < 1e-6
        assert np.linalg.norm(direction) == pytest.approx(1)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_two_seeds_give_the_same_set_in_the_same_order(rank: int, seed: int) -> None:
    w = overlapping(80, rank, seed)
    one, other = fixed_points(w, seed=1), fixed_points(w, seed=2)
    assert one.kind.tolist() == other.kind.tolist()
    distance = np.abs(one.x[:, None] - other.x[None]).max(2)
    assert distance.min(1).max() < 1e-9
    assert distance.min(0).max() < 1e-9


def test_an_index_sum_of_one_over_half_a_set_is_not_called_complete() -> None:
    """Starts at the origin's place alone find one point of index +1: no doubling has confirmed it."""
    found = fixed_points(overlapping(60, 4, 0), starts=1, proof_seconds=0.0)
    assert found.completeness in ("incomplete", "consistent")
    proved = fixed_points(overlapping(60, 4, 0), starts=1)
    assert proved.completeness == "proved"
    assert len(proved) >= len(found)


def test_points_on_the_two_sides_of_a_fold_stay_apart() -> None:
    """x = w tanh(x) + b a hair before its fold: two points 2e-3 apart, of opposite index."""
    w = 1.15
    edge = w * np.sqrt(1 - 1 / w) - np.arctanh(np.sqrt(1 - 1 / w))
    found = fixed_points(LowRankWeights(np.array([[w], [0.0]]), np.array([[1.0], [0.0]]), np.array([edge - 1e-7, 0])))
    assert len(found) == 3
    x = np.sort(found.x[:, 0])
    assert 1e-4 < x[1] - x[0] < 5e-3 or 1e-4 < x[2] - x[1] < 5e-3
    assert found.index_sum == 1


def test_the_ghost_of_a_fold_is_a_slow_point() -> None:
    """Just past the fold min |F| lies where w sech^2 = 1; with the two points there, nothing is called slow."""
    w = 1.15
    at = np.arctanh(np.sqrt(1 - 1 / w))
    edge = w * np.sqrt(1 - 1 / w) - at
    past = LowRankWeights(np.array([[w], [0.0]]), np.array([[1.0], [0.0]]), np.array([edge + 1e-3, 0.0]))
    found = fixed_points(past, slow_speed=0.01)
    assert found.kind.tolist() == ["stable", "slow"]
    assert found.x[1, 0] == pytest.approx(-at, abs=1e-5)
    assert found.speed[1] == pytest.approx(1e-3, rel=1e-4)
    assert np.abs(found.slow_direction[1]) == pytest.approx([1, 0], abs=1e-9)
    assert found.index_sum == 1
    assert fixed_points(past, slow_speed=1e-4).kind.tolist() == ["stable"]
    before = LowRankWeights(past.U, past.V, np.array([edge - 1e-3, 0.0]))
    assert "slow" not in fixed_points(before, slow_speed=0.01).kind


def test_gradient_and_hessian_of_the_speed_agree_with_finite_differences() -> None:
    system = reduced(network_of(random_low_rank(30, 3, 2, bias=0.5)))
    metric = np.linalg.cholesky(system.u @ system.u.T).T
    k = np.random.default_rng(0).standard_normal((5, 3))
    slope, hessian = _derivatives(system, k, metric)
    for r, e in enumerate(np.eye(3) * 1e-5):
        up, down = (0.5 * _speed(system, k + s * e, metric) ** 2 for s in (1, -1))
        assert slope[:, r] == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-7)
        steeper, flatter = (_derivatives(system, k + s * e, metric)[0] for s in (1, -1))
        assert hessian[:, r] == pytest.approx((steeper - flatter) / 2e-5, rel=1e-5, abs=1e-6)


def test_a_silent_network_rests_at_its_bias() -> None:
    bias = np.array([0.5, -2.0, 0.0])
    found = fixed_points(FullRankWeights(np.zeros((3, 3)), bias))
    assert found.x == pytest.approx(bias[None])
    assert found.kind.tolist() == ["stable"]


def test_visited_states_are_starts_and_may_be_many() -> None:
    run = jedi.load("demos/multitask.safetensors")
    w = run.weights(run.contexts[45])
    states = run.rollout(run.contexts[45], run.initial_state(trial=45))
    found = fixed_points(w, run.dt_over_tau, near=states)
    assert found.completeness == "proved"
    assert len(found) == 3


def test_a_trained_high_rank_network_is_searched_and_claimed_consistent_at_most() -> None:
    run = jedi.load("demos/reaching.safetensors")
    found = fixed_points(run.weights(run.contexts[0]), run.dt_over_tau)
    assert found.completeness == "consistent"
    assert found.residual.max() < 1e-12
    assert found.index_sum == 1


@pytest.mark.parametrize(
    ("w", "words"),
    [
        (SimpleNamespace(U=np.zeros((3, 2)), V=np.zeros((4, 2))), "expected both"),
        (LowRankWeights(np.full((3, 1), np.nan), np.zeros((3, 1))), "not finite"),
        (SimpleNamespace(J=np.zeros((3, 4))), "square"),
        (SimpleNamespace(J=np.zeros((3, 3)), bias=np.zeros(4)), "bias"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_in_words(w: object, words: str) -> None:
    with pytest.raises(JediError, match=words):
        fixed_points(w)


def test_a_step_or_states_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(JediError, match="dt / tau"):
        fixed_points(rank_one(1.2), 1.5)
    with pytest.raises(JediError, match="units"):
        fixed_points(rank_one(1.2), near=np.zeros((4, 3)))
