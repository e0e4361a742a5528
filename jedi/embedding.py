"""New trials in a trained embedding: their contexts, how well those reproduce them, how well they are determined."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.preparation import first_states
from jedi.run import Run
from jedi.uncertainty import context_sd


@dataclass(frozen=True, eq=False)
class Embedding:
    """What inference found for B trials."""

    run: str
    contexts: Float[np.ndarray, "B D"]
    sd: Float[np.ndarray, "B D"]  # of each number of a context, see `jedi.uncertainty`; NaN: nothing was recorded
    spread: Float[np.ndarray, " D"]  # SD over training contexts
    r2: Float[np.ndarray, " B"]  # of each trial, about each neuron's mean in training; NaN: nothing to score
    pooled_r2: float
    distance_sd: Float[np.ndarray, " B"]  # to the nearest training context, SD a dimension
    trials: pd.DataFrame

    @property
    def sd_over_spread(self) -> float:
        """The median SD of a context's numbers over those of the training contexts."""
        return float(np.nanmedian(self.sd / self.spread))


def embed_trials(run: Run, dataset: Dataset, seed: int = 0) -> Embedding:
    """Infer the context of every trial of a dataset, all else frozen.

    Raises JediError where the dataset has other neurons, bins or a bin width than the run was trained on, or holds
    no recorded bin.
    """
    from jedi.inference import infer_contexts

    _check_fits(run, dataset)
    scaled = run.scaled(dataset.activity).astype(np.float32)
    starts = first_states(scaled, dataset.recorded) if run.initial_kind == "trial" else None
    contexts = infer_contexts(run, dataset.activity, dataset.recorded, initial_states=starts, seed=seed)
    scored = dataset.recorded.copy()
    if starts is not None:  # the bin that the model is given is no achievement
        scored[np.arange(len(scored)), scored.argmax(1)] = False
    error = (np.square(scaled - run.generate(contexts, starts), dtype=np.float64).sum(2) * scored).sum(1)
    energy = (np.square(scaled - _training_mean(run), dtype=np.float64).sum(2) * scored).sum(1)
    nearest = (contexts[:, None] - run.contexts[run.training][None]) / run.tensors["context_sd"]
    return Embedding(
        run=run.name,
        contexts=contexts,
        sd=context_sd(run, contexts, dataset.activity, dataset.recorded, starts),
        spread=run.tensors["context_sd"].astype(np.float64),
        r2=1 - error / np.where(energy > 0, energy, np.nan),
        pooled_r2=float(1 - error.sum() / (energy.sum() or np.nan)),
        distance_sd=np.sqrt(np.square(nearest, dtype=np.float64).mean(2)).min(1),
        trials=dataset.trials,
    )


def write_embedding(embedding: Embedding, path: str | os.PathLike[str]) -> None:
    """Write it as HDF5: `contexts`, `context_sd`, `r2`, `distance_sd`, and the trial table under `trials/`."""
    import h5py

    from jedi.atomic import replacing

    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format_version"] = 1
        file.attrs["kind"] = "jedi-embedding"
        file.attrs["run"] = embedding.run
        file["contexts"] = embedding.contexts
        file["context_sd"] = embedding.sd
        file["r2"] = embedding.r2
        file["distance_sd"] = embedding.distance_sd
        table = file.create_group("trials")
        for name, values in embedding.trials.items():
            column = values.to_numpy()
            text = column.dtype.kind not in "biuf"
            key = str(name).replace("/", "%2F")
            table.create_dataset(
                key, data=list(column) if text else column, dtype=h5py.string_dtype() if text else None
            )


def _training_mean(run: Run) -> Float[np.ndarray, " N"]:
    """Each neuron's mean over the recorded bins of training trials, scaled."""
    return run.tensors["axes.mean"]


def _check_fits(run: Run, dataset: Dataset) -> None:
    found = (dataset.N, dataset.T, dataset.dt)
    expected = (run.neuron_count, run.bins, run.data_dt)
    if found[:2] != expected[:2] or not np.isclose(found[2], expected[2]):
        raise JediError(
            f"{dataset.name or 'the dataset'} has {found[0]} neurons, {found[1]} bins of {found[2]:g} s; run "
            f"{run.name!r} was trained on {expected[0]} neurons, {expected[1]} bins of {expected[2]:g} s"
        )
    if not dataset.recorded.any():
        raise JediError(f"{dataset.name or 'the dataset'} holds no recorded bin: there is nothing to infer from")
