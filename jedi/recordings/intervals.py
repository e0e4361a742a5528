"""Stretches of time: unions, intersections, and how much of a bin they cover.

Stretches are an array (S, 2) of starts and stops in s, in order and without overlap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

TOLERANCE = 1e-6  # s: times written as decimals and read as floats


def union(starts: Times, stops: Times) -> Times:
    """The stretches covered by any of the intervals [starts, stops]; those with no positive length are left out."""
    good = stops > starts  # False for NaN
    starts, stops = starts[good], stops[good]
    if len(starts) == 0:
        return np.empty((0, 2))
    order = np.argsort(starts, kind="stable")
    starts, stops = starts[order], np.maximum.accumulate(stops[order])
    opens = np.concatenate([[True], starts[1:] > stops[:-1] + TOLERANCE])
    closes = np.concatenate([opens[1:], [True]])
    return np.column_stack([starts[opens], stops[closes]])


def intersection(a: Times, b: Times) -> Times:
    """The stretches covered by both."""
    if len(a) == 0 or len(b) == 0:
        return np.empty((0, 2))
    edges = np.unique(np.concatenate([a.ravel(), b.ravel()]))
    middles = (edges[:-1] + edges[1:]) / 2
    inside = contains(a, middles) & contains(b, middles)
    return union(edges[:-1][inside], edges[1:][inside])


def without(a: Times, b: Times) -> Times:
    """What is left of the stretches `a` when the stretches `b` are taken away."""
    if len(a) == 0 or len(b) == 0:
        return a
    outside = np.column_stack([np.concatenate([[-np.inf], b[:, 1]]), np.concatenate([b[:, 0], [np.inf]])])
    low, high = a[0, 0], a[-1, 1]
    return intersection(a, union(np.clip(outside[:, 0], low, high), np.clip(outside[:, 1], low, high)))


def contains(stretches: Times, times: Times) -> npt.NDArray[np.bool_]:
    """Whether each time lies in a stretch, its two ends included."""
    if len(stretches) == 0:
        return np.zeros(np.shape(times), np.bool_)
    at = np.searchsorted(stretches[:, 0], times + TOLERANCE, side="right") - 1
    inside: npt.NDArray[np.bool_] = (at >= 0) & (times <= stretches[np.maximum(at, 0), 1] + TOLERANCE)
    return inside


def duration(stretches: Times) -> float:
    """Their length together, s."""
    return float(np.sum(stretches[:, 1] - stretches[:, 0]))


def coverage(stretches: Times, starts: Times, bins: int, width: float) -> npt.NDArray[np.float64]:
    """The part, 0 to 1, of each bin that is covered: bin t of row k is [starts[k] + t width, + width); (K, bins)."""
    edges = starts[:, None] + width * np.arange(bins + 1)
    if len(stretches) == 0:
        return np.zeros((len(starts), bins))
    knots = stretches.ravel()
    covered = np.concatenate([[0.0], np.cumsum(np.diff(knots) * (np.arange(len(knots) - 1) % 2 == 0))])
    part: npt.NDArray[np.float64] = np.diff(np.interp(edges, knots, covered), axis=1) / width
    return part.clip(0.0, 1.0)
