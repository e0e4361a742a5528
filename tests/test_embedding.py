"""Contexts of new trials: their fit, and whether their stated uncertainty is the scatter that noise causes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import jedi
from jedi.config import TrainConfig
from jedi.dataset import Dataset
from jedi.embedding import embed_trials
from jedi.synthetic import simulate_multitask
from jedi.training import train


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[jedi.Run, Dataset]:
    folder = tmp_path_factory.mktemp("small")
    dataset = simulate_multitask(neurons=30, trials=8, seed=0, steps=60)
    dataset.save(folder / "d.h5")
    return train(folder / "d.h5", Path(folder) / "r", TrainConfig(steps=400, embedding_dim=3)), dataset


def noisy_repeats(run: jedi.Run, trial: int, noise: float, repeats: int, dataset: Dataset) -> Dataset:
    """One trial as the model generates it, under independent noise, many times over."""
    start = run.initial_state(trial=trial).astype(np.float32)
    clean = run.generate(run.contexts[trial][None], start[None])[0]
    rng = np.random.default_rng(0)
    scaled = clean + noise * rng.standard_normal((repeats, *clean.shape))
    scaled[:, 0] = clean[0]  # the given first state carries no noise
    activity = (scaled * run.scale_sd + run.scale_mean).astype(np.float32)
    return Dataset(activity, np.ones(activity.shape[:2], bool), dataset.dt, "state")


def test_the_stated_sd_is_the_scatter_of_contexts_over_noise_draws(small: tuple[jedi.Run, Dataset]) -> None:
    run, dataset = small
    found = embed_trials(run, noisy_repeats(run, 5, 0.5, 60, dataset))
    scatter, stated = found.contexts.std(axis=0), np.median(found.sd, axis=0)
    # The SD of a sample of 60 has a relative standard error of 9 %; Gauss-Newton leaves out curvature.
    assert np.allclose(stated, scatter, rtol=0.35)


def test_twice_the_noise_is_twice_the_sd(small: tuple[jedi.Run, Dataset]) -> None:
    run, dataset = small
    quiet, loud = (embed_trials(run, noisy_repeats(run, 5, noise, 8, dataset)).sd.mean() for noise in (0.1, 0.2))
    assert loud / quiet == pytest.approx(2, rel=0.15)


def test_the_fit_of_noise_free_trials_is_perfect_and_of_training_trials_as_in_training(
    small: tuple[jedi.Run, Dataset],
) -> None:
    run, dataset = small
    clean = embed_trials(run, noisy_repeats(run, 5, 0.0, 1, dataset))
    assert clean.pooled_r2 > 0.999
    again = embed_trials(run, dataset)
    assert again.pooled_r2 >= run.metrics[-1]["r2"] - 0.05
    assert again.distance_sd[run.training].max() < 2


def test_unrecorded_bins_have_no_say(small: tuple[jedi.Run, Dataset]) -> None:
    run, dataset = small
    recorded = dataset.recorded.copy()
    recorded[:, 40:] = False
    hidden = dataset.activity * recorded[:, :, None]
    one = embed_trials(run, replace(dataset, activity=hidden, recorded=recorded))
    other = embed_trials(run, replace(dataset, activity=hidden + 5 * ~recorded[:, :, None], recorded=recorded))
    assert np.array_equal(one.contexts, other.contexts)
    assert np.array_equal(one.r2, other.r2)
