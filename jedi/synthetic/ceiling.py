"""How well noise lets any model do, from a second noise draw of the same trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from jedi.dataset import Dataset


@dataclass(frozen=True)
class NoiseCeiling:
    """The R^2 that process noise leaves to any prediction, pooled over neurons and the trials that were run twice."""

    noise_free: float  # of the trials' expected course: half of the difference between the draws is each one's noise
    repeat: float  # of one draw as a prediction of the other


def noise_ceiling(
    dataset: Dataset,
    trials: Bool[np.ndarray, " K"] | None = None,
    scale_sd: Float[np.ndarray, " N"] | None = None,
) -> NoiseCeiling | None:
    """The ceiling of R^2 on `trials` (all by default); None where the dataset holds no second draw of them.

    `scale_sd` divides each neuron's activity first (a run's scaled units); by default the recording's own units are
    kept. A context fitted to a trial's own noise can exceed `noise_free`; a prediction of unseen bins cannot.
    """
    repeat = dataset.truth.get("repeat")
    if repeat is None:
        return None
    rows = np.isfinite(repeat).all((1, 2)) & (True if trials is None else trials)
    if not rows.any():
        return None
    scale = np.ones(dataset.N) if scale_sd is None else scale_sd
    mask = dataset.recorded[rows]
    first, second = dataset.activity[rows][mask] / scale, repeat[rows][mask] / scale
    between, about_mean = ((first - second) ** 2).sum(), ((first - first.mean(0)) ** 2).sum()
    return NoiseCeiling(float(1 - between / 2 / about_mean), float(1 - between / about_mean))
