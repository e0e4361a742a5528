"""Who is held out, and what data are scaled by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_data import rotations

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.preparation import first_states, fit_scale, principal_axes, split_trials, trial_components


def _reaches(starts: np.ndarray, length: float, reach: float = 0.0) -> Dataset:
    dataset = rotations(trials=len(starts))
    trials = dataset.trials.assign(window_start=starts, window_stop=starts + length)
    steps = ({"step": "smooth", "sd": reach / 4, "kernel": "gaussian", "reach": reach},) if reach else ()
    return replace(dataset, trials=trials, steps=steps)


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.floats(0.05, 2.0), min_size=30, max_size=80),
    length=st.floats(0.5, 1.5),
    reach=st.sampled_from([0.0, 0.16]),
    seed=st.integers(0, 100),
)
def test_no_moment_of_a_recording_is_in_both_sets(gaps: list[float], length: float, reach: float, seed: int) -> None:
    starts = np.cumsum(gaps)
    dataset = _reaches(starts, length, reach)
    split = split_trials(dataset, 0.2, seed)
    train, held = starts[split == "train"], starts[split == "held-out"]
    overlap = (train[:, None] - reach < held + length + reach) & (held - reach < train[:, None] + length + reach)
    meets_anywhere = bool((np.diff(starts) < length + 2 * reach).any())
    assert not (meets_anywhere and overlap.any())
    assert len(held) > 0


def test_overlapping_windows_are_held_out_in_blocks_and_few_are_lost() -> None:
    starts = np.arange(200) * 0.8
    split = split_trials(_reaches(starts, 1.0), 0.2, 0)
    assert (split == "held-out").sum() == 40
    assert (split == "left-out").sum() <= 10  # at most two neighbours a block
    assert np.abs(np.diff((split == "held-out").astype(int))).sum() <= 10


def test_separate_windows_are_held_out_at_random() -> None:
    split = split_trials(_reaches(np.arange(50) * 2.0, 1.0), 0.2, 0)
    assert (split == "held-out").sum() == 10
    assert (split == "left-out").sum() == 0


def test_segments_of_a_trial_are_held_out_together() -> None:
    dataset = rotations(trials=40)
    dataset = replace(dataset, trials=dataset.trials.assign(trial=np.arange(40) // 2, phase=["a", "b"] * 20))
    split = split_trials(dataset, 0.2, 3).reshape(20, 2)
    assert (split[:, 0] == split[:, 1]).all()
    assert (split == "held-out").sum() == 8


def test_holding_out_all_but_one_is_refused() -> None:
    with pytest.raises(JediError, match="1 trials are left for training"):
        split_trials(rotations(trials=3), 0.7, 0)


def test_z_scores_use_recorded_bins_only_and_spare_constant_neurons() -> None:
    activity = rotations().activity.copy()
    activity[..., 3] = 7.0
    recorded = np.ones(activity.shape[:2], bool)
    recorded[:, 30:] = False
    activity[:, 30:] = 1e6
    mean, sd = fit_scale(activity, recorded, "z-score")
    rows = ((activity - mean) / sd)[recorded]
    assert np.allclose(rows.mean(0), 0, atol=1e-4)
    assert np.allclose(rows.std(0), np.where(np.arange(12) == 3, 0, 1), atol=1e-3)


def test_soft_scaling_has_unit_pooled_variance_and_keeps_strong_neurons_strong() -> None:
    activity = rotations().activity * np.linspace(1, 100, 12, dtype=np.float32)
    recorded = np.ones(activity.shape[:2], bool)
    mean, sd = fit_scale(activity, recorded, "soft")
    rows = ((activity - mean) / sd)[recorded]
    assert (rows**2).mean() == pytest.approx(1, rel=1e-3)
    assert rows[:, -1].std() > 2 * rows[:, 0].std()


def test_first_state_is_the_first_recorded_bin() -> None:
    scaled = rotations().activity
    recorded = np.ones(scaled.shape[:2], bool)
    recorded[4, :3] = False
    first = first_states(scaled, recorded)
    assert np.array_equal(first[4], scaled[4, 3])
    assert np.array_equal(first[5], scaled[5, 0])


def test_trial_components_are_white_and_find_the_two_kinds() -> None:
    dataset = rotations(trials=60)
    parts = trial_components(dataset.activity, dataset.recorded, 5)
    assert np.allclose(parts.whitened.T @ parts.whitened / 60, np.eye(5), atol=1e-4)
    left = dataset.trials["turn"] == "left"
    first = parts.whitened[:, 0]
    assert abs(first[left].mean() - first[~left].mean()) > 1.5


def test_principal_axes_are_those_of_numpys_svd() -> None:
    dataset = rotations()
    mean, axes, variance = principal_axes(dataset.activity, dataset.recorded, 4)
    rows = dataset.activity[dataset.recorded].astype(float)
    _, values, vectors = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    assert np.allclose(mean, rows.mean(0), atol=1e-5)
    assert np.allclose(variance[:2], values[:2] ** 2 / len(rows), rtol=1e-3)
    assert np.allclose(np.abs((axes[:2] * vectors[:2]).sum(1)), 1, atol=1e-3)


def test_a_trial_without_a_recorded_bin_is_in_neither_set() -> None:
    dataset = rotations(trials=30)
    recorded = dataset.recorded.copy()
    recorded[[3, 11]] = False
    activity = np.where(recorded[:, :, None], dataset.activity, 0)
    for hold_out in (0.0, 0.2):
        split = split_trials(replace(dataset, activity=activity, recorded=recorded), hold_out, 0)
        assert split[[3, 11]].tolist() == ["left-out"] * 2
