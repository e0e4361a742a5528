"""Eigenvalues along trajectories: tracks that stay whole, averages, and gains that give an oscillation's frequency."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jedi.dynamics import course, gain_spectrum, phase_average, spectrum
from jedi.dynamics.course import followed
from jedi.dynamics.gains import gains_along
from jedi.errors import JediError


def network(units: int, rank: int, seed: int = 0, size: float = 2.0) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, units, rank)) * np.sqrt(size / np.sqrt(units * rank))
    return SimpleNamespace(U=u, V=v)


def rotation(units: int, growth: float, turn: float, seed: int = 0) -> SimpleNamespace:
    """Rank 2, eigenvalues growth +- i turn of J, one unit as strong as another on average."""
    u = np.linalg.qr(np.random.default_rng(seed).standard_normal((units, 2)))[0]
    return SimpleNamespace(U=u * np.sqrt(units), V=u @ np.array([[growth, turn], [-turn, growth]]) / np.sqrt(units))


def orbit(w: SimpleNamespace, x: np.ndarray, steps: int, a: float) -> np.ndarray:
    states = [x]
    for _ in range(steps - 1):
        states.append((1 - a) * states[-1] + a * w.U @ (w.V.T @ np.tanh(states[-1])))
    return np.array(states)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_tracks_hold_the_eigenvalues_of_every_state(rank: int, seed: int) -> None:
    w = network(12, rank, seed)
    x = np.cumsum(0.1 * np.random.default_rng(seed).standard_normal((20, 12)), axis=0)
    found = course(w, x, 0.1)
    expected = spectrum(w, 0.1, x)
    assert found.eigenvalues.shape == (20, rank)
    for track, values in zip(found.eigenvalues, expected.eigenvalues, strict=True):
        np.testing.assert_array_equal(np.sort_complex(track), np.sort_complex(values))
    np.testing.assert_array_equal(found.eigenvalues[0], expected.eigenvalues[0])
    np.testing.assert_allclose(found.spectral_radius, expected.spectral_radius, rtol=0, atol=1e-15)


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_pairs_stay_mirror_images_while_their_number_stays(seed: int) -> None:
    w = network(12, 6, seed)
    x = np.cumsum(0.05 * np.random.default_rng(seed).standard_normal((30, 12)), axis=0)
    tracks = course(w, x, 0.1).eigenvalues
    for before, after in pairwise(tracks):
        if np.count_nonzero(before.imag > 0) != np.count_nonzero(after.imag > 0):
            continue
        above = np.flatnonzero(before.imag > 0)
        mirror = [np.flatnonzero(before == value.conj())[0] for value in before[above]]
        np.testing.assert_array_equal(after[mirror], after[above].conj())


def test_crossing_moduli_do_not_swap_tracks() -> None:
    # by modulus the real one and the pair change places half way; as tracks they do not
    time = np.linspace(0, 1, 50)
    real, pair = 0.5 + 0.4 * time, (0.9 - 0.4 * time) * np.exp(1j)
    shuffled = np.stack([real + 0j, pair, pair.conj()], axis=1)
    for row, order in zip(
        shuffled, np.random.default_rng(0).permuted(np.tile([0, 1, 2], (50, 1)), axis=1), strict=True
    ):
        row[:] = row[order]
    tracks = followed(shuffled)
    sums = np.abs(np.diff(tracks, axis=0)).max(axis=0)
    assert (sums < 0.02).all()


def test_a_pair_that_meets_the_real_axis_goes_on_as_two() -> None:
    time = np.linspace(-1, 1, 41)[:, None]
    root = np.sqrt(time.astype(complex))
    tracks = followed(np.concatenate([0.5 + 0.2 * root, 0.5 - 0.2 * root], axis=1))
    assert np.abs(np.diff(tracks, axis=0)).max() < 0.2 * np.sqrt(0.05) + 1e-9


def test_a_phase_average_of_a_constant_spectrum_is_it() -> None:
    # at the origin: a rotation of known frequency (per tau) and growth
    w = rotation(40, 1.2, 2.0)
    found = course(w, np.zeros((30, 40)), 0.1, dt=0.01)
    average = phase_average(found, 5, 25)
    value = 1 + 0.1 * (0.2 + 2.0j)
    assert average.states == 20
    np.testing.assert_allclose(average.modulus, abs(value))
    np.testing.assert_allclose(average.growth_per_step, np.log(abs(value)))
    np.testing.assert_allclose(average.frequency_hz, np.angle(value) / (2 * np.pi * 0.01))
    np.testing.assert_allclose(found.frequencies_hz, np.angle(value) / (2 * np.pi * 0.01))
    np.testing.assert_allclose(average.time_constants_s, -0.01 / np.log(abs(value)))
    np.testing.assert_allclose(average.time_constants_tau, -0.1 / np.log(abs(value)))
    assert average.spectral_radius == pytest.approx(abs(value))
    for spread in (average.modulus_sd, average.growth_per_step_sd, average.frequency_hz_sd):
        np.testing.assert_allclose(spread, 0, atol=1e-9)


def test_phase_averages_are_means_over_their_states() -> None:
    w = network(20, 3, 1)
    found = course(w, orbit(w, np.random.default_rng(0).standard_normal(20), 60, 0.1), 0.1)
    average = phase_average(found, 10, 40)
    np.testing.assert_allclose(average.modulus, np.abs(found.eigenvalues[10:40]).mean(axis=0))
    np.testing.assert_allclose(average.frequency_per_tau_sd, found.frequencies_per_tau[10:40].std(axis=0))
    assert average.spectral_radius_sd == pytest.approx(found.spectral_radius[10:40].std())
    assert average.frequency_hz is None
    assert average.time_constants_s is None
    assert found.frequencies_hz is None
    # two halves weigh as much as the whole
    halves = [phase_average(found, 0, 30), phase_average(found, 30)]
    whole = phase_average(found)
    np.testing.assert_allclose((halves[0].modulus + halves[1].modulus) / 2, whole.modulus)


def test_an_eigenvalue_of_zero_within_a_phase_gives_no_nan_but_for_its_spread() -> None:
    w = SimpleNamespace(U=np.array([[1.0], [0.0]]), V=np.array([[-9.0], [0.0]]))
    average = phase_average(course(w, np.zeros((4, 2)), 0.1))
    assert average.growth_per_step[0] < -30
    average = phase_average(course(SimpleNamespace(U=w.U, V=0 * w.V), np.zeros((4, 2)), 1.0))
    assert average.growth_per_step[0] == -np.inf
    assert np.isnan(average.growth_per_step_sd[0])
    assert average.time_constants_tau[0] == 0


def test_gains_give_the_frequency_of_a_cycle_where_the_origin_does_not() -> None:
    """On its cycle a rotation network turns at the rate at which it neither grows nor decays."""
    w, a = rotation(400, 2.5, 0.9), 0.02
    x = orbit(w, np.random.default_rng(0).standard_normal(400), 12_000, a)[6000:]
    k = np.tanh(x) @ w.V
    phase = np.unwrap(np.angle(k[:, 0] + 1j * k[:, 1]))
    measured = abs(phase[-1] - phase[0]) / (2 * np.pi * (len(x) - 1))  # cycles a step
    whole = x[: int(np.floor(measured * (len(x) - 1)) / measured)]  # whole turns
    found = gain_spectrum(w, whole, a, dt=1.0)
    assert found.leading_frequency_hz == pytest.approx(measured, rel=0.01)
    assert abs(found.modes.eigenvalues[found.leading_pair]) == pytest.approx(1, abs=1e-3)
    at_origin = spectrum(w, a).frequencies_hz(1.0)[0]
    assert at_origin > 1.5 * measured
    assert found.share.sum() == pytest.approx(1, abs=0.02)  # the pair carries it all
    assert ((found.gains > 0) & (found.gains < 1)).all()


def test_of_two_pairs_the_one_that_is_driven_leads() -> None:
    rng = np.random.default_rng(2)
    u = np.linalg.qr(rng.standard_normal((60, 4)))[0]
    block = np.zeros((4, 4))
    block[:2, :2], block[2:, 2:] = [[0.5, 3.0], [-3.0, 0.5]], [[0.5, 1.0], [-1.0, 0.5]]
    w = SimpleNamespace(U=u, V=u @ block)
    time = np.arange(200)[:, None]
    for first, turn in ((0, 3.0), (2, 1.0)):
        rate = turn * 0.1
        # whole turns about a point that is not the origin, too small for tanh to bend; a little of the other pair
        circle = np.cos(rate * time) * u[:, first] + np.sin(rate * time) * u[:, first + 1]
        other = 0.1 * np.cos(0.37 * time) * u[:, (first + 2) % 4]
        found = gain_spectrum(w, 1e-3 * (circle + other) + 0.02, 0.1, dt=0.01)
        assert found.leading_frequency_hz == pytest.approx(np.angle(0.95 + 0.1j * turn) / 0.02 / np.pi, rel=2e-3)
        assert found.share[found.leading_pair] == pytest.approx(0.5, abs=0.03)


def test_shares_are_those_of_the_modes_amplitudes() -> None:
    # symmetric: modes are perpendicular and the shares are parts of a whole, here 9 : 1
    u = np.linalg.qr(np.random.default_rng(3).standard_normal((30, 2)))[0]
    w = SimpleNamespace(U=u, V=u * [0.8, -0.5])
    swing = np.sin(2 * np.pi * np.arange(100) / 100)[:, None]
    found = gain_spectrum(w, 1e-4 * (3 * swing * u[:, 0] + np.roll(swing, 25, axis=0) * u[:, 1]), 0.1)
    np.testing.assert_allclose(found.share, [0.9, 0.1], atol=1e-6)
    assert found.leading_pair is None
    assert found.leading_frequency_hz is None


def test_gains_are_slopes_for_small_swings_and_less_for_large_ones() -> None:
    swing = np.sin(2 * np.pi * np.arange(200) / 200)[:, None]
    offsets = np.array([0.0, 0.5, -2.0])
    np.testing.assert_allclose(gains_along(offsets + 1e-4 * swing), 1 - np.tanh(offsets) ** 2, rtol=1e-6)
    np.testing.assert_allclose(gains_along(offsets + 0 * swing), 1 - np.tanh(offsets) ** 2)
    # a large swing sees a square wave: its first harmonic is 4 / (pi amplitude)
    assert gains_along(1000 * swing)[0] == pytest.approx(4 / np.pi / 1000, rel=1e-3)


def test_what_has_no_course_is_refused() -> None:
    w = network(10, 2)
    found = course(w, np.zeros((5, 10)), 0.1)
    refused = {
        "10 units": lambda: course(w, np.zeros((5, 9))),
        r"\(steps, 10\)": lambda: course(w, np.zeros((0, 10))),
        "not finite": lambda: course(w, np.full((5, 10), np.inf)),
        "more than 0": lambda: course(w, np.zeros((5, 10)), dt=-1.0),
        "from state 3 up to 3": lambda: phase_average(found, 3, 3),
        "0 up to 5": lambda: phase_average(found, 0, 6),
        "at least two states": lambda: gain_spectrum(w, np.zeros((1, 10))),
    }
    for says, ask in refused.items():
        with pytest.raises(JediError, match=says):
            ask()


def test_nothing_that_moves_has_no_shares() -> None:
    found = gain_spectrum(network(10, 2), np.ones((5, 10)))
    assert np.isnan(found.share).all()
