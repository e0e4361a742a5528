"""Modes through the R x R core against dense eigenvectors, and what they say about rotations and chains."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jedi.dynamics import Modes, alignment, modes, spectrum
from jedi.errors import JediError


def network(units: int, rank: int, seed: int = 0, size: float = 1.5) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, units, rank)) * np.sqrt(size / np.sqrt(units * rank))
    return SimpleNamespace(U=u, V=v)


def as_full(w: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(J=w.U @ w.V.T)


def jacobian(w: SimpleNamespace, x: np.ndarray, a: float) -> np.ndarray:
    j = w.J if hasattr(w, "J") else w.U @ w.V.T
    return (1 - a) * np.eye(len(x)) + a * j * (1 - np.tanh(x) ** 2)


def henrici(matrix: np.ndarray) -> float:
    """Straight from the definition."""
    size = np.linalg.norm(matrix)
    values = np.linalg.eigvals(matrix)
    return float(np.sqrt(max(size**2 - np.sum(np.abs(values) ** 2), 0.0)) / size)


@settings(deadline=None)
@given(st.integers(5, 12), st.integers(1, 4), st.floats(0.05, 1.0), st.integers(0, 1000), st.booleans())
def test_vectors_are_eigenvectors_of_the_dense_jacobian(units: int, rank: int, a: float, seed: int, full: bool) -> None:
    w = network(units, rank, seed)
    w = as_full(w) if full else w
    x = np.random.default_rng(seed + 1).standard_normal(units)
    step = jacobian(w, x, a)
    found = modes(w, a, at=x)
    values = found.eigenvalues
    size = np.linalg.norm(found.left, axis=1, keepdims=True)
    np.testing.assert_allclose(found.right @ step.T, values[:, None] * found.right, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.left @ step / size, values[:, None] * found.left / size, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found.right, axis=1), 1, rtol=1e-12)
    kept = np.isfinite(found.condition)
    overlaps = found.left[kept] @ found.right[kept].T / found.condition[kept][:, None]
    np.testing.assert_allclose(overlaps, np.diag(1 / found.condition[kept]), rtol=0, atol=1e-9)
    assert (found.condition >= 1 - 1e-9).all()
    np.testing.assert_allclose(spectrum(w, a, at=x).eigenvalues, values, rtol=0, atol=1e-7)
    assert found.rest_count == (0 if full else units - rank)


def test_both_vectors_are_those_of_a_dense_solver() -> None:
    import scipy.linalg

    w, a = network(60, 5, 3), 0.1
    x = np.random.default_rng(2).standard_normal(60)
    values, left, right = scipy.linalg.eig(jacobian(w, x, a), left=True)
    found = modes(w, a, at=x)
    for i, value in enumerate(found.eigenvalues):
        at = np.abs(values - value).argmin()
        assert values[at] == pytest.approx(value, abs=1e-9)
        assert abs(np.vdot(right[:, at], found.right[i])) == pytest.approx(1, abs=1e-9)
        ours = found.left[i] / np.linalg.norm(found.left[i])
        assert abs(np.dot(left[:, at], ours)) == pytest.approx(1, abs=1e-9)  # scipy's is conjugated
        condition = 1 / abs(np.vdot(left[:, at], right[:, at]))
        assert found.condition[i] == pytest.approx(condition, rel=1e-7)
    full = modes(as_full(w), a, at=x)
    close = np.abs(full.eigenvalues[:, None] - found.eigenvalues).min(axis=0)
    np.testing.assert_allclose(close, 0, atol=1e-7)


def test_continuous_eigenvalues_and_verdicts_stand_beside_the_discrete_ones() -> None:
    # mu = -1.5: fine in continuous time; with steps of a whole time constant it flips ever further
    w = SimpleNamespace(U=np.array([[1.0], [0.0]]), V=np.array([[-1.5], [0.0]]))
    fine, coarse = modes(w, 0.1), modes(w, 1.0)
    for found in (fine, coarse):
        assert found.continuous[0] == pytest.approx(-2.5)
        assert found.stable_continuous
        np.testing.assert_allclose(found.eigenvalues, 1 + found.dt_over_tau * found.continuous, atol=1e-12)
    assert fine.stable
    assert not coarse.stable


def test_a_rotation_has_its_frequency_time_constant_and_plane() -> None:
    turn, modulus, dt = 2 * np.pi * 3.0 * 0.01, np.exp(-0.01 / 0.25), 0.01  # 3 Hz, 250 ms; tau 100 ms
    target = modulus * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    plane = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 2)))[0]
    w = SimpleNamespace(U=plane, V=plane @ ((target - 0.9 * np.eye(2)) / 0.1).T)
    found = modes(w, 0.1)
    np.testing.assert_allclose(found.frequencies_hz(dt), [3.0, 3.0], rtol=1e-9)
    np.testing.assert_allclose(found.frequencies_per_tau, [0.3, 0.3], rtol=1e-9)
    np.testing.assert_allclose(found.time_constants_s(dt), [0.25, 0.25], rtol=1e-9)
    np.testing.assert_allclose(found.time_constants_tau, [2.5, 2.5], rtol=1e-9)
    assert found.eigenvalues[0].imag > 0 > found.eigenvalues[1].imag
    np.testing.assert_allclose(found.condition, 1, rtol=1e-9)
    assert found.henrici == pytest.approx(0, abs=1e-12)  # it is normal
    # any axis in the plane is wholly in it, one at 60 degrees by half, one at right angles not at all
    away = np.linalg.qr(np.column_stack([plane, np.ones(20)]))[0][:, 2]
    axes = np.stack([plane[:, 1], 3 * (plane @ [0.6, 0.8]), 0.5 * plane[:, 0] + np.sqrt(0.75) * away, away])
    along = alignment(found, axes)
    for cosines in (along.right, along.left):
        np.testing.assert_allclose(cosines, np.tile([1, 1, 0.5, 0], (2, 1)), rtol=0, atol=1e-9)


def test_a_mode_moves_along_one_direction_and_reads_from_another() -> None:
    rng = np.random.default_rng(1)
    u, v = rng.standard_normal((2, 30))
    v += u * (0.9 - v @ u) / (u @ u)  # overlap 0.9
    found = modes(SimpleNamespace(U=u[:, None], V=v[:, None]), 0.1)
    along = alignment(found, np.stack([u, v]))
    cosine = 0.9 / np.linalg.norm(u) / np.linalg.norm(v)
    np.testing.assert_allclose(along.right, [[1, cosine]], atol=1e-12)
    np.testing.assert_allclose(along.left, [[cosine, 1]], atol=1e-12)
    assert found.condition[0] == pytest.approx(1 / cosine)


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(1, 5), st.floats(0.01, 1.0), st.integers(0, 1000))
def test_departure_from_normality_is_that_of_the_dense_jacobian(units: int, rank: int, a: float, seed: int) -> None:
    w = network(units, rank, seed, size=3.0)
    x = np.random.default_rng(seed + 1).standard_normal(units)
    expected = henrici(jacobian(w, x, a))
    # the definition takes the root of a difference of nearly equal numbers
    for given_as in (w, as_full(w)):
        assert modes(given_as, a, at=x).henrici ** 2 == pytest.approx(expected**2, abs=1e-9)


def test_a_feedforward_chain_departs_most_and_a_symmetric_network_not_at_all() -> None:
    chain = modes(SimpleNamespace(J=np.diag(np.full(4, 5.0), 1)), 1.0)
    assert chain.henrici == pytest.approx(1)
    assert np.isinf(chain.condition).all()  # one vector for five eigenvalues
    assert np.isfinite(chain.left).all()
    u = np.random.default_rng(0).standard_normal((40, 4))
    assert modes(SimpleNamespace(U=u, V=u), 0.1).henrici < 1e-12
    assert modes(SimpleNamespace(U=u, V=u), 0.1, at=u[:, 0]).henrici > 1e-3  # unequal slopes break the symmetry


def test_repeated_eigenvalues_keep_their_vectors_apart() -> None:
    rng = np.random.default_rng(4)
    u = rng.standard_normal((25, 3))
    v = np.linalg.pinv(u).T * [0.7, 0.7, 0.7]  # V^T U = 0.7 times the identity
    found = modes(SimpleNamespace(U=u, V=v), 0.2)
    np.testing.assert_allclose(found.eigenvalues, 0.94, atol=1e-12)
    np.testing.assert_allclose(found.left @ found.right.T, np.eye(3), atol=1e-10)


def test_a_mode_that_merges_with_the_rest_has_infinite_condition() -> None:
    rng = np.random.default_rng(5)
    u, v = rng.standard_normal((2, 25, 2))
    v[:, 0] -= u @ np.linalg.solve(u.T @ u, u.T @ v[:, 0])  # the first row of V^T U is 0
    found = modes(SimpleNamespace(U=u, V=v), 0.1)
    merged = np.abs(found.eigenvalues - 0.9).argmin()
    assert np.isinf(found.condition[merged])
    assert np.linalg.norm(found.left[merged]) == pytest.approx(1)
    assert np.isfinite(found.left).all()
    assert np.isfinite(found.condition[1 - merged])


@pytest.mark.parametrize("nothing", [{"U": np.zeros((9, 2)), "V": np.zeros((9, 2))}, {"J": np.zeros((9, 9))}])
@pytest.mark.parametrize("a", [0.1, 1.0])
def test_no_recurrence_is_no_trouble(nothing: dict[str, np.ndarray], a: float) -> None:
    found = modes(SimpleNamespace(**nothing), a)
    np.testing.assert_allclose(found.eigenvalues, 1 - a, atol=1e-15)
    assert found.henrici == 0
    assert np.isfinite(found.right).all()
    assert np.isfinite(found.left).all()
    assert found.stable


def test_growth_oscillation_and_the_unit_circle_have_time_constants() -> None:
    found = modes(SimpleNamespace(J=np.diag([11.0, 1.0, -9.0, -19.0])), 0.1)  # lambda 2, 1, 0 and -1
    np.testing.assert_allclose(found.time_constants_tau[0], -0.1 / np.log(2))
    assert np.isinf(found.time_constants_tau[1:3]).all()
    assert found.time_constants_tau[3] == pytest.approx(0, abs=1e-2)
    np.testing.assert_allclose(sorted(found.frequencies_per_tau), [0, 0, 0, 5], atol=1e-12)


def test_what_has_no_modes_is_refused() -> None:
    w = network(10, 2)
    found: Modes = modes(w)
    refused = {
        "10 units": lambda: modes(w, at=np.zeros(9)),
        "not finite": lambda: modes(w, at=np.full(10, np.nan)),
        "dt / tau": lambda: modes(w, 0.0),
        r"\(axes, 10\)": lambda: alignment(found, np.ones((1, 9))),
        "length zero": lambda: alignment(found, np.zeros((1, 10))),
    }
    for says, ask in refused.items():
        with pytest.raises(JediError, match=says):
            ask()
