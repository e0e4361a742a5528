from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedi.dynamics import eigenvalues, spectrum
from jedi.errors import JediError


def network(units: int, rank: int, seed: int = 0, size: float = 1.5) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, units, rank)) * np.sqrt(size / np.sqrt(units * rank))
    return SimpleNamespace(U=u, V=v)


def as_set(values: np.ndarray) -> np.ndarray:
    return values[np.lexsort((values.imag.round(8), values.real.round(8)))]


@given(st.integers(2, 12), st.integers(1, 4), st.floats(0.01, 1.0), st.integers(0, 1000))
def test_all_eigenvalues_are_those_of_the_dense_jacobian(units: int, rank: int, a: float, seed: int) -> None:
    w = network(units, rank, seed)
    x = np.random.default_rng(seed + 1).standard_normal(units)
    dense = (1 - a) * np.eye(units) + a * (w.U @ w.V.T) @ np.diag(1 - np.tanh(x) ** 2)
    found = eigenvalues(w, a, at=x)
    assert found.shape == (units,)
    # traces of powers compare the sets without matching them; defective eigenvalues of the dense matrix are sensitive
    for power in (1, 2, 3):
        expected = np.trace(np.linalg.matrix_power(dense, power))
        assert np.sum(found**power) == pytest.approx(expected, abs=1e-9 * max(1, abs(expected)))


def test_low_rank_agrees_with_dense_eigenvalues_one_by_one() -> None:
    w = network(60, 5)
    x = np.random.default_rng(2).standard_normal(60)
    dense = np.linalg.eigvals(0.9 * np.eye(60) + 0.1 * (w.U @ w.V.T) @ np.diag(1 - np.tanh(x) ** 2))
    np.testing.assert_allclose(as_set(eigenvalues(w, 0.1, at=x)), as_set(dense), atol=1e-7)
    full = spectrum(SimpleNamespace(J=w.U @ w.V.T), 0.1, at=x)
    np.testing.assert_allclose(as_set(full.all), as_set(dense), atol=1e-7)
    assert full.rest_count == 0


def test_jacobian_is_the_derivative_of_the_step() -> None:
    w, a = network(8, 2), 0.2
    x = np.random.default_rng(3).standard_normal(8)

    def step(state: np.ndarray) -> np.ndarray:
        return (1 - a) * state + a * (w.U @ (w.V.T @ np.tanh(state)) + 0.3)

    h = 1e-6
    by_difference = np.stack([(step(x + h * e) - step(x - h * e)) / (2 * h) for e in np.eye(8)], axis=1)
    np.testing.assert_allclose(as_set(eigenvalues(w, a, at=x)), as_set(np.linalg.eigvals(by_difference)), atol=1e-7)


def test_rank_one_network_has_its_overlap_as_eigenvalue() -> None:
    m = np.random.default_rng(0).standard_normal(50)
    w = SimpleNamespace(U=1.8 * m[:, None] / (m @ m), V=m[:, None])
    assert spectrum(w, of="J").eigenvalues[0] == pytest.approx(1.8)
    found = spectrum(w, 0.1)
    assert found.eigenvalues.shape == (1,)
    assert found.eigenvalues[0] == pytest.approx(1 + 0.1 * 0.8)
    assert (found.rest, found.rest_count) == (pytest.approx(0.9), 49)


def test_a_rotation_gives_its_frequency_and_time_constant() -> None:
    turn, modulus, dt = 2 * np.pi * 3.0 * 0.01, np.exp(-0.01 / 0.25), 0.01  # 3 Hz, 250 ms
    target = modulus * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    j = (target - 0.9 * np.eye(2)) / 0.1
    found = spectrum(SimpleNamespace(J=j), 0.1)
    np.testing.assert_allclose(found.frequencies_hz(dt), [3.0, 3.0], rtol=1e-12)
    np.testing.assert_allclose(found.time_constants_s(dt), [0.25, 0.25], rtol=1e-9)
    assert found.eigenvalues[0].imag > 0 > found.eigenvalues[1].imag


def test_time_constants_on_outside_and_at_the_centre_of_the_unit_circle() -> None:
    found = spectrum(SimpleNamespace(J=np.diag([11.0, 1.0, -9.0])), 0.1)  # lambda 2, 1, 0
    np.testing.assert_allclose(found.time_constants_s(0.01), [-0.01 / np.log(2), np.inf, 0.0], atol=1e-12)
    assert spectrum(SimpleNamespace(J=np.diag([-19.0])), 0.1).frequencies_hz(0.01)[0] == pytest.approx(50.0)  # -1


def test_along_a_trajectory_each_state_has_its_spectrum() -> None:
    w = network(20, 3)
    states = np.random.default_rng(1).standard_normal((7, 20))
    along = spectrum(w, 0.1, at=states)
    assert along.eigenvalues.shape == (7, 3)
    assert along.all.shape == (7, 20)
    assert along.spectral_radius.shape == (7,)
    for t in (0, 6):
        np.testing.assert_allclose(along.eigenvalues[t], spectrum(w, 0.1, at=states[t]).eigenvalues, atol=1e-12)


def test_far_from_the_origin_only_the_decay_is_left() -> None:
    found = spectrum(network(30, 4), 0.1, at=np.full(30, 20.0))
    np.testing.assert_allclose(found.all, 0.9, atol=1e-12)
    assert found.spectral_radius == pytest.approx(0.9)


def test_spectral_radius_counts_the_equal_rest() -> None:
    still = SimpleNamespace(U=np.full((4, 1), -0.1), V=np.ones((4, 1)))  # lambda 0.9 - 0.04
    assert spectrum(still, 0.1).spectral_radius == pytest.approx(0.9)


def test_factors_wider_than_the_network_lose_nothing() -> None:
    w = network(3, 5)
    np.testing.assert_allclose(as_set(eigenvalues(w, of="J")), as_set(np.linalg.eigvals(w.U @ w.V.T)), atol=1e-9)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"at": np.zeros(3)}, "10 units"),
        ({"at": np.full(10, np.nan)}, "not finite"),
        ({"at": np.zeros(10), "of": "J"}, "no state"),
        ({"dt_over_tau": 0.0}, "dt / tau"),
    ],
)
def test_what_has_no_spectrum_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(JediError, match=says):
        spectrum(network(10, 2), **options)


def test_eigenvalues_of_j_have_no_frequency() -> None:
    with pytest.raises(JediError, match="not of J"):
        spectrum(network(10, 2), of="J").frequencies_hz(0.01)
