"""A network as its analysis sees it: factors of its weights, whatever its rank.

    dx/dt = -x + J tanh(x) + b   (time in tau),        J = L R^T,   L and R (M, R)

A low-rank network has L = U and R = V. A full-rank one has L = J and R = I, so that its rank is M and everything below
holds for it too. Fixed points are x = L k + b with k = R^T tanh(L k + b): root finding needs as many dimensions as the
network has ranks (Beiran et al. 2021, Neural Computation 33; Mastrogiuseppe and Ostojic 2018, Neuron 99).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jedi.errors import JediError


@dataclass(frozen=True, eq=False)
class Network:
    """Weights J = left right^T and a bias, float64; overlaps k = right^T tanh(x) say all that a unit hears."""

    left: Float[np.ndarray, "M R"]
    right: Float[np.ndarray, "M R"]
    bias: Float[np.ndarray, " M"]
    full: bool = False  # right is the identity: R = M

    @property
    def units(self) -> int:
        """M."""
        return int(self.left.shape[0])

    @property
    def rank(self) -> int:
        """R; M for a full-rank network."""
        return int(self.left.shape[1])

    @property
    def odd(self) -> bool:
        """No bias: whatever holds for a state x holds for -x."""
        return not self.bias.any()

    def overlaps(self, x: Float[np.ndarray, "*S M"]) -> Float[np.ndarray, "*S R"]:
        """k = right^T tanh(x)."""
        rate = np.tanh(x)
        return rate if self.full else np.asarray(rate @ self.right)

    def states(self, k: Float[np.ndarray, "*S R"]) -> Float[np.ndarray, "*S M"]:
        """x = left k + b, the state that overlaps k would hold up."""
        return np.asarray(k @ self.left.T + self.bias)

    def flow(self, x: Float[np.ndarray, "*S M"]) -> Float[np.ndarray, "*S M"]:
        """dx/dt in units of 1 / tau."""
        return np.asarray(self.states(self.overlaps(x)) - x)

    def core(self, x: Float[np.ndarray, "*S M"]) -> Float[np.ndarray, "*S R R"]:
        """right^T diag(1 - tanh(x)^2) left, whose eigenvalues are those of J diag(1 - tanh(x)^2) but for zeros."""
        slopes = 1 - np.tanh(x) ** 2
        if self.full:
            return np.asarray(slopes[..., :, None] * self.left)
        return np.asarray((self.right * slopes[..., None]).swapaxes(-1, -2) @ self.left)


def network_of(w: Any) -> Network:
    """The network of weights `w`, which have `.U` and `.V` (M, R) or `.J` (M, M), and perhaps a `.bias` (M,).

    Factors with as many columns as rows, or more, are multiplied out. Raises JediError for shapes that do not agree
    and for numbers that are not finite.
    """
    if isinstance(w, Network):
        return w
    if hasattr(w, "U") and hasattr(w, "V"):
        left, right = np.asarray(w.U, dtype=np.float64), np.asarray(w.V, dtype=np.float64)
        if left.ndim != 2 or left.shape != right.shape or not left.size:
            raise JediError(f"U is {left.shape} and V is {right.shape}; expected both (units, rank)")
        full = left.shape[1] >= left.shape[0]
        if full:
            left, right = left @ right.T, np.eye(left.shape[0])
    else:
        left = np.asarray(w.J, dtype=np.float64)
        if left.ndim != 2 or left.shape[0] != left.shape[1] or not left.size:
            raise JediError(f"J is {left.shape}; expected a square matrix")
        right, full = np.eye(len(left)), True
    given = getattr(w, "bias", None)
    bias = np.zeros(len(left)) if given is None else np.asarray(given, dtype=np.float64)
    if bias.shape != (len(left),):
        raise JediError(f"the bias has shape {bias.shape}; the network has {len(left)} units")
    if not (np.isfinite(left).all() and np.isfinite(right).all() and np.isfinite(bias).all()):
        raise JediError("the weights hold a number that is not finite")
    return Network(np.ascontiguousarray(left), np.ascontiguousarray(right), bias, full)


def checked_state(state: Float[np.ndarray, "*S M"], units: int) -> Float[np.ndarray, "*S M"]:
    """A state (M,) or several (..., M) in float64; JediError for another size or a number that is not finite."""
    found = np.asarray(state, dtype=np.float64)
    if found.ndim < 1 or found.shape[-1] != units:
        raise JediError(f"the state has shape {found.shape}; the network has {units} units")
    if not np.isfinite(found).all():
        raise JediError("the state holds a number that is not finite")
    return found


def checked_step(dt_over_tau: float) -> float:
    """dt / tau as it is; JediError unless it is above 0 and at most 1."""
    if not 0 < dt_over_tau <= 1:
        raise JediError(f"dt / tau is {dt_over_tau:g}; a step is above 0 and at most 1")
    return float(dt_over_tau)
