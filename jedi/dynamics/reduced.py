"""The R equations whose roots are a network's fixed points, in coordinates that suit arithmetic.

    G(k) = V^T tanh(U k + b) - k,        x = U k + b

Overlaps may be rescaled and mixed at will: k' = A k with U' = U A^-1 and V' = V A^T is the same network. Here A takes
them to the singular directions of J = U V^T, each direction's stretch shared evenly between U' and V', so that no
result depends on how the factors came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jedi.dynamics.network import Network


@dataclass(frozen=True, eq=False)
class Reduced:
    """Factors as rows, C-contiguous float64, and the way between the overlaps of the network (k) and these (k')."""

    u: Float[np.ndarray, "R M"]
    v: Float[np.ndarray, "R M"]
    bias: Float[np.ndarray, " M"]
    into: Float[np.ndarray, "R R"]  # A: k' = A k
    out_of: Float[np.ndarray, "R R"]  # its inverse, to rounding
    full: bool

    @property
    def rank(self) -> int:
        """R."""
        return int(self.u.shape[0])

    def states(self, k: Float[np.ndarray, "*S R"]) -> Float[np.ndarray, "*S M"]:
        """x = U' k' + b."""
        return np.asarray(k @ self.u + self.bias)

    def overlaps(self, x: Float[np.ndarray, "*S M"]) -> Float[np.ndarray, "*S R"]:
        """V'^T tanh(x)."""
        rate = np.tanh(x)
        return rate if self.full else np.asarray(rate @ self.v.T)

    def jacobian(self, k: Float[np.ndarray, " R"]) -> Float[np.ndarray, "R R"]:
        """dG/dk at one point."""
        slopes = 1 - np.tanh(self.states(k)) ** 2
        return np.asarray((self.v * slopes) @ self.u.T - np.eye(self.rank))


def reduced(network: Network) -> Reduced:
    """A low-rank network in its singular directions; a full-rank one as it is, its overlaps being its rates."""
    if network.full:
        eye = np.eye(network.units)
        return Reduced(np.ascontiguousarray(network.left.T), eye, network.bias, eye, eye, full=True)
    # J = (Q1 R1) (Q2 R2)^T = (Q1 L) S (Q2 W)^T:  U' = Q1 L S^1/2 = U A^-1  and  V' = Q2 W S^1/2 = V A^T
    q1, r1 = np.linalg.qr(network.left)
    left, stretch, _ = np.linalg.svd(r1 @ np.linalg.qr(network.right).R.T)
    if stretch[-1] <= 1e-12 * stretch[0] or np.linalg.cond(r1) > 1e12:
        eye = np.eye(network.rank)  # a rank that is not used: leave the coordinates as they are
        return Reduced(*_rows(network.left, network.right), network.bias, eye, eye, full=False)
    root = np.sqrt(stretch)
    out_of = np.linalg.solve(r1, left * root)
    into = np.linalg.inv(out_of)
    return Reduced(*_rows(q1 @ (left * root), network.right @ into.T), network.bias, into, out_of, full=False)


def _rows(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(left.T), np.ascontiguousarray(right.T)
