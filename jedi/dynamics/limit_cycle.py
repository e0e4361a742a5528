"""A limit cycle of the flow, by multiple shooting, and its Floquet multipliers.

The unknowns are m states q_1 .. q_m an m-th of a period apart, the period T (in tau) as ln T, and s; with phi the flow

    phi(q_i, T / m; s) = q_(i+1),      q_(m+1) = q_1,      sum_i f_i . (q_i - p_i) = 0

where p is a cycle nearby and f = dp/dt there: the last equation takes the phase (Kuznetsov 2004, section 10.1; Doedel,
Keller and Kernevez 1991). The multipliers are the eigenvalues of the product of the segments' derivatives; one is 1, in
the direction of the flow. Those of the whole network's other M - R directions are exp(-T).

A cycle of the flow is not one of the Euler map: at a finite dt / tau the map has an invariant circle near it, if any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from jedi.dynamics.reduced_flow import advance, trajectory
from jedi.dynamics.weight_path import WeightPath

SEGMENTS = 8
SHOWN = 128  # points of one period
STEP = 0.2  # tau, the longest of the integrator
TRIVIAL = 1e-8  # how near to 1 the trivial multiplier is to be; else the integrator's steps are halved
FINEST = STEP / 16


@dataclass(frozen=True, eq=False)
class LimitCycle:
    """One cycle of the flow on its subspace x = left k + bias."""

    at: float  # the path parameter s
    period_tau: float
    k: Float[np.ndarray, "S R"]  # S overlaps equally spaced in time over one period, the first not repeated
    multipliers: Complex[np.ndarray, " R"]  # of the reduced flow: the trivial one (1) first, then the largest first
    stable: bool  # all others within the unit circle
    family: int = 0  # cycles that were followed from one another share it


class CycleSystem:
    """The equations above, in z = (q_1 .. q_m, each over sqrt m; ln T; s)."""

    def __init__(self, path: WeightPath, segments: int = SEGMENTS) -> None:
        self.path, self.segments = path, segments
        self.step = STEP
        self._reference = np.zeros((segments, path.rank))
        self._direction = np.zeros((segments, path.rank))

    def packed(self, nodes: Float[np.ndarray, "m R"], period: float, s: float) -> Float[np.ndarray, " N1"]:
        """z of m states on a cycle, its period and s."""
        return np.concatenate([nodes.ravel() / np.sqrt(self.segments), [np.log(period), s]])

    def unpacked(self, z: Float[np.ndarray, " N1"]) -> tuple[Float[np.ndarray, "m R"], float, float]:
        """The states, the period and s of z."""
        nodes = z[:-2].reshape(self.segments, -1) * np.sqrt(self.segments)
        return nodes, float(np.exp(np.clip(z[-2], -20, 20))), float(z[-1])

    def accepted(self, z: Float[np.ndarray, " N1"]) -> None:
        """Later cycles take their phase from this one."""
        nodes, _, s = self.unpacked(z)
        self.take_phase(nodes, self.path.at(s).residual(nodes))

    def take_phase(self, nodes: Float[np.ndarray, "m R"], velocity: Float[np.ndarray, "m R"]) -> None:
        """Take the phase from m states and their velocities."""
        self._reference, self._direction = nodes, velocity / (np.linalg.norm(velocity) or 1.0)

    def evaluate(self, z: Float[np.ndarray, " N1"]) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "N N1"]]:
        """The equations and their derivative."""
        count, rank = self.segments, self.path.rank
        nodes, period, s = self.unpacked(z)
        here = self.path.at(s)
        ends, in_q, in_s = advance(here, nodes, period / count, self._steps(period))
        size = count * rank
        value = np.empty(size + 1)
        value[:size] = (ends - np.roll(nodes, -1, axis=0)).ravel() / np.sqrt(count)
        value[size] = (self._direction * (nodes - self._reference)).sum() / np.sqrt(count)
        derivative = np.zeros((size + 1, size + 2))
        for i in range(count):
            rows = slice(i * rank, (i + 1) * rank)
            after = (i + 1) % count
            derivative[rows, i * rank : (i + 1) * rank] += in_q[i]
            derivative[rows, after * rank : (after + 1) * rank] -= np.eye(rank)
        derivative[:size, size] = (here.residual(ends) * period / count).ravel() / np.sqrt(count)
        derivative[:size, size + 1] = in_s.ravel() / np.sqrt(count)
        derivative[size, :size] = self._direction.ravel()
        return value, derivative

    def multipliers(self, z: Float[np.ndarray, " N1"]) -> Complex[np.ndarray, " R"]:
        """Floquet multipliers, the trivial one first; the integrator's steps are halved until that one is 1."""
        nodes, period, s = self.unpacked(z)
        while True:
            _, in_q, _ = advance(self.path.at(s), nodes, period / self.segments, self._steps(period))
            whole = np.eye(self.path.rank)
            for segment in in_q:
                whole = segment @ whole
            values = np.linalg.eigvals(whole).astype(complex)
            trivial = int(np.abs(values - 1).argmin())
            if abs(values[trivial] - 1) < TRIVIAL or self.step <= FINEST:
                break
            self.step /= 2
        others = np.delete(values, trivial)
        return np.concatenate([values[trivial : trivial + 1], others[np.argsort(-np.abs(others), kind="stable")]])

    def shown(self, z: Float[np.ndarray, " N1"], points: int = SHOWN) -> Float[np.ndarray, "S R"]:
        """q at equally spaced times over one period."""
        nodes, period, s = self.unpacked(z)
        each = -(-points // self.segments)
        inner = max(1, -(-self._steps(period) // each))
        along = trajectory(self.path.at(s), nodes, period / self.segments, each * inner)[:-1:inner]
        return np.asarray(along.swapaxes(0, 1).reshape(-1, self.path.rank))

    def described(self, z: Float[np.ndarray, " N1"], family: int) -> LimitCycle:
        """The cycle of z, in the weights' own overlaps."""
        multipliers = self.multipliers(z)
        return LimitCycle(
            at=float(z[-1]),
            period_tau=self.unpacked(z)[1],
            k=self.path.overlaps(self.shown(z)),
            multipliers=multipliers,
            stable=bool((np.abs(multipliers[1:]) < 1).all()),
            family=family,
        )

    def _steps(self, period: float) -> int:
        return max(2, int(np.ceil(period / self.segments / self.step)))
