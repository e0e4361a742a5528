"""All fixed points of a network, what they are, and what is known about there being no others.

    tau dx/dt = -x + J tanh(x) + b = 0,      x = U k + b,   k = V^T tanh(x)

A low-rank network is searched in R dimensions (`search.py`), and then interval arithmetic tries to prove that none is
missing (`proof.py`); what it finds besides is added. A full-rank network is searched in its M dimensions.

Stability is that of the Euler map at this dt / tau, |eigenvalue| < 1, with the flow's own verdict beside it: at a large
step a point that is stable in continuous time can flip.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

from jedi.dynamics.linearisation import Spectrum, spectrum
from jedi.dynamics.network import Network, checked_state, checked_step, network_of
from jedi.dynamics.proof import Proof, prove
from jedi.dynamics.reduced import Reduced, reduced
from jedi.dynamics.search import Search, distinct, index, search
from jedi.dynamics.slow_points import slow_points

Completeness = Literal["proved", "consistent", "incomplete", "unknown"]

MOST_STARTS = 8192
MOST_STARTS_FULL = 384
FIRST_FULL = 48
MOST_PROVABLE_RANK = 12  # beyond it the number of boxes leaves no hope


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """P points, fixed points first (stable ones first of all), slow points last."""

    x: Float[np.ndarray, "P M"]
    k: Float[np.ndarray, "P R"]  # overlaps right^T tanh(x)
    residual: Float[np.ndarray, " P"]  # largest |F_i|, F = -x + J tanh(x) + b
    spectrum: Spectrum  # of the Euler map's Jacobian at each point
    n_unstable: Int[np.ndarray, " P"]  # eigenvalues of the map outside the unit circle
    n_unstable_continuous: Int[np.ndarray, " P"]  # eigenvalues of the flow with a positive real part
    index: Int[np.ndarray, " P"]  # sign det(-Jacobian) of the flow; 0 for slow points
    kind: np.ndarray  # (P,) "stable", "saddle", "unstable" (in all R directions of the low-rank part) or "slow"
    speed: Float[np.ndarray, " P"]  # |F| per tau
    slow_direction: Float[np.ndarray, "P M"]  # unit eigenvector of the flow's eigenvalue nearest to 0
    completeness: Completeness
    proof: Proof | None  # None where none was tried
    dt_over_tau: float
    starts: int  # of the search
    seconds: float  # of search and proof

    def __len__(self) -> int:
        return len(self.x)

    @property
    def index_sum(self) -> int:
        """+1 over a complete set."""
        return int(self.index.sum())

    @property
    def eigenvalues(self) -> Complex[np.ndarray, "P M"]:
        """All M eigenvalues of the Euler map's Jacobian at each point."""
        return self.spectrum.all

    @property
    def stable(self) -> Bool[np.ndarray, " P"]:
        """Fixed points that the Euler map returns to."""
        return np.asarray((self.n_unstable == 0) & (self.kind != "slow"))

    @property
    def stable_continuous(self) -> Bool[np.ndarray, " P"]:
        """Fixed points that the flow returns to."""
        return np.asarray((self.n_unstable_continuous == 0) & (self.kind != "slow"))


def fixed_points(
    w: Any,
    dt_over_tau: float = 0.1,
    seed: int = 0,
    proof_seconds: float = 5.0,
    *,
    starts: int | None = None,
    near: Float[np.ndarray, "S M"] | None = None,
    slow_speed: float | None = None,
    stop: Event | None = None,
    progress: Callable[[float, int], None] | None = None,
) -> FixedPoints:
    """Search for all fixed points of `w`, then try to prove within `proof_seconds` that none is missing.

    Args:
        w: weights with `.U` and `.V` (M, R) or `.J` (M, M), and perhaps `.bias` (M,).
        dt_over_tau: step of the Euler map whose stability is told, in (0, 1].
        seed: of the random starts; any seed gives the same points once they are proved complete.
        proof_seconds: 0 leaves the proof out. Only ranks up to 12 are tried.
        starts: at most about so many of Newton's method (8,192; full rank 384).
        near: states to start from as well, such as a trajectory.
        slow_speed: |F| per tau below which a minimum of |F| away from every fixed point counts as a slow point;
            None leaves them out.
        stop: set it from another thread to end the proof early.
        progress: told the share of the proof's volume that is left and its boxes so far.

    Raises JediError for weights, states or a step that cannot be used.
    """
    began = time.monotonic()
    checked_step(dt_over_tau)
    network = network_of(w)
    system = reduced(network)
    visited = None
    if near is not None:
        visited = system.overlaps(checked_state(near, network.units).reshape(-1, network.units))
    most = starts if starts is not None else MOST_STARTS_FULL if network.full else MOST_STARTS
    searched = search(system, np.random.default_rng(seed), most, visited, FIRST_FULL if network.full else None)
    k, proof = searched.k, None
    if proof_seconds > 0 and not network.full and network.rank <= MOST_PROVABLE_RANK:
        proof = prove(network, k @ system.out_of.T, proof_seconds, stop=stop, progress=progress)
        if proof.missed:
            k = distinct(system, np.concatenate([k, proof.roots @ system.into.T]))
    slow = np.empty((0, network.rank))
    if slow_speed is not None:
        slow = slow_points(system, searched.tried, k, slow_speed)
    completeness = _completeness(network, searched, proof, len(k))
    return _described(network, system, k, slow, dt_over_tau, completeness, proof, searched.starts, began)


def _completeness(network: Network, searched: Search, proof: Proof | None, count: int) -> Completeness:
    if network.full:
        return "unknown"
    if proof is not None and proof.finished:
        return "proved"
    return "consistent" if searched.consistent and count == len(searched.k) else "incomplete"


def _described(
    network: Network,
    system: Reduced,
    k: np.ndarray,
    slow: np.ndarray,
    dt_over_tau: float,
    completeness: Completeness,
    proof: Proof | None,
    starts: int,
    began: float,
) -> FixedPoints:
    points = np.concatenate([k, slow])
    x = system.states(points)
    signs = np.concatenate([index(system, k), np.zeros(len(slow), np.int64)])
    values, vectors = np.linalg.eig(network.core(x))
    unstable = (np.abs(1 - dt_over_tau + dt_over_tau * values) > 1).sum(1)
    kind = np.where(unstable == 0, "stable", np.where(unstable == network.rank, "unstable", "saddle")).astype("<U8")
    kind[len(k) :] = "slow"
    order = np.lexsort((points[:, 0], np.round(np.linalg.norm(x, axis=1), 8), unstable, kind == "slow"))
    nearest = np.abs(values - 1).argmin(1)
    across = np.take_along_axis(vectors, nearest[:, None, None], axis=2)[:, :, 0]
    direction = (across @ network.left.T).real
    direction = direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-300)
    flow = network.flow(x)
    return FixedPoints(
        x=x[order],
        k=network.overlaps(x)[order],
        residual=np.abs(flow).max(1)[order],
        spectrum=spectrum(network, dt_over_tau, x[order]),
        n_unstable=unstable[order],
        n_unstable_continuous=(values.real > 1).sum(1)[order],
        index=signs[order],
        kind=kind[order],
        speed=np.linalg.norm(flow, axis=1)[order],
        slow_direction=direction[order],
        completeness=completeness,
        proof=proof,
        dt_over_tau=dt_over_tau,
        starts=starts,
        seconds=time.monotonic() - began,
    )
