"""Which attractor each of many states runs into.

A state belongs to a stable fixed point once it is where the linearisation about that point holds: the flow differs from
its linear part by less than a share of what the slowest mode contracts. Others that keep moving, with averages that no
longer change, are on a cycle or something else that moves, told apart by those averages. What is left has not settled
in its time, or rests on a boundary between basins (at a saddle, which attracts nothing but its stable manifold).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from jedi.dynamics.linearisation import spectrum
from jedi.dynamics.network import Network, checked_state, checked_step, network_of
from jedi.dynamics.newton import newton
from jedi.dynamics.reduced import reduced
from jedi.dynamics.settling import settle
from jedi.errors import JediError

DEFAULT_TIME = 150.0  # in tau
# Largest |F_i| relative to max(1, |x|) at which a state is looked at: early, then late where that did not decide.
EARLY, LATE = 1e-3, 1e-7
LINEAR_SHARE = 0.05  # of the slowest mode's contraction
NEUTRAL = 1e-7  # per tau; below it a point, as of a line of fixed points, neither attracts nor repels
STEADY = 0.1  # by how much of its standard deviation the averages of a moving state may differ between quarters
PATIENCE = 4  # times the given steps, for which one state of each moving group is followed on
NONE = -1


@dataclass(frozen=True, eq=False)
class Basins:
    """The attractor of each of S states, and the A attractors that at least one of them reached."""

    labels: Int[np.ndarray, " S"]  # row of `attractors`; -1: not settled in time, or at rest on a boundary
    attractors: Float[np.ndarray, "A M"]  # the fixed point, or a state on the cycle; fixed points first
    kinds: tuple[str, ...]  # "fixed point" or "cycle or other"


@dataclass(frozen=True, eq=False)
class _Rest:
    """A fixed point and how near a state has to be to belong to it."""

    x: Float[np.ndarray, " M"]
    slopes: Float[np.ndarray, " M"]
    stable: bool  # attracts
    share: float  # of the distance, that the flow may differ from its linear part

    def holds(self, network: Network, x: Float[np.ndarray, "S M"], late: bool) -> Bool[np.ndarray, " S"]:
        """Where the states are so near that the linearisation about this point decides."""
        away = x - self.x
        distance = np.linalg.norm(away, axis=1)
        very_near = distance <= 1e-5 * max(1.0, float(np.linalg.norm(self.x)))
        if not self.stable:
            return np.asarray(very_near & late)
        linear = (away * self.slopes) @ network.right @ network.left.T - away
        differs = np.linalg.norm(network.flow(x) - linear, axis=1)
        return np.asarray((differs <= self.share * distance) | (very_near & late))


def basins(
    w: Any, starts: Float[np.ndarray, "S M"], dt_over_tau: float = 0.1, steps: int | None = None, fixed: Any = None
) -> Basins:
    """The attractors that states `starts` run into within `steps` Euler steps (150 tau unless said otherwise).

    `fixed` are the network's `FixedPoints` at this dt / tau, if known: their stable points then come first, in their
    order. Time is counted in steps of dt / tau, and so is stability. Raises JediError for states of another size.
    """
    checked_step(dt_over_tau)
    network = network_of(w)
    starts = checked_state(starts, network.units)
    if starts.ndim != 2:
        raise JediError(f"the starts have shape {starts.shape}; expected (states, units)")
    steps = int(np.ceil(DEFAULT_TIME / dt_over_tau)) if steps is None else steps
    if steps < 8:
        raise JediError(f"{steps} steps; at least 8 are needed to tell what has settled")
    known = [] if fixed is None else fixed.x[np.asarray(fixed.kind) != "slow"]
    points = [_rest(network, x, dt_over_tau) for x in known]

    run = settle(network, starts, dt_over_tau, steps, EARLY)
    x, mean, sd, labels = run.x, run.mean, run.sd, np.full(len(starts), NONE)
    labels[run.settled] = _at_rest(network, x[run.settled], points, dt_over_tau, late=False)
    again = np.flatnonzero(run.settled & (labels == NONE))
    if len(again):
        later = settle(network, x[again], dt_over_tau, steps, LATE)
        x[again], mean[again], sd[again] = later.x, later.mean, later.sd
        labels[again[later.settled]] = _at_rest(network, later.x[later.settled], points, dt_over_tau, late=True)
    left = np.flatnonzero(labels == NONE)
    moving = left[sd[left].any(axis=(1, 2))]  # those at rest on a boundary have no averages
    labels[moving] = _at_rest(network, x[moving], points, dt_over_tau, late=False, search=False)
    moving = moving[labels[moving] == NONE]
    cycles = _cycles(network, x[moving], _moving_together(mean[moving], sd[moving]), dt_over_tau, steps, points)

    reached = [i for i in range(len(points)) if points[i].stable and (labels == i).any()]
    order = sorted(reached, key=lambda i: (0, i) if i < len(known) else (1, float(np.linalg.norm(points[i].x))))
    found = np.full(len(starts), NONE)
    for row, i in enumerate(order):
        found[labels == i] = row
    attractors, kinds = [points[i].x for i in order], ["fixed point"] * len(order)
    for members, state in cycles:
        found[moving[members]] = len(attractors)
        attractors.append(state)
        kinds.append("cycle or other")
    return Basins(found, np.array(attractors).reshape(-1, network.units), tuple(kinds))


def _rest(network: Network, x: Float[np.ndarray, " M"], dt_over_tau: float) -> _Rest:
    """A fixed point with what decides about the states near it."""
    radius = float(spectrum(network, dt_over_tau, at=x).spectral_radius)
    _, vectors = np.linalg.eig(network.core(x))
    skew = min(float(np.linalg.cond(vectors)), 1e6) if np.isfinite(vectors).all() else 1e6
    contracts = (1 - radius) / dt_over_tau  # per tau, by the slowest mode
    share = LINEAR_SHARE * max(contracts, 0.0) / max(skew, 1.0)
    return _Rest(x, 1 - np.tanh(x) ** 2, contracts > NEUTRAL, share)


def _at_rest(
    network: Network,
    x: Float[np.ndarray, "S M"],
    points: list[_Rest],
    dt_over_tau: float,
    late: bool,
    search: bool = True,
) -> Int[np.ndarray, " S"]:
    """Which of the points each state belongs to, -1 for none; a search adds the points it meets to the list."""
    labels = np.full(len(x), NONE)
    undecided = np.ones(len(x), dtype=bool)

    def take(i: int) -> None:
        rows = np.flatnonzero(undecided)
        rows = rows[points[i].holds(network, x[rows], late)]
        labels[rows], undecided[rows] = i, False

    for i in range(len(points)):
        if undecided.any():
            take(i)
    form = reduced(network)
    while search and undecided.any():
        first = int(np.argmax(undecided))
        undecided[first] = False
        solved = newton(form, form.overlaps(x[first : first + 1]))
        if not solved.converged[0]:
            continue
        root = form.states(solved.k[0])
        known = [i for i, p in enumerate(points) if _same(p.x, root)]
        if known:
            continue  # it has been asked already, and does not hold this state
        points.append(_rest(network, root, dt_over_tau))
        undecided[first] = True
        take(len(points) - 1)
        undecided[first] = False
    return labels


def _same(x: Float[np.ndarray, " M"], y: Float[np.ndarray, " M"]) -> bool:
    return float(np.linalg.norm(x - y)) <= 1e-7 * max(1.0, float(np.linalg.norm(y)))


def _cycles(
    network: Network,
    x: Float[np.ndarray, "S M"],
    groups: list[Int[np.ndarray, " m"]],
    dt_over_tau: float,
    steps: int,
    points: list[_Rest],
) -> list[tuple[Int[np.ndarray, " m"], Float[np.ndarray, " M"]]]:
    """The groups whose first state goes on like this for much longer, with its state after that.

    States that linger at a cycle that repels have steady averages for a while, and those of a chaotic motion need time
    to agree: groups that turn out to run into the same attractor are one, those that come to rest are none.
    """
    if not groups:
        return []
    later = settle(network, x[[members[0] for members in groups]], dt_over_tau, PATIENCE * steps, EARLY)
    rests = _at_rest(network, later.x, list(points), dt_over_tau, late=False, search=False) != NONE
    moving = np.flatnonzero(~later.settled & ~rests)
    found = []
    for together in _moving_together(later.mean[moving], later.sd[moving]):
        same = moving[together]
        found.append((np.concatenate([groups[i] for i in same]), later.x[same[0]]))
    return sorted(found, key=lambda one: -len(one[0]))


def _moving_together(mean: Float[np.ndarray, "S 2 R"], sd: Float[np.ndarray, "S 2 R"]) -> list[Int[np.ndarray, " m"]]:
    """Groups of moving states with the same averages, the largest group first.

    A group begins with a state whose averages over two successive quarters of its time agree; others join by those of
    their last quarter.
    """
    size = np.linalg.norm(sd[:, 1], axis=-1)
    last = np.concatenate([mean[:, 1], sd[:, 1]], axis=-1)
    change = np.linalg.norm(last - np.concatenate([mean[:, 0], sd[:, 0]], axis=-1), axis=-1)
    free, groups = np.ones(len(size), dtype=bool), []
    for seed in np.argsort(change / np.maximum(size, 1e-300), kind="stable"):
        if change[seed] > STEADY * size[seed]:
            break
        if free[seed]:
            near = np.linalg.norm(last - last[seed], axis=-1) <= STEADY * size[seed]
            members = np.flatnonzero(free & near)
            groups.append(np.concatenate([[seed], members[members != seed]]))
            free[members] = False
    return sorted(groups, key=len, reverse=True)
