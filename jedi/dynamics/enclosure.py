"""Bounds on tanh that hold for every number in an interval, whatever the processor rounds: what a proof stands on.

`tanh_near(x)` is tanh(x) within TANH_ERROR, in arithmetic that a compiler turns into vector instructions. `band` puts
tanh on [low, high] between two parallel lines,

    slope z + offset - width  <=  tanh(z)  <=  slope z + offset + width      for all z in [low, high],

with the tangent's slope at a point p of the interval: where the interval lies on one side of zero its middle, else
half of its larger end. tanh(z) - slope z has no extremum but at +-p, so that its range follows from at most four
values. A line's band is as wide as the square of the interval, and four times narrower than what an interval for the
slope (the mean-value form) gives: this is what makes a proof in more than four dimensions possible.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# |tanh_near(x) - tanh(x)|: exp(-2 |x|) within 2.5 units in the last place (argument reduced with a constant in two
# parts, Taylor polynomial of degree 13 on |r| <= 0.35 with a remainder of 5e-18, 14 roundings) moves the quotient by
# at most 2.5 * 1.2e-16 * 2 e / (1 + e)^2 <= 1.4e-16, its own three roundings by 3.4e-16; doubled for good measure.
# Beyond |x| = 20 tanh is 1 within 1e-17. The tests compare with 60 digits.
TANH_ERROR = 2.0**-50
# What a band is widened by: errors of four values of tanh, of a slope (which moves the extremum: 3 errors, as far as
# |p| <= 17; beyond, the slope is set to zero), and roundings of numbers that stay below 2.
BAND_SLACK = 32 * TANH_ERROR

_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has 21 zero bits at its end
_SHIFT = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, left in the lowest bits
_FLAT = 17.0
_EDGE = 20.0


@intrinsic
def _bits(context: Any, number: Any) -> Any:
    """The 64 bits of a float64, as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _number(context: Any, bits: Any) -> Any:
    """The float64 of 64 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


# No "reassoc" here: (y + _SHIFT) - _SHIFT must stay what it says. The callers' own flags do not reach in.
@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def tanh_near(x: Any) -> Any:
    """tanh(x) within TANH_ERROR."""
    y = -2.0 * min(abs(x), _EDGE)
    shifted = y * _LOG2E + _SHIFT
    n = shifted - _SHIFT
    r = y - n * _LN2_HIGH
    r -= n * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    e = _number(_bits(p) + (_bits(shifted) << 52))  # p 2^n
    return np.copysign((1.0 - e) / (1.0 + e), x)


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def tanh_all(x: Any, out: Any) -> None:
    """tanh_near of every number of x."""
    for n in range(x.size):
        out[n] = tanh_near(x[n])


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def tangent_points(low: Any, high: Any, points: Any) -> None:
    """Where the bands on the intervals [low, high] take their slopes: |p| of each."""
    for n in range(low.size):
        middle = 0.5 * abs(low[n] + high[n])
        points[n] = middle if low[n] * high[n] > 0.0 else 0.5 * max(-low[n], high[n])


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def bands(
    low: Any, high: Any, points: Any, at_low: Any, at_high: Any, at_points: Any, slope: Any, offset: Any, width: Any
) -> None:
    """Bands on the intervals [low, high] from tanh there and at their tangent points; results in the last three."""
    for n in range(low.size):
        q, t = points[n], at_points[n]
        a = 1.0 - t * t
        a = a if q < _FLAT else 0.0
        left, right, bump = at_low[n] - a * low[n], at_high[n] - a * high[n], t - a * q
        most, least = max(left, right), min(left, right)
        most = max(most, bump) if low[n] <= q and q <= high[n] else most  # tanh(z) - a z is largest at q,
        least = min(least, -bump) if low[n] <= -q and -q <= high[n] else least  # and least at -q
        slope[n] = a
        offset[n] = 0.5 * (most + least)
        width[n] = 0.5 * (most - least) + BAND_SLACK
