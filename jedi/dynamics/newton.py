"""Newton's method with a line search for many starts at once, compiled; R unknowns a start.

    G(k) = V^T tanh(U k + b) - k = 0,      k <- k - s DG(k)^-1 G(k),      DG(k) = V^T diag(1 - tanh^2) U - I

The step s is halved until |G|^2 falls as it should (Armijo). A start that can go no further has ended near a local
minimum of |G|, where the flow is slow: those are handed back too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from jaxtyping import Bool, Float, Int

from jedi.dynamics.reduced import Reduced
from jedi.kernels import in_slices, thread_count

MOST_ITERATIONS = 80
HALVINGS = 12
# |G| relative to the sum of moduli that it is computed from; below it nothing but rounding is left.
ROUNDING = 8 * np.finfo(float).eps

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


@dataclass(frozen=True, eq=False)
class Roots:
    """Where S starts ended."""

    k: Float[np.ndarray, "S R"]
    error: Float[np.ndarray, " S"]  # largest |G_r|, relative to 1 + sum_n |V_nr|
    iterations: Int[np.ndarray, " S"]
    converged: Bool[np.ndarray, " S"]


@numba.njit(**_OPTIONS)
def _evaluate(u: Any, v: Any, bias: Any, full: bool, k: Any, rate: Any, g: Any) -> float:
    """G and tanh(U k + b) at k; returns |G|^2."""
    rank, units = u.shape
    for n in range(units):
        rate[n] = bias[n]
    for r in range(rank):
        kr = k[r]
        for n in range(units):
            rate[n] += kr * u[r, n]
    for n in range(units):
        rate[n] = np.tanh(rate[n])
    total = 0.0
    for r in range(rank):
        if full:
            s = rate[r]
        else:
            s = 0.0
            for n in range(units):
                s += v[r, n] * rate[n]
        g[r] = s - k[r]
        total += g[r] * g[r]
    return total


@numba.njit(**_OPTIONS)
def _solve(a: Any, x: Any) -> bool:
    """x <- a^-1 x by elimination with row pivots, a overwritten; False where a pivot is zero."""
    size = len(x)
    for column in range(size):
        pivot = column
        for i in range(column + 1, size):
            if abs(a[i, column]) > abs(a[pivot, column]):
                pivot = i
        if not abs(a[pivot, column]) > 0.0:
            return False
        if pivot != column:
            for j in range(column, size):
                a[pivot, j], a[column, j] = a[column, j], a[pivot, j]
            x[pivot], x[column] = x[column], x[pivot]
        for i in range(column + 1, size):
            factor = a[i, column] / a[column, column]
            if factor != 0.0:
                for j in range(column + 1, size):
                    a[i, j] -= factor * a[column, j]
                x[i] -= factor * x[column]
    for i in range(size - 1, -1, -1):
        s = x[i]
        for j in range(i + 1, size):
            s -= a[i, j] * x[j]
        x[i] = s / a[i, i]
    return True


@numba.njit(**_OPTIONS)
def _descend(
    u: Any, v: Any, bias: Any, full: bool, scale: Any, k: Any, error: Any, iterations: Any, first: int, last: int
) -> None:
    """Newton from the starts first to last of k (S, R), in place."""
    rank, units = u.shape
    rate, row, g, trial, step = np.empty(units), np.empty(units), np.empty(rank), np.empty(rank), np.empty(rank)
    a = np.empty((rank, rank))
    for start in range(first, last):
        at = k[start]
        now = _evaluate(u, v, bias, full, at, rate, g)
        polishing = 0
        for iteration in range(MOST_ITERATIONS):
            iterations[start] = iteration
            worst = 0.0
            for r in range(rank):
                worst = max(worst, abs(g[r]) / scale[r])
            error[start] = worst
            if worst <= ROUNDING:
                polishing += 1  # two more steps: |G| is at its rounding, k may yet gain digits
                if polishing > 2:
                    break
            for n in range(units):
                rate[n] = 1.0 - rate[n] * rate[n]
            for r in range(rank):
                if full:
                    for s in range(rank):
                        a[r, s] = rate[r] * u[s, r]
                else:
                    for n in range(units):
                        row[n] = v[r, n] * rate[n]
                    for s in range(rank):
                        total = 0.0
                        for n in range(units):
                            total += row[n] * u[s, n]
                        a[r, s] = total
                a[r, r] -= 1.0
                step[r] = -g[r]
            if not _solve(a, step):
                break
            share, better = 1.0, False
            for _ in range(HALVINGS):
                for r in range(rank):
                    trial[r] = at[r] + share * step[r]
                after = _evaluate(u, v, bias, full, trial, rate, g)
                if after <= now * (1.0 - 1e-4 * share) or (polishing > 0 and after <= 4.0 * now):
                    better = True
                    break
                share *= 0.5
            if not better:
                _evaluate(u, v, bias, full, at, rate, g)
                break
            for r in range(rank):
                at[r] = trial[r]
            now = after


def newton(reduced: Reduced, starts: Float[np.ndarray, "S R"]) -> Roots:
    """Run Newton's method from all starts, on all cores."""
    k = np.array(starts, dtype=np.float64, order="C")
    count = len(k)
    error, iterations = np.full(count, np.inf), np.zeros(count, dtype=np.int64)
    scale = 1 + (np.ones(reduced.rank) if reduced.full else np.abs(reduced.v).sum(1))
    arrays: tuple[Any, ...] = (reduced.u, reduced.v, reduced.bias, reduced.full, scale, k, error, iterations)
    in_slices(_descend, arrays, count, min(thread_count(), count // 32))
    return Roots(k, error, iterations, error <= 64 * ROUNDING)
