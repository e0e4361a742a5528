"""All figures of merit of a run, in one dictionary of plain numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from jedi.columns import class_labels, column_form
from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.evaluation.classification import Told, angle_error_deg, classification
from jedi.evaluation.generalisation import (
    centres,
    class_mean_floor,
    diagonal_mean,
    has_teacher,
    noise_robustness,
    run_true_teacher,
    swapped_starts,
    teacher_ceiling,
)
from jedi.evaluation.material import Material, prepare
from jedi.evaluation.prediction import Asked, Baselines, cosmooth, forecast, gap_bins, halves, reconstruct
from jedi.evaluation.scores import interval, mean_r2
from jedi.run import Run
from jedi.synthetic.ceiling import noise_ceiling

Progress = Callable[[str, float], None]


def evaluate(
    run: Run,
    dataset: Dataset,
    *,
    label: str | None = None,
    classes: int = 4,
    seed: int = 0,
    control: bool = False,
    permuted_run: Run | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """The figures of merit of a run on the dataset that it was trained on.

    Every R^2 is pooled over recorded bins in the run's scaled units, about each neuron's mean over training trials,
    without the bin that the model is given. `r2` is the fit of training trials; `r2_held_out`, `r2_forecast` and
    `r2_cosmooth` are of held-out trials (null where there are none) and mean what their names say; `baselines`,
    `floors`, `ceilings`, `controls` and `intervals` hold, under the same keys, what to read them beside.

    Args:
        label: the trial column to score by; by default the dataset's own. An angle is cut in `classes` sectors.
        seed: of neuron splits, folds, noise, exchanged starts and resamples; the same seed gives the same figures.
        control: also train the permuted control: the same training with start contexts shuffled over trials.
        permuted_run: that control, where it is at hand.
        on_progress: told what is being done, and the share of it that is done.

    Raises:
        JediError: the dataset is not the run's, or there is no such label.
    """
    tell = on_progress or (lambda _text, _share: None)
    material = prepare(run, dataset)
    baselines = Baselines(material)
    column = _label_column(run, dataset, label)
    labels, names = (None, []) if column is None else class_labels(column, run.trials[column], classes)
    rows = {"r2": material.training, "r2_held_out": material.held_out}

    tell("fit of training trials, and its baselines", 0.0)
    asked = {"r2": reconstruct(material, baselines, material.training, run.contexts[material.training])}
    inferred = np.empty((0, run.embedding_dim), dtype=np.float32)
    for key in ("r2_held_out", "r2_forecast", "r2_cosmooth"):
        asked[key] = Asked()
    if len(material.held_out):
        tell("held-out trials", 0.25)
        inferred = run.contexts[material.held_out]  # from whole trials, the hypernetwork frozen, as training ended
        asked["r2_held_out"] = reconstruct(material, baselines, material.held_out, inferred)
        tell("forecast", 0.4)
        asked["r2_forecast"] = forecast(material, baselines, seed)
        tell("co-smoothing", 0.5)
        asked["r2_cosmooth"] = cosmooth(material, baselines, seed)

    tell("labels, centres, noise", 0.8)
    figures: dict[str, Any] = {key: mean_r2(one.model) for key, one in asked.items()}
    told, angles = _labels_told(material, labels, column, inferred, seed)
    figures |= {
        "classification_accuracy": told.training,
        "classification_accuracy_held_out": told.held_out,
        "chance": told.floor_training,
        "angle_error_deg": angles.training,
        "angle_error_deg_held_out": angles.held_out,
    }
    confusion = None if labels is None else centres(material, labels, len(names))
    figures |= {
        "centre_r2": None if confusion is None else diagonal_mean(confusion),
        "confusion": confusion,
        "noise_r2": noise_robustness(material, seed),
        "swap_r2": swapped_starts(material, labels, seed),
    }
    figures["baselines"] = {
        key: {name: mean_r2(scores) for name, scores in one.baselines.items()} for key, one in asked.items()
    }
    figures["floors"] = {
        "classification_accuracy": {"largest_class": told.floor_training},
        "classification_accuracy_held_out": {"largest_class": told.floor_held_out},
        "angle_error_deg": {"mean_direction": angles.floor_training},
        "angle_error_deg_held_out": {"mean_direction": angles.floor_held_out},
        "centre_r2": {"class_mean_trajectory": _of_classes(class_mean_floor, material, labels, len(names))},
    }
    figures["ceilings"] = {
        key: {
            "true_teacher": _teacher_r2(material, key),
            "second_noise_draw": _noise_ceiling(material, rows[key]) if key in rows else None,
        }
        for key in asked
    } | {"centre_r2": {"true_teacher_class_mean_input": _of_classes(teacher_ceiling, material, labels, len(names))}}
    figures["intervals"] = {key: _intervals(one, seed) for key, one in asked.items()}
    if control and permuted_run is None:
        tell("training the control: start contexts shuffled over trials", 0.9)
        permuted_run = train_permuted(run, dataset)
    figures["controls"] = _controls(asked, permuted_run, dataset, labels, seed)
    figures |= _circumstances(material, column, names, seed)
    tell("done", 1.0)
    return figures


def train_permuted(run: Run, dataset: Dataset) -> Run:
    """The control of the fit: the run's own training again, its start contexts shuffled over trials."""
    from jedi.config import TrainConfig
    from jedi.training import train

    config = TrainConfig(**(dict(run.config["config"]) | {"permute_contexts": True}))
    with tempfile.TemporaryDirectory(prefix="jedi-control-") as folder:
        dataset.save(Path(folder) / "dataset.h5")
        return train(Path(folder) / "dataset.h5", Path(folder) / "control", config)


def _label_column(run: Run, dataset: Dataset, label: str | None) -> str | None:
    columns = [str(column) for column in run.trials.columns if column != "split"]
    if label is not None and label not in columns:
        raise JediError(f"no trial column {label!r} to score by; the columns are {', '.join(columns) or 'none'}")
    own = label or dataset.label
    return own if own in columns else None


def _labels_told(
    material: Material, labels: Int[np.ndarray, " K"] | None, column: str | None, inferred: np.ndarray, seed: int
) -> tuple[Told, Told]:
    """Classes, and the angle itself where the column is one, from contexts."""
    if labels is None or column is None:
        return Told(), Told()
    run, training, held_out = material.run, material.training, material.held_out
    told = classification(run.contexts[training], labels[training], inferred, labels[held_out], seed)
    if column_form(column, run.trials[column]) != "cyclic":
        return told, Told()
    angle = run.trials[column].to_numpy(dtype=float)
    return told, angle_error_deg(run.contexts[training], angle[training], inferred, angle[held_out], seed)


def _of_classes(
    figure: Callable[..., float | None], material: Material, labels: Int[np.ndarray, " K"] | None, classes: int
) -> float | None:
    return None if labels is None else figure(material, labels, classes)


def _teacher_r2(material: Material, key: str) -> float | None:
    """R^2 of the true teacher with each trial's own input and start, on the bins and trials of a figure."""
    if not has_teacher(material):
        return None
    rows = material.training if key == "r2" else material.held_out
    if len(rows) == 0:
        return None
    scored = halves(material.recorded, gap_bins(material))[1][rows] if key == "r2_forecast" else None
    return material.score(rows, run_true_teacher(material, rows, material.dataset.truth["input"]), scored).r2


def _noise_ceiling(material: Material, rows: Int[np.ndarray, " B"]) -> float | None:
    chosen = np.zeros(material.dataset.K, dtype=bool)
    chosen[rows] = True
    ceiling = noise_ceiling(material.dataset, chosen, material.run.scale_sd.astype(float))
    return None if ceiling is None else ceiling.noise_free


def _intervals(asked: Asked, seed: int) -> dict[str, list[float] | None]:
    """95 % bootstrap intervals over trials: of the figure, and of its difference from each baseline and control."""
    if not asked.model:
        return {}
    rivals = asked.baselines | asked.controls
    return {"itself": interval(asked.model, seed=seed)} | {
        f"minus_{name}": interval(asked.model, scores, seed) for name, scores in rivals.items()
    }


def _controls(
    asked: Mapping[str, Asked],
    permuted_run: Run | None,
    dataset: Dataset,
    labels: Int[np.ndarray, " K"] | None,
    seed: int,
) -> dict[str, dict[str, float | None]]:
    """The same figures where they should fall if they mean anything."""
    r2 = accuracy = None
    if permuted_run is not None:
        control = prepare(permuted_run, dataset)
        contexts = permuted_run.contexts[control.training]
        predicted = permuted_run.generate(contexts, control.given_starts(control.training))
        r2 = control.score(control.training, predicted).r2
        if labels is not None:
            accuracy = classification(contexts, labels[control.training], contexts[:0], labels[:0], seed).training
    found: dict[str, dict[str, float | None]] = {
        "r2": {"permuted_contexts": r2},
        "classification_accuracy": {"permuted_contexts": accuracy},
    }
    for key, one in asked.items():
        if one.controls:
            found[key] = {name: mean_r2(scores) for name, scores in one.controls.items()}
    return found


def _circumstances(material: Material, column: str | None, names: list[str], seed: int) -> dict[str, Any]:
    """What the figures were taken on."""
    recorded, used = material.recorded, np.concatenate([material.training, material.held_out])
    return {
        "label": column,
        "classes": names,
        "trials": {
            "train": len(material.training),
            "held-out": len(material.held_out),
            "left-out": len(recorded) - len(used),
        },
        "unrecorded_bins": int((~recorded[used]).sum()),
        "forecast_gap_s": gap_bins(material) * material.dataset.dt,
        "seed": seed,
    }
