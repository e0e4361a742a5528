"""What the contexts tell of a label that training never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
PENALTIES = np.logspace(-2, 4, 13)


@dataclass(frozen=True)
class Told:
    """A figure of training trials by cross-validation, and of held-out ones with the training trials' model frozen."""

    training: float | None = None
    held_out: float | None = None
    floor_training: float | None = None  # what ignoring the contexts gives
    floor_held_out: float | None = None


def classification(
    training: Float[np.ndarray, "K D"],
    labels: Int[np.ndarray, " K"],
    held_out: Float[np.ndarray, "B D"],
    labels_held_out: Int[np.ndarray, " B"],
    seed: int = 0,
) -> Told:
    """Accuracy of logistic regression on standardised contexts, 5-fold. Trials without a label (-1) are left out.

    Classes of a single training trial are too; the floor always says the largest class. None where two classes are
    not left.
    """
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    known = (labels >= 0) & (sizes[np.maximum(labels, 0)] >= 2)
    x, y = training[known].astype(float), labels[known]
    if len(np.unique(y)) < 2:
        return Told()
    folds = StratifiedKFold(min(FOLDS, int(sizes[sizes >= 2].min())), shuffle=True, random_state=seed)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    accuracy = float((cross_val_predict(model, x, y, cv=folds) == y).mean())
    largest = int(np.argmax(np.bincount(y)))
    there = labels_held_out >= 0
    if not there.any():
        return Told(accuracy, None, float((y == largest).mean()), None)
    said = model.fit(x, y).predict(held_out[there].astype(float))
    answers = labels_held_out[there]
    return Told(
        accuracy, float((said == answers).mean()), float((y == largest).mean()), float((answers == largest).mean())
    )


def angle_error_deg(
    training: Float[np.ndarray, "K D"],
    angles_rad: Float[np.ndarray, " K"],
    held_out: Float[np.ndarray, "B D"],
    angles_held_out_rad: Float[np.ndarray, " B"],
    seed: int = 0,
) -> Told:
    """Median error, in degrees, of the angle read from contexts by ridge regression to its cosine and sine.

    The floor says the circular mean of the training trials always.
    """
    known = np.isfinite(angles_rad)
    x, angles = training[known].astype(float), angles_rad[known]
    if len(x) < FOLDS:
        return Told()
    y = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    model: Pipeline = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
    said = cross_val_predict(model, x, y, cv=KFold(FOLDS, shuffle=True, random_state=seed))
    usual = y.mean(0, keepdims=True)
    there = np.isfinite(angles_held_out_rad)
    if not there.any():
        return Told(_median_error(said, angles), None, _median_error(usual, angles), None)
    later = angles_held_out_rad[there]
    frozen = model.fit(x, y).predict(held_out[there].astype(float))
    return Told(
        _median_error(said, angles), _median_error(frozen, later),
        _median_error(usual, angles), _median_error(usual, later),
    )  # fmt: skip


def _median_error(directions: Float[np.ndarray, "_ 2"], angles_rad: Float[np.ndarray, " K"]) -> float:
    difference = np.arctan2(directions[:, 1], directions[:, 0]) - angles_rad
    return float(np.median(np.abs(np.rad2deg(np.angle(np.exp(1j * difference))))))
