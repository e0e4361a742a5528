"""What a training run will do, settled from the data and the wishes before its first step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from jedi.config import Recipe, TrainConfig
from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.preparation import fit_scale, split_trials
from jedi.presets import recipe_for


@dataclass(frozen=True)
class Plan:
    """Split, recipe and scale of a run; config.json holds what is not in the model."""

    dataset: Dataset
    split: np.ndarray  # (K,) train, held-out or left-out
    recipe: Recipe
    scale_mean: np.ndarray  # (N,) scaled = (activity - mean) / sd, fitted on training trials
    scale_sd: np.ndarray  # (N,)

    @property
    def training(self) -> np.ndarray:
        """(K,) True for trials trained on."""
        mask: np.ndarray = self.split == "train"
        return mask

    def scaled(self) -> np.ndarray:
        """(K, T, N) activity in the model's units, zero where nothing was recorded."""
        scaled: np.ndarray = (self.dataset.activity - self.scale_mean) / self.scale_sd
        scaled *= self.dataset.recorded[:, :, None]
        return scaled

    @property
    def epochs(self) -> int:
        """Epochs that make up the recipe's optimiser steps."""
        return math.ceil(self.recipe.steps / self.steps_per_epoch)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of about the recipe's size that the training trials make."""
        return max(1, round(int(self.training.sum()) / self.recipe.batch))


def plan(dataset: Dataset, config: TrainConfig) -> Plan:
    """Split, recipe and scale for a dataset; JediError where it cannot be trained on."""
    if dataset.K < 2:
        raise JediError(
            f"{dataset.name or 'the dataset'} holds a single trial; training needs at least 2 to tell apart"
        )
    if dataset.T < 3:
        raise JediError(f"trials have {dataset.T} bins; training needs at least 3")
    split = split_trials(dataset, config.hold_out, config.split_seed)
    training = split == "train"
    seen = dataset.activity[training][dataset.recorded[training]]
    if not np.ptp(seen, axis=0).any():
        raise JediError("no neuron's activity ever changes in the training trials: there is nothing to learn from")
    recipe = recipe_for(dataset.select(training), config)
    if recipe.embedding_dim >= training.sum():
        raise JediError(
            f"embedding dimension {recipe.embedding_dim} is not below the {training.sum()} training trials: "
            "each could have a dimension to itself; lower --embedding-dim"
        )
    units = recipe.units or dataset.N
    if recipe.rank > units:
        raise JediError(f"rank {recipe.rank} exceeds the {units} units of the network: lower --rank")
    mean, sd = fit_scale(dataset.activity[training], dataset.recorded[training], recipe.normalise)
    return Plan(dataset, split, recipe, mean, sd)
