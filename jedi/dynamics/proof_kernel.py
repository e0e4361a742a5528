"""Branch and bound over boxes of overlaps, compiled: which parts of a box can hold a fixed point.

Unknowns are k in R^R, the equations G(k) = V^T tanh(U k + b) - k = 0. For a box of k, with every rounding bounded:

1. z = U k + b of every unit lies in an interval and tanh there in a band (`enclosure.py`), so that, about the box's
   middle c,  V^T tanh(z) = g + A xi +- d  for all k = c + xi of the box: one linear system for all of it.
2. The box shrinks to what V^T tanh(z) can be, by its extreme values and by the linear system.
3. With Y near (A - I)^-1 (any matrix will do), xi = -Y (g - c) + (I - Y (A - I)) xi +- |Y| d: it shrinks again. This is
   Krawczyk's step with a band in place of an interval of slopes. A box that becomes empty holds no fixed point.
4. A box inside one of the boxes that are known to hold a single fixed point is done.
5. What does not shrink by a fifth is cut in two, across the direction that widens the bands most.

A box that step 3 maps strictly into itself holds a fixed point (Brouwer's theorem). Where none is known inside, it is
handed back, and so is a box that has become too small to go on with.
"""

# ruff: noqa: SIM110 (Numba compiles loops, not generators)
from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from jedi.dynamics.enclosure import bands, tangent_points, tanh_all

# Sums in any order: the bounds on their roundings hold for every order.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}
_PASSES = 6  # contractions of a box before it is cut
_SHRINKS = 0.8
_EMPTY, _ALIVE, _HOLDS_A_ROOT = 0, 1, 2


class Equations(NamedTuple):
    """The factors, and bounds on what rounding may do (derived in `proof.py`)."""

    u: NDArray[np.float64]  # (R, M)
    v: NDArray[np.float64]  # (R, M)
    abs_u: NDArray[np.float64]
    abs_v: NDArray[np.float64]
    bias: NDArray[np.float64]  # (M,)
    z_slack: NDArray[np.float64]  # (M,) on z and on its interval's ends
    k_slack: NDArray[np.float64]  # (R,) on any sum over units, V^T tanh(z) among them
    a_slack: NDArray[np.float64]  # (R, R) on A
    tiny: float  # relative, on sums of R numbers
    grow: float  # 1 + relative bound on sums of M positive numbers


class Workspace(NamedTuple):
    """Arrays that one thread writes over."""

    z: NDArray[np.float64]  # (3 M,) low ends, high ends, tangent points
    t: NDArray[np.float64]  # (3 M,) tanh there
    middle: NDArray[np.float64]  # (M,) z at the box's middle
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]
    width: NDArray[np.float64]
    row: NDArray[np.float64]
    g: NDArray[np.float64]  # (R,)
    d: NDArray[np.float64]
    seen_low: NDArray[np.float64]  # (R,) least of V^T tanh(z)
    seen_high: NDArray[np.float64]
    a: NDArray[np.float64]  # (R, R)
    y: NDArray[np.float64]
    spare: NDArray[np.float64]
    c: NDArray[np.float64]  # (R,) the box's middle
    rho: NDArray[np.float64]  # its half-widths
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    xi_low: NDArray[np.float64]
    xi_high: NDArray[np.float64]


def workspace(rank: int, units: int) -> Workspace:
    """Room for one thread."""
    units_arrays = [np.empty(size) for size in (3 * units, 3 * units, *[units] * 5)]
    rank_arrays = [np.empty(rank) for _ in range(4)]
    return Workspace(*units_arrays, *rank_arrays, *(np.empty((rank, rank)) for _ in range(3)), *np.empty((6, rank)))


@numba.njit(**_OPTIONS)
def _down(x: float) -> float:
    return x - 4.5e-16 * abs(x)


@numba.njit(**_OPTIONS)
def _up(x: float) -> float:
    return x + 4.5e-16 * abs(x)


@numba.njit(**_OPTIONS)
def _within(low: Any, high: Any, outer_low: Any, outer_high: Any) -> bool:
    """Whether a box lies in another."""
    for r in range(low.size):
        if low[r] < outer_low[r] or high[r] > outer_high[r]:
            return False
    return True


@numba.njit(**_OPTIONS)
def _inside_one(boxes_low: Any, boxes_high: Any, low: Any, high: Any) -> bool:
    """Whether the box lies in one of the boxes."""
    for q in range(boxes_low.shape[0]):
        if _within(low, high, boxes_low[q], boxes_high[q]):
            return True
    return False


@numba.njit(**_OPTIONS)
def _holds_one(points: Any, low: Any, high: Any) -> bool:
    """Whether one of the points lies in the box."""
    for q in range(points.shape[0]):
        if _within(points[q], points[q], low, high):
            return True
    return False


@numba.njit(**_OPTIONS)
def _linear_system(eq: Equations, w: Workspace) -> None:
    """Step 1: g, a, d and the extreme values of V^T tanh(z) over the box about c with half-widths rho."""
    rank, units = eq.u.shape
    middle, row, z, t = w.middle, w.row, w.z, w.t
    for n in range(units):
        middle[n] = eq.bias[n]
        row[n] = eq.z_slack[n]
    for r in range(rank):
        c, rho, u, abs_u = w.c[r], w.rho[r], eq.u[r], eq.abs_u[r]
        for n in range(units):
            middle[n] += c * u[n]
            row[n] += rho * abs_u[n]
    low_z, high_z, points = z[:units], z[units : 2 * units], z[2 * units :]
    low_t, high_t, at_points = t[:units], t[units : 2 * units], t[2 * units :]
    for n in range(units):
        low_z[n] = middle[n] - row[n]
        high_z[n] = middle[n] + row[n]
    tangent_points(low_z, high_z, points)
    tanh_all(z, t)
    slope, offset, width = w.slope, w.offset, w.width
    bands(low_z, high_z, points, low_t, high_t, at_points, slope, offset, width)
    for n in range(units):
        offset[n] += slope[n] * middle[n]
    for r in range(rank):
        v, abs_v = eq.v[r], eq.abs_v[r]
        g = d = ends = spread = 0.0
        for n in range(units):
            g += v[n] * offset[n]
            d += abs_v[n] * width[n]
            ends += v[n] * (low_t[n] + high_t[n])
            spread += abs_v[n] * (high_t[n] - low_t[n])
            row[n] = v[n] * slope[n]
        w.g[r] = g
        w.d[r] = (d + eq.k_slack[r]) * eq.grow
        spread = (0.5 * spread + eq.k_slack[r]) * eq.grow
        w.seen_low[r] = _down(0.5 * ends - spread)
        w.seen_high[r] = _up(0.5 * ends + spread)
        for s in range(rank):
            u = eq.u[s]
            total = 0.0
            for n in range(units):
                total += row[n] * u[n]
            w.a[r, s] = total


@numba.njit(**_OPTIONS)
def _invert(a: Any, y: Any, spare: Any) -> bool:
    """y near a^-1 by Gauss-Jordan elimination with row pivots; False where a pivot is zero."""
    size = a.shape[0]
    for i in range(size):
        for j in range(size):
            spare[i, j] = a[i, j]
            y[i, j] = 1.0 if i == j else 0.0
    for column in range(size):
        pivot = column
        for i in range(column + 1, size):
            if abs(spare[i, column]) > abs(spare[pivot, column]):
                pivot = i
        if not abs(spare[pivot, column]) > 1e-200:
            return False
        if pivot != column:
            for j in range(size):
                spare[pivot, j], spare[column, j] = spare[column, j], spare[pivot, j]
                y[pivot, j], y[column, j] = y[column, j], y[pivot, j]
        scale = 1.0 / spare[column, column]
        for j in range(size):
            spare[column, j] *= scale
            y[column, j] *= scale
        for i in range(size):
            factor = spare[i, column]
            if i != column and factor != 0.0:
                for j in range(size):
                    spare[i, j] -= factor * spare[column, j]
                    y[i, j] -= factor * y[column, j]
    return True


@numba.njit(**_OPTIONS)
def _by_values(eq: Equations, w: Workspace) -> bool:
    """Step 2, in place on low and high; False where nothing is left."""
    rank = w.c.size
    for r in range(rank):
        w.low[r] = max(w.low[r], w.seen_low[r])
        w.high[r] = min(w.high[r], w.seen_high[r])
        if w.low[r] > w.high[r]:
            return False
        w.xi_low[r], w.xi_high[r] = _down(w.low[r] - w.c[r]), _up(w.high[r] - w.c[r])
    for r in range(rank):
        centre, radius = w.g[r], w.d[r]
        for s in range(rank):
            centre += w.a[r, s] * (0.5 * (w.xi_low[s] + w.xi_high[s]))
            radius += abs(w.a[r, s]) * (0.5 * (w.xi_high[s] - w.xi_low[s])) + eq.a_slack[r, s] * w.rho[s]
        radius *= eq.grow
        w.low[r] = max(w.low[r], _down(centre - radius))
        w.high[r] = min(w.high[r], _up(centre + radius))
        if w.low[r] > w.high[r]:
            return False
        w.xi_low[r], w.xi_high[r] = _down(w.low[r] - w.c[r]), _up(w.high[r] - w.c[r])
    return True


@numba.njit(**_OPTIONS)
def _by_inverse(eq: Equations, w: Workspace) -> int:
    """Step 3, in place on low and high; what became of the box."""
    rank = w.c.size
    a, y = w.a, w.y
    for r in range(rank):
        w.g[r] -= w.c[r]
        a[r, r] -= 1.0
        for s in range(rank):
            w.d[r] += eq.a_slack[r, s] * w.rho[s]
    if not _invert(a, y, w.spare):
        return _ALIVE
    state = _HOLDS_A_ROOT
    for r in range(rank):
        at = radius = 0.0
        for s in range(rank):
            at -= y[r, s] * w.g[s]
            radius += abs(y[r, s]) * (w.d[s] + eq.tiny * abs(w.g[s]))
            left = 1.0 if r == s else 0.0  # I - Y (A - I)
            moduli = left
            for q in range(rank):
                left -= y[r, q] * a[q, s]
                moduli += abs(y[r, q] * a[q, s])
            radius += (abs(left) + eq.tiny * moduli) * max(abs(w.xi_low[s]), abs(w.xi_high[s]))
        radius *= eq.grow
        lower, upper = _down(at - radius), _up(at + radius)
        if not (lower > w.xi_low[r] and upper < w.xi_high[r]):
            state = _ALIVE
        w.xi_low[r] = max(w.xi_low[r], lower)
        w.xi_high[r] = min(w.xi_high[r], upper)
        if w.xi_low[r] > w.xi_high[r]:
            return _EMPTY
    for r in range(rank):
        w.low[r] = max(w.low[r], _down(w.c[r] + w.xi_low[r]) - 2.3e-16 * (abs(w.c[r]) + abs(w.xi_low[r])))
        w.high[r] = min(w.high[r], _up(w.c[r] + w.xi_high[r]) + 2.3e-16 * (abs(w.c[r]) + abs(w.xi_high[r])))
        if w.low[r] > w.high[r]:
            return _EMPTY
    return state


@numba.njit(**_OPTIONS)
def _contract(eq: Equations, w: Workspace, single_low: Any, single_high: Any) -> int:
    """Steps 1 to 4 on the box low, high until it is done with or no longer shrinks."""
    rank = w.c.size
    state = _ALIVE
    for _ in range(_PASSES):
        if _inside_one(single_low, single_high, w.low, w.high):
            return _EMPTY
        for r in range(rank):
            w.c[r] = 0.5 * (w.low[r] + w.high[r])
            w.rho[r] = _up(max(w.high[r] - w.c[r], w.c[r] - w.low[r]))
        _linear_system(eq, w)
        if not _by_values(eq, w):
            return _EMPTY
        state = _by_inverse(eq, w)
        if state == _EMPTY:
            return _EMPTY
        shrunk = False
        for r in range(rank):
            shrunk = shrunk or w.high[r] - w.low[r] < 2.0 * _SHRINKS * w.rho[r]
        if not shrunk:
            break
    return state


@numba.njit(**_OPTIONS)
def _widest(eq: Equations, w: Workspace, unit_weight: Any) -> int:
    """Step 5: the direction whose extent adds most to the widths of the bands."""
    rank, units = eq.u.shape
    for n in range(units):
        w.row[n] = w.width[n] * unit_weight[n]
    best, most = 0, -1.0
    for r in range(rank):
        total = 0.0
        abs_u = eq.abs_u[r]
        for n in range(units):
            total += w.row[n] * abs_u[n]
        score = total * (w.high[r] - w.low[r])
        if score > most:
            best, most = r, score
    return best


@numba.njit(**_OPTIONS)
def work_off(
    eq: Equations, w: Workspace, unit_weight: Any, reach: Any, smallest: float, roots: Any, single_low: Any,
    single_high: Any, stack_low: Any, stack_high: Any, top: int, budget: int, found_low: Any, found_high: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """Take boxes from the top of the stack, at most `budget`; returns (new top, boxes taken, boxes handed back).

    Args:
        unit_weight: (M,) sum_r |V_rn|, what a unit's band counts in the choice of a cut.
        reach: (R,) largest |U_rn|; a box smaller than `smallest` in every width times reach is handed back.
        roots: (Q, R) known fixed points; single_low, single_high (Q', R): boxes that hold one of them and no other.
        stack_low, stack_high: (S, R), the first `top` rows are boxes to do.
        found_low, found_high: (F, R), the boxes handed back.
    """
    rank = eq.u.shape[0]
    taken = found = 0
    while top > 0 and taken < budget and top + 2 <= stack_low.shape[0] and found < found_low.shape[0]:
        top -= 1
        taken += 1
        for r in range(rank):
            w.low[r], w.high[r] = stack_low[top, r], stack_high[top, r]
        state = _contract(eq, w, single_low, single_high)
        if state == _EMPTY:
            continue
        extent = 0.0
        for r in range(rank):
            extent = max(extent, (w.high[r] - w.low[r]) * reach[r])
        unknown = state == _HOLDS_A_ROOT and not _holds_one(roots, w.low, w.high)
        if unknown or extent < smallest:
            for r in range(rank):
                found_low[found, r], found_high[found, r] = w.low[r], w.high[r]
            found += 1
            continue
        cut = _widest(eq, w, unit_weight)
        where = 0.5 * (w.low[cut] + w.high[cut])
        for half in range(2):
            for r in range(rank):
                stack_low[top, r], stack_high[top, r] = w.low[r], w.high[r]
            if half == 0:
                stack_high[top, cut] = where
            else:
                stack_low[top, cut] = where
            top += 1
    return top, taken, found
