"""What `auto` chooses, and that presets fit themselves to the data's size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_data import rotations

from jedi.config import TrainConfig
from jedi.dataset import Dataset
from jedi.presets import choose_preset, rank_kept, recipe_for


def _spiking(dataset: Dataset, kind: str) -> Dataset:
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.exp(dataset.activity) * 0.3).astype(np.float32)
    return replace(dataset, activity=counts, kind=kind)


def test_states_are_clean_and_spikes_are_single_trials() -> None:
    states = rotations(trials=60, neurons=40)
    assert choose_preset(states)[0] == "clean"
    for kind in ("counts", "rates"):
        preset, reason = choose_preset(_spiking(states, kind))
        assert preset == "single-trial", reason


def test_condition_averages_are_clean() -> None:
    states = rotations(trials=60, neurons=40)
    preset, reason = choose_preset(replace(states, kind="rates"))
    assert preset == "clean", reason
    assert choose_preset(_spiking(rotations(trials=8, neurons=40), "rates"))[0] == "clean"


def test_rank_kept_is_one_for_trials_that_live_in_a_plane() -> None:
    dataset = rotations()
    assert rank_kept(dataset.activity, dataset.recorded, 2) > 0.95
    assert rank_kept(dataset.activity, dataset.recorded, 1) < 0.9
    noise = np.random.default_rng(0).normal(size=(4, 100, 50)).astype(np.float32)
    assert rank_kept(noise, np.ones((4, 100), bool), 5) == pytest.approx(0.2, abs=0.05)


def test_rank_is_five_unless_trials_need_more() -> None:
    assert recipe_for(rotations(), TrainConfig()).rank == 5
    noise = np.random.default_rng(0).normal(size=(24, 100, 50)).astype(np.float32)
    full = Dataset(activity=noise, recorded=np.ones((24, 100), bool), dt=0.01, kind="state")
    assert recipe_for(full, TrainConfig()).rank == 20
    assert recipe_for(full, TrainConfig(rank=6)).rank == 6


@settings(max_examples=20, deadline=None)
@given(trials=st.integers(2, 400), preset=st.sampled_from(["clean", "single-trial"]))
def test_embedding_stays_below_a_quarter_of_the_trials(trials: int, preset: str) -> None:
    recipe = recipe_for(rotations(trials=trials), TrainConfig(preset=preset))
    assert recipe.embedding_dim <= max(2, trials // 4)
    assert recipe.batch <= trials


def test_steps_are_fixed_and_not_epochs() -> None:
    few, many = (recipe_for(rotations(trials=k), TrainConfig(preset="clean")).steps for k in (20, 200))
    assert few == many


def test_jitter_never_rises_over_training() -> None:
    for wish in (0.0, 0.2, 0.7, 1.0):
        recipe = recipe_for(rotations(), TrainConfig(preset="clean", jitter=wish))
        assert recipe.jitter == wish
        assert recipe.jitter_end == min(wish, 0.6)
