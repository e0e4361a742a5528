"""Small results of every kind, of networks whose answers are known, for tests of what is drawn and written."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from jedi import LowRankWeights, dynamics
from jedi.dynamics.phase_portrait import phase_portrait

UNITS = 40


@cache
def directions(rank: int = 2) -> np.ndarray:
    """Perpendicular directions (M, rank) whose entries have mean square 1."""
    columns = np.random.default_rng(0).standard_normal((UNITS, rank))
    return np.linalg.qr(columns)[0] * np.sqrt(UNITS)


def network(overlaps: Any) -> LowRankWeights:
    """A network without bias whose overlap matrix V^T U is given."""
    given = np.asarray(overlaps, float)
    basis = directions(len(given))
    return LowRankWeights(basis @ given / UNITS, basis)


def bistable() -> LowRankWeights:
    """Origin unstable in both directions, two saddles and two stable points."""
    return network([[2.2, 0.1], [-0.1, 1.6]])


def turning(growth: float = 1.8, turn: float = 1.2) -> LowRankWeights:
    """Above growth 1: one unstable point and a stable limit cycle round it."""
    return network([[growth, turn], [-turn, growth]])


@cache
def fixed_points() -> dynamics.FixedPoints:
    """Five: two stable, two saddles, one unstable."""
    return dynamics.fixed_points(bistable(), 0.1, proof_seconds=0.0)


@cache
def portrait() -> Any:
    """Of the same network, exact nullclines and two basins."""
    return phase_portrait(bistable(), grid=25, fixed=fixed_points(), steps=600)


@cache
def trajectory() -> np.ndarray:
    """(60, M) states of the turning network, from near the origin."""
    w, states = turning(), [0.3 * directions()[:, 0]]
    for _ in range(59):
        states.append(0.9 * states[-1] + 0.1 * (w.U @ (w.V.T @ np.tanh(states[-1]))))
    return np.array(states)


@cache
def course(dt: float | None = 0.01) -> dynamics.Course:
    return dynamics.course(turning(), trajectory(), 0.1, dt)


@cache
def lyapunov(dt: float | None = 0.01) -> dynamics.Lyapunov:
    """On the cycle: one zero exponent, the others negative."""
    return dynamics.lyapunov(turning(), trajectory()[-1], 800, 0.1, dt, 4)


@cache
def diagram() -> dynamics.Diagram:
    """The turning network's growth from 0.8 to 1.4: a Hopf point at a third of the path."""
    return dynamics.bifurcations(lambda s: turning(0.8 + 0.6 * s), 0.1, searches=3, most_cycles=8)


@cache
def pitchfork() -> dynamics.Diagram:
    """Overlaps from 0.5 to 1.5 in one direction: a pitchfork half-way."""
    return dynamics.bifurcations(lambda s: network([[0.5 + s, 0.0], [0.0, 0.2]]), 0.1, searches=3, cycles=False)
