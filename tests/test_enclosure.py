"""Bounds that hold for every number: against 60 digits, and against what they claim of whole intervals and boxes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import overlapping, random_low_rank

from jedi.dynamics import proof_kernel
from jedi.dynamics.bounds import bounded
from jedi.dynamics.enclosure import TANH_ERROR, bands, tangent_points, tanh_all
from jedi.dynamics.network import network_of
from jedi.dynamics.reduced import reduced

REAL = st.floats(-60, 60, allow_subnormal=True)


def near(x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    tanh_all(x, out)
    return out


def test_tanh_is_within_its_stated_error_of_sixty_digits() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([
        rng.uniform(-25, 25, 6000), rng.uniform(-1, 1, 6000), 10.0 ** rng.uniform(-300, 300, 500),
        np.arange(-2000, 2000) * np.log(2) / 4, [0.0, -0.0, 5e-324, 20.0, -20.0, np.inf, -np.inf],
    ])  # fmt: skip
    with mpmath.workdps(60):
        error = [abs(mpmath.tanh(mpmath.mpf(float(a))) - mpmath.mpf(float(b))) for a, b in zip(x, near(x), strict=True)]
    assert max(error) < TANH_ERROR / 2, "doubled for good measure: half of it must do"


def test_tanh_is_odd_and_never_beyond_one() -> None:
    x = np.random.default_rng(1).uniform(-30, 30, 10_000)
    assert np.array_equal(near(-x), -near(x))
    assert np.abs(near(x)).max() <= 1


@settings(max_examples=300, deadline=None)
@given(REAL, st.one_of(st.floats(0, 1e-6), st.floats(0, 2), st.floats(0, 100)))
def test_a_band_holds_the_curve_over_its_whole_interval(start: float, length: float) -> None:
    low, high = np.array([start]), np.array([start + length])
    points, slope, offset, width = (np.empty(1) for _ in range(4))
    tangent_points(low, high, points)
    bands(low, high, points, near(low), near(high), near(points), slope, offset, width)
    inside = np.concatenate([np.linspace(low[0], high[0], 41), np.clip([points[0], -points[0], 0.0], low[0], high[0])])
    with mpmath.workdps(50):
        for z in inside:
            line = mpmath.mpf(float(slope[0])) * mpmath.mpf(float(z)) + mpmath.mpf(float(offset[0]))
            assert abs(mpmath.tanh(mpmath.mpf(float(z))) - line) <= mpmath.mpf(float(width[0]))


@pytest.mark.parametrize("length", [0.4, 0.1, 0.025])
def test_a_band_is_as_narrow_as_the_square_of_its_interval(length: float) -> None:
    low, high = np.array([0.5]), np.array([0.5 + length])
    points, slope, offset, width = (np.empty(1) for _ in range(4))
    tangent_points(low, high, points)
    bands(low, high, points, near(low), near(high), near(points), slope, offset, width)
    t = np.tanh(0.5 + length / 2)
    curvature = 2 * t * (1 - t * t)
    assert width[0] == pytest.approx(curvature * length**2 / 16, rel=0.2)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(6, 60), st.integers(0, 10_000), st.floats(-6, 0), st.booleans())
def test_the_linear_system_holds_over_its_whole_box(
    rank: int, units: int, seed: int, scale: float, biased: bool
) -> None:
    """V^T tanh(U k + b) at points of a box, in extended precision, lies in g + A xi +- d and in the extreme values."""
    network = network_of(random_low_rank(units, rank, seed, bias=1.0 if biased else 0.0))
    system = reduced(network)
    bounds = bounded(network, system)
    rng = np.random.default_rng(seed)
    room = proof_kernel.workspace(rank, units)
    room.c[:] = rng.uniform(-1, 1, rank) * bounds.extent
    room.rho[:] = rng.uniform(0.1, 1, rank) * bounds.extent * 10.0**scale
    proof_kernel._linear_system(bounds.equations, room)
    corners = rng.choice([-1.0, 1.0], (40, rank)) * rng.choice([1.0, rng.uniform()], (40, 1))
    for xi in corners * room.rho:
        k = np.longdouble(room.c) + xi
        z = np.longdouble(system.u.T) @ k + network.bias
        value = np.longdouble(system.v) @ np.tanh(z)
        assert (np.abs(value - (room.g + np.longdouble(room.a) @ xi)) <= room.d).all()
        assert (value >= room.seen_low).all()
        assert (value <= room.seen_high).all()


def test_the_bounds_pay_for_the_change_of_coordinates() -> None:
    """k' = A k with the network's own factors in extended precision agrees with the rotated ones within the slack."""
    network = network_of(overlapping(100, 4, 3))
    system = reduced(network)
    bounds = bounded(network, system)
    rng = np.random.default_rng(0)
    for _ in range(50):
        k = np.longdouble(rng.uniform(-1, 1, 4) * np.abs(network.right).sum(0))
        own = np.longdouble(system.into) @ (np.longdouble(network.right.T) @ np.tanh(np.longdouble(network.left) @ k))
        mine = np.longdouble(system.v) @ np.tanh(np.longdouble(system.u.T) @ (np.longdouble(system.into) @ k))
        assert (np.abs(own - mine) <= bounds.equations.k_slack).all()
    assert bounds.equations.k_slack.max() < 1e-10 * bounds.extent.max()
