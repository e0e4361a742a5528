"""Lyapunov exponents of the Euler map: how fast neighbouring states part, on the attractor or along a trial.

    x[t+1] = (1 - a) x[t] + a (J tanh(x[t]) + b),    A_t = (1 - a) I + a J diag(1 - tanh(x[t])^2)
    lambda_i = lim (1/T) ln |i-th diagonal of the triangular factor of A_{T-1} ... A_0|

With J of rank R the space that the recurrence writes into is invariant under every A_t, and off it A_t is 1 - a times
the identity. The spectrum is therefore that of an R x R product, and ln(1 - a) another M - R times, exactly: `lyapunov`
propagates n vectors of R numbers, not of M, and knows all M exponents.

Source of the method: Benettin et al. (1980), Meccanica 15; Shimada and Nagashima (1979), Progress of Theoretical
Physics 61. Standard errors by blocks: Flyvbjerg and Petersen (1989), Journal of Chemical Physics 91.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from jedi.dynamics.blocks import Blocks, block_edges, blocks_of
from jedi.dynamics.factors import Factors, factors_of
from jedi.dynamics.network import checked_state, checked_step, network_of
from jedi.errors import JediError

_USUAL = 10  # exponents, where no number is asked for
_ROUNDS = 40  # of `finite_time`, there and back: directions that grow alike settle slowly, and matter as little
_SETTLED = 1e-6  # change of ln(singular value) over the trial in a round; what is then still to come is as small


@dataclass(frozen=True, eq=False)
class Lyapunov:
    """The n largest exponents of a network with M units, the largest first.

    -inf is an exponent too: of directions that one step maps to zero (dt / tau = 1, or an eigenvalue 0). Growth of
    less than 1e-15 of the Jacobian's own size in a step counts as that, since rounding leaves no less.
    """

    exponents_per_step: Float[np.ndarray, " n"]  # nats a step
    standard_error_per_step: Float[np.ndarray, " n"]  # 0 where growth is the same at every step; NaN for one step
    dt: float | None  # s a step
    dt_over_tau: float
    steps: int  # measured
    discarded: int  # before those
    blocks: int  # whose means the standard errors come from
    running: Float[np.ndarray, "B n"]  # the estimate after each block, nats a step
    units: int  # M
    finite_time: bool = False  # along given states: exponents are exact; errors say how growth varied on the way

    @property
    def exponents(self) -> Float[np.ndarray, " n"] | None:
        """Nats per second; None without dt."""
        return None if self.dt is None else np.asarray(self.exponents_per_step / self.dt)

    @property
    def standard_error(self) -> Float[np.ndarray, " n"] | None:
        """Per second; None without dt."""
        return None if self.dt is None else np.asarray(self.standard_error_per_step / self.dt)

    @property
    def exponents_per_tau(self) -> Float[np.ndarray, " n"]:
        """Nats per time constant of the units."""
        return np.asarray(self.exponents_per_step / self.dt_over_tau)

    @property
    def sum_per_step(self) -> float:
        """The sum of the n exponents; with all M, the mean of ln |det A_t|."""
        return float(self.exponents_per_step.sum())

    @property
    def kaplan_yorke_dimension(self) -> float:
        """j + (lambda_1 + ... + lambda_j) / |lambda_{j+1}|, j the most exponents whose sum is not negative.

        An exponent within two standard errors of 0 counts as 0 (but along a trial, where it is no estimate), so that a
        limit cycle has dimension 1 and not, by the sign of a rounding error, 0 or a little more than 1. 0 where all
        are negative; M where no volume shrinks; NaN where the sum of the n exponents is not negative and more would
        be needed (ask for a larger n).

        Source: Kaplan and Yorke (1979), Lecture Notes in Mathematics 730.
        """
        values = self.exponents_per_step
        uncertain = np.zeros(len(values)) if self.finite_time else np.nan_to_num(self.standard_error_per_step)
        values = np.sort(np.where(np.abs(values) <= 2 * uncertain, 0.0, values))[::-1]
        sums = np.cumsum(values)
        if sums[-1] >= 0:
            return float(self.units) if len(values) == self.units else float("nan")
        count = int(np.count_nonzero(sums >= 0))  # the sums rise, then fall: those not negative come first
        return 0.0 if count == 0 else float(count + sums[count - 1] / -values[count])


def lyapunov(
    w: Any,
    x0: Float[np.ndarray, " M"],
    steps: int = 5000,
    dt_over_tau: float = 0.1,
    dt: float | None = None,
    n: int | None = None,
    discard: int | None = None,
    seed: int = 0,
) -> Lyapunov:
    """The n largest exponents (10, or all M if fewer, where n is not given) of the orbit that x0 leads to.

    Args:
        w: weights with `.U` and `.V` (M, R), or `.J` (M, M), and perhaps a `.bias` (M,).
        x0: state (M,) to start at.
        steps: Euler steps measured.
        dt_over_tau: Euler step in time constants; dt: the same in seconds, for exponents per second.
        discard: steps taken before those, during which the state and the vectors settle; a tenth of `steps` where
            not given. With 0 the growth is that from x0 on, of vectors that begin at random.
        seed: of the vectors' first directions.

    Raises JediError for sizes and numbers that cannot be used.
    """
    from jedi.dynamics.lyapunov_kernel import orbit_growth

    network = network_of(w)
    units = network.units
    checked_step(dt_over_tau)
    start = checked_state(x0, units)
    if start.ndim != 1:
        raise JediError(f"the first state has shape {start.shape}; expected one state, ({units},)")
    discard = steps // 10 if discard is None else discard
    if steps < 1 or discard < 0:
        raise JediError(f"{steps} steps after {discard} discarded; expected at least 1 after at least 0")
    count = _count(n, units)
    factors = factors_of(network)
    among = min(count, factors.rank)
    directions = np.random.default_rng(seed).standard_normal((factors.rank, among))
    frame = np.ascontiguousarray(np.linalg.qr(directions)[0])
    edges = block_edges(steps)
    reads = np.ascontiguousarray(factors.reader.T)
    sums = orbit_growth(
        factors.basis, reads, factors.whole, network.bias, start.copy(), frame, float(dt_over_tau), discard, edges
    )
    return _found(sums, edges, factors.units - factors.rank, count, units, dt_over_tau, dt, discard)


def finite_time(
    w: Any,
    x: Float[np.ndarray, "S M"],
    dt_over_tau: float = 0.1,
    dt: float | None = None,
    n: int | None = None,
) -> Lyapunov:
    """The n largest exponents along S given states: ln of the singular values of A_{S-2} ... A_0, over S - 1 steps.

    That is the growth of the axes of a small ball around the first state until the last, in the space of all M units:
    nothing is discarded, no direction is drawn at random, and what a non-normal network amplifies in passing counts.
    Recursive QR decomposition (Abarbanel, Brown and Kennel 1992, Journal of Nonlinear Science 2): the frame goes back
    through the transposed Jacobians and comes forward again until it is that of the singular vectors. The standard
    error says how growth varied within the trial. `dt` is in seconds, for exponents per second. Raises JediError for
    fewer than two states, and for sizes and numbers that cannot be used.
    """
    from jedi.dynamics.lyapunov_kernel import given_growth

    network = network_of(w)
    units = network.units
    a = checked_step(dt_over_tau)
    states = checked_state(x, units)
    if states.ndim != 2 or len(states) < 2:
        raise JediError(f"the trajectory has shape {states.shape}; expected (steps, {units}) with at least two states")
    count = _count(n, units)
    factors = factors_of(network)
    slopes = 1 - np.tanh(states[:-1]) ** 2
    fixed = (factors.basis, factors.reader, factors.whole, slopes)
    frame, decaying = _singular_frame(factors, a, count, lambda first: given_growth(*fixed, first, a, True)[1])
    others = np.full(min(decaying, count), len(slopes) * _decay(a))
    before = np.full(count, np.inf)
    for _ in range(_ROUNDS):
        growth, end = given_growth(*fixed, frame, a, False)
        total = np.sort(np.concatenate([growth.sum(axis=0), others]))[::-1][:count]
        same = total == before  # -inf, too
        if np.all(same | (np.abs(np.where(same, 0, total) - np.where(same, 0, before)) < _SETTLED)):
            break
        before = total
        frame = given_growth(*fixed, end, a, True)[1]
    edges = block_edges(len(growth))
    sums = np.add.reduceat(growth, edges[:-1], axis=0)
    return replace(_found(sums, edges, decaying, count, units, a, dt, 0), finite_time=True)


def _singular_frame(factors: Factors, a: float, count: int, back: Any) -> tuple[Float[np.ndarray, "M f"], int]:
    """A first frame for the product's right singular vectors, and how many others have exactly (1 - a)^T.

    The product is (1 - a)^T I + basis S, with S (R, M): all but those within the span of the basis and of S^T; with
    a = 1, of S^T alone. Those below (1 - a)^T drown in rounding there, so that a frame which grows into the largest
    by itself is taken where so many are asked for that they matter.
    """
    units, rank = factors.units, factors.rank
    if a == 1 and not factors.whole:
        return back(factors.basis), units - rank
    if count <= units - 2 * rank:
        both = np.concatenate([factors.basis, back(factors.basis)], axis=1)
        return np.ascontiguousarray(np.linalg.qr(both)[0]), units - 2 * rank
    kept = min(units, count + _USUAL)  # more than asked for: directions near the last one settle slowly
    directions = np.random.default_rng(0).standard_normal((units, kept))
    return np.ascontiguousarray(np.linalg.qr(directions)[0]), 0


def _decay(dt_over_tau: float) -> float:
    """ln(1 - a), the growth a step of what the recurrence does not reach."""
    return float(np.log1p(-dt_over_tau)) if dt_over_tau < 1 else -np.inf


def _count(n: int | None, units: int) -> int:
    count = min(_USUAL, units) if n is None else n
    if not 1 <= count <= units:
        raise JediError(f"{count} exponents of a network with {units} units; ask for 1 to {units}")
    return count


def _found(
    sums: Float[np.ndarray, "b r"],
    edges: Any,
    decaying: int,
    count: int,
    units: int,
    dt_over_tau: float,
    dt: float | None,
    discarded: int,
) -> Lyapunov:
    """The `count` largest of the measured exponents and of ln(1 - a), `decaying` times."""
    if dt is not None and not dt > 0:
        raise JediError(f"a step of {dt:g} s; expected more than 0, or none")
    measured: Blocks = blocks_of(sums, edges)
    rest, others = _decay(dt_over_tau), min(decaying, count)
    values = np.concatenate([measured.mean, np.full(others, rest)])
    errors = np.concatenate([measured.standard_error, np.zeros(others)])
    running = np.concatenate([measured.running, np.full((len(measured.running), others), rest)], axis=1)
    order = np.argsort(-values, kind="stable")[:count]
    return Lyapunov(
        values[order],
        errors[order],
        None if dt is None else float(dt),
        float(dt_over_tau),
        int(edges[-1]),
        discarded,
        len(running),
        running[:, order],
        units,
    )
