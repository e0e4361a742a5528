"""The low-rank recurrence on the CPU: fused forward pass and analytic backward pass, compiled by Numba.

    x[t+1] = (1 - a) x[t] + a (U V^T tanh(x[t]) + b),        a = dt / tau

One call runs a batch of trials; each trial is independent, so a batch is cut in slices that run on
Python threads with the interpreter's lock released. Numba's own thread layer is not used: its
`workqueue` form aborts the process when two threads enter it, and an app's visitors are threads.

Factors are stored (R, M), one row a rank: the inner loops then run along neighbouring units.
float32 takes a rational tanh that vectorises; float64 takes the exact one.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from jedi.scratch import Scratch

Array = NDArray[Any]

# tanh(x) = x P(x^2) / Q(x^2) on |x| <= 8, weighted least squares to equal relative error on Chebyshev
# nodes: 6.5e-9 in exact arithmetic, 3.4e-7 evaluated in float32, where tanh(8) rounds to 1.
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(c)
    for c in (1.0, 0.13444533944129944, 0.0035716411657631397, 2.1895355530432425e-05, 1.5231350403155375e-08)
)
_Q1, _Q2, _Q3, _Q4 = (
    np.float32(c) for c in (0.46777862310409546, 0.02616460807621479, 0.0003411361831240356, 8.522834491486719e-07)
)
_EDGE, _ONE = np.float32(8.0), np.float32(1.0)


# Sums in any order, and a division without a test for zero: either would keep the loops from vectorising.
_COMPILE = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
}


@numba.njit(inline="always", fastmath=True)
def _tanh32(x: Any) -> Any:
    c = min(max(x, -_EDGE), _EDGE)
    s = c * c
    p = (((_P4 * s + _P3) * s + _P2) * s + _P1) * s + _P0
    q = (((_Q4 * s + _Q3) * s + _Q2) * s + _Q1) * s + _ONE
    return c * p / q


@numba.njit(inline="always")
def _tanh64(x: Any) -> Any:
    return np.tanh(x)


def _build(tanh: Any) -> tuple[Any, Any, Any]:
    """The forward, backward and scored forward loops over a slice of trials, for one precision's tanh."""

    @numba.njit(**_COMPILE)
    def forward(u: Any, v: Any, b: Any, x: Any, p: Any, k: Any, a: Any, first: int, last: int) -> None:
        steps, units = x.shape[1], x.shape[2]
        rank = u.shape[1]
        keep = x.dtype.type(1) - a
        for trial in range(first, last):
            for t in range(steps - 1):
                now, after, rate = x[trial, t], x[trial, t + 1], p[trial, t]
                for n in range(units):
                    rate[n] = tanh(now[n])
                for n in range(units):
                    after[n] = keep * now[n] + a * b[trial, n]
                r = 0
                while r + 4 <= rank:
                    v0, v1, v2, v3 = v[trial, r], v[trial, r + 1], v[trial, r + 2], v[trial, r + 3]
                    k0 = k1 = k2 = k3 = x.dtype.type(0)
                    for n in range(units):
                        k0 += v0[n] * rate[n]
                        k1 += v1[n] * rate[n]
                        k2 += v2[n] * rate[n]
                        k3 += v3[n] * rate[n]
                    k[trial, t, r], k[trial, t, r + 1], k[trial, t, r + 2], k[trial, t, r + 3] = k0, k1, k2, k3
                    k0, k1, k2, k3 = a * k0, a * k1, a * k2, a * k3
                    u0, u1, u2, u3 = u[trial, r], u[trial, r + 1], u[trial, r + 2], u[trial, r + 3]
                    for n in range(units):
                        after[n] += k0 * u0[n] + k1 * u1[n] + k2 * u2[n] + k3 * u3[n]
                    r += 4
                while r < rank:
                    v0 = v[trial, r]
                    k0 = x.dtype.type(0)
                    for n in range(units):
                        k0 += v0[n] * rate[n]
                    k[trial, t, r] = k0
                    k0 = a * k0
                    u0 = u[trial, r]
                    for n in range(units):
                        after[n] += k0 * u0[n]
                    r += 1

    @numba.njit(**_COMPILE)
    def backward(
        u: Any, v: Any, p: Any, k: Any, g: Any, gu: Any, gv: Any, gb: Any, gx0: Any, a: Any, first: int, last: int
    ) -> None:
        # Adjoint y[t] = dL/dx[t] in full:  h = a U^T y[t+1];  dL/dU += a y[t+1] k[t]^T;  dL/dV += tanh(x[t]) h^T;
        # y[t] = g[t] + (1 - a) y[t+1] + (1 - tanh(x[t])^2) V h.
        steps, units = g.shape[1], g.shape[2]
        rank = u.shape[1]
        one = g.dtype.type(1)
        keep = one - a
        through = np.empty(units, g.dtype)
        for trial in range(first, last):
            y = gx0[trial]
            y[:] = g[trial, steps - 1]
            for t in range(steps - 2, -1, -1):
                rate = p[trial, t]
                for n in range(units):
                    through[n] = 0
                    gb[trial, n] += a * y[n]
                r = 0
                while r + 2 <= rank:
                    u0, u1 = u[trial, r], u[trial, r + 1]
                    gu0, gu1 = gu[trial, r], gu[trial, r + 1]
                    h0 = h1 = g.dtype.type(0)
                    k0, k1 = a * k[trial, t, r], a * k[trial, t, r + 1]
                    for n in range(units):
                        h0 += u0[n] * y[n]
                        h1 += u1[n] * y[n]
                        gu0[n] += k0 * y[n]
                        gu1[n] += k1 * y[n]
                    h0, h1 = a * h0, a * h1
                    v0, v1 = v[trial, r], v[trial, r + 1]
                    gv0, gv1 = gv[trial, r], gv[trial, r + 1]
                    for n in range(units):
                        through[n] += h0 * v0[n] + h1 * v1[n]
                        gv0[n] += h0 * rate[n]
                        gv1[n] += h1 * rate[n]
                    r += 2
                while r < rank:
                    u0, gu0 = u[trial, r], gu[trial, r]
                    h0 = g.dtype.type(0)
                    k0 = a * k[trial, t, r]
                    for n in range(units):
                        h0 += u0[n] * y[n]
                        gu0[n] += k0 * y[n]
                    h0 = a * h0
                    v0, gv0 = v[trial, r], gv[trial, r]
                    for n in range(units):
                        through[n] += h0 * v0[n]
                        gv0[n] += h0 * rate[n]
                    r += 1
                for n in range(units):
                    y[n] = g[trial, t, n] + keep * y[n] + (one - rate[n] * rate[n]) * through[n]

    @numba.njit(**_COMPILE)
    def score(
        u: Any,
        v: Any,
        b: Any,
        x: Any,
        p: Any,
        k: Any,
        y: Any,
        m: Any,
        w: Any,
        at: Any,
        e: Any,
        a: Any,
        first: int,
        last: int,
    ) -> None:
        # A trial's states are compared, and replaced by their gradient, while they are still in the cache.
        steps, units = x.shape[1], x.shape[2]
        for trial in range(first, last):
            forward(u, v, b, x, p, k, a, trial, trial + 1)
            total = 0.0
            for t in range(steps):
                state, target, seen = x[trial, t], y[at[trial], t], m[at[trial], t]
                part = x.dtype.type(0)
                for n in range(units):
                    difference = state[n] - target[n]
                    weighted = seen * w[n] * difference
                    part += weighted * difference
                    state[n] = weighted + weighted
                total += part
            e[trial] = total

    return forward, backward, score


_LOOPS = {np.dtype(np.float32): _build(_tanh32), np.dtype(np.float64): _build(_tanh64)}

# Below this many multiply-adds a batch is done before a second thread has woken up.
_WORTH_A_THREAD = 300_000


def thread_count() -> int:
    """Threads that share a batch: `JEDI_THREADS`, or the cores this process may use."""
    wanted = os.environ.get("JEDI_THREADS")
    if wanted:
        return max(1, int(wanted))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count(), thread_name_prefix="jedi-rollout")


def in_slices(loop: Any, arguments: tuple[Any, ...], count: int, threads: int) -> None:
    """Run a compiled loop, whose last two arguments are the first and last of `count` items, in one slice a thread."""
    threads = min(threads, count)
    if threads < 2:
        loop(*arguments, 0, count)
        return
    edges = [count * i // threads for i in range(threads + 1)]
    slices = [_pool().submit(loop, *(*arguments, first, last)) for first, last in itertools.pairwise(edges)]
    for part in slices:
        part.result()


def _share(loop: Any, arrays: tuple[Array, ...], dt_over_tau: float, trials: int, work: int) -> None:
    """Run a compiled loop over all trials, where it is worth it on all cores."""
    a = arrays[0].dtype.type(dt_over_tau)
    in_slices(loop, (*arrays, a), trials, thread_count() if work >= _WORTH_A_THREAD else 1)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What the backward pass needs of a rollout."""

    rates: Array  # tanh(x) (B, steps, M); the last step's are not computed
    overlaps: Array  # V^T tanh(x) (B, steps, R); likewise
    error_gradient: Array  # d error / dx (B, steps, M) of `rollout_error`; empty after `rollout`
    scratch: Scratch  # owns them


def rollout(u: Array, v: Array, bias: Array, x0: Array, steps: int, dt_over_tau: float) -> tuple[Array, Trajectory]:
    """States of B trials (B, steps, M), and what `rollout_adjoint` needs of them.

    Args:
        u, v: (B, R, M) factors of the recurrent weights J = U V^T, C-contiguous, float32 or float64.
        bias: (B, M).
        x0: (B, M) initial states, the first row of the result.
        steps: number of states, the initial one included.
        dt_over_tau: Euler step in units of the time constant.
    """
    trials, rank, units = u.shape
    x = np.empty((trials, steps, units), u.dtype)
    scratch = Scratch(u.dtype, x.shape, (trials, steps, rank), (0, 0, 0))
    rates, overlaps, nothing = scratch.arrays
    x[:, 0] = x0
    forward, _, _ = _LOOPS[u.dtype]
    _share(forward, (u, v, bias, x, rates, overlaps), dt_over_tau, trials, trials * steps * units * rank)
    return x, Trajectory(rates, overlaps, nothing, scratch)


def rollout_error(
    u: Array,
    v: Array,
    bias: Array,
    x0: Array,
    target: Array,
    mask: Array,
    weight: Array,
    index: Array,
    steps: int,
    dt_over_tau: float,
) -> tuple[Array, Trajectory]:
    """Weighted squared error of B trials against their rows of a table of targets, in one pass with the rollout.

    Args:
        target, mask: (K, T, M) and (K, T), 1 where recorded and 0 elsewhere.
        weight: (M,) of the units in the error.
        index: (B,) which rows the trials are; the first `steps` bins are compared.

    Returns:
        error (B,) float64, and what `rollout_adjoint` needs; the other arguments are those of `rollout`.
    """
    trials, rank, units = u.shape
    scratch = Scratch(u.dtype, (trials, steps, units), (trials, steps, rank), (trials, steps, units))
    rates, overlaps, x = scratch.arrays
    error = np.empty(trials)
    x[:, 0] = x0
    _, _, score = _LOOPS[u.dtype]
    arrays = (u, v, bias, x, rates, overlaps, target, mask, weight, index, error)
    _share(score, arrays, dt_over_tau, trials, trials * steps * units * rank)
    return error, Trajectory(rates, overlaps, x, scratch)


def rollout_adjoint(
    u: Array, v: Array, trajectory: Trajectory, gradient: Array, dt_over_tau: float
) -> tuple[Array, Array, Array, Array]:
    """Gradients of a loss with respect to U, V, bias and x0, given dL/dx (B, steps, M): backward through time."""
    trials, rank, units = u.shape
    gu, gv = np.zeros_like(u), np.zeros_like(v)
    gb, gx0 = np.zeros((trials, units), u.dtype), np.empty((trials, units), u.dtype)
    _, backward, _ = _LOOPS[u.dtype]
    work = trials * gradient.shape[1] * units * rank
    arrays = (u, v, trajectory.rates, trajectory.overlaps, gradient, gu, gv, gb, gx0)
    _share(backward, arrays, dt_over_tau, trials, work)
    return gu, gv, gb, gx0
