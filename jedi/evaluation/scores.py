"""R^2 as it is counted here, and how sure one can be of a difference between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

RESAMPLES = 2000


@dataclass(frozen=True, eq=False)
class Score:
    """R^2 = 1 - sum (x - xhat)^2 / sum (x - mean_n)^2, kept as the two sums of each trial."""

    residual: Float[np.ndarray, " K"]
    about_mean: Float[np.ndarray, " K"]

    @property
    def r2(self) -> float | None:
        """Pooled over the trials; None where nothing was scored or nothing varied."""
        total = float(self.about_mean.sum())
        return 1 - float(self.residual.sum()) / total if total > 0 else None


def score(
    truth: Float[np.ndarray, "K T N"],
    predicted: Float[np.ndarray, "*K T N"],
    scored: Bool[np.ndarray, "K T"],
    mean: Float[np.ndarray, " N"],
) -> Score:
    """The score of a prediction of each trial (or of one for all of them) over its scored bins."""
    weight = scored.astype(float)
    residual = np.einsum("ktn,ktn->kt", *[(truth - predicted).astype(float)] * 2)
    about_mean = np.einsum("ktn,ktn->kt", *[(truth - mean).astype(float)] * 2)
    # where: an unscored bin may hold anything, infinities included
    return Score((np.where(scored, residual, 0.0) * weight).sum(1), (np.where(scored, about_mean, 0.0) * weight).sum(1))


def mean_r2(scores: Sequence[Score]) -> float | None:
    """The mean R^2 of several questions asked of the same trials, such as three splits of the neurons."""
    values = [s.r2 for s in scores]
    return None if not values or None in values else float(np.mean(values))  # type: ignore[arg-type]


def interval(
    scores: Sequence[Score], against: Sequence[Score] | None = None, seed: int = 0, share: float = 0.95
) -> list[float] | None:
    """Bootstrap interval over trials of the mean R^2, or of its difference from `against` on the same trials.

    Paired: a resample takes the same trials for both and for all questions. Percentiles of 2,000 resamples; None with
    fewer than five trials, of which resamples say nothing. It tells how the figure depends on the trials drawn, not on
    the seed of training or the choice of neurons; trials whose windows overlap share noise, which it does not know.
    """
    trials = len(scores[0].residual) if scores else 0
    if trials < 5 or mean_r2(scores) is None:
        return None
    rng = np.random.default_rng([seed, 0xB007])
    times = rng.multinomial(trials, np.full(trials, 1 / trials), size=RESAMPLES).astype(float)

    def resampled(of: Sequence[Score]) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            each = [1 - (times @ s.residual) / (times @ s.about_mean) for s in of]
        return np.asarray(np.mean(each, axis=0))

    drawn = resampled(scores) - (0.0 if against is None else resampled(against))
    drawn = drawn[np.isfinite(drawn)]
    tail = (1 - share) / 2
    return [float(q) for q in np.quantile(drawn, [tail, 1 - tail])] if len(drawn) else None
