"""Proof that no fixed point is missing: interval arithmetic over the whole box that can hold any.

|tanh| < 1, so every fixed point has |k_r| < sum_n |V_nr|. `prove` covers that box with smaller ones until each is shown
to hold no fixed point, or to lie where a known one is the only one (`proof_kernel.py`). What is left at the end is the
proof: nothing. A network without a bias is its own mirror image, so that half a box will do.

Every bound is on exact real arithmetic with the numbers of the network as they are; roundings are bounded beforehand
(Higham 2002, section 3.1: a sum of n products, in any order, is within gamma(n) of the sum of moduli), and one number
per unit and rank pays for all of them. Sources: Krawczyk 1969; Neumaier 1990, Interval Methods for Systems of
Equations; Kearfott 1996, Rigorous Global Search.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from threading import Event

import numpy as np
from jaxtyping import Float

from jedi.dynamics.bounds import Bounded, Singles, bounded
from jedi.dynamics.network import Network
from jedi.dynamics.newton import newton
from jedi.dynamics.reduced import Reduced, reduced
from jedi.dynamics.sharing import Box, Cover, work_through
from jedi.kernels import thread_count

SMALLEST = 1e-9  # a box that no unit's input varies more in is given up: two fixed points would be as near as that


@dataclass(frozen=True, eq=False)
class Proof:
    """How far a proof came."""

    finished: bool  # every box is done with: the roots are all there are
    boxes: int
    seconds: float
    roots: Float[np.ndarray, "P R"]  # every fixed point known in the end (overlaps k), mirror images included
    missed: int  # of them, those that the proof had to find by itself
    undecided: int  # boxes that became too small, as about two fixed points that touch
    covered: float  # share of the volume that is done with
    reason: str  # why it is not finished; empty where it is


def prove(
    network: Network,
    roots: Float[np.ndarray, "P R"],
    seconds: float = 5.0,
    *,
    stop: Event | None = None,
    progress: Callable[[float, int], None] | None = None,
) -> Proof:
    """Prove that `roots` (overlaps k of fixed points) are all, or find what they lack, within so many seconds.

    `stop` ends it early; `progress` is told the share of the volume that is left and the boxes so far, a few times a
    second.
    Full-rank networks are as good as hopeless and can be tried: their R is M.
    """
    _compile()
    began = time.monotonic()
    system = reduced(network)
    bounds = bounded(network, system)
    given = Singles.of(bounds, np.asarray(roots, float).reshape(-1, system.rank) @ system.into.T)
    known, low, high = given, -bounds.extent, bounds.extent.copy()
    if network.odd:
        for root in given.roots:
            known = known.with_root(bounds, -root)
        low[np.argmax(bounds.extent)] = 0.0
    cover = Cover(
        bounds, known, partial(_resolve, bounds, system, network.odd), SMALLEST,
        deadline=began + seconds, stop=stop or Event(), progress=progress,
        whole=float(np.log(high - low).sum()), waiting=[(low[None], high[None])],
    )  # fmt: skip
    work_through(cover, thread_count())
    return Proof(
        finished=not cover.reason and not cover.undecided,
        boxes=cover.boxes,
        seconds=time.monotonic() - began,
        roots=cover.known.roots @ system.out_of.T,
        missed=len(cover.known.roots) - len(given.roots),
        undecided=len(cover.undecided),
        covered=1.0 - cover.left,
        reason=cover.reason
        or (f"{len(cover.undecided)} boxes about fixed points that touch" if cover.undecided else ""),
    )


@cache
def _compile() -> None:
    """Compile, or load, what a proof runs before its clock starts: at first that can take longer than a proof."""
    network = Network(np.ones((2, 1)) / 2, np.ones((2, 1)), np.ones(2))
    system = reduced(network)
    bounds = bounded(network, system)
    newton(system, np.zeros((1, 1)))
    box = (-bounds.extent[None], bounds.extent[None])
    nothing = Singles.of(bounds, np.empty((0, 1)))
    work_through(
        Cover(bounds, nothing, lambda _box, known: known, 1.0, np.inf, Event(), None, 0.0, waiting=[box]), threads=1
    )


def _resolve(bounds: Bounded, system: Reduced, odd: bool, box: Box, known: Singles) -> Singles:
    """The known fixed points and one more from inside a box, where Newton's method finds one that is surely one."""
    low, high = box
    starts = np.random.default_rng(0).uniform(low, high, (9, len(low)))
    starts[0] = (low + high) / 2
    ended = newton(system, starts)
    slack = 1e-6 * (high - low)
    for root in ended.k[((ended.k >= low - slack) & (ended.k <= high + slack)).all(1) & ended.converged]:
        more = known.with_root(bounds, root)
        if len(more.low) > len(known.low):
            return more.with_root(bounds, -root) if odd else more
    return known
