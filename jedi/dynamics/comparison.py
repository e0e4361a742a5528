"""How alike two sets of fixed points, or of eigenvalues, are.

    matching     pairs that minimise the summed distance, one to one (optimal assignment)
    Hausdorff    the largest distance from a point of either set to the nearest of the other
    Wasserstein  W_p = (min over plans of sum_ij plan_ij |a_i - b_j|^p)^(1/p), the points of a set weighing the same

All three are exact. The last two are metrics on sets of points; a set with more points of the same places is, for the
last, a heavier place. A low-rank network's spectrum is compared with the equal rest put back in as far as needed, so
that networks of different rank can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Inexact, Int

from jedi.dynamics.linearisation import Spectrum
from jedi.errors import JediError


@dataclass(frozen=True, eq=False)
class Matching:
    """Points paired one to one, in the order of the first set; what is left over belongs to one set only."""

    pairs: Int[np.ndarray, "n 2"]  # indices into a and into b
    distances: Float[np.ndarray, " n"]  # Euclidean, of each pair
    unmatched_a: Int[np.ndarray, " p"]
    unmatched_b: Int[np.ndarray, " q"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two sets of fixed points side by side; slow points, which are none, are left out."""

    matching: Matching  # stable points with stable ones, others with others; indices into the points as given
    hausdorff: float  # between the states (M,), Euclidean, in the units of x
    wasserstein: float  # W_1 between the same, in the units of x
    spectral_distances: Float[np.ndarray, " n"]  # of each pair: mean |lambda - lambda'| of the eigenvalues of the step
    counts_a: dict[str, int]  # points of each kind
    counts_b: dict[str, int]


def match_points(
    a: Float[np.ndarray, "P M"],
    b: Float[np.ndarray, "Q M"],
    kinds_a: Sequence[str] | None = None,
    kinds_b: Sequence[str] | None = None,
    limit: float | None = None,
) -> Matching:
    """The one-to-one pairs of the least summed distance: min(P, Q) of them.

    With kinds, only points of the same kind are paired. With a `limit`, points farther apart than it are left
    unmatched, and the sum that is minimised counts `limit` for each of these. Either set may be empty. Raises JediError
    where the dimensions differ, a number is not finite, kinds are given for one set only, or do not fit their set.

    Source: Crouse (2016), IEEE Transactions on Aerospace and Electronic Systems 52, as SciPy solves it.
    """
    from scipy.optimize import linear_sum_assignment

    distance = _distances(a, b)
    if (kinds_a is None) != (kinds_b is None):
        raise JediError("kinds are given for one of the two sets only; give both, or neither")
    named_a = np.asarray([""] * len(a) if kinds_a is None else list(kinds_a), dtype=str)
    named_b = np.asarray([""] * len(b) if kinds_b is None else list(kinds_b), dtype=str)
    for points, named in ((a, named_a), (b, named_b)):
        if len(points) != len(named):
            raise JediError(f"{len(named)} kinds for {len(points)} points; expected one a point")
    if limit is not None and not limit > 0:
        raise JediError(f"the limit is {limit:g}; a distance above 0 is expected")
    pairs = []
    for kind in np.unique(named_a):
        rows, columns = np.flatnonzero(named_a == kind), np.flatnonzero(named_b == kind)
        cost = distance[np.ix_(rows, columns)]
        at_a, at_b = linear_sum_assignment(cost if limit is None else np.minimum(cost, limit))
        pairs.append(np.stack([rows[at_a], columns[at_b]], axis=1))
    found = np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=np.intp)
    if limit is not None:
        found = found[distance[found[:, 0], found[:, 1]] <= limit]
    found = found[np.argsort(found[:, 0], kind="stable")]
    return Matching(
        found,
        distance[found[:, 0], found[:, 1]],
        np.setdiff1d(np.arange(len(a)), found[:, 0]),
        np.setdiff1d(np.arange(len(b)), found[:, 1]),
    )


def hausdorff(a: Float[np.ndarray, "P M"], b: Float[np.ndarray, "Q M"]) -> float:
    """The largest distance from a point of either set to the nearest of the other; JediError for an empty set.

    Source: Taha and Hanbury (2015), IEEE Transactions on Pattern Analysis and Machine Intelligence 37, as in SciPy.
    """
    from scipy.spatial.distance import directed_hausdorff

    _distances(a, b, some=True)
    return float(max(directed_hausdorff(a, b)[0], directed_hausdorff(b, a)[0]))


def wasserstein(a: Float[np.ndarray, "P M"], b: Float[np.ndarray, "Q M"], order: float = 1.0) -> float:
    """The optimal-transport distance W_p of two sets of equally heavy points, p = `order`, solved exactly.

    Sets of the same size need an assignment only (Birkhoff: some optimal plan is a permutation); others the linear
    program over all plans. Raises JediError for an empty set, or an order below 1, with which it is no metric.
    """
    distance = _distances(a, b, some=True)
    if not 1 <= order < np.inf:
        raise JediError(f"the order is {order:g}; a number from 1 on is expected")
    scale = float(distance.max())
    if scale == 0:
        return 0.0
    cost = (distance / scale) ** order  # of order one, as the solver's tolerances are
    return float(scale * max(_transport(cost), 0.0) ** (1 / order))


def spectral_distance(a: Complex[np.ndarray, " n"] | Spectrum, b: Complex[np.ndarray, " m"] | Spectrum) -> float:
    """Mean |lambda - lambda'| over the pairs of the optimal assignment in the complex plane.

    For plain arrays of different length it is W_1. Of two `Spectrum`s about one state each, the shorter is first
    filled up with its equal rest. Raises JediError for an empty array, a spectrum of several states, or spectra of
    different matrices.
    """
    if isinstance(a, Spectrum) and isinstance(b, Spectrum):
        if a.of != b.of:
            raise JediError(f"one spectrum is of {a.of}, the other of {b.of}; compare like with like")
        if a.eigenvalues.ndim != 1 or b.eigenvalues.ndim != 1:
            raise JediError("a spectrum along several states; compare the spectra about one state each")
        size = max(a.eigenvalues.shape[-1], b.eigenvalues.shape[-1])
        a, b = (_filled(s, size) for s in (a, b))
    elif isinstance(a, Spectrum) or isinstance(b, Spectrum):
        raise JediError("one is a Spectrum, the other plain eigenvalues; give two of the same")
    return wasserstein(_as_points(a), _as_points(b))


def compare(fixed_a: Any, fixed_b: Any) -> Comparison:
    """The fixed points of two networks of the same size, matched, and how far apart they are.

    Stable points are matched with stable ones and others with others: what else kinds say, whether all directions of
    the low-rank part are unstable, depends on the rank, and the ranks may differ.

    `fixed_a` and `fixed_b` are `FixedPoints` at the same dt / tau. Raises JediError where the sizes or the steps
    differ, or where one of them has no fixed point.
    """
    if fixed_a.x.shape[1] != fixed_b.x.shape[1]:
        raise JediError(f"the networks have {fixed_a.x.shape[1]} and {fixed_b.x.shape[1]} units; expected the same")
    if fixed_a.dt_over_tau != fixed_b.dt_over_tau:
        raise JediError(
            f"the eigenvalues belong to steps of dt / tau {fixed_a.dt_over_tau:g} and {fixed_b.dt_over_tau:g}; "
            "find both sets of fixed points at the same step"
        )
    kinds = [np.asarray(fixed.kind, dtype=str) for fixed in (fixed_a, fixed_b)]
    true_a, true_b = (np.flatnonzero(kind != "slow") for kind in kinds)
    x_a, x_b = fixed_a.x[true_a], fixed_b.x[true_b]
    attract_a, attract_b = (
        ["stable" if one == "stable" else "other" for one in kind[kind != "slow"]] for kind in kinds
    )
    inner = match_points(x_a, x_b, attract_a, attract_b)
    matching = Matching(
        np.stack([true_a[inner.pairs[:, 0]], true_b[inner.pairs[:, 1]]], axis=1),
        inner.distances,
        true_a[inner.unmatched_a],
        true_b[inner.unmatched_b],
    )
    spectra = [
        spectral_distance(_at(fixed_a.spectrum, i), _at(fixed_b.spectrum, j)) for i, j in matching.pairs.tolist()
    ]
    counts = [
        {str(name): int(n) for name, n in zip(*np.unique(kind, return_counts=True), strict=True)} for kind in kinds
    ]
    return Comparison(matching, hausdorff(x_a, x_b), wasserstein(x_a, x_b), np.array(spectra, dtype=float), *counts)


def _transport(cost: Float[np.ndarray, "P Q"]) -> float:
    """The least cost of moving weights 1 / P to weights 1 / Q."""
    from scipy.optimize import linear_sum_assignment, linprog
    from scipy.sparse import eye_array, kron, vstack

    rows, columns = cost.shape
    if rows == columns:
        return float(cost[linear_sum_assignment(cost)].mean())
    leaves = kron(eye_array(rows), np.ones((1, columns)), format="csr")
    arrives = kron(np.ones((1, rows)), eye_array(columns), format="csr")
    weights = np.concatenate([np.full(rows, 1 / rows), np.full(columns, 1 / columns)])

    solved = linprog(cost.ravel(), A_eq=vstack([leaves, arrives]), b_eq=weights, bounds=(0, None), method="highs")
    if not solved.success:
        raise JediError(f"the transport between {rows} and {columns} points was not solved: {solved.message}")
    return float(solved.fun)


def _distances(a: np.ndarray, b: np.ndarray, some: bool = False) -> Float[np.ndarray, "P Q"]:
    """All Euclidean distances between two sets of points; JediError for what has none."""
    from scipy.spatial.distance import cdist

    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise JediError(f"points of shapes {a.shape} and {b.shape}; expected (points, dimensions), the latter the same")
    if some and not (len(a) and len(b)):
        raise JediError(f"sets of {len(a)} and {len(b)} points; a distance needs at least one point in each")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise JediError("a point holds a number that is not finite")
    return np.asarray(cdist(a, b))


def _as_points(values: Inexact[np.ndarray, " n"]) -> Float[np.ndarray, "n 2"]:
    """Complex numbers as points of the plane."""
    return np.stack([values.real, values.imag], axis=1).astype(np.float64)


def _filled(spectrum: Spectrum, size: int) -> Complex[np.ndarray, "*S n"]:
    """The low-rank part's eigenvalues and as many of the equal rest as make `size`."""
    missing = size - spectrum.eigenvalues.shape[-1]
    if missing > spectrum.rest_count:
        raise JediError(
            f"spectra of networks of different size: {spectrum.rest_count} equal eigenvalues, not {missing}"
        )
    rest = np.full((*spectrum.eigenvalues.shape[:-1], missing), spectrum.rest, dtype=complex)
    return np.concatenate([spectrum.eigenvalues, rest], axis=-1)


def _at(spectrum: Spectrum, i: int) -> Spectrum:
    """The spectrum about one of the states."""
    return replace(spectrum, eigenvalues=spectrum.eigenvalues[i])
