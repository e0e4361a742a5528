"""The presets reach their figures, on simulated tasks and on a real session. Minutes each: make test-all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jedi.config import TrainConfig
from jedi.dataset import Dataset, load_dataset
from jedi.evaluation import evaluate
from jedi.recordings import import_recording
from jedi.synthetic import from_reference, simulate_multitask
from jedi.training import train

pytestmark = pytest.mark.slow

REACHES = {
    "align": "go_cue_time",
    "window": (-0.3, 0.7),
    "bin": 0.01,
    "smooth": 0.04,
    "areas": ("M1", "PMd"),
    "min_rate": 1.0,
}


def _figures(dataset: Dataset, folder: Path, config: TrainConfig, **options: object) -> dict:
    path = folder / "d.h5"
    dataset.save(path)
    return evaluate(train(path, folder / "run", config), load_dataset(path), **options)  # type: ignore[arg-type]


def _check_multitask(figures: dict) -> None:
    assert figures["r2"] >= 0.985
    assert figures["r2_held_out"] >= 0.98
    assert figures["classification_accuracy"] >= 0.99
    assert figures["centre_r2"] >= 0.88
    assert figures["noise_r2"]["1"] >= 0.95
    assert figures["noise_r2"]["2"] >= 0.65
    assert figures["floors"]["centre_r2"]["class_mean_trajectory"] is not None
    assert figures["ceilings"]["centre_r2"]["true_teacher_class_mean_input"] >= figures["centre_r2"] - 0.02


def test_multitask_over_five_data_seeds(tmp_path: Path) -> None:
    diagonals = []
    for seed in range(5):
        (tmp_path / str(seed)).mkdir()
        config = TrainConfig(preset="clean", hold_out=0.2)
        figures = _figures(simulate_multitask(seed=seed), tmp_path / str(seed), config)
        _check_multitask(figures)
        diagonals.append(figures["centre_r2"])
    assert np.median(diagonals) >= 0.92


def test_multitask_reference_set(tmp_path: Path, real_data: Path) -> None:
    dataset = from_reference(real_data / "multitask_reference.npz")
    _check_multitask(_figures(dataset, tmp_path, TrainConfig(preset="clean", hold_out=0.2)))


@pytest.mark.parametrize("split", [0, 1, 2])
def test_reaches_carry_over_to_unseen_neurons_times_and_trials(tmp_path: Path, real_data: Path, split: int) -> None:
    dataset = import_recording(real_data / "perich2018_mm_s1.nwb", **REACHES)
    config = TrainConfig(preset="single-trial", hold_out=0.2, split_seed=split)
    figures = _figures(dataset, tmp_path, config, seed=split)
    assert figures["classification_accuracy"] >= 0.84
    assert figures["classification_accuracy_held_out"] >= 0.80
    assert figures["intervals"]["r2_cosmooth"]["minus_ppca"][0] > 0
    assert figures["r2_forecast"] >= figures["baselines"]["r2_forecast"]["ppca"]
    assert {"mean_by_time", "ppca", "factor_analysis", "ridge"} <= figures["baselines"]["r2_cosmooth"].keys()


def test_a_high_fit_of_single_trials_is_memorised(tmp_path: Path, real_data: Path) -> None:
    """The fit is as good with start contexts shuffled over trials: it says nothing about reaches."""
    dataset = import_recording(real_data / "perich2018_mm_s1.nwb", max_trials=160, **REACHES)
    figures = _figures(dataset, tmp_path, TrainConfig(preset="clean"), control=True)
    assert figures["r2"] >= 0.6
    assert figures["controls"]["r2"]["permuted_contexts"] >= figures["r2"] - 0.05
    assert figures["r2_cosmooth"] < figures["baselines"]["r2_cosmooth"]["ppca"]
