"""The mean of a long series and its standard error by blocks, for values that depend on those before them.

Values are summed over short blocks as they come. Neighbouring blocks are then joined until what one of them says
about the next is small; the spread of their means gives the standard error.

Source: Flyvbjerg and Petersen (1989), Journal of Chemical Physics 91.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

FEWEST = 16  # joined blocks are never fewer: their spread would say too little
_SHORTEST, _MOST = 8, 4096  # values in a block, blocks
_ROUNDING = 1e-13  # a spread below this share of the mean, or of 1, is none


@dataclass(frozen=True, eq=False)
class Blocks:
    """Means of n series over all values."""

    mean: Float[np.ndarray, " n"]
    standard_error: Float[np.ndarray, " n"]  # 0 for constants, also for -inf; NaN for a single value
    running: Float[np.ndarray, "B n"]  # the mean of all values up to the end of each of B joined blocks


def block_edges(steps: int) -> Int[np.ndarray, " b"]:
    """Edges (b + 1,) of blocks of all but equal length: a power of two times 16 of them, or one a value if few."""
    count = min(steps, FEWEST)
    while count >= FEWEST and 2 * count * _SHORTEST <= steps and 2 * count <= _MOST:
        count *= 2
    return np.asarray(np.arange(count + 1, dtype=np.int64) * steps // count)


def blocks_of(sums: Float[np.ndarray, "b n"], edges: Int[np.ndarray, " b1"]) -> Blocks:
    """Mean and standard error of series given as sums over blocks with these edges.

    Blocks are as short as is compatible with a lag-one correlation of their means no larger than chance gives, in
    every series: at most two standard errors, of either sign, since swings within a cycle cancel from block to block.
    If even the longest are correlated, the error is that of a first-order autoregression. It is never less than what
    the running sum's swings about its trend leave open between first and last value: blocks as long as the period of a
    cycle would see no spread. A series that holds -inf has the mean -inf.
    """
    endless = np.isneginf(sums).any(axis=0)
    finite = np.where(endless, 0.0, sums)
    swing = np.cumsum(finite, axis=0)
    swing = (swing - swing[-1] * (edges[1:, None] / edges[-1])).std(axis=0)
    while len(finite) >= 2 * FEWEST and _related(finite / np.diff(edges)[:, None]):
        finite, edges = finite[::2] + finite[1::2], edges[::2]
    means = finite / np.diff(edges)[:, None]
    running = np.cumsum(finite, axis=0) / edges[1:, None]
    mean = running[-1]
    if len(means) < 2:
        error = np.full(len(mean), np.nan)
    else:
        left = np.clip(_correlation(means), 0.0, 0.9)
        error = means.std(axis=0, ddof=1) / len(means) ** 0.5 * ((1 + left) / (1 - left)) ** 0.5
        error = np.maximum(error, 2**0.5 * swing / edges[-1])
        error = np.where(error <= _ROUNDING * np.maximum(np.abs(mean), 1.0), 0.0, error)
    return Blocks(np.where(endless, -np.inf, mean), np.where(endless, 0.0, error), np.where(endless, -np.inf, running))


def _related(means: Float[np.ndarray, "b n"]) -> bool:
    return bool((np.abs(_correlation(means)) > 2 / len(means) ** 0.5).any())


def _correlation(means: Float[np.ndarray, "b n"]) -> Float[np.ndarray, " n"]:
    """Lag-one autocorrelation of each column; 0 of a constant one."""
    apart = means - means.mean(axis=0)
    power = (apart**2).sum(axis=0)
    constant = power <= len(means) * (_ROUNDING * np.maximum(np.abs(means.mean(axis=0)), 1.0)) ** 2
    found = (apart[1:] * apart[:-1]).sum(axis=0) / np.where(constant, 1.0, power)
    return np.asarray(np.where(constant, 0.0, found))
