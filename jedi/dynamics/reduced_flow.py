"""The flow in overlaps, dq/dt = right^T tanh(left q + bias) - q with t in units of tau, and its derivatives.

On the subspace x = left q + bias, which every trajectory nears as exp(-t), this is the whole flow. Integrated by the
eighth-order method of Dormand and Prince (Hairer, Norsett and Wanner 1993, section II.10) with equal steps, so that the
derivative of the result is the derivative that the variational equations give, to their own accuracy.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float

from jedi.dynamics.weight_path import Here


@cache
def _tableau() -> tuple[np.ndarray, np.ndarray]:
    from scipy.integrate import DOP853

    stages = DOP853.n_stages
    return np.array(DOP853.A[:stages, :stages]), np.array(DOP853.B[:stages])


def trajectory(here: Here, q: Float[np.ndarray, "B R"], duration: float, steps: int) -> Float[np.ndarray, "S B R"]:
    """States at the ends of all steps, the first included."""
    a, b = _tableau()
    h = duration / steps
    states = [q]
    slopes = np.empty((len(b), q.size))
    for _ in range(steps):
        y = states[-1]
        for i in range(len(b)):
            at = y + (h * (a[i, :i] @ slopes[:i])).reshape(y.shape) if i else y
            slopes[i] = here.residual(at).ravel()
        states.append(y + (h * (b @ slopes)).reshape(y.shape))
    return np.stack(states)


def advance(
    here: Here, q: Float[np.ndarray, "B R"], duration: float, steps: int
) -> tuple[Float[np.ndarray, "B R"], Float[np.ndarray, "B R R"], Float[np.ndarray, "B R"]]:
    """Where B states are after a time, and the derivatives of that in the state and in s."""
    a, b = _tableau()
    rank = q.shape[-1]
    h = duration / steps
    y = np.zeros((*q.shape, rank + 2))  # the state, its derivative in the first state, and in s
    y[..., 0] = q
    y[..., np.arange(rank), np.arange(1, rank + 1)] = 1
    slopes = np.empty((len(b), y.size))
    for _ in range(steps):
        for i in range(len(b)):
            at = y + (h * (a[i, :i] @ slopes[:i])).reshape(y.shape) if i else y
            value, in_q, in_s = here.linear(at[..., 0])
            slope = slopes[i].reshape(y.shape)
            slope[..., 0] = value
            slope[..., 1:] = in_q @ at[..., 1:]
            slope[..., -1] += in_s
        y = y + (h * (b @ slopes)).reshape(y.shape)
    return y[..., 0], y[..., 1:-1], y[..., -1]
