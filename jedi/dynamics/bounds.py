"""What a proof must allow for roundings, and boxes in which a known fixed point is certainly the only one.

The proof works in the coordinates k' = A k of `reduced.py`, whose factors U', V' are computed. A is exact by
definition; with D = U - U' A (M, R) a fixed point k of the network gives

    k' = A V^T tanh(z),    z = U' k' + b + D k,    |k_r| <= sum_n |V_nr|

so that what D and the rounding of A V^T add is bounded once, per unit and per rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jedi.dynamics.enclosure import TANH_ERROR
from jedi.dynamics.network import Network
from jedi.dynamics.proof_kernel import Equations
from jedi.dynamics.reduced import Reduced

_UNIT = 2.0**-53
_SAME = 1e-9  # two fixed points whose units' inputs differ less are one


def gamma(terms: int) -> float:
    """Relative to the sum of moduli, what rounding does to a sum of so many products, in any order."""
    return terms * _UNIT / (1 - terms * _UNIT)


@dataclass(frozen=True, eq=False)
class Bounded:
    """The equations with their slacks, the box of all fixed points and what else a certificate must allow for."""

    equations: Equations
    extent: Float[np.ndarray, " R"]  # |k'_r| of any fixed point is below this
    jacobian_slack: Float[np.ndarray, "R R"]  # of dG/dk' in exact arithmetic, against V' diag(slopes) U'^T - I


def bounded(network: Network, system: Reduced) -> Bounded:
    """Bounds for a network in its coordinates `system`."""
    rank, units = system.u.shape
    u, v, into = system.u, system.v, system.into
    abs_u, abs_v, abs_into = np.abs(u), np.abs(v), np.abs(into)
    abs_left, abs_right = np.abs(network.left.T), np.abs(network.right.T)
    # V' against A V^T, U against U' A
    v_error = np.abs(into @ network.right.T - v) + gamma(rank + 2) * (abs_into @ abs_right)
    d = np.abs(network.left.T - into.T @ u) + gamma(rank + 3) * (abs_left + abs_into.T @ abs_u)
    extent = (abs_v.sum(1) + v_error.sum(1)) * (1 + gamma(units + 8)) + 1e-300
    z_slack = (abs_right.sum(1) @ d) * (1 + gamma(units + rank + 8))
    z_slack = z_slack + 4 * gamma(2 * rank + 16) * (np.abs(network.bias) + 3 * extent @ abs_u)
    per_unit = z_slack + 2 * TANH_ERROR + 8 * gamma(units + 16)
    k_slack = (abs_v @ per_unit + v_error.sum(1)) * (1 + gamma(units + 8))
    a_slack = gamma(units + 2 * rank + 16) * (abs_v @ abs_u.T) + 4 * _UNIT * np.eye(rank)
    inverse = (
        np.abs(system.out_of) + 1e-6 * np.abs(system.out_of).max()
    )  # |A^-1|: A times it is 1 to far less than 1e-6
    jacobian_slack = (abs_v @ (d.T @ inverse) + v_error @ (abs_u.T + d.T @ inverse)) * (1 + gamma(units + 8))
    equations = Equations(
        u, v, abs_u, abs_v, network.bias, z_slack, k_slack, a_slack,
        tiny=4 * gamma(rank + 8), grow=1 + 4 * gamma(units + 2 * rank + 32),
    )  # fmt: skip
    return Bounded(equations, extent, jacobian_slack)


@dataclass(frozen=True, eq=False)
class Singles:
    """Known fixed points in the proof's coordinates, and boxes that hold one of them and no other."""

    roots: Float[np.ndarray, "Q R"]
    low: Float[np.ndarray, "B R"]
    high: Float[np.ndarray, "B R"]

    @classmethod
    def of(cls, bounds: Bounded, roots: Float[np.ndarray, "Q R"]) -> Singles:
        """These fixed points, each once."""
        known = cls(*np.empty((3, 0, len(bounds.extent))))
        for root in roots:
            known = known.with_root(bounds, root)
        return known

    def around(self, low: Float[np.ndarray, " R"], high: Float[np.ndarray, " R"]) -> bool:
        """Whether one of the boxes takes in the box from low to high."""
        return bool(((self.low <= low) & (high <= self.high)).all(1).any())

    def with_root(self, bounds: Bounded, root: Float[np.ndarray, " R"]) -> Singles:
        """These and one more, with its box where there is one; unchanged where it is known."""
        if self.around(root, root):
            return self
        if len(self.roots) and np.abs((self.roots - root) @ bounds.equations.u).max(1).min() < _SAME:
            return self
        roots = np.vstack([self.roots, root])
        half = single_box(bounds, root)
        if half is None:
            return Singles(roots, self.low, self.high)
        return Singles(roots, np.vstack([self.low, root - half]), np.vstack([self.high, root + half]))


def single_box(bounds: Bounded, root: Float[np.ndarray, " R"]) -> Float[np.ndarray, " R"] | None:
    """Half-widths of a large box about a fixed point that holds it and no other; None where none can be shown.

    Krawczyk's test: with all slopes that tanh has in the box, ||I - Y dG|| < 1 in the norm that the box defines makes G
    one-to-one there, and G small enough at the middle gives a root.
    """
    shape = 1 / np.maximum(np.linalg.norm(bounds.equations.u, axis=1), 1e-300)
    size = 1e-2
    while not _is_single(bounds, root, size * shape):
        size /= 8
        if size < 1e-10:
            return None
    step = 2.0
    while step > 1.05 and (size * shape < 4 * bounds.extent).any():  # larger ones serve nothing
        if _is_single(bounds, root, step * size * shape):
            size *= step
        else:
            step = np.sqrt(step)
    return np.asarray(size * shape)


def _is_single(bounds: Bounded, root: np.ndarray, half: np.ndarray) -> bool:
    eq = bounds.equations
    middle, spread = root @ eq.u + eq.bias, half @ eq.abs_u + eq.z_slack
    at_low, at_high = np.tanh(middle - spread), np.tanh(middle + spread)
    steepest = np.where(at_low * at_high <= 0, 1.0, 1 - np.minimum(at_low**2, at_high**2)) + 8 * TANH_ERROR
    flattest = 1 - np.maximum(at_low**2, at_high**2) - 8 * TANH_ERROR
    rank = len(root)
    slopes = (eq.v * ((steepest + flattest) / 2)) @ eq.u.T - np.eye(rank)
    spread_of_slopes = (eq.abs_v * ((steepest - flattest) / 2)) @ eq.abs_u.T * eq.grow
    spread_of_slopes = spread_of_slopes + 2 * eq.a_slack + bounds.jacobian_slack
    try:
        y = np.linalg.inv(slopes)
    except np.linalg.LinAlgError:
        return False
    abs_y = np.abs(y)
    rest = np.abs(np.eye(rank) - y @ slopes) + eq.tiny * (np.eye(rank) + abs_y @ np.abs(slopes))
    rest = (rest + abs_y @ spread_of_slopes) * eq.grow
    value = np.abs(np.tanh(middle) @ eq.v.T - root) + 2 * eq.k_slack
    return bool(np.all((abs_y @ value + rest @ half) * (1 + 1e-10) < half))
