"""What carries over to trials, times and neurons that the model has not seen, beside what simpler methods do there.

Every baseline is fitted on training trials and then shown exactly what the model is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from jedi.baselines import (
    FactorModel,
    fit_factor_analysis,
    fit_ppca,
    last_state_held,
    mean_by_time,
    ridge_between_neurons,
    ridge_between_starts,
)
from jedi.baselines.folds import blocked_folds
from jedi.evaluation.material import Material
from jedi.evaluation.scores import Score

NEURON_SPLITS = 3
GAP_SMOOTHING_SDS = 3.0

Fit = Callable[..., FactorModel]


@dataclass(frozen=True, eq=False)
class Asked:
    """One figure: the model's scores, one for each split of the neurons, and those of its rivals on the same bins."""

    model: list[Score] = field(default_factory=list)
    baselines: dict[str, list[Score]] = field(default_factory=dict)
    controls: dict[str, list[Score]] = field(default_factory=dict)


class Baselines:
    """Everything that is fitted on training trials, once, when first asked for."""

    def __init__(self, material: Material) -> None:
        self.material = material
        rows = material.training
        self.activity = material.scaled[rows].astype(float)
        self.recorded = material.recorded[rows]
        self.dimension = material.run.embedding_dim
        self.aside = blocked_folds(len(rows))[-1]  # on which tempers are chosen

    @cached_property
    def mean_by_time(self) -> Float[np.ndarray, "T N"]:
        return mean_by_time(self.activity, self.recorded)

    @cached_property
    def factors(self) -> dict[str, tuple[FactorModel, FactorModel]]:
        """Name to the model fitted on all training trials, and the one fitted without those set aside."""
        part = np.setdiff1d(np.arange(len(self.activity)), self.aside)
        fits: dict[str, Fit] = {"ppca": fit_ppca, "factor_analysis": fit_factor_analysis}
        return {
            name: (
                fit(self.activity, self.recorded, self.dimension),
                fit(self.activity[part], self.recorded[part], self.dimension),
            )
            for name, fit in fits.items()
        }

    def by_factors(
        self,
        name: str,
        rows: Int[np.ndarray, " B"],
        seen: Bool[np.ndarray, "B T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
        later: Bool[np.ndarray, "K_train T"] | None = None,
        earlier: Bool[np.ndarray, "K_train T"] | None = None,
    ) -> Float[np.ndarray, "B T N"]:
        """The prediction of `ppca` or `factor_analysis` from what is seen. Its temper is chosen by asking the same of
        training trials set aside: unseen neurons from `neurons`, or `later` bins from `earlier` ones.
        """
        model, without = self.factors[name]
        temper = 1.0
        if (neurons is not None or later is not None) and 0 < len(self.aside) < len(self.activity):
            shown = self.recorded if earlier is None else earlier
            asked = self.recorded if later is None else later
            aside = self.aside
            temper = without.tempered(self.activity[aside], shown[aside], asked[aside], neurons)
        asking = FactorModel(model.mean, model.loadings, model.noise, temper)
        return asking.predict(self.material.scaled[rows].astype(float), seen, neurons)


def reconstruct(
    material: Material, baselines: Baselines, rows: Int[np.ndarray, " B"], contexts: Float[np.ndarray, "B D"]
) -> Asked:
    """Trials generated from contexts that were fitted to the whole of them."""
    predicted = material.run.generate(contexts, material.given_starts(rows))
    seen = material.recorded[rows]
    return Asked(
        [material.score(rows, predicted)],
        {
            "mean_by_time": [material.score(rows, baselines.mean_by_time)],
            "ppca": [material.score(rows, baselines.by_factors("ppca", rows, seen))],
            "factor_analysis": [material.score(rows, baselines.by_factors("factor_analysis", rows, seen))],
        },
    )


def gap_bins(material: Material) -> int:
    """Bins between the seen half and the scored one: three SDs of the smoothing, over which bins share spikes."""
    sds = [float(step["sd"]) for step in material.dataset.steps if step.get("step") == "smooth"]
    return int(np.ceil(GAP_SMOOTHING_SDS * np.sqrt(np.sum(np.square(sds))) / material.dataset.dt - 1e-9))


def halves(recorded: Bool[np.ndarray, "K T"], gap: int) -> tuple[Bool[np.ndarray, "K T"], Bool[np.ndarray, "K T"]]:
    """The first half of each trial's recorded bins (the larger where odd), and the rest after a gap."""
    rank = recorded.cumsum(1)
    half = (recorded.sum(1, keepdims=True) + 1) // 2
    first = recorded & (rank <= half)
    end = recorded.shape[1] - first[:, ::-1].argmax(1)  # the bin after the first half's last
    later = np.arange(recorded.shape[1]) >= (end + gap)[:, None]
    return first, recorded & later & first.any(1, keepdims=True)


def forecast(material: Material, baselines: Baselines, seed: int) -> Asked:
    """The second half of held-out trials, from contexts of the first."""
    rows = material.held_out
    first, rest = halves(material.recorded, gap_bins(material))
    seen, scored = first[rows], rest[rows]
    if not (scored & material.scored[rows]).any():
        return Asked()
    contexts = material.infer(rows, seen, starts=material.given_starts(rows), seed=seed)
    predicted = material.run.generate(contexts, material.given_starts(rows))

    def by(name: str) -> list[Score]:
        training = material.training
        answer = baselines.by_factors(name, rows, seen, later=rest[training], earlier=first[training])
        return [material.score(rows, answer, scored)]

    held = last_state_held(material.scaled[rows].astype(float), seen, material.mean)
    return Asked(
        [material.score(rows, predicted, scored)],
        {
            "mean_by_time": [material.score(rows, baselines.mean_by_time, scored)],
            "ppca": by("ppca"),
            "factor_analysis": by("factor_analysis"),
            "last_state_held": [material.score(rows, held, scored)],
        },
    )


def neuron_splits(neurons: int, seed: int) -> list[Bool[np.ndarray, " N"]]:
    """Three seeded draws of the three quarters of neurons that are seen; none with fewer than two neurons."""
    hidden = max(1, round(neurons / 4))
    if neurons < 2:
        return []
    splits = []
    for i in range(NEURON_SPLITS):
        seen = np.ones(neurons, dtype=bool)
        seen[np.random.default_rng([seed, i]).permutation(neurons)[:hidden]] = False
        splits.append(seen)
    return splits


def cosmooth(material: Material, baselines: Baselines, seed: int) -> Asked:
    """A quarter of the neurons of held-out trials, from contexts of the other three quarters."""
    rows, training = material.held_out, material.training
    seen_bins = material.recorded[rows]
    asked = Asked(
        baselines={name: [] for name in ("mean_by_time", "ppca", "factor_analysis", "ridge")},
        controls={"context_of_another_trial": []},
    )
    for number, seen in enumerate(neuron_splits(material.dataset.N, seed)):
        starts, given = None, material.given_starts(rows)
        if given is not None:
            starts = ridge_between_starts(
                material.own_starts(training).astype(float), np.where(seen, given, np.nan).astype(float), seen
            ).astype(np.float32)
        contexts = material.infer(rows, seen_bins, seen, starts, seed + number)
        other = np.roll(np.arange(len(rows)), max(1, len(rows) // 2))
        asked.model.append(material.score(rows, material.run.generate(contexts, starts), neurons=~seen))
        asked.controls["context_of_another_trial"].append(
            material.score(rows, material.run.generate(contexts[other], starts), neurons=~seen)
        )
        answers = {
            "mean_by_time": baselines.mean_by_time,
            "ppca": baselines.by_factors("ppca", rows, seen_bins, seen),
            "factor_analysis": baselines.by_factors("factor_analysis", rows, seen_bins, seen),
        }
        ridge = np.zeros((len(rows), *material.scaled.shape[1:]))
        ridge[:, :, ~seen] = ridge_between_neurons(
            baselines.activity, baselines.recorded, material.scaled[rows].astype(float), seen
        )
        for name, answer in (answers | {"ridge": ridge}).items():
            asked.baselines[name].append(material.score(rows, answer, neurons=~seen))
    return asked
