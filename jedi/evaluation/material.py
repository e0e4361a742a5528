"""A run beside the dataset that it was trained on: who may be used for what, and what may be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.evaluation.scores import Score, score
from jedi.run import Run


@dataclass(frozen=True, eq=False)
class Material:
    """Scaled activity and the rows of the split. Left-out trials are in neither set and never looked at."""

    run: Run
    dataset: Dataset
    scaled: Float[np.ndarray, "K T N"]
    scored: Bool[np.ndarray, "K T"]  # recorded, without the bin that the model is given
    mean: Float[np.ndarray, " N"]  # of each neuron over the recorded bins of training trials
    training: Int[np.ndarray, " K_train"]
    held_out: Int[np.ndarray, " K_held"]

    @property
    def recorded(self) -> Bool[np.ndarray, "K T"]:
        return self.dataset.recorded

    @property
    def start_is_given(self) -> bool:
        """Whether the model is given each trial's first recorded bin."""
        return self.run.initial_kind == "trial"

    def given_starts(self, rows: Int[np.ndarray, " B"]) -> Float[np.ndarray, "B M"] | None:
        """The first recorded bins of trials; None where the first state is a map of the context."""
        if not self.start_is_given:
            return None
        first: np.ndarray = self.scaled[rows, self.recorded[rows].argmax(1)]
        return first

    def own_starts(self, rows: Int[np.ndarray, " B"]) -> Float[np.ndarray, "B M"]:
        """The first states from which the model runs trials: given, or the map of each one's own context."""
        given = self.given_starts(rows)
        if given is not None:
            return given
        starts = [self.run.initial_state(context=self.run.contexts[row]) for row in rows]
        return np.array(starts).reshape(len(rows), self.run.units)

    def score(
        self,
        rows: Int[np.ndarray, " B"],
        predicted: Float[np.ndarray, "*B T N"],
        scored: Bool[np.ndarray, "B T"] | None = None,
        neurons: Bool[np.ndarray, " N"] | None = None,
    ) -> Score:
        """How well these trials are predicted, over `scored` bins (less the given one) and `neurons`, or all."""
        bins = self.scored[rows] if scored is None else scored & self.scored[rows]
        if neurons is None:
            return score(self.scaled[rows], predicted, bins, self.mean)
        return score(self.scaled[rows][:, :, neurons], predicted[..., neurons], bins, self.mean[neurons])

    def infer(
        self,
        rows: Int[np.ndarray, " B"],
        seen: Bool[np.ndarray, "B T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
        starts: Float[np.ndarray, "B M"] | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "B D"]:
        """Contexts from the seen bins of the seen neurons. What is not seen is not handed over: it stands at the
        neuron's mean over training trials, so that no fault of inference can let it leak.
        """
        from jedi.inference import infer_contexts

        shown = seen & self.recorded[rows]
        visible = shown[:, :, None] & (np.ones(self.dataset.N, dtype=bool) if neurons is None else neurons)
        neutral = (self.mean * self.run.scale_sd + self.run.scale_mean).astype(np.float32)
        blind = np.where(visible, self.dataset.activity[rows], neutral)
        return infer_contexts(self.run, blind, shown, neurons=neurons, initial_states=starts, seed=seed)


def prepare(run: Run, dataset: Dataset) -> Material:
    """JediError where the dataset is not the one that the run was trained on: other sizes, or other contents."""
    expected = (len(run.trials), run.bins, run.neuron_count)
    if dataset.shape != expected:
        raise JediError(
            f"run {run.name!r} was trained on {expected[0]} trials x {expected[1]} bins x {expected[2]} neurons, "
            f"the dataset has {dataset.K} x {dataset.T} x {dataset.N}: evaluate it on its own dataset"
        )
    known = run.config.get("dataset", {}).get("hash")
    if known and known != dataset.content_hash():
        raise JediError(f"run {run.name!r} was trained on other contents than this dataset's: its hash has changed")
    split = run.trials["split"].to_numpy()
    training, held_out = np.flatnonzero(split == "train"), np.flatnonzero(split == "held-out")
    scaled = run.scaled(dataset.activity).astype(np.float32)
    recorded = dataset.recorded
    scored = recorded.copy()
    if run.initial_kind == "trial":
        scored[np.arange(dataset.K), recorded.argmax(1)] = False
    mean = scaled[training][recorded[training]].mean(0, dtype=float)
    return Material(run, dataset, scaled, scored, mean, training, held_out)
