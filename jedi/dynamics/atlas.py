"""All curves of fixed points along a path, each once: starts, branch switching, and what is on them at one s."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from jedi.dynamics.branch_points import FixedPointCurve, branch_point
from jedi.dynamics.continuation import Budget, Lengths, Trace, correct, first_tangent, follow
from jedi.dynamics.crossings import Curve, between, curve_of

ON = 1e-6  # relative distance within which a point lies on a curve
SINGULAR = 1e-9  # the smallest singular value of DG, relative to the largest, at which no tangent is known
AWAY = 0.02  # arclength from a branch point to the first point of the curve that crosses there


@dataclass
class Atlas:
    """Curves of fixed points that were found so far."""

    system: FixedPointCurve
    dt_over_tau: float
    lengths: Lengths
    budget: Budget
    curves: list[Curve] = field(default_factory=list)

    def start(self, z: Float[np.ndarray, " R1"], along: Float[np.ndarray, " R1"] | None = None) -> None:
        """The curve through a fixed point (q, s), if no curve has it, and all curves that cross it, and so on."""
        waiting = [(z, along)]
        while waiting:
            z, along = waiting.pop()
            curve = self._through(z, along)
            if curve is None:
                continue
            self.curves.append(curve)
            if self.system.path.odd:
                regular = int(np.abs(curve.mu - 1).min(axis=1).argmax())
                waiting.append((_mirrored(curve.z[regular]), None))
            for crossing in curve.crossings:
                if crossing.point is not None:
                    other = crossing.point.other(crossing.t)
                    waiting += [(crossing.z + AWAY * other, other), (crossing.z - AWAY * other, -other)]

    def points_at(self, s: float) -> Float[np.ndarray, "P R"]:
        """The fixed points at s that lie on the curves."""
        found: list[np.ndarray] = []
        end = np.zeros(self.system.path.rank + 1)
        end[-1] = 1.0
        for curve in self.curves:
            at = curve.z[:, -1] - s
            for i in np.flatnonzero((at[:-1] < 0) != (at[1:] < 0)).tolist():
                guess = self._at(curve, i, s)
                exact = correct(self.system, guess, end, 0.1 * float(np.linalg.norm(curve.z[i + 1] - curve.z[i])))
                found.append((guess if exact is None else exact[0])[:-1])
            if s <= 0:  # nothing lies below it to have come from
                found += [curve.z[i, :-1] for i in {0, len(at) - 1} if at[i] == 0]
        return np.array(found).reshape(-1, self.system.path.rank)

    def index_sum(self, s: float) -> int:
        """Sum of sign det(I - core) over the points at s on the curves."""
        derivative = [self.system.evaluate(np.append(q, s))[1][:, :-1] for q in self.points_at(s)]
        return sum(int(np.linalg.slogdet(-d)[0]) for d in derivative)

    def holds(self, z: Float[np.ndarray, " R1"]) -> bool:
        """Whether a fixed point (q, s) lies on one of the curves."""
        return any(self._on(curve, z) for curve in self.curves)

    def _at(self, curve: Curve, i: int, s: float) -> np.ndarray:
        """The cubic between points i and i + 1 of a curve, where it passes s."""
        low, high = 0.0, 1.0
        falling = curve.z[i, -1] > curve.z[i + 1, -1]
        for _ in range(50):
            middle = (low + high) / 2
            z, _ = between(curve.z[i], curve.t[i], curve.z[i + 1], curve.t[i + 1], middle)
            low, high = (middle, high) if (z[-1] < s) != falling else (low, middle)
        z[-1] = s
        return z

    def _on(self, curve: Curve, z: np.ndarray) -> bool:
        distance = np.linalg.norm(curve.z - z, axis=1)
        lengths = np.linalg.norm(np.diff(curve.z, axis=0), axis=1)
        for i in np.flatnonzero((np.minimum(distance[:-1], distance[1:]) <= lengths + 1e-9) & (lengths > 0)).tolist():
            ends = curve.z[i], curve.t[i], curve.z[i + 1], curve.t[i + 1]
            chord = ends[2] - ends[0]
            u = float((z - ends[0]) @ chord / (chord @ chord))
            for _ in range(4):  # to where z lies straight across the curve
                near, along = between(*ends, u)
                u = float(np.clip(u + (z - near) @ along / lengths[i], -0.01, 1.01))
            near, along = between(*ends, u)
            if np.linalg.norm(near - z) > 0.1 * lengths[i] + ON:
                continue
            found = correct(self.system, near, along, 0.1 * float(lengths[i]) + ON)
            exact = near if found is None else found[0]
            if np.linalg.norm(exact - z) < ON * (1 + np.linalg.norm(z)):
                return True
        return False

    def _through(self, z: np.ndarray, along: np.ndarray | None) -> Curve | None:
        if not 0 <= z[-1] <= 1:
            return None
        derivative = self.system.evaluate(z)[1]
        if along is None:
            values = np.linalg.svd(derivative, compute_uv=False)
            if values[-1] <= SINGULAR * values[0]:
                return None  # on a branch point: its curves are found from elsewhere
            along = first_tangent(derivative)
            if z[-1] in (0.0, 1.0):
                along = along if z[-1] == 0 else -along
                fixed = np.zeros(len(z))
                fixed[-1] = 1.0
                found = correct(self.system, z, fixed, 1e-3)
            else:
                found = correct(self.system, z, along, 1e-3)
        else:
            found = correct(self.system, z, along, 0.5 * AWAY, contraction=0.7)
        if found is None or not 0 <= found[0][-1] <= 1 or self.holds(found[0]):
            return None
        z, derivative = found
        t = first_tangent(derivative)
        t = t if t @ along > 0 else -t
        trace = follow(self.system, z, t, self.lengths, self.budget, self._passes)
        if trace.ended != "closed":
            trace = _joined(follow(self.system, z, -t, self.lengths, self.budget, self._passes), trace)
        if len(trace.z) < 2 or self._known(trace):
            return None
        return curve_of(self.system, trace, self.dt_over_tau)

    def _known(self, trace: Trace) -> bool:
        """Whether the curve is one of the others after all: most of it is (curves that cross share a point or two)."""
        places = np.unique(np.linspace(0, len(trace.z) - 1, 9).astype(int)).tolist()
        return 2 * sum(self.holds(trace.z[i]) for i in places) > len(places)

    def _passes(self, z0: np.ndarray, t0: np.ndarray, z1: np.ndarray, t1: np.ndarray) -> bool:
        """Whether a branch point lies on the curve between two points."""
        length = float(np.linalg.norm(z1 - z0))
        for u in (0.5, 0.2, 0.8):
            point = branch_point(self.system, between(z0, t0, z1, t1, u)[0], length)
            if point is not None:
                share = float(np.clip((point.z - z0) @ (z1 - z0) / length**2, 0, 1))
                if np.linalg.norm(point.z - between(z0, t0, z1, t1, share)[0]) < 0.02 * length:
                    return True
        return False


def _mirrored(z: np.ndarray) -> np.ndarray:
    return np.append(-z[:-1], z[-1])


def _joined(back: Trace, ahead: Trace) -> Trace:
    """Both halves as one curve, from smaller s to larger where its ends differ."""
    first = back.backwards()
    ended = ahead.ended if back.ended == ahead.ended else f"{back.ended}; {ahead.ended}"
    whole = Trace(
        np.concatenate([first.z, ahead.z[1:]]),
        np.concatenate([first.t, ahead.t[1:]]),
        np.concatenate([first.orientation, ahead.orientation[1:]]),
        ended,
    )
    return whole if whole.z[0, -1] <= whole.z[-1, -1] else whole.backwards()
