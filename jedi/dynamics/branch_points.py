"""Where two curves of fixed points cross: the point itself, both directions through it, and what kind it is.

G(q, s) = 0 with DG (R, R + 1) of rank R - 1. With psi its left null vector the point solves

    G + beta psi = 0,      DG^T psi = 0,      psi^T psi = 1

in (q, s), beta and psi, a regular system at a simple branch point whichever way one comes (Griewank and Reddien 1984;
Kuznetsov 2004, Elements of Applied Bifurcation Theory, section 10.2). Tangents v of the two curves lie in the null
space of DG and solve psi^T D2G [v, v] = 0, a quadratic equation (Keller 1977).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from jedi.dynamics.weight_path import WeightPath

DIFFERENCE = 1e-4  # of central differences for second derivatives
BROKEN = 1e-10  # |beta| beyond it: two curves that only come near, and a fold beta^(2/3) = 2e-7 away in s
ALONG = 1e-3  # a tangent with less than this of s in it turns in s at the branch point


class FixedPointCurve:
    """The R equations G(q, s) = 0 as a system to follow."""

    def __init__(self, path: WeightPath) -> None:
        self.path = path

    def evaluate(self, z: Float[np.ndarray, " R1"]) -> tuple[Float[np.ndarray, " R"], Float[np.ndarray, "R R1"]]:
        """G and its derivative in (q, s)."""
        value, in_q, in_s = self.path.at(z[-1]).linear(z[:-1])
        return value, np.concatenate([in_q, in_s[:, None]], axis=1)

    def accepted(self, z: Float[np.ndarray, " R1"]) -> None:
        """Nothing depends on where the curve has been."""


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A crossing of two curves at z = (q, s)."""

    z: Float[np.ndarray, " R1"]
    tangents: Float[np.ndarray, "2 R1"]  # unit

    @property
    def kind(self) -> Literal["pitchfork", "transcritical"]:
        """Pitchfork where one of the curves turns back in s at the point."""
        return "pitchfork" if np.abs(self.tangents[:, -1]).min() < ALONG else "transcritical"

    def other(self, t: Float[np.ndarray, " R1"]) -> Float[np.ndarray, " R1"]:
        """The tangent of the curve that does not run along t."""
        return np.asarray(self.tangents[np.abs(self.tangents @ t).argmin()])


def branch_point(system: FixedPointCurve, guess: Float[np.ndarray, " R1"], within: float) -> BranchPoint | None:
    """The simple branch point near a guess; None where there is none within a distance of it."""
    rank = len(guess) - 1
    z, beta = guess, 0.0
    psi = np.linalg.svd(system.evaluate(z)[1])[0][:, -1]
    before = np.inf
    for _ in range(15):
        value, derivative = system.evaluate(z)
        second = _second(system, z, psi)
        residual = np.concatenate([value + beta * psi, derivative.T @ psi, [psi @ psi - 1]])
        matrix = np.zeros((2 * rank + 2, 2 * rank + 2))
        matrix[:rank, : rank + 1], matrix[:rank, rank + 1] = derivative, psi
        matrix[:rank, rank + 2 :] = beta * np.eye(rank)
        matrix[rank:-1, : rank + 1], matrix[rank:-1, rank + 2 :] = second, derivative.T
        matrix[-1, rank + 2 :] = 2 * psi
        try:
            change = np.linalg.solve(matrix, -residual)
        except np.linalg.LinAlgError:
            return None
        z, beta, psi = z + change[: rank + 1], beta + change[rank + 1], psi + change[rank + 2 :]
        size = float(np.linalg.norm(change))
        if not np.linalg.norm(z - guess) <= within:
            return None
        if size < 1e-10 or (size < 1e-7 and size > 0.5 * before):
            break
        before = size
    else:
        return None
    value, derivative = system.evaluate(z)
    if abs(beta) > BROKEN or np.abs(value).max() > 1e-8:
        return None
    return _described(system, z, psi)


def _second(system: FixedPointCurve, z: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """psi^T D2G (R + 1, R + 1)."""
    columns = []
    for i in range(len(z)):
        there, back = z.copy(), z.copy()
        there[i] += DIFFERENCE
        back[i] -= DIFFERENCE
        columns.append((system.evaluate(there)[1] - system.evaluate(back)[1]).T @ psi / (2 * DIFFERENCE))
    second = np.stack(columns)
    return np.asarray((second + second.T) / 2)


def _described(system: FixedPointCurve, z: np.ndarray, psi: np.ndarray) -> BranchPoint | None:
    _, values, rows = np.linalg.svd(system.evaluate(z)[1])
    if len(values) > 1 and values[-2] < 1e-7 * values[0]:
        return None  # more than two curves meet
    plane = rows[-2:]
    curvature, axes = np.linalg.eigh(plane @ _second(system, z, psi) @ plane.T)
    if not curvature[0] < 0 < curvature[1]:
        return None  # a point by itself, or a cusp
    tilt = np.sqrt(-curvature[0]) * axes[:, 1], np.sqrt(curvature[1]) * axes[:, 0]
    tangents = np.stack([tilt[0] + tilt[1], tilt[0] - tilt[1]]) @ plane
    return BranchPoint(z, tangents / np.linalg.norm(tangents, axis=1, keepdims=True))
