"""The search for a network's fixed points: Newton's method from many places, until nothing speaks against the set.

Starts at several scales: states that were visited, where the network settles, the origin, the box that holds all
fixed points, shrunk by up to a hundred, and the lines through two points that are known. Every batch is as large as
all before it. The search ends when the last batch has brought nothing new, the indices sum to +1 (the degree of -G, as
|tanh| < 1 makes the flow point inwards far out), and, without a bias, -x is there for every x. None of this proves
anything: that is `proof.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jedi.dynamics.newton import ROUNDING, newton
from jedi.dynamics.reduced import Reduced

FIRST_BATCH = 256
MANY_RANKS = 6  # from here on four times as many: 1 of 25 networks of rank 6 and 7 fooled the smaller batch
SCALES = (1.0, 0.3, 0.1, 0.03, 0.01)
_VISITED = 64  # at most so many of the visited states
_SETTLING = 64  # random states that are let run, for so many steps of tau / 2
_SETTLING_STEPS = 200
_SAME = 1e-8  # in a unit's input: what Newton's method cannot tell apart anyhow


@dataclass(frozen=True, eq=False)
class Search:
    """What a search brought."""

    k: Float[np.ndarray, "P R"]  # each fixed point once, in the coordinates of `reduced`
    tried: Float[np.ndarray, "Q R"]  # the first batch of starts
    starts: int
    settled: bool  # the last batch, as large as all before, brought nothing new
    index_sum: int
    mirrored: bool  # a network without a bias: with every x its -x; True with a bias

    @property
    def consistent(self) -> bool:
        """No test contradicts that these are all."""
        return self.settled and self.index_sum == 1 and self.mirrored


def search(
    system: Reduced,
    rng: np.random.Generator,
    most: int,
    visited: Float[np.ndarray, "S R"] | None = None,
    first: int | None = None,
) -> Search:
    """Fixed points from at most about `most` starts; `visited` are overlaps to start from as well."""
    odd = not system.bias.any()
    extent = np.ones(system.rank) if system.full else np.abs(system.v).sum(1)
    if first is None:
        first = FIRST_BATCH if system.rank < MANY_RANKS else 4 * FIRST_BATCH
    found = np.empty((0, system.rank))
    starts = tried = _first_starts(system, extent, rng, visited, first)
    used, settled = 0, False
    while True:
        ended = newton(system, starts)
        used += len(starts)
        fresh = ended.k[ended.converged]
        if odd and len(fresh):
            mirror = newton(system, -fresh[_first_of_each(system, fresh)])
            fresh = np.concatenate([fresh, mirror.k[mirror.converged]])
        merged = distinct(system, np.concatenate([found, fresh]))
        settled = len(merged) == len(found) and used > len(starts)
        found = merged
        mirrored = not odd or _is_mirrored(system, found)
        result = Search(found, tried, used, settled, int(index(system, found).sum()), mirrored)
        if result.consistent or used >= most:
            return result
        starts = _boxed(extent, rng, min(used, max(most - used, 1)))
        if len(found) > 1:
            starts[::2] = _between(found, rng, len(starts[::2]))


def index(system: Reduced, k: Float[np.ndarray, "P R"]) -> np.ndarray:
    """sign det(-dG/dk) of each point: +1 or -1, 0 exactly at a fold."""
    return np.array([int(np.linalg.slogdet(-system.jacobian(point))[0]) for point in k], dtype=np.int64)


def distinct(system: Reduced, k: Float[np.ndarray, "S R"]) -> Float[np.ndarray, "P R"]:
    """Each point once: nearer than Newton's method can place them, they are one.

    The error of a root is about |DG^-1| times the rounding of G: points on the two sides of a fold stay apart as long
    as arithmetic can tell them apart, whatever the scale of the network.
    """
    if not len(k):
        return k
    coarse = k[_first_of_each(system, k)]
    reach = np.abs(system.u).max(1)
    rounding = 64 * ROUNDING * (1 + (np.ones(system.rank) if system.full else np.abs(system.v).sum(1)))
    error = np.empty(len(coarse))
    for i, point in enumerate(coarse):
        try:
            error[i] = reach @ (np.abs(np.linalg.inv(system.jacobian(point))) @ rounding)
        except np.linalg.LinAlgError:
            error[i] = np.inf
    kept: list[int] = []
    for i in np.argsort(error, kind="stable"):
        distance = (np.abs(coarse[kept] - coarse[i]) * reach).max(1) if kept else np.empty(0)
        if not (distance <= error[i] + error[kept]).any():
            kept.append(int(i))
    return np.asarray(coarse[sorted(kept)])


def _first_of_each(system: Reduced, k: Float[np.ndarray, "S R"]) -> list[int]:
    """Indices of one point of every group that lies within _SAME of it."""
    return _apart(system, k, _SAME)


def distinct_within(system: Reduced, k: Float[np.ndarray, "S R"], distance: float) -> Float[np.ndarray, "P R"]:
    """One point of every group that lies within a distance, in a unit's input, of it."""
    return np.asarray(k[_apart(system, k, distance)])


def _apart(system: Reduced, k: Float[np.ndarray, "S R"], distance: float) -> list[int]:
    reach = np.abs(system.u).max(1)
    left = np.ones(len(k), bool)
    kept = []
    for i in range(len(k)):
        if left[i]:
            kept.append(i)
            left &= (np.abs(k - k[i]) * reach).max(1) > distance
    return kept


def _is_mirrored(system: Reduced, k: Float[np.ndarray, "P R"]) -> bool:
    return len(distinct(system, np.concatenate([k, -k]))) == len(k)


def _first_starts(
    system: Reduced, extent: np.ndarray, rng: np.random.Generator, visited: np.ndarray | None, count: int
) -> np.ndarray:
    settling = _boxed(extent, rng, min(_SETTLING, count))
    for _ in range(_SETTLING_STEPS if not system.full else 0):
        settling = 0.5 * (settling + system.overlaps(system.states(settling)))
    parts = [np.zeros((1, system.rank)), settling, _boxed(extent, rng, count)]
    if visited is not None and len(visited):
        parts.insert(0, visited[:: max(1, -(-len(visited) // _VISITED))])
    return np.concatenate(parts)


def _between(found: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points about the lines through two known fixed points, where saddles lie."""
    one, other = found[rng.integers(len(found), size=(2, count))]
    middle = one + rng.uniform(-0.5, 1.5, (count, 1)) * (other - one)
    return np.asarray(middle + 0.3 * rng.standard_normal(one.shape) * found.std(0) * rng.random((count, 1)))


def _boxed(extent: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points in the box that holds all fixed points, and in smaller ones about the origin."""
    scale = rng.choice(SCALES, (count, 1))
    return np.asarray(rng.uniform(-1, 1, (count, len(extent))) * scale * extent)
