"""From a dataset to what training needs: who is held out, the scale, the scaled targets and where contexts start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from jedi.dataset import Dataset
from jedi.errors import JediError


def split_trials(dataset: Dataset, hold_out: float, seed: int) -> np.ndarray:
    """(K,) of "train", "held-out" and "left-out".

    Where windows overlap in time, held-out trials are contiguous blocks, and a training trial that shares
    recorded time with a held-out one (the smoothing kernel's reach included) is left out of both, so that no
    spike is in both sets. A trial without a recorded bin is left out too. Segments of one trial (columns `trial`
    and `phase`) stay together.
    """
    count = dataset.K
    split = np.full(count, "train", dtype="<U8")
    empty = ~dataset.recorded.any(1)
    wanted = round(hold_out * count)
    rng = np.random.default_rng([seed, 0x5EED])
    spans = _spans(dataset)
    if wanted == 0:
        pass
    elif spans is None:
        groups = _groups(dataset)
        held: list[int] = []
        for group in rng.permutation(groups.max() + 1):
            if len(held) >= wanted:
                break
            held += np.flatnonzero(groups == group).tolist()
        split[held] = "held-out"
    else:
        order = np.argsort(spans[:, 0], kind="stable")
        blocks = np.array_split(order, min(25, count))  # a fifth held out is five blocks
        chosen = rng.permutation(len(blocks))[: max(1, round(hold_out * len(blocks)))]
        held_out = np.concatenate([blocks[i] for i in chosen])
        split[held_out] = "held-out"
        rest = np.flatnonzero(split == "train")
        meets = (spans[rest, None, 0] < spans[None, held_out, 1]) & (spans[None, held_out, 0] < spans[rest, None, 1])
        split[rest[meets.any(1)]] = "left-out"
    split[empty] = "left-out"
    if (split == "train").sum() < 2:
        left = int((split == "train").sum())
        without = f", {int(empty.sum())} of {count} have no recorded bin" if empty.any() else ""
        raise JediError(f"{left} trials are left for training{without}: lower --hold-out or add trials")
    return split


def _spans(dataset: Dataset) -> np.ndarray | None:
    """(K, 2) session time that each window draws on, where windows meet; None where none does."""
    if not {"window_start", "window_stop"} <= set(dataset.trials.columns):
        return None
    spans = dataset.trials[["window_start", "window_stop"]].to_numpy(float)
    reach = max((float(s.get("reach", 0.0)) for s in dataset.steps), default=0.0)
    spans = spans + [-reach, reach]
    spans_in_order = spans[np.argsort(spans[:, 0])]
    meet = bool((spans_in_order[1:, 0] < np.maximum.accumulate(spans_in_order[:-1, 1])).any())
    return spans if meet else None


def _groups(dataset: Dataset) -> np.ndarray:
    if {"trial", "phase"} <= set(dataset.trials.columns):
        return np.unique(dataset.trials["trial"].to_numpy().astype(str), return_inverse=True)[1]
    return np.arange(dataset.K)


def fit_scale(
    activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], how: str
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Mean and SD that turn activity into what the model's output is compared with, from training trials.

    `z-score`: each neuron to mean 0 and SD 1. `soft`: centred, divided by its range + 5 (strong neurons count
    more, weak ones are not blown up), then all by one number to unit pooled variance. `none`: left as it is.
    """
    rows = activity[recorded].astype(np.float64)
    if how == "none":
        return np.zeros(rows.shape[1], np.float32), np.ones(rows.shape[1], np.float32)
    mean, spread = rows.mean(0), rows.std(0)
    if how == "soft":
        soft = np.ptp(rows, axis=0) + 5.0
        spread = soft * np.sqrt(((rows - mean) ** 2 / soft**2).mean())
    spread = np.where(spread > 1e-9 * (1 + np.abs(mean)), spread, 1.0)  # a constant neuron stays at zero
    return mean.astype(np.float32), spread.astype(np.float32)


def first_states(scaled: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"]) -> Float[np.ndarray, "K N"]:
    """Each trial's first recorded bin."""
    first = np.where(recorded.any(1), recorded.argmax(1), 0)
    return scaled[np.arange(len(scaled)), first]


@dataclass(frozen=True)
class TrialComponents:
    """Principal components of whole trials, flattened to time x neurons."""

    whitened: Float[np.ndarray, "K D"]  # scores at SD 1
    sd: Float[np.ndarray, " D"]  # their SD before whitening
    noise_sd: Float[np.ndarray, " D"]  # SD of the noise in a whitened score


def trial_components(
    scaled: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], count: int
) -> TrialComponents:
    """Where contexts of single trials start: from random contexts what differs between trials is not found."""
    seen = recorded[:, :, None]
    mean = (scaled * seen).sum(0) / np.maximum(seen.sum(0), 1)
    flat = ((scaled - mean) * seen).reshape(len(scaled), -1)
    values, vectors = np.linalg.eigh((flat @ flat.T).astype(np.float64) / len(flat))
    values, vectors = np.maximum(values[::-1], 1e-12), vectors[:, ::-1]
    # A sign that does not depend on the eigensolver: the largest entry is positive.
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(len(values))])
    noise = values[count:].mean() if len(values) > count else 1e-12
    return TrialComponents(
        (vectors[:, :count] * len(flat) ** 0.5).astype(np.float32),
        np.sqrt(values[:count]).astype(np.float32),
        np.sqrt(np.minimum(noise / values[:count], 1.0)).astype(np.float32),
    )


def principal_axes(
    scaled: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], count: int
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "P N"], Float[np.ndarray, " P"]]:
    """Mean, leading principal axes (rows) and variances of the activity over recorded bins."""
    rows = scaled[recorded].astype(np.float64)
    mean = rows.mean(0)
    rows -= mean
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    axes = vectors[:, ::-1].T[:count]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    variances = np.maximum(values[::-1][:count], 0)  # a constant neuron's comes out a little below zero
    return mean.astype(np.float32), axes.astype(np.float32), variances.astype(np.float32)
