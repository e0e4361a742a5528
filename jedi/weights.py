"""Recurrent weights, as a hypernetwork generates them or as anyone builds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class LowRankWeights:
    """J = U V^T, with a bias: dx/dt = (-x + U V^T tanh(x) + bias) / tau."""

    U: Float[np.ndarray, "M R"]
    V: Float[np.ndarray, "M R"]
    bias: Float[np.ndarray, " M"] | None = None

    @cached_property
    def J(self) -> Float[np.ndarray, "M M"]:
        """The weights as one matrix, made when first asked for."""
        matrix: np.ndarray = self.U @ self.V.T
        return matrix


@dataclass(frozen=True, eq=False)
class FullRankWeights:
    """J as it is, with a bias: dx/dt = (-x + J tanh(x) + bias) / tau."""

    J: Float[np.ndarray, "M M"]
    bias: Float[np.ndarray, " M"] | None = None


def step(
    weights: LowRankWeights | FullRankWeights, x: Float[np.ndarray, "*B M"], dt_over_tau: float
) -> Float[np.ndarray, "*B M"]:
    """One Euler step of the network from state x."""
    rate = np.tanh(x)
    drive = (rate @ weights.V) @ weights.U.T if isinstance(weights, LowRankWeights) else rate @ weights.J.T
    if weights.bias is not None:
        drive = drive + weights.bias
    after: np.ndarray = (1 - dt_over_tau) * x + dt_over_tau * drive
    return after
