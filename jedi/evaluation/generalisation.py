"""What a context carries beyond its own trial: centres of classes, noise on contexts, exchanged first states."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from jedi.baselines import mean_by_time
from jedi.evaluation.material import Material
from jedi.synthetic.teacher import run_teacher

NOISE_LEVELS = ("0.5", "1", "2")  # in each dimension's SD over training contexts
NOISE_DRAWS = 10


def centres(material: Material, labels: Int[np.ndarray, " K"], classes: int) -> list[list[float | None]]:
    """`[i][j]`: R^2 of the training trials of class j generated from the centre of class i's contexts, each from its
    own start.
    """
    members = _members(material, labels, classes)
    confusion: list[list[float | None]] = []
    for source in members:
        row: list[float | None] = []
        for rows in members:
            if len(source) == 0 or len(rows) == 0:
                row.append(None)
                continue
            centre = material.run.contexts[source].mean(0, dtype=float).astype(np.float32)
            contexts = np.broadcast_to(centre, (len(rows), len(centre)))
            predicted = material.run.generate(np.array(contexts), material.own_starts(rows).astype(np.float32))
            row.append(material.score(rows, predicted).r2)
        confusion.append(row)
    return confusion


def diagonal_mean(confusion: list[list[float | None]]) -> float | None:
    """Mean over the classes that there are."""
    return _mean([row[i] for i, row in enumerate(confusion)])


def class_mean_floor(material: Material, labels: Int[np.ndarray, " K"], classes: int) -> float | None:
    """R^2 of each class's mean trajectory, no model in it: what a centre has to exceed. Mean over classes."""
    found = []
    for rows in _members(material, labels, classes):
        if len(rows):
            mean = mean_by_time(material.scaled[rows].astype(float), material.recorded[rows])
            found.append(material.score(rows, mean).r2)
    return _mean(found)


def teacher_ceiling(material: Material, labels: Int[np.ndarray, " K"] | None, classes: int = 0) -> float | None:
    """R^2 of the true teacher, free of noise, from each trial's true start; None for data without their truth.

    With labels it gets the class's mean input, and the mean over classes is given: the most that a centre can do.
    Without, each training trial gets its own input: the most that a model of the dynamics can.
    """
    inputs = material.dataset.truth.get("input")
    if inputs is None or not has_teacher(material):
        return None
    if labels is None:
        return material.score(material.training, run_true_teacher(material, material.training, inputs)).r2
    found = []
    for rows in _members(material, labels, classes):
        if len(rows):
            usual = np.broadcast_to(inputs[rows].mean(0), (len(rows), *inputs.shape[1:]))
            predicted = run_true_teacher(material, rows, usual, full=False)
            found.append(material.score(rows, predicted).r2)
    return _mean(found)


def has_teacher(material: Material) -> bool:
    """Whether the dataset is the activity of a network that is stored with it, unit for neuron."""
    truth, neurons = material.dataset.truth, material.dataset.N
    needed = {"U", "V", "W", "input", "x0", "dt_over_tau"} <= set(truth)
    return needed and material.dataset.kind == "state" and truth["U"].shape[0] == neurons == truth["x0"].shape[1]


def run_true_teacher(
    material: Material, rows: Int[np.ndarray, " B"], inputs: Float[np.ndarray, "_ T C"], *, full: bool = True
) -> Float[np.ndarray, "B T N"]:
    """The teacher's noise-free course of trials, scaled; `inputs` of all trials, or (`full=False`) of these."""
    truth = material.dataset.truth
    given = inputs[rows] if full else inputs
    states = run_teacher(
        truth["U"], truth["V"], truth["W"], given, truth["x0"][rows], dt_over_tau=float(truth["dt_over_tau"])
    )
    return material.run.scaled(states)


def noise_robustness(material: Material, seed: int) -> dict[str, float | None]:
    """R^2 of training trials with Gaussian noise on their contexts, mean of ten draws a level."""
    rows = material.training
    contexts = material.run.contexts[rows]
    sd, starts = contexts.std(0), material.given_starts(rows)
    found: dict[str, float | None] = {}
    for number, level in enumerate(NOISE_LEVELS):
        rng = np.random.default_rng([seed, 0x0153, number])
        draws = []
        for _ in range(NOISE_DRAWS):
            noisy = contexts + float(level) * sd * rng.standard_normal(contexts.shape).astype(np.float32)
            draws.append(material.score(rows, material.run.generate(noisy.astype(np.float32), starts)).r2)
        found[level] = _mean(draws)
    return found


def swapped_starts(material: Material, labels: Int[np.ndarray, " K"] | None, seed: int) -> dict[str, float | None]:
    """R^2 of training trials run from another trial's first state under their own context.

    Scored against the trial whose context it is (`same_class`, `other_class`): near the fit, the context carries what
    differs between trials. And against the trial whose start it is (`..._against_start`): near the fit, the start does.
    """
    rows = material.training
    known = rows if labels is None else rows[labels[rows] >= 0]
    group = np.zeros(len(known), dtype=int) if labels is None else labels[known]
    rng = np.random.default_rng([seed, 0x50A9])
    contexts, starts = material.run.contexts[known], material.own_starts(known).astype(np.float32)
    found: dict[str, float | None] = {}
    for name, same in (("same_class", True), ("other_class", False)):
        allowed = (group[:, None] == group) == same
        np.fill_diagonal(allowed, False)
        has = np.flatnonzero(allowed.any(1))
        if len(has) == 0:
            found |= {name: None, f"{name}_against_start": None}
            continue
        partner = np.array([rng.choice(np.flatnonzero(allowed[k])) for k in has])
        predicted = material.run.generate(contexts[has], starts[partner])
        found[name] = material.score(known[has], predicted).r2
        found[f"{name}_against_start"] = material.score(known[partner], predicted).r2
    return found


def _members(material: Material, labels: Int[np.ndarray, " K"], classes: int) -> list[Int[np.ndarray, " _"]]:
    return [material.training[labels[material.training] == c] for c in range(classes)]


def _mean(values: list[float | None]) -> float | None:
    there = [v for v in values if v is not None]
    return float(np.mean(there)) if there else None
