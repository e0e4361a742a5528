"""Growth of tangent vectors along the network's own orbit, compiled by Numba.

Vectors are orthonormalised after every step by Householder reflections, which keep them orthonormal also where the
Jacobian is singular, and the logarithms of the diagonal of the triangular factor are summed block by block.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_COMPILE = {"nogil": True, "cache": True, "error_model": "numpy"}

# A state that decays to zero would end in denormal numbers, a hundred times slower; its slopes are 1 long before.
_TINY = 1e-290
# Growth below this share of the Jacobian's own size in one step is what rounding leaves of zero.
_NOTHING = 4 * np.finfo(np.float64).eps


@numba.njit(**_COMPILE)
def _log_growth(factor: Any, size: float, logs: Any) -> None:
    for i in range(len(logs)):
        grown = abs(factor[i, i])
        logs[i] = np.log(grown) if grown > _NOTHING * size else -np.inf


@numba.njit(**_COMPILE)
def _largest_column(columns: Any) -> float:
    largest = 0.0
    for j in range(columns.shape[1]):
        total = 0.0
        for i in range(columns.shape[0]):
            total += columns[i, j] ** 2
        largest = max(largest, total)
    return float(np.sqrt(largest))


@numba.njit(**_COMPILE)
def orbit_growth(
    basis: Any, reads: Any, whole: bool, bias: Any, x: Any, frame: Any, a: float, discard: int, edges: Any
) -> Any:
    """Sums of log growth (B, n) of n vectors within the span of the basis, along the orbit from x.

    Args:
        basis: (M, R) orthonormal; reads: (R, M), so that J = basis reads; whole: the basis is the identity.
        bias, x: (M,); x is advanced in place by all the steps.
        frame: (R, n) orthonormal columns, in coordinates of the basis.
        a: dt / tau.
        discard: steps during which state and vectors settle before the first block.
        edges: (B + 1,) first steps of the blocks and the number of steps, counted after those discarded.
    """
    units, rank = basis.shape
    count = frame.shape[1]
    sums = np.zeros((len(edges) - 1, count))
    logs = np.empty(count)
    rate, slope = np.empty(units), np.empty(units)
    build = rank < 2 * count and not whole
    scaled = np.empty((units, rank if build else count))
    block = 0
    for step in range(-discard, edges[-1]):
        for m in range(units):
            rate[m] = np.tanh(x[m])
            slope[m] = 1.0 - rate[m] * rate[m]
        if build:
            for m in range(units):
                for r in range(rank):
                    scaled[m, r] = slope[m] * basis[m, r]
            pushed = np.dot(np.dot(reads, scaled), frame)
        else:
            spread = frame if whole else np.dot(basis, frame)
            for m in range(units):
                for i in range(count):
                    scaled[m, i] = slope[m] * spread[m, i]
            pushed = np.dot(reads, scaled)
        size = 1.0 - a + a * _largest_column(pushed)
        frame, factor = np.linalg.qr((1.0 - a) * frame + a * pushed)
        frame = np.ascontiguousarray(frame)
        if step >= 0:
            _log_growth(factor, size, logs)
            while step >= edges[block + 1]:
                block += 1
            for i in range(count):
                sums[block, i] += logs[i]
        drive = np.dot(reads, rate)
        if not whole:
            drive = np.dot(basis, drive)
        for m in range(units):
            after = (1.0 - a) * x[m] + a * (drive[m] + bias[m])
            x[m] = after if abs(after) > _TINY else 0.0
    return sums


@numba.njit(**_COMPILE)
def given_growth(basis: Any, reader: Any, whole: bool, slopes: Any, frame: Any, a: float, backward: bool) -> Any:
    """Log growth (S, n) of n vectors of the whole space through S given Jacobians, and the frame that they end in.

    Args:
        basis, reader: (M, R) with J = basis reader^T; whole: the basis is the identity.
        slopes: (S, M), 1 - tanh(x)^2 of the states in turn.
        frame: (M, n) orthonormal columns.
        a: dt / tau.
        backward: through the transposed Jacobians, from the last state to the first.
    """
    steps, units = slopes.shape
    count = frame.shape[1]
    growth = np.empty((steps, count))
    scaled = np.empty((units, count))
    into = np.ascontiguousarray(basis.T) if backward else np.ascontiguousarray(reader.T)
    out = reader if backward else basis
    for s in range(steps):
        at = steps - 1 - s if backward else s
        slope = slopes[at]
        for m in range(units):
            for i in range(count):
                scaled[m, i] = frame[m, i] if backward else slope[m] * frame[m, i]
        if whole:
            pushed = np.dot(out if backward else into, scaled)
        else:
            pushed = np.dot(out, np.dot(into, scaled))
        if backward:
            for m in range(units):
                for i in range(count):
                    pushed[m, i] *= slope[m]
        size = 1.0 - a + a * _largest_column(pushed)
        frame, factor = np.linalg.qr((1.0 - a) * frame + a * pushed)
        frame = np.ascontiguousarray(frame)
        _log_growth(factor, size, growth[at])
    return growth, frame
