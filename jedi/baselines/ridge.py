"""Linear regression from some neurons to others, its penalty chosen within the training trials."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float

from jedi.baselines.folds import blocked_folds

PENALTIES = np.logspace(-4, 2, 13)  # in units of the mean variance of the predictors times the number of rows


def ridge_between_neurons(
    activity: Float[np.ndarray, "K T N"],
    recorded: Bool[np.ndarray, "K T"],
    new: Float[np.ndarray, "B T N"],
    seen: Bool[np.ndarray, " N"],
) -> Float[np.ndarray, "B T H"]:
    """The unseen neurons of new trials, bin by bin, from the seen ones of the same bin.

    Fitted on all recorded bins of the training trials `activity`; the penalty is the one that does best on whole
    blocks of neighbouring trials left out in turn, so that neither smoothing nor overlap of windows flatters it.
    """
    parts = blocked_folds(len(activity))
    rows = [activity[part][recorded[part]] for part in parts]
    coefficients, offset = _fit([r[:, seen] for r in rows], [r[:, ~seen] for r in rows])
    return np.asarray(new[:, :, seen] @ coefficients + offset)


def ridge_between_starts(
    starts: Float[np.ndarray, "K N"], new: Float[np.ndarray, "B N"], seen: Bool[np.ndarray, " N"]
) -> Float[np.ndarray, "B N"]:
    """First states whose unseen neurons are estimated from the seen ones; the seen are kept as they are."""
    parts = blocked_folds(len(starts))
    coefficients, offset = _fit([starts[p][:, seen] for p in parts], [starts[p][:, ~seen] for p in parts])
    estimated = np.array(new, dtype=float)
    estimated[:, ~seen] = new[:, seen] @ coefficients + offset
    return estimated


def _fit(
    predictors: list[Float[np.ndarray, "_ P"]], targets: list[Float[np.ndarray, "_ H"]]
) -> tuple[Float[np.ndarray, "P H"], Float[np.ndarray, " H"]]:
    """Coefficients and offset, the penalty validated across the given blocks of rows."""
    blocks = [_Moments.of(x, y) for x, y in zip(predictors, targets, strict=True)]
    together = sum(blocks[1:], start=blocks[0])
    if len(blocks) == 1:
        return together.solutions(PENALTIES[-1:])[0]
    errors = np.zeros(len(PENALTIES))
    for block in blocks:
        if block.count and together.count > block.count:
            errors += [block.squared_error(*solution) for solution in (together - block).solutions(PENALTIES)]
    return together.solutions(PENALTIES[[int(np.argmin(errors))]])[0]


@dataclass(frozen=True, eq=False)
class _Moments:
    """Sums over rows from which a regression and its error follow without the rows; they add and subtract."""

    count: int
    x: Float[np.ndarray, " P"]
    y: Float[np.ndarray, " H"]
    xx: Float[np.ndarray, "P P"]
    xy: Float[np.ndarray, "P H"]
    yy: float

    @classmethod
    def of(cls, x: Float[np.ndarray, "I P"], y: Float[np.ndarray, "I H"]) -> _Moments:
        x, y = x.astype(float), y.astype(float)
        return cls(len(x), x.sum(0), y.sum(0), x.T @ x, x.T @ y, float((y**2).sum()))

    def __add__(self, other: _Moments) -> _Moments:
        return self._plus(other, 1)

    def __sub__(self, other: _Moments) -> _Moments:
        return self._plus(other, -1)

    def _plus(self, other: _Moments, sign: int) -> _Moments:
        return _Moments(*(getattr(self, f.name) + sign * getattr(other, f.name) for f in fields(self)))

    def solutions(self, penalties: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Coefficients and offset for each penalty, from one eigendecomposition."""
        mean_x, mean_y = self.x / self.count, self.y / self.count
        covariance = self.xx / self.count - np.outer(mean_x, mean_x)
        values, vectors = np.linalg.eigh(covariance)
        rotated = vectors.T @ (self.xy / self.count - np.outer(mean_x, mean_y))
        unit = max(float(np.mean(np.maximum(values, 0))), np.finfo(float).tiny)
        found = []
        for penalty in penalties:
            coefficients = vectors @ (rotated / (np.maximum(values, 0) + penalty * unit)[:, None])
            found.append((coefficients, mean_y - mean_x @ coefficients))
        return found

    def squared_error(self, coefficients: np.ndarray, offset: np.ndarray) -> float:
        """Sum of squares of y - x coefficients - offset over these rows."""
        cross = 2 * (self.xy * coefficients).sum() + 2 * self.y @ offset
        square = (coefficients * (self.xx @ coefficients)).sum() + 2 * (self.x @ coefficients) @ offset
        return float(self.yy - cross + square + self.count * offset @ offset)
