from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jedi.evaluation import format_figures
from jedi.evaluation.classification import angle_error_deg, classification
from jedi.evaluation.prediction import halves, neuron_splits
from jedi.evaluation.scores import Score, interval, mean_r2, score
from jedi.evaluation.table import difference_rows, figure_rows


def test_r2_is_pooled_over_trials_and_neurons_about_the_training_mean() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.standard_normal((2, 3, 4, 2))
    mean, scored = np.array([0.5, -1.0]), rng.random((3, 4)) < 0.7
    found = score(truth, predicted, scored, mean)
    expected = 1 - ((truth - predicted)[scored] ** 2).sum() / ((truth - mean)[scored] ** 2).sum()
    assert found.r2 == pytest.approx(expected)
    assert score(truth, truth, scored, mean).r2 == 1
    assert score(truth, np.broadcast_to(mean, truth.shape), scored, mean).r2 == pytest.approx(0)


def test_unscored_bins_may_hold_anything() -> None:
    truth, scored = np.zeros((1, 3, 2)), np.array([[True, True, False]])
    truth[0, 2] = np.nan
    truth[0, 0] = 1
    assert score(truth, np.zeros((1, 3, 2)), scored, np.zeros(2)).r2 == 0


def test_nothing_scored_or_nothing_varying_has_no_r2() -> None:
    truth = np.zeros((2, 3, 2))
    assert score(truth, truth, np.zeros((2, 3), dtype=bool), np.zeros(2)).r2 is None
    assert score(truth, truth, np.ones((2, 3), dtype=bool), np.zeros(2)).r2 is None
    assert mean_r2([]) is None


def test_interval_of_a_difference_is_that_of_paired_differences() -> None:
    rng = np.random.default_rng(1)
    hard = rng.uniform(1, 20, 200)  # trials differ much, the methods little: only pairing shows it
    ours, theirs = Score(hard, np.full(200, 40.0)), Score(hard + rng.normal(0.4, 0.5, 200), np.full(200, 40.0))
    low, high = interval([ours], [theirs]) or (np.nan, np.nan)
    differences = (theirs.residual - ours.residual) / 40
    half = 1.96 * differences.std() / np.sqrt(200)
    assert (low, high) == pytest.approx((differences.mean() - half, differences.mean() + half), rel=0.1)
    assert low > 0
    alone = interval([ours]) or (np.nan, np.nan)
    assert alone[1] - alone[0] > 5 * (high - low)


def test_a_method_against_itself_differs_by_nothing() -> None:
    one = Score(np.arange(10.0), np.full(10, 9.0))
    assert interval([one, one], [one, one]) == [0.0, 0.0]
    assert interval([Score(np.ones(4), np.ones(4))]) is None  # too few trials


@given(arrays(bool, (3, 17)), st.integers(0, 8))
def test_no_scored_bin_is_nearer_than_the_gap_to_a_seen_one(recorded: np.ndarray, gap: int) -> None:
    seen, scored = halves(recorded, gap)
    assert not (seen & scored).any()
    assert not ((seen | scored) & ~recorded).any()
    for r, s, q in zip(recorded, seen, scored, strict=True):
        assert s.sum() == (r.sum() + 1) // 2
        if q.any():
            assert np.flatnonzero(q).min() - np.flatnonzero(s).max() > gap
        if gap == 0:
            assert (s | q).sum() == r.sum()


def test_three_different_quarters_of_the_neurons_are_hidden() -> None:
    splits = neuron_splits(40, seed=0)
    assert [int((~s).sum()) for s in splits] == [10, 10, 10]
    assert len({s.tobytes() for s in splits}) == 3
    np.testing.assert_array_equal(splits, neuron_splits(40, seed=0))
    assert neuron_splits(1, seed=0) == []


def test_separated_classes_are_told_and_random_labels_are_not() -> None:
    rng = np.random.default_rng(0)
    labels, later = rng.integers(0, 4, 200), rng.integers(0, 4, 50)
    corner = 10 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    told = classification(
        corner[labels] + rng.standard_normal((200, 2)), labels, corner[later] + rng.standard_normal((50, 2)), later
    )
    assert (told.training, told.held_out) == (1.0, 1.0)
    assert told.floor_training == np.bincount(labels).max() / 200
    noise = classification(rng.standard_normal((200, 2)), labels, rng.standard_normal((50, 2)), later)
    assert noise.training is not None
    assert noise.training < 0.4


def test_trials_without_a_label_and_classes_of_one_do_not_enter() -> None:
    x = np.random.default_rng(0).standard_normal((12, 3))
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, -1])
    x[labels == 1] += 50
    told = classification(x, labels, x[:0], labels[:0])
    assert (told.training, told.held_out) == (1.0, None)
    assert told.floor_training == 0.5
    assert classification(x, np.zeros(12, dtype=int), x[:0], labels[:0]).training is None


def test_a_linear_code_gives_its_angle_and_noise_the_floor() -> None:
    rng = np.random.default_rng(0)
    angles = rng.uniform(-np.pi, np.pi, 300)
    code = np.stack([np.cos(angles), np.sin(angles)], 1) @ rng.standard_normal((2, 5))
    told = angle_error_deg(code[:200], angles[:200], code[200:], angles[200:] + 2 * np.pi)
    assert told.training == pytest.approx(0, abs=1)
    assert told.held_out == pytest.approx(0, abs=1)
    noise = angle_error_deg(rng.standard_normal((200, 5)), angles[:200], code[:0], angles[:0])
    assert noise.training == pytest.approx(90, abs=15)
    assert noise.floor_training == pytest.approx(90, abs=15)


def test_table_shows_each_figure_beside_what_it_is_read_with() -> None:
    figures = {
        "r2": 0.9, "r2_cosmooth": 0.2, "r2_forecast": None, "angle_error_deg": 9.04, "noise_r2": {"1": 0.5, "2": None},
        "swap_r2": {"same_class": 0.8},
        "baselines": {"r2_cosmooth": {"ppca": 0.18, "ridge": None}},
        "floors": {"angle_error_deg": {"mean_direction": 88.0}},
        "ceilings": {"r2": {"true_teacher": 0.99}},
        "controls": {"r2": {"permuted_contexts": 0.6}},
        "intervals": {"r2_cosmooth": {"itself": [0.1, 0.3], "minus_ppca": [0.01, 0.03]}},
        "trials": {"train": 8, "held-out": 2, "left-out": 0}, "label": "kind", "classes": ["a", "b"],
    }  # fmt: skip
    rows = {row.figure: row for row in figure_rows(figures)}
    assert len(rows) == 5
    cosmooth = rows["co-smoothing of unseen neurons (R²)"]
    assert (cosmooth.value, cosmooth.interval, cosmooth.below) == ("0.200", "[0.100, 0.300]", "PPCA 0.180")
    fit = rows["fit of training trials (R²)"]
    assert (fit.above, fit.controls) == ("true teacher 0.990", "permuted contexts 0.600")
    assert rows["angle from contexts (median error, deg)"].below == "mean direction 88.0"
    assert difference_rows(figures) == [("co-smoothing of unseen neurons (R²)", "PPCA", "[0.010, 0.030]")]
    assert format_figures(figures).row_count == 5
