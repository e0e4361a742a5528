"""Slow points: where the flow nearly stops without a fixed point near, such as the ghost that a fold leaves behind.

On the subspace x = U k + b that attracts everything F(x) = U G(k), so that q = |F|^2 / 2 is minimised in R dimensions
(Newton's method with the exact Hessian) from the best of the search's first starts. A minimum with G = 0 is a fixed
point; at any other DG is singular.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from jedi.dynamics.network import network_of
from jedi.dynamics.reduced import Reduced
from jedi.dynamics.search import distinct_within

_SHARE = 0.2  # of the visited states' median speed
_CANDIDATES = 128
_ITERATIONS = 60
_NEAR = 0.1  # a point within this of a fixed point, relative to the size of states, is that fixed point's


def slow_points(
    system: Reduced, starts: Float[np.ndarray, "S R"], fixed: Float[np.ndarray, "P R"], speed: float
) -> Float[np.ndarray, "Q R"]:
    """Minima of q with |F| below `speed` (per tau), away from the fixed points; coordinates of `reduced`."""
    if not len(starts):
        return starts
    metric = np.linalg.cholesky(system.u @ system.u.T + 1e-12 * np.trace(system.u @ system.u.T) * np.eye(system.rank)).T
    k = _minimised(system, starts[np.argsort(_speed(system, starts, metric))[:_CANDIDATES]], metric)
    k = k[_speed(system, k, metric) < speed]
    k = distinct_within(system, k, 1e-4)
    if not len(k):
        return k
    x, states = system.states(k), system.states(fixed)
    size = np.maximum(np.linalg.norm(x, axis=1), np.median(np.linalg.norm(states, axis=1)) if len(fixed) else 0.0)
    if not len(fixed):
        return k
    distance = np.linalg.norm(x[:, None] - states[None], axis=2).min(1)
    return np.asarray(k[distance > _NEAR * size])


def usual_slow_speed(w: Any, visited: Float[np.ndarray, "S M"]) -> float:
    """A fifth of the median speed |F| (per tau) of visited states, in three digits: below it a point is slow."""
    speeds = np.linalg.norm(network_of(w).flow(visited), axis=1)
    return float(f"{_SHARE * np.median(speeds):.3g}")


def _speed(system: Reduced, k: np.ndarray, metric: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm((system.overlaps(system.states(k)) - k) @ metric.T, axis=1))


def _minimised(system: Reduced, k: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Newton's method on q = |metric G|^2 / 2 with moduli of the Hessian's eigenvalues; those that came to rest."""
    rested, active = [], k
    damping, value = np.full(len(k), 1e-3), _speed(system, k, metric)
    for _ in range(_ITERATIONS):
        slope, hessian = _derivatives(system, active, metric)
        bends, axes = np.linalg.eigh(hessian)
        size = np.abs(bends).max(1) + 1e-300
        rests = np.linalg.norm(slope, axis=1) < 1e-9 * size
        rested.append(active[rests])
        going = ~rests & (damping < 1e9)
        if not going.any():
            break
        active, value, damping = active[going], value[going], damping[going]
        slope, bends, axes, size = slope[going], bends[going], axes[going], size[going]
        along = np.einsum("prs,pr->ps", axes, slope) / (np.abs(bends) + (damping * size)[:, None])
        trial = active - np.einsum("prs,ps->pr", axes, along)
        after = _speed(system, trial, metric)
        better = after < value
        active = np.where(better[:, None], trial, active)
        value = np.where(better, after, value)
        damping = np.where(better, np.maximum(damping / 8, 1e-9), damping * 8)
    return np.concatenate(rested)


def _derivatives(system: Reduced, k: np.ndarray, metric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (P, R) and Hessian (P, R, R) of q."""
    rate = np.tanh(system.states(k))
    slopes = 1 - rate**2
    g = (rate if system.full else rate @ system.v.T) - k
    jacobian = (system.v[None] * slopes[:, None, :]) @ system.u.T - np.eye(system.rank)
    pull = g @ (metric.T @ metric)
    bend = (pull @ system.v) * (-2 * rate * slopes)  # of each unit's tanh
    j = metric @ jacobian
    hessian = j.swapaxes(1, 2) @ j + (system.u[None] * bend[:, None, :]) @ system.u.T
    return np.einsum("prs,pr->ps", jacobian, pull), hessian
