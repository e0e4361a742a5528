"""Gaussian smoothing on a grid of bins, in recorded time only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

REACH_SD = 4.0  # the kernel ends here: 6e-5 of a Gaussian lies beyond


@dataclass(frozen=True)
class Kernel:
    """Weights of the bins around one bin."""

    weights: Array  # (before + 1 + after,), from the earliest bin to the latest; they sum to 1
    before: int  # bins into the past
    after: int  # bins into the future; 0 for a causal kernel
    step: dict[str, Any]  # for the dataset's record


def gaussian(sd: float, width: float, causal: bool, where: str) -> Kernel:
    """A Gaussian of standard deviation `sd` (s) sampled at bins of `width` (s); causal: its past half only.

    `where` says on what the smoothing acts, for the record.
    """
    reach = int(np.ceil(REACH_SD * sd / width - 1e-9))
    lags = np.arange(-reach, 1 if causal else reach + 1)
    weights = np.exp(-0.5 * (lags * width / sd) ** 2)
    step = {
        "step": "smooth",
        "sd": sd,
        "kernel": "causal" if causal else "gaussian",
        "symmetric": not causal,
        "reach": round(reach * width, 9),
        "where": where,
        "edges": "weights renormalised over recorded time",
    }
    return Kernel(weights / weights.sum(), reach, 0 if causal else reach, step)


def sentence(step: dict[str, Any]) -> str:
    """What a kernel's step did, for a report."""
    said = f"smoothed ({step['where']}) by a Gaussian of SD {1e3 * step['sd']:g} ms"
    if step["symmetric"]:
        return f"{said}, symmetric: activity appears up to {1e3 * step['reach']:g} ms before the event that brings it"
    return f"{said}, its past half only: nothing appears before the event that brings it"


def smoothing_matrix(kernel: Kernel, bins: int) -> Array:
    """The matrix (before + bins + after, bins) that takes bins with both margins to the smoothed ones in between."""
    matrix = np.zeros((kernel.before + bins + kernel.after, bins))
    for lag, weight in enumerate(kernel.weights):
        matrix[np.arange(bins) + lag, np.arange(bins)] = weight
    return matrix


def rates(counts: Array, covered: Array, matrix: Array, width: float) -> Array:
    """Smoothed rates in spikes/s.

    rate = sum_j k_j counts_j / (width sum_j k_j covered_j): where part of the kernel lies in unrecorded time, the
    rest of it decides, so that a rate does not sink towards the edge of a recording.

    counts (..., before + T + after); covered (..., before + T + after), the recorded part of each bin; -> (..., T).
    """
    weight = covered @ matrix
    smoothed: Array = counts @ matrix / (width * np.where(weight > 0, weight, np.inf))
    return smoothed
