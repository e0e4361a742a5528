"""Lyapunov exponents: closed forms, dense products in NumPy, determinants, and chaos found rather than assumed."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jedi.dynamics import Lyapunov, finite_time, lyapunov
from jedi.dynamics.blocks import block_edges, blocks_of
from jedi.dynamics.factors import factors_of
from jedi.dynamics.network import network_of
from jedi.errors import JediError


def low_rank(units: int, rank: int, seed: int, size: float = 1.5, bias: float = 0.0) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, units, rank)) * np.sqrt(size / np.sqrt(units * rank))
    return SimpleNamespace(U=u, V=v, bias=bias * rng.standard_normal(units))


def full_rank(units: int, seed: int, size: float) -> SimpleNamespace:
    return SimpleNamespace(J=size * np.random.default_rng(seed).standard_normal((units, units)) / np.sqrt(units))


def rotation(units: int = 100, growth: float = 2.0, turn: float = 0.8, seed: int = 0) -> SimpleNamespace:
    """A rank-2 network whose origin is an unstable focus (eigenvalues growth +- i turn of J): it has a cycle."""
    directions = np.random.default_rng(seed).standard_normal((units, 2))
    u = np.linalg.qr(directions)[0]
    return SimpleNamespace(U=u * np.sqrt(units), V=u @ np.array([[growth, turn], [-turn, growth]]) / np.sqrt(units))


def dense(w: SimpleNamespace) -> np.ndarray:
    return np.asarray(w.J if hasattr(w, "J") else w.U @ w.V.T)


def orbit(w: SimpleNamespace, x0: np.ndarray, steps: int, a: float = 0.1) -> np.ndarray:
    """States (steps + 1, M) by the plain recurrence."""
    j, bias = dense(w), getattr(w, "bias", 0.0)
    states = [np.asarray(x0, dtype=float)]
    for _ in range(steps):
        states.append((1 - a) * states[-1] + a * (j @ np.tanh(states[-1]) + bias))
    return np.array(states)


def jacobians(w: SimpleNamespace, states: np.ndarray, a: float = 0.1) -> list[np.ndarray]:
    return [(1 - a) * np.eye(len(x)) + a * dense(w) * (1 - np.tanh(x) ** 2) for x in states]


def by_dense_qr(w: SimpleNamespace, states: np.ndarray, frame: np.ndarray, a: float = 0.1) -> np.ndarray:
    """The textbook method with M x M matrices."""
    total = np.zeros(frame.shape[1])
    for step in jacobians(w, states, a):
        frame, triangle = np.linalg.qr(step @ frame)
        total += np.log(np.abs(np.diag(triangle)))
    return total / len(states)


def start(units: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(units)


@pytest.mark.parametrize("steps", [10, 5000])
@pytest.mark.parametrize("nothing", [{"U": np.zeros((30, 4)), "V": np.zeros((30, 4))}, {"J": np.zeros((30, 30))}])
def test_without_recurrence_every_exponent_is_the_leak(nothing: dict[str, np.ndarray], steps: int) -> None:
    found = lyapunov(SimpleNamespace(**nothing), start(30), steps, 0.1, dt=0.01, n=30)
    np.testing.assert_allclose(found.exponents_per_step, np.log(0.9), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.exponents, np.log(0.9) / 0.01, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.standard_error_per_step, 0.0)
    assert found.kaplan_yorke_dimension == 0
    assert (found.steps, found.discarded) == (steps, steps // 10)


def test_exponents_stay_right_when_the_state_underflows() -> None:
    # a symmetric J: after 12,000 steps of at most 0.94 the state is far below the smallest number there is
    u = np.linalg.qr(start(900).reshape(30, 30)[:, :2])[0]
    w = SimpleNamespace(U=u, V=u * [0.4, -3.0])
    found = lyapunov(w, 1e-3 * start(30), 12_000, 0.1, n=30)
    expected = np.log([0.94] + [0.9] * 28 + [0.6])
    np.testing.assert_allclose(found.exponents_per_step, expected, rtol=0, atol=1e-9)
    assert found.standard_error_per_step[0] < 1e-9


def test_exponents_at_a_stable_origin_are_the_logarithms_of_the_eigenvalues() -> None:
    for w in (low_rank(40, 3, 2, size=0.9), full_rank(12, 3, 0.7)):
        units = len(dense(w))
        found = lyapunov(w, np.zeros(units), 20_000, 0.1, n=units)
        moduli = np.abs(np.linalg.eigvals(jacobians(w, np.zeros((1, units)))[0]))
        # a complex pair's vectors turn for ever: bounded swings, over 20,000 steps
        np.testing.assert_allclose(found.exponents_per_step, np.sort(np.log(moduli))[::-1], rtol=0, atol=2e-4)


@pytest.mark.parametrize(
    "w",
    [
        low_rank(20, 3, 0),
        SimpleNamespace(J=low_rank(20, 3, 0).U @ low_rank(20, 3, 0).V.T),
        low_rank(20, 14, 1),
        SimpleNamespace(J=low_rank(20, 14, 1).U @ low_rank(20, 14, 1).V.T),
    ],
)
def test_a_step_of_one_time_constant_has_exponents_of_minus_infinity(w: SimpleNamespace) -> None:
    rank = np.linalg.matrix_rank(dense(w))
    for found in (lyapunov(w, start(20), 300, 1.0, n=20), finite_time(w, orbit(w, start(20), 20, 1.0), 1.0, n=20)):
        assert np.isfinite(found.exponents_per_step[:rank]).all()
        assert np.isneginf(found.exponents_per_step[rank:]).all()
        assert not np.isnan(found.standard_error_per_step).any()
        assert not np.isnan(found.running).any()
        assert found.sum_per_step == -np.inf
        assert not np.isnan(found.kaplan_yorke_dimension)


def test_an_eigenvalue_of_zero_is_minus_infinity_and_harms_no_other() -> None:
    found = lyapunov(SimpleNamespace(J=np.diag([0.5, -9.0, -1.0])), np.zeros(3), 500, 0.1, discard=200)
    np.testing.assert_allclose(found.exponents_per_step[:2], np.log([0.95, 0.8]), rtol=0, atol=1e-9)
    assert found.exponents_per_step[2] == -np.inf


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 15), st.integers(1, 4), st.sampled_from([0.05, 0.1, 0.5]), st.integers(0, 1000))
def test_the_sum_of_all_exponents_is_the_mean_log_determinant(units: int, rank: int, a: float, seed: int) -> None:
    w = low_rank(units, rank, seed, size=2.0, bias=0.3)
    states = orbit(w, start(units, seed), 40, a)[:-1]
    expected = np.mean([np.linalg.slogdet(step)[1] for step in jacobians(w, states, a)])
    found = lyapunov(w, states[0], 40, a, n=units, discard=0)
    assert found.sum_per_step == pytest.approx(expected, abs=1e-9)
    assert found.running[-1].sum() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("w", [low_rank(30, 4, 5, size=2.5, bias=0.2), full_rank(30, 6, 1.8)])
@pytest.mark.parametrize("count", [1, 3])
def test_growth_is_step_by_step_that_of_dense_products(w: SimpleNamespace, count: int) -> None:
    factors = factors_of(network_of(w))
    first = np.linalg.qr(np.random.default_rng(7).standard_normal((factors.rank, count)))[0]
    found = lyapunov(w, start(30), 400, 0.1, n=count, discard=0, seed=7)
    expected = by_dense_qr(w, orbit(w, start(30), 400)[:-1], factors.basis @ first)
    expected = np.append(expected, np.full(30 - factors.rank, np.log(0.9)))  # the rest, exactly
    np.testing.assert_allclose(found.exponents_per_step, np.sort(expected)[::-1][:count], rtol=0, atol=1e-9)


def test_vectors_of_the_whole_space_find_the_same_spectrum() -> None:
    # nothing in the textbook method knows of the invariant subspace; what is left is its transient, over 4,000 steps
    w = low_rank(24, 3, 8, size=3.0, bias=0.3)
    states = orbit(w, start(24), 5000)[1000:-1]
    expected = np.sort(by_dense_qr(w, states, np.linalg.qr(start(24 * 24, 9).reshape(24, 24))[0]))[::-1]
    found = lyapunov(w, states[0], 4000, 0.1, n=24, discard=0)
    np.testing.assert_allclose(found.exponents_per_step, expected, rtol=0, atol=3e-3)
    assert np.count_nonzero(np.abs(found.exponents_per_step - np.log(0.9)) < 1e-12) == 21


def test_a_limit_cycle_has_one_exponent_of_zero_and_dimension_one() -> None:
    found = lyapunov(rotation(), start(100), 20_000, 0.05, dt=0.005, n=5, discard=4000)
    first, second = found.exponents_per_tau[:2]
    assert abs(first) < 1e-3
    assert abs(first) <= 2 * found.standard_error_per_step[0] / 0.05
    assert second < -0.1
    assert found.kaplan_yorke_dimension == 1
    np.testing.assert_allclose(found.exponents, found.exponents_per_tau * 0.05 / 0.005, rtol=1e-12)


def test_the_origin_of_the_same_network_has_its_own_exponents() -> None:
    found = lyapunov(rotation(), np.zeros(100), 2000, 0.05, n=3)
    expected = np.log(abs(1 + 0.05 * (1.0 + 0.8j)))
    np.testing.assert_allclose(found.exponents_per_step, [expected, expected, np.log(0.95)], rtol=0, atol=1e-9)
    assert np.isnan(found.kaplan_yorke_dimension)  # three exponents of a hundred, and their sum is positive


def test_a_network_with_g_of_1_8_that_is_chaotic_and_one_that_is_not() -> None:
    """At this size a third of random full-rank networks with g = 1.8 are not chaotic: it has to be looked for."""
    chaotic, calm = full_rank(200, 3, 1.8), full_rank(200, 8, 1.8)
    found = lyapunov(chaotic, start(200), 5000, 0.1, n=2, discard=2000)
    assert found.exponents_per_step[0] > 4 * found.standard_error_per_step[0] > 0
    # two neighbouring states part at that rate: set back to a distance of 1e-7 every 20 steps
    apart, x = 1e-7, orbit(chaotic, start(200), 2000)[-1]
    near, growth = x + apart * start(200, 5) / np.linalg.norm(start(200, 5)), []
    for _ in range(250):
        x, near = orbit(chaotic, x, 20)[-1], orbit(chaotic, near, 20)[-1]
        distance = np.linalg.norm(near - x)
        growth.append(np.log(distance / apart))
        near = x + (near - x) * (apart / distance)
    assert np.sum(growth) / 5000 == pytest.approx(found.exponents_per_step[0], rel=0.1)
    still = lyapunov(calm, start(200), 3000, 0.1, n=2, discard=2000)
    assert still.exponents_per_step[0] < -4 * still.standard_error_per_step[0] <= 0


def test_low_rank_chaos_has_an_exponent_of_zero_between_the_others() -> None:
    """Rank 20, chaotic: among the exponents of a flow's Euler map that of its direction of motion is near 0."""
    rng = np.random.default_rng(1)
    u, v = rng.standard_normal((2, 200, 20))
    w = SimpleNamespace(U=u * 3 / np.sqrt(4000), V=v)
    found = lyapunov(w, rng.standard_normal(200), 8000, 0.1, n=4, discard=2000)
    assert found.exponents_per_step[0] > 4 * found.standard_error_per_step[0] > 0
    assert abs(found.exponents_per_tau[1]) < 3e-3
    assert found.exponents_per_step[2] < -4 * found.standard_error_per_step[2]
    assert 2 < found.kaplan_yorke_dimension < 3
    # and a much longer run from elsewhere agrees, each exponent within its standard errors
    long = lyapunov(w, rng.standard_normal(200), 40_000, 0.1, n=4, discard=2000, seed=1)
    error = np.hypot(found.standard_error_per_step, long.standard_error_per_step)
    assert (np.abs(found.exponents_per_step - long.exponents_per_step) < 3 * error).all()


def test_neither_the_order_of_units_nor_the_first_vectors_matter() -> None:
    w, order = rotation(60), np.random.default_rng(3).permutation(60)
    x0 = orbit(w, start(60), 2000)[-1]
    one = lyapunov(w, x0, 20_000, n=4)
    moved = lyapunov(SimpleNamespace(U=w.U[order], V=w.V[order]), x0[order], 20_000, n=4)
    other = lyapunov(w, x0, 20_000, n=4, seed=11)
    # all that differs is where in its turn a vector begins and ends
    np.testing.assert_allclose(moved.exponents_per_step, one.exponents_per_step, rtol=0, atol=2e-4)
    np.testing.assert_allclose(other.exponents_per_step, one.exponents_per_step, rtol=0, atol=2e-4)
    again = lyapunov(w, x0, 20_000, n=4)
    np.testing.assert_array_equal(again.exponents_per_step, one.exponents_per_step)
    np.testing.assert_array_equal(again.running, one.running)


def test_fewer_exponents_are_the_first_of_all() -> None:
    w = low_rank(50, 6, 4, size=2.5, bias=0.2)
    everything = lyapunov(w, start(50), 3000, n=50)
    for count in (1, 4, 10):
        some = lyapunov(w, start(50), 3000, n=count)
        np.testing.assert_allclose(some.exponents_per_step, everything.exponents_per_step[:count], rtol=0, atol=2e-3)
    assert len(lyapunov(w, start(50), 100).exponents_per_step) == 10
    assert lyapunov(w, start(50), 100).exponents is None
    assert lyapunov(w, start(50), 100).standard_error is None
    assert (np.diff(everything.exponents_per_step) <= 0).all()


def test_ten_exponents_over_5000_steps_take_less_than_two_seconds() -> None:
    w = low_rank(200, 5, 0, size=3.0, bias=0.2)
    lyapunov(w, start(200), 10)  # compiles
    began = time.perf_counter()
    lyapunov(w, start(200), 5000, n=10)
    assert time.perf_counter() - began < 2  # 0.03 s on an idle core


@pytest.mark.parametrize("a", [0.1, 0.4])
@pytest.mark.parametrize(
    "w", [low_rank(30, 3, 2, size=3.0, bias=0.2), low_rank(12, 8, 2, size=3.0), full_rank(15, 4, 1.8)]
)
def test_along_a_trial_they_are_the_singular_values_of_the_product(w: SimpleNamespace, a: float) -> None:
    units = len(dense(w))
    steps = round(4 / a)  # few enough for the smallest singular value to be right in the reference
    states = orbit(w, start(units), steps, a)
    product = np.eye(units)
    for step in jacobians(w, states[:-1], a):
        product = step @ product
    found = finite_time(w, states, a, dt=0.01, n=units)
    np.testing.assert_allclose(found.exponents_per_step, np.log(np.linalg.svd(product)[1]) / steps, rtol=0, atol=1e-6)
    assert (found.steps, found.discarded) == (steps, 0)
    few = finite_time(w, states, a, n=2)
    np.testing.assert_allclose(few.exponents_per_step, found.exponents_per_step[:2], rtol=0, atol=1e-6)


def test_along_a_trial_of_steps_of_one_time_constant_too() -> None:
    w = low_rank(30, 3, 2, size=3.0, bias=0.2)
    states = orbit(w, start(30), 4, 1.0)
    product = np.linalg.multi_dot(jacobians(w, states[:-1], 1.0)[::-1])
    found = finite_time(w, states, 1.0, n=5)
    expected = np.log(np.linalg.svd(product)[1][:3]) / 4
    np.testing.assert_allclose(found.exponents_per_step, [*expected, -np.inf, -np.inf], rtol=0, atol=1e-6)


def test_along_a_long_trial_the_product_need_not_fit_in_a_number() -> None:
    # symmetric, at the origin: singular values are powers of the eigenvalues, from 1.1 ** 5000 down to 0.6 ** 5000
    u = np.linalg.qr(start(900).reshape(30, 30)[:, :2])[0]
    found = finite_time(SimpleNamespace(U=u, V=u * [2.0, -3.0]), np.zeros((5001, 30)), 0.1, n=30)
    expected = np.log([1.1] + [0.9] * 28 + [0.6])
    np.testing.assert_allclose(found.exponents_per_step, expected, rtol=0, atol=1e-9)


def test_passing_amplification_counts_along_a_trial_only() -> None:
    """A feedforward chain is stable and forgets, but amplifies on the way: growth in 5 steps, none in the long run."""
    w = SimpleNamespace(J=np.diag(np.full(4, 6.0), 1))
    assert finite_time(w, np.zeros((6, 5)), 0.1).exponents_per_step[0] > 0
    # ln(steps ** 4) / steps is what a chain of five adds to ln(0.9)
    assert lyapunov(w, np.zeros(5), 20_000, 0.1).exponents_per_step[0] == pytest.approx(np.log(0.9), abs=2e-3)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9, -0.8])
def test_standard_errors_by_blocks_are_honest_about_memory(memory: float) -> None:
    """First-order autoregressions: the means of 300 series lie within two errors of 0 as often as they should."""
    rng, steps = np.random.default_rng(0), 4000
    series = np.empty((steps, 300))
    series[0] = rng.standard_normal(300) / np.sqrt(1 - memory**2)
    for t in range(1, steps):
        series[t] = memory * series[t - 1] + rng.standard_normal(300)
    edges = block_edges(steps)
    sums = np.add.reduceat(series, edges[:-1], axis=0)
    scores = []
    for first in range(0, 300, 5):
        found = blocks_of(sums[:, first : first + 5], edges)
        scores.append(found.mean / found.standard_error)
        assert len(found.running) >= 10
    assert 0.90 < np.mean(np.abs(scores) < 2) < 0.995


def test_standard_errors_of_a_cycle_hold_where_blocks_and_period_agree() -> None:
    """Growth that swings about 0 for ever: what is left of it at the end is at most the swing over the steps."""
    steps, edges = 5000, block_edges(5000)
    periods = np.append(np.linspace(30, 400, 60), 5000 / np.array([16.0, 15.9, 16.1, 32.0, 64.0, 128.0]))
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, len(periods))
    swing = np.sin(2 * np.pi * np.arange(steps + 1)[:, None] / periods + phases)
    sums = np.add.reduceat(np.diff(swing, axis=0), edges[:-1], axis=0)
    for i in range(len(periods)):
        found = blocks_of(sums[:, i : i + 1], edges)
        assert abs(found.mean[0]) <= 2.1 * found.standard_error[0]
        assert found.standard_error[0] < 30 / steps  # too careful, since blocks cannot know of the cycle, but bounded


def test_blocks_cover_every_step_once() -> None:
    for steps in (1, 2, 9, 10, 16, 31, 255, 256, 257, 5000, 100_001):
        edges = block_edges(steps)
        lengths = np.diff(edges)
        assert (edges[0], edges[-1]) == (0, steps)
        assert lengths.min() >= 1
        assert lengths.max() - lengths.min() <= 1
        assert len(lengths) >= min(steps, 10)
    one = blocks_of(np.array([[2.0]]), block_edges(1))
    assert one.mean[0] == 2
    assert np.isnan(one.standard_error[0])


def made(exponents: list[float], units: int, errors: float = 0.0) -> Lyapunov:
    values = np.array(exponents)
    return Lyapunov(values, np.full(len(values), errors), None, 0.1, 100, 10, 20, values[None], units)


@pytest.mark.parametrize(
    ("exponents", "units", "expected"),
    [
        ([-0.1, -0.2], 2, 0.0),
        ([0.2, 0.1], 2, 2.0),  # nothing shrinks
        ([0.2, 0.1], 3, np.nan),  # the third would be needed
        ([0.0, -0.5], 5, 1.0),
        ([0.3, 0.0, -0.9], 3, 2 + 1 / 3),
        ([0.3, 0.0, -0.1, -0.4], 9, 3.5),
        ([0.1, -np.inf], 2, 1.0),
        ([-np.inf, -np.inf], 2, 0.0),
        ([0.1, -0.1], 2, 2.0),  # area is kept
    ],
)
def test_kaplan_yorke_dimension(exponents: list[float], units: int, expected: float) -> None:
    assert made(exponents, units).kaplan_yorke_dimension == pytest.approx(expected, nan_ok=True)


def test_an_exponent_that_cannot_be_told_from_zero_counts_as_zero() -> None:
    for value in (-1e-4, 1e-4):
        assert made([value, -0.5], 2, errors=1e-4).kaplan_yorke_dimension == 1
        certain = made([value, -0.5], 2), replace(made([value, -0.5], 2, errors=1e-4), finite_time=True)
        for found in certain:
            assert found.kaplan_yorke_dimension == pytest.approx(1.0002 if value > 0 else 0)


def test_what_has_no_exponents_is_refused() -> None:
    w = low_rank(10, 2, 0)
    refused = {
        "10 units": lambda: lyapunov(w, np.zeros(9)),
        "not finite": lambda: lyapunov(w, np.full(10, np.inf)),
        "at least 1": lambda: lyapunov(w, np.zeros(10), steps=0),
        "at least 0": lambda: lyapunov(w, np.zeros(10), discard=-1),
        "ask for 1 to 10": lambda: lyapunov(w, np.zeros(10), n=11),
        "dt / tau": lambda: lyapunov(w, np.zeros(10), dt_over_tau=1.5),
        "more than 0": lambda: lyapunov(w, np.zeros(10), dt=0.0),
        "at least two states": lambda: finite_time(w, np.zeros((1, 10))),
    }
    for says, ask in refused.items():
        with pytest.raises(JediError, match=says):
            ask()
