"""Where a branch of fixed points folds, meets another, or changes its stability.

Every eigenvalue mu of the core that passes Re mu = 1 (the flow) or |1 - a + a mu| = 1 (the Euler map) is caught by the
count of those beyond: where it changes from m to m' between two points, the largest of the m-th and m'-th in size
passes the boundary, a continuous function of the place on the branch whose root Brent's method finds.

- mu = 1, of flow and map alike: a fold where the branch turns in s there, else a branch point.
- the branch turns in s and no eigenvalue passes: a branch point too, of the curve that bends (a pitchfork's).
- a complex pair: a Hopf point of the flow, or of the map (Neimark and Sacker), at another place.
- 1 - a + a mu = -1: a flip of the map, which the flow does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float

from jedi.dynamics.branch_points import BranchPoint, FixedPointCurve, branch_point
from jedi.dynamics.continuation import Trace, correct, tangent

Kind = Literal["fold", "pitchfork", "transcritical", "hopf", "flip"]
SAME = 1e-3  # arclength within which a turn in s and an eigenvalue 1 are one event
REAL = 1e-7  # |Im mu| below it belongs to a real eigenvalue
PLACE = 1e-13  # of Brent's method, as a share of a step


@dataclass(frozen=True, eq=False)
class Crossing:
    """One event on a branch."""

    kind: Kind
    of: Literal["flow", "map"]  # "flow" for what both share
    z: Float[np.ndarray, " R1"]
    t: Float[np.ndarray, " R1"]
    frequency_per_tau: float | None = None
    point: BranchPoint | None = None


@dataclass(frozen=True, eq=False)
class Curve:
    """A branch with its events among its points: S points (q, s), tangents, and eigenvalues mu of the core."""

    z: Float[np.ndarray, "S R1"]
    t: Float[np.ndarray, "S R1"]
    mu: Complex[np.ndarray, "S R"]
    crossings: tuple[Crossing, ...]
    ended: str


def curve_of(system: FixedPointCurve, trace: Trace, dt_over_tau: float) -> Curve:
    """A trace with everything that happens on it."""
    found: list[Crossing] = []
    points = [_Sample(trace.z[0], trace.t[0], _mu(system, trace.z[0]))]
    for z, t in zip(trace.z[1:], trace.t[1:], strict=True):
        after = _Sample(z, t, _mu(system, z))
        for section in _sections(system, points[-1], after, 4):
            places, events = _events(section, dt_over_tau)
            points += [section.at(u) for u in sorted(places) if 0 < u < 1]
            found += events
            points.append(section.after)
    return Curve(
        np.stack([p.z for p in points]),
        np.stack([p.t for p in points]),
        np.stack([p.mu for p in points]),
        tuple(found),
        trace.ended,
    )


def between(z0: np.ndarray, t0: np.ndarray, z1: np.ndarray, t1: np.ndarray, u: float) -> tuple[np.ndarray, np.ndarray]:
    """The point and the unit tangent at a share u of the cubic from z0 to z1 with those tangents."""
    length = np.linalg.norm(z1 - z0)
    a, b = length * t0, length * t1
    c2, c3 = 3 * (z1 - z0) - 2 * a - b, a + b - 2 * (z1 - z0)
    slope = a + u * (2 * c2 + u * 3 * c3)
    return z0 + u * (a + u * (c2 + u * c3)), slope / np.linalg.norm(slope)


@dataclass(frozen=True, eq=False)
class _Sample:
    z: np.ndarray
    t: np.ndarray
    mu: np.ndarray


def _mu(system: FixedPointCurve, z: np.ndarray) -> np.ndarray:
    in_q = system.evaluate(z)[1][:, :-1]
    return np.asarray(np.linalg.eigvals(in_q).astype(complex) + 1)


class _Section:
    """The curve between two of its points."""

    def __init__(self, system: FixedPointCurve, before: _Sample, after: _Sample) -> None:
        self.system, self.before, self.after = system, before, after
        self.length = float(np.linalg.norm(after.z - before.z))
        self._known = {0.0: before, 1.0: after}

    def at(self, u: float) -> _Sample:
        """The point of the curve across the cubic's own at share u (the cubic's where Newton's method fails)."""
        sample = self._known.get(u)
        if sample is None:
            z, t = between(self.before.z, self.before.t, self.after.z, self.after.t, u)
            found = correct(self.system, z, t, 0.05 * self.length)
            if found is not None:
                z, along = found[0], tangent(found[1], t)
                t = t if along is None else along
            sample = self._known[u] = _Sample(z, t, _mu(self.system, z))
        return sample

    def root(self, of: Callable[[_Sample], float]) -> float | None:
        """Where a function of the point is zero; None where its sign at both ends is the same."""
        from scipy.optimize import brentq

        first, last = of(self.before), of(self.after)
        if first == 0 or last == 0 or (first > 0) == (last > 0):
            return 0.0 if first == 0 else 1.0 if last == 0 else None
        return float(brentq(lambda u: of(self.at(u)), 0.0, 1.0, xtol=PLACE))


def _sections(system: FixedPointCurve, before: _Sample, after: _Sample, depth: int) -> list[_Section]:
    """The step in parts, none of which turns in s twice."""
    section = _Section(system, before, after)
    if depth and before.t[-1] * after.t[-1] > 0:
        inner = [between(before.z, before.t, after.z, after.t, u)[1][-1] for u in (0.25, 0.5, 0.75)]
        if min(value * before.t[-1] for value in inner) < 0:
            middle = section.at(0.5)
            return _sections(system, before, middle, depth - 1) + _sections(system, middle, after, depth - 1)
    return [section]


def _beyond_flow(sample: _Sample) -> np.ndarray:
    return np.asarray(np.sort(sample.mu.real)[::-1] - 1)


def _passages(section: _Section, beyond: Callable[[_Sample], np.ndarray]) -> list[float]:
    """Places where the count of eigenvalues beyond the boundary changes, each once."""
    low, high = sorted(int((beyond(sample) > 0).sum()) for sample in (section.before, section.after))
    places: list[float] = []
    for j in range(low, high):
        place = section.root(lambda sample, j=j: float(beyond(sample)[j]))  # type: ignore[misc]
        if place is not None and all(abs(place - other) > 1e-7 for other in places):
            places.append(place)
    return places


def _events(section: _Section, a: float) -> tuple[set[float], list[Crossing]]:
    def beyond_map(sample: _Sample) -> np.ndarray:
        return np.asarray(np.sort(np.abs(1 - a + a * sample.mu))[::-1] - 1)

    places: set[float] = set()
    found: list[Crossing] = []
    turn = section.root(lambda sample: float(sample.t[-1]))
    turn = None if turn in (0.0, 1.0) else turn
    for place in _passages(section, _beyond_flow):
        sample = section.at(place)
        mu = sample.mu[np.abs(sample.mu.real - 1).argmin()]
        places.add(place)
        if abs(mu.imag) > REAL:
            found.append(Crossing("hopf", "flow", sample.z, sample.t, abs(float(mu.imag)) / (2 * np.pi)))
        elif turn is not None and abs(turn - place) * section.length < SAME:
            places.discard(place)
            places.add(turn)
            found.append(Crossing("fold", "flow", section.at(turn).z, section.at(turn).t))
            turn = None
        else:
            found.append(_crossed(section, sample, turns=False))
    if turn is not None:
        places.add(turn)
        found.append(_crossed(section, section.at(turn), turns=True))
    for place in _passages(section, beyond_map):
        sample = section.at(place)
        values = 1 - a + a * sample.mu
        value = values[np.abs(np.abs(values) - 1).argmin()]
        if abs(value.imag) > REAL * a:
            places.add(place)
            frequency = abs(float(np.angle(value))) / (2 * np.pi * a)
            found.append(Crossing("hopf", "map", sample.z, sample.t, frequency))
        elif value.real < 0:
            places.add(place)
            found.append(Crossing("flip", "map", sample.z, sample.t))
    return places, found


def _crossed(section: _Section, sample: _Sample, turns: bool) -> Crossing:
    """A branch point; where it is not a simple one its kind by whether the branch turns, or is the origin's."""
    point = branch_point(section.system, sample.z, section.length)
    if point is not None:
        return Crossing(point.kind, "flow", point.z, sample.t, None, point)
    symmetric = section.system.path.odd and np.linalg.norm(sample.z[:-1]) < 1e-6
    return Crossing("pitchfork" if turns or symmetric else "transcritical", "flow", sample.z, sample.t)
