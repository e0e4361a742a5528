"""Branches of fixed points along a path of weights, what happens on them, and the limit cycles that are born there.

    0 = -x + J(s) tanh(x) + b(s),     0 <= s <= 1,     in practice J and b at (1 - s) c0 + s c1 between two contexts

In overlaps it is G(k, s) = right^T tanh(left k + bias) - k = 0, R equations in R + 1 unknowns, whose solutions are
curves. They are followed by pseudo-arclength (`continuation.py`) from the fixed points that a search finds at both ends
and at several s between them, and from every branch point on a curve that is known (`atlas.py`), so that closed curves
which touch neither end are found too. Fixed points are those of flow and Euler map alike; stability is not, and both
verdicts are told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

from jedi.dynamics.atlas import Atlas
from jedi.dynamics.branch_points import FixedPointCurve
from jedi.dynamics.continuation import Budget, Lengths
from jedi.dynamics.crossings import Crossing, Curve, Kind
from jedi.dynamics.cycle_families import Families
from jedi.dynamics.fixed_points import FixedPoints, fixed_points
from jedi.dynamics.limit_cycle import LimitCycle
from jedi.dynamics.linearisation import in_order
from jedi.dynamics.network import checked_step
from jedi.dynamics.weight_path import WeightPath
from jedi.errors import JediError

Progress = Callable[[str, float], None]

GOLDEN = (5**0.5 - 1) / 2  # its multiples, modulo 1, fill [0, 1] evenly and meet no round number
SAME = 1e-5  # relative distance of two events in (q, s) that are one
STEP, TURN = (
    0.03,
    0.16,
)  # longest step (root mean square change of the units' states, and s), and rad: curves look smooth


@dataclass(frozen=True, eq=False)
class Branch:
    """S fixed points along one smooth curve, folds and other events among them."""

    at: Float[np.ndarray, " S"]  # the path parameter s
    k: Float[np.ndarray, "S R"]  # overlaps, in the coordinates of the weights at that s
    eigenvalues: Complex[np.ndarray, "S R"]  # of the Euler map's Jacobian (its low-rank part), the largest first
    stable: Bool[np.ndarray, " S"]  # of the map: all within the unit circle
    stable_continuous: Bool[np.ndarray, " S"]  # of the flow
    n_unstable: Int[np.ndarray, " S"]  # eigenvalues of the map outside the unit circle
    ended: str  # why it goes no further: "left the path", "closed", "step too small" ..., of both ends if they differ


@dataclass(frozen=True, eq=False)
class Bifurcation:
    """One event on a branch; folds, pitchforks and transcritical points are those of flow and map alike."""

    kind: Kind
    at: float
    k: Float[np.ndarray, " R"]
    branch: int  # the first of the branches that it lies on
    frequency_per_tau: float | None  # of a Hopf point, cycles in one time constant
    of: Literal["flow", "map"]


@dataclass(frozen=True, eq=False)
class Diagram:
    """Everything that was found along a path."""

    branches: tuple[Branch, ...]
    bifurcations: tuple[Bifurcation, ...]  # by s
    cycles: tuple[LimitCycle, ...]  # of the flow, family by family in their order
    at_range: tuple[float, float]
    dt_over_tau: float
    complete: str  # what is known about there being no other branches
    cycles_ended: tuple[str, ...]  # of each family of cycles, where it began and why it goes no further
    steps: int  # of continuation
    seconds: float


def bifurcations(
    weights_at: Callable[[float], Any],
    dt_over_tau: float = 0.1,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    searches: int = 9,
    proof_seconds: float = 0.0,
    most_steps: int = 6000,
    cycles: bool = True,
    most_cycles: int = 48,
) -> Diagram:
    """Branches of fixed points, their bifurcations and limit cycles of the networks `weights_at(s)`, 0 <= s <= 1.

    Args:
        weights_at: weights at s, with `.U` and `.V` (M, R) or `.J` (M, M), and perhaps `.bias` (M,).
        dt_over_tau: step of the Euler map whose stability is told, in (0, 1].
        seed: of the searches for fixed points.
        progress: told what is being done, and the share of it that is done.
        searches: values of s, both ends among them, at which all fixed points are searched for.
        proof_seconds: at each of them to prove that none is missing; 0 leaves proofs out.
        most_steps: of continuation, all curves together; those that it cuts short say so.
        cycles: whether limit cycles are looked for.
        most_cycles: on one family of cycles.

    Raises JediError for weights that cannot be used, or whose shapes change along the path.
    """
    began = time.monotonic()
    a = checked_step(dt_over_tau)
    if searches < 2 or most_steps < 1 or most_cycles < 1:
        raise JediError("searches is at least 2 (both ends of the path), most_steps and most_cycles at least 1")
    tell = progress or (lambda _text, _share: None)
    tell("weights along the path", 0.0)
    path = WeightPath(weights_at)
    system = FixedPointCurve(path)
    budget = Budget(most_steps)
    atlas = Atlas(system, a, Lengths(largest=STEP, turn=TURN), budget)
    found: dict[float, FixedPoints] = {}
    places = [0.0, 1.0] + [(j + 1) * GOLDEN % 1 for j in range(searches - 2)]
    share = 0.6 if cycles else 0.95
    for done, s in enumerate(places):
        tell(f"fixed points and their branches, s = {s:.2f}", share * done / len(places))
        known = path.at(s).network.states(atlas.points_at(s))
        found[s] = fixed_points(weights_at(s), a, seed, proof_seconds, near=known if len(known) else None)
        for q in path.turned(found[s].k):
            atlas.start(np.append(q, s))
    events = _events(atlas.curves)
    families = Families(path, most_cycles)
    if cycles:
        hopf = [crossing for crossing, _ in events if crossing.kind == "hopf" and crossing.of == "flow"]
        for done, crossing in enumerate(hopf):
            tell(f"limit cycles from the Hopf point at s = {crossing.z[-1]:.3f}", 0.6 + 0.3 * done / len(hopf))
            families.from_hopf(crossing.z, crossing.frequency_per_tau or 0.0)
        for s in sorted(found):
            if s in (0.0, 1.0) or not (found[s].stable_continuous.any() or families.passes(s)):
                tell(f"limit cycles that rollouts end on, s = {s:.2f}", 0.9 + 0.1 * s)
                families.from_rollouts(s, atlas.points_at(s), seed)
    tell("done", 1.0)
    return Diagram(
        branches=tuple(_branch(path, curve, a) for curve in atlas.curves),
        bifurcations=tuple(_bifurcation(path, crossing, index) for crossing, index in events),
        cycles=tuple(families.cycles),
        at_range=(0.0, 1.0),
        dt_over_tau=a,
        complete=_complete(atlas, found, budget),
        cycles_ended=tuple(families.ended),
        steps=budget.used,
        seconds=time.monotonic() - began,
    )


def _events(curves: list[Curve]) -> list[tuple[Crossing, int]]:
    """All events by s, those on two curves once, with the first of their curves."""
    kept: list[tuple[Crossing, int]] = []
    for index, curve in enumerate(curves):
        for crossing in curve.crossings:
            near = SAME * (1 + np.linalg.norm(crossing.z))
            if not any(
                other.kind == crossing.kind and other.of == crossing.of and np.linalg.norm(other.z - crossing.z) < near
                for other, _ in kept
            ):
                kept.append((crossing, index))
    return sorted(kept, key=lambda item: float(item[0].z[-1]))


def _branch(path: WeightPath, curve: Curve, a: float) -> Branch:
    values = 1 - a + a * curve.mu
    unstable = (np.abs(values) > 1).sum(axis=1)
    return Branch(
        at=curve.z[:, -1],
        k=path.overlaps(curve.z[:, :-1]),
        eigenvalues=in_order(values),
        stable=unstable == 0,
        stable_continuous=np.asarray((curve.mu.real < 1).all(axis=1)),
        n_unstable=unstable,
        ended=curve.ended,
    )


def _bifurcation(path: WeightPath, crossing: Crossing, index: int) -> Bifurcation:
    z = crossing.z
    k = path.overlaps(z[:-1])
    return Bifurcation(crossing.kind, float(z[-1]), k, index, crossing.frequency_per_tau, crossing.of)


def _complete(atlas: Atlas, found: dict[float, FixedPoints], budget: Budget) -> str:
    """What the searches and the index say about the branches, in a sentence or two."""
    path = atlas.system.path
    near = SAME if not path.single else 1e-3  # weights in float32 move a point by more than their rounding
    differing, counts = [], []
    for s in sorted(found):
        on, searched = atlas.points_at(s), path.turned(found[s].k)
        counts.append(len(on))
        apart = np.linalg.norm(on[:, None] - searched[None], axis=-1) if len(on) and len(searched) else np.zeros((0, 1))
        if len(on) != len(searched) or (apart.min(axis=1) > near * (1 + np.linalg.norm(on, axis=1))).any():
            differing.append(f"s = {s:.3f} ({len(on)} on the branches, {len(searched)} found)")
    turns = sorted({0.0, 1.0, *(float(c.z[-1]) for curve in atlas.curves for c in curve.crossings if c.of == "flow")})
    middles = [(low + high) / 2 for low, high in pairwise(turns) if high - low > 1e-6]
    wrong = [s for s in middles if atlas.index_sum(s) != 1]
    short = [curve.ended for curve in atlas.curves if curve.ended not in ("left the path", "closed")]
    number = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    said = []
    if differing:
        said.append("incomplete: the branches and the search disagree at " + ", ".join(differing))
    else:
        proved = sum(points.completeness == "proved" for points in found.values())
        how = "proved complete there" if proved == len(found) else f"proved complete at {proved} of them"
        said.append(
            f"{'incomplete' if wrong or short else 'consistent'}: at {len(found)} values of s the points on the "
            f"branches ({number}) are those that a search finds" + (f" ({how})" if proved else "")
        )
    said.append(
        f"their indices do not sum to +1 at s = {', '.join(f'{s:.4f}' for s in wrong)}"
        if wrong
        else f"their indices sum to +1 between all events ({len(middles)} values of s)"
    )
    if short:
        said.append(f"{len(short)} of {len(atlas.curves)} branches could not be followed to an end: {short[0]}")
    if path.error > 1e-9 and not path.single:
        said.append(f"the weights are not smooth in s: approximated within {path.error:.0e} of the largest")
    said.append("two branches that appear and vanish together between these s could be missed")
    return "; ".join(said)
