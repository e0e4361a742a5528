"""Families of limit cycles along a path: from Hopf points, and from rollouts that end on one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from jedi.dynamics.continuation import Budget, Lengths, Trace, correct, first_tangent, follow
from jedi.dynamics.limit_cycle import SEGMENTS, CycleSystem, LimitCycle
from jedi.dynamics.reduced_flow import trajectory
from jedi.dynamics.weight_path import WeightPath

LENGTHS = Lengths(first=0.05, smallest=1e-4, largest=0.3, turn=0.5)  # root mean square change of states, ln T and s
FIRST_AMPLITUDES = (0.03, 0.01, 0.003, 0.001)  # of a cycle near a Hopf point, root mean square over units and time
FIRST_SHIFT = 0.002  # in s from the Hopf point; the largest amplitude within it is the family's first
LONGEST = 200.0  # tau; a period beyond it is taken for one that grows without bound
STARTS = 12  # rollouts
MOST_FAMILIES = 12
SETTLE, WATCH = 100.0, 60.0  # tau that a rollout is given to settle, and to come back to where it is
AT_REST = 1e-4  # speed per tau
SAME = 1e-3  # distance of two orbits, relative to their extent, and relative difference of periods


class Families:
    """Cycles that were found so far; `ended` says of each family where it began and why it goes no further."""

    def __init__(self, path: WeightPath, most_cycles: int) -> None:
        self.path, self.most_cycles = path, most_cycles
        self.cycles: list[LimitCycle] = []
        self.ended: list[str] = []
        self._traces: list[Trace] = []

    def from_hopf(self, z: Float[np.ndarray, " R1"], frequency_per_tau: float) -> None:
        """The family that is born at a Hopf point (q, s) of the flow."""
        q, s = z[:-1], float(z[-1])
        omega = 2 * np.pi * frequency_per_tau
        in_q = self.path.at(s).linear(q)[1]
        values, vectors = np.linalg.eig(in_q)
        vector = vectors[:, np.abs(values - 1j * omega).argmin()]
        turning = np.exp(2j * np.pi * np.arange(SEGMENTS) / SEGMENTS)[:, None] * vector
        wave, velocity = turning.real, (1j * omega * turning).real
        size = np.sqrt((wave**2).sum() / SEGMENTS)
        across = np.concatenate([wave.ravel() / np.linalg.norm(wave), [0.0, 0.0]])
        first = None
        for amplitude in FIRST_AMPLITUDES:
            system = CycleSystem(self.path)
            nodes = q + amplitude * wave / size
            system.take_phase(nodes, velocity)
            found = correct(system, system.packed(nodes, 1 / frequency_per_tau, s), across, 2 * amplitude, 0.7)
            if found is not None and 0 <= found[0][-1] <= 1:
                first = system, *found
                if abs(found[0][-1] - s) < FIRST_SHIFT:
                    break
        if first is None:
            self.ended.append(f"from the Hopf point at s = {s:.4f}: no cycle near it could be found")
            return
        system, z, derivative = first
        along = first_tangent(derivative)
        self._follow(system, z, [along if along @ across > 0 else -along], f"from the Hopf point at s = {s:.4f}")

    def from_rollouts(self, s: float, known: Float[np.ndarray, "P R"], seed: int) -> None:
        """The families of the cycles that rollouts from several states at s end on, if they have none yet."""
        if self.path.rank < 2:
            return
        here, rng = self.path.at(s), np.random.default_rng(seed)
        starts = rng.standard_normal((STARTS, self.path.rank)) * rng.choice([0.3, 1.0, 3.0], (STARTS, 1))
        if len(known):
            starts += known[np.arange(STARTS) % len(known)]
        settled = trajectory(here, starts, SETTLE, int(SETTLE / 0.4))[-1]
        moving = settled[np.linalg.norm(here.residual(settled), axis=1) > AT_REST]
        if not len(moving):
            return
        steps = int(WATCH / 0.1)
        watched = trajectory(here, moving, WATCH, steps)
        strange, orbits = 0, self._orbits_at(s)
        for one in watched.swapaxes(0, 1):
            if np.linalg.norm(here.residual(one[-1])) < AT_REST or any(_near(one[0], orbit) for orbit, _ in orbits):
                continue
            guess = self._returns(one, here.residual(one[0]), WATCH / steps)
            found = None if guess is None else self._closed(*guess, s)
            if found is None:
                strange += 1
            elif len(self._traces) < MOST_FAMILIES and not _among(orbits, *found):
                system, z = found
                orbits.append((system.shown(z), z[-2]))
                along = first_tangent(system.evaluate(z)[1])
                self._follow(system, z, [along, -along], f"from a rollout at s = {s:.4f}")
        if strange:
            self.ended.append(f"at s = {s:.4f}: {strange} of {STARTS} rollouts neither rest nor close into a cycle")

    def passes(self, s: float) -> bool:
        """Whether a family has a cycle at s."""
        return any(trace.z[:, -1].min() <= s <= trace.z[:, -1].max() for trace in self._traces)

    def _returns(self, one: np.ndarray, velocity: np.ndarray, dt: float) -> tuple[np.ndarray, float] | None:
        """Equally spaced states and the period of a trajectory that comes back to its first state."""
        extent = float(np.linalg.norm(one - one.mean(axis=0), axis=1).max())
        height = (one - one[0]) @ velocity
        back = np.flatnonzero((height[1:-1] < 0) & (height[2:] >= 0)) + 1
        distance = np.linalg.norm(one[back] - one[0], axis=1)
        near = back[distance < 0.1 * extent + np.linalg.norm(velocity) * dt]
        if not len(near):
            return None
        i = int(near[0])
        period = (i + height[i] / (height[i] - height[i + 1])) * dt
        times = np.arange(len(one)) * dt
        wanted = np.arange(SEGMENTS) * period / SEGMENTS
        return np.stack([np.interp(wanted, times, column) for column in one.T], axis=1), float(period)

    def _closed(self, nodes: np.ndarray, period: float, s: float) -> tuple[CycleSystem, np.ndarray] | None:
        system = CycleSystem(self.path)
        guess = system.packed(nodes, period, s)
        system.accepted(guess)
        found = correct(system, guess, _last(len(guess)), 0.5 * _amplitude(nodes) + 0.2, 0.7)
        if found is None or _amplitude(system.unpacked(found[0])[0]) < 0.1 * _amplitude(nodes):
            return None
        system.accepted(found[0])
        return system, found[0]

    def _orbits_at(self, s: float) -> list[tuple[np.ndarray, float]]:
        """The families' cycles at s: their states and ln T."""
        orbits = []
        for trace in self._traces:
            at = trace.z[:, -1] - s
            for i in np.flatnonzero((at[:-1] * at[1:] <= 0) & (at[:-1] != at[1:])).tolist():
                share = at[i] / (at[i] - at[i + 1])
                guess = trace.z[i] + share * (trace.z[i + 1] - trace.z[i])
                guess[-1] = s
                system = CycleSystem(self.path)
                system.accepted(guess)
                length = float(np.linalg.norm(trace.z[i + 1] - trace.z[i]))
                found = correct(system, guess, _last(len(guess)), length, 0.7)
                exact = guess if found is None else found[0]
                orbits.append((system.shown(exact), float(exact[-2])))
        return orbits

    def _has(self, system: CycleSystem, z: np.ndarray) -> bool:
        """Whether one of the families has this cycle."""
        return _among(self._orbits_at(float(z[-1])), system, z)

    def _follow(self, system: CycleSystem, z: np.ndarray, ways: list[np.ndarray], where: str) -> None:
        halves = []
        left = self.most_cycles
        for i, along in enumerate(ways):
            system.accepted(z)
            budget = Budget(max(1, left // (len(ways) - i)))
            halves.append(follow(system, z, along, LENGTHS, budget, stop=self._stop(system, z, len(ways) == 1)))
            left -= budget.used
        if any(half.ended == "known" for half in halves):
            return  # the same family from its other end
        trace = halves[0]
        if len(halves) == 2:
            back = halves[1].backwards()
            trace = Trace(
                np.concatenate([back.z, trace.z[1:]]),
                np.concatenate([back.t, trace.t[1:]]),
                np.concatenate([back.orientation, trace.orientation[1:]]),
                f"{back.ended}; {trace.ended}",
            )
            samples = trace.z[np.unique(np.linspace(0, len(trace.z) - 1, 4).astype(int))[1:-1]]
            if any(self._has(system, point) for point in samples):
                return  # curves that share a cycle are one
        family = len(self._traces)
        self._traces.append(trace)
        self.cycles += [system.described(point, family) for point in trace.z]
        self.ended.append(f"{where}: {trace.ended.replace('steps', 'cycles')}")

    def _stop(self, system: CycleSystem, first: np.ndarray, from_hopf: bool) -> Callable[[np.ndarray], str]:
        before = system.unpacked(first)[0]
        smallest = 0.5 * min(_amplitude(before), 0.03)
        checks = 4 if from_hopf else 0

        def stop(z: np.ndarray) -> str:
            nonlocal before, checks
            nodes, period, _ = system.unpacked(z)
            turned = ((nodes - nodes.mean(axis=0)) * (before - before.mean(axis=0))).sum() < 0
            before = nodes
            if turned or _amplitude(nodes) < smallest:
                return "shrinks to a Hopf point"
            if period > LONGEST:
                return "the period grows beyond bounds (an orbit through a saddle is near)"
            if checks:
                checks -= 1
                if self._has(system, z):
                    return "known"
            return ""

        return stop


def _amplitude(nodes: np.ndarray) -> float:
    return float(np.sqrt(((nodes - nodes.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _among(orbits: list[tuple[np.ndarray, float]], system: CycleSystem, z: np.ndarray) -> bool:
    """Whether a cycle is one of those (states and ln T) at its s."""
    first = system.unpacked(z)[0][0]
    return any(abs(z[-2] - log_period) < SAME and _near(first, orbit) for orbit, log_period in orbits)


def _near(point: np.ndarray, orbit: np.ndarray) -> bool:
    """Whether a point lies on an orbit."""
    return _distance(point, orbit) < SAME * float(np.linalg.norm(orbit - orbit.mean(axis=0), axis=1).max())


def _distance(point: np.ndarray, orbit: np.ndarray) -> float:
    """From a point to the closed polyline through an orbit's states."""
    chord = np.roll(orbit, -1, axis=0) - orbit
    share = np.clip(((point - orbit) * chord).sum(1) / np.maximum((chord * chord).sum(1), 1e-300), 0, 1)
    return float(np.linalg.norm(orbit + share[:, None] * chord - point, axis=1).min())


def _last(size: int) -> np.ndarray:
    direction = np.zeros(size)
    direction[-1] = 1.0
    return direction
