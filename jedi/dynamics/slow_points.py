"""Slow points: where the flow nearly stops without a fixed point near, such as the ghost that a fold leaves behind.

On the subspace x = U k + b that attracts everything F(x) = U G(k), so that q = |F|^2 / 2 is minimised in R dimensions
(Levenberg-Marquardt) from where Newton's method came to a halt: there DG is singular and G is not zero.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from jedi.dynamics.reduced import Reduced
from jedi.dynamics.search import distinct_within

_CANDIDATES = 256
_ITERATIONS = 200
_NEAR = 0.1  # a point within this of a fixed point, relative to the size of states, is that fixed point's


def slow_points(
    system: Reduced, stalled: Float[np.ndarray, "S R"], fixed: Float[np.ndarray, "P R"], speed: float
) -> Float[np.ndarray, "Q R"]:
    """Minima of q with |F| below `speed` (per tau), away from the fixed points; coordinates of `reduced`."""
    if not len(stalled):
        return stalled
    metric = np.linalg.cholesky(system.u @ system.u.T + 1e-12 * np.trace(system.u @ system.u.T) * np.eye(system.rank)).T
    first = stalled[np.argsort(_speed(system, stalled, metric))[:_CANDIDATES]]
    k = _minimised(system, first, metric)
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


def _speed(system: Reduced, k: np.ndarray, metric: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm((system.overlaps(system.states(k)) - k) @ metric.T, axis=1))


def _minimised(system: Reduced, k: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Levenberg-Marquardt on |metric G|^2 from each of k; those that do not come to rest are left out."""
    eye = np.eye(system.rank)
    k, damping = k.copy(), np.full(len(k), 1e-2)
    value = _speed(system, k, metric)
    gradient = np.full(len(k), np.inf)
    for _ in range(_ITERATIONS):
        x = system.states(k)
        g = (system.overlaps(x) - k) @ metric.T
        j = metric @ (_cores(system, x) - eye)
        slope = np.einsum("prs,pr->ps", j, g)
        normal = np.einsum("prs,prt->pst", j, j)
        size = np.trace(normal, axis1=1, axis2=2)[:, None, None] + 1e-300
        gradient = np.linalg.norm(slope, axis=1) / (np.sqrt(size[:, 0, 0]) * np.maximum(value, 1e-300))
        if (gradient < 1e-8).all():
            break
        trial = k - np.linalg.solve(normal + damping[:, None, None] * size * eye, slope[..., None])[..., 0]
        after = _speed(system, trial, metric)
        better = after < value
        k[better], value[better] = trial[better], after[better]
        damping = np.clip(np.where(better, damping / 4, damping * 3), 1e-12, 1e6)
    return np.asarray(k[gradient < 1e-3])


def _cores(system: Reduced, x: np.ndarray) -> np.ndarray:
    slopes = 1 - np.tanh(x) ** 2
    return np.asarray((system.v[None] * slopes[:, None, :]) @ system.u.T)
