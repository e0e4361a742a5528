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
from jedi.errors import JediError
from jedi.synthetic import simulate_multitask
from jedi.training import train
from jedi.uncertainty import context_sd


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


def test_the_stated_sd_is_the_curvature_of_what_inference_minimises(
    tmp_path: Path, small: tuple[jedi.Run, Dataset]
) -> None:
    """With weights of neurons, a penalty and unrecorded bins: the model file says what the objective is."""
    _, dataset = small
    dataset.save(tmp_path / "d.h5")
    run = train(tmp_path / "d.h5", tmp_path / "r", TrainConfig(preset="single-trial", steps=100, embedding_dim=3))
    weight, context = run.tensors["neuron_weight"], run.contexts[5].astype(np.float64)
    assert np.ptp(weight) > 0.5
    recorded = np.arange(dataset.T)[None] < 40
    clean = run.generate(context[None])

    def objective(change: np.ndarray) -> float:
        """Half of the objective's second difference about the context at which data without noise are met."""
        total = 0.0
        for moved in (context + change, context - change):
            error = np.square((run.generate(moved[None]) - clean).astype(np.float64)) * weight
            total += error[recorded].sum() / clean[0].size + run.config["recipe"]["infer_penalty"] / 2 * moved @ moved
        return total / 2 - run.config["recipe"]["infer_penalty"] / 2 * context @ context

    axes = 0.05 * np.eye(3)
    diagonal = np.array([objective(axis) for axis in axes])
    hessian = np.array([[objective(a + b) for b in axes] for a in axes]) - diagonal[:, None] - diagonal[None]
    noise = 1e-3 * np.random.default_rng(0).standard_normal(clean.shape) / np.sqrt(weight)
    activity = (clean + noise) * run.scale_sd + run.scale_mean
    found = context_sd(run, context[None].astype(np.float32), activity.astype(np.float32), recorded)[0]
    expected = 1e-3 * np.sqrt(2 / clean[0].size * np.diag(np.linalg.inv(hessian / 0.05**2)))
    assert np.allclose(found, expected, rtol=0.1)  # the noise's variance is itself an estimate


def test_a_trial_without_a_recorded_bin_has_no_fit_and_the_others_keep_theirs(small: tuple[jedi.Run, Dataset]) -> None:
    run, dataset = small
    recorded = dataset.recorded.copy()
    recorded[4] = False
    found, whole = embed_trials(run, replace(dataset, recorded=recorded)), embed_trials(run, dataset)
    assert np.isnan(found.r2[4])
    assert np.isnan(found.sd[4]).all()
    others = np.arange(len(recorded)) != 4
    assert np.array_equal(found.r2[others], whole.r2[others])
    assert np.isfinite(found.pooled_r2)
    assert np.isfinite(found.sd_over_spread)
    with pytest.raises(JediError, match="no recorded bin"):
        embed_trials(run, replace(dataset, recorded=np.zeros_like(recorded)))


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
