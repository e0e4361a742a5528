"""Predictions that know no trial: the mean at each time; and one that knows a single bin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def mean_by_time(activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"]) -> Float[np.ndarray, "T N"]:
    """Each neuron's mean over trials at each bin; over all bins where no trial recorded that one."""
    count = recorded.sum(0)
    total = np.einsum("ktn,kt->tn", activity, recorded.astype(activity.dtype))
    overall = total.sum(0) / max(count.sum(), 1)
    return np.asarray(np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], overall))


def last_state_held(
    activity: Float[np.ndarray, "K T N"], seen: Bool[np.ndarray, "K T"], otherwise: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "K T N"]:
    """Each trial's last seen bin, at all times; `otherwise` for a trial of which nothing is seen."""
    trials, bins, _ = activity.shape
    last = bins - 1 - np.argmax(seen[:, ::-1], axis=1)
    held = np.where(seen.any(axis=1, keepdims=True), activity[np.arange(trials), last], otherwise)
    return np.repeat(held[:, None], bins, axis=1)
