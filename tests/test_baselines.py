from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.linear_model import Ridge

from jedi.baselines import (
    FactorModel,
    fit_factor_analysis,
    fit_ppca,
    last_state_held,
    mean_by_time,
    ridge_between_neurons,
    ridge_between_starts,
)
from jedi.baselines import ridge as ridge_module
from jedi.baselines.folds import blocked_folds


def factor_data(
    trials: int = 300, bins: int = 5, neurons: int = 6, dimension: int = 2, noise: float = 0.3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Trials of a factor model with unequal noise, and their expected (noise-free) course."""
    rng = np.random.default_rng(seed)
    loadings = rng.standard_normal((dimension, bins * neurons))
    clean = (rng.standard_normal((trials, dimension)) @ loadings + rng.standard_normal(bins * neurons)).reshape(
        trials, bins, neurons
    )
    sd = noise * np.linspace(0.5, 1.5, neurons)
    return clean + sd * rng.standard_normal(clean.shape), clean


def everything(activity: np.ndarray) -> np.ndarray:
    return np.ones(activity.shape[:2], dtype=bool)


def covariance(model: FactorModel) -> np.ndarray:
    w = model.loadings.reshape(-1, model.loadings.shape[2])
    return w @ w.T + np.diag(model.noise.ravel())


def log_likelihood(model: FactorModel, activity: np.ndarray) -> float:
    """Mean over trials, by the dense Gaussian density."""
    c = covariance(model)
    x = (activity - model.mean).reshape(len(activity), -1)
    _, log_det = np.linalg.slogdet(2 * np.pi * c)
    return float(-0.5 * (log_det + np.einsum("ki,ki->k", x, np.linalg.solve(c, x.T).T).mean()))


def test_ppca_of_complete_trials_is_that_of_scikit_learn() -> None:
    activity, _ = factor_data()
    found = fit_ppca(activity, everything(activity), 2)
    expected = PCA(2).fit(activity.reshape(300, -1))
    # scikit-learn divides by K - 1, maximum likelihood by K
    np.testing.assert_allclose(covariance(found), expected.get_covariance() * 299 / 300, atol=1e-9)
    assert found.noise[0, 0] == pytest.approx(expected.noise_variance_ * 299 / 300)


def test_factor_analysis_of_complete_trials_is_that_of_scikit_learn() -> None:
    activity, _ = factor_data()
    found = fit_factor_analysis(activity, everything(activity), 2)
    expected = FactorAnalysis(2, tol=1e-8, max_iter=5000, svd_method="lapack").fit(activity.reshape(300, -1))
    assert log_likelihood(found, activity) == pytest.approx(expected.score(activity.reshape(300, -1)), abs=1e-3)
    np.testing.assert_allclose(found.noise.ravel(), expected.noise_variance_, rtol=0.02)


@given(st.integers(0, 50))
@settings(max_examples=10)
def test_prediction_is_the_conditional_mean_of_the_gaussian(seed: int) -> None:
    activity, _ = factor_data(trials=40, bins=3, neurons=4, seed=seed)
    model = fit_factor_analysis(activity, everything(activity), 2)
    seen_neurons = np.array([True, True, False, True])
    seen = np.array([[True, False, True]])
    joint = (seen[0][:, None] & seen_neurons).ravel()
    c, mean = covariance(model), model.mean.ravel()
    x = activity[:1].reshape(-1)
    hidden = mean[~joint] + c[np.ix_(~joint, joint)] @ np.linalg.solve(c[np.ix_(joint, joint)], x[joint] - mean[joint])
    found = model.predict(activity[:1], seen, seen_neurons)[0].ravel()
    np.testing.assert_allclose(found[~joint], hidden, atol=1e-8)


@pytest.mark.parametrize("fit", [fit_ppca, fit_factor_analysis])
def test_unseen_values_have_no_influence(fit: object) -> None:
    activity, _ = factor_data(trials=40)
    rng = np.random.default_rng(1)
    recorded = rng.random((40, 5)) < 0.8
    spoiled = np.where(recorded[:, :, None], activity, 1e6)
    model, again = (fit(a, recorded, 2) for a in (activity, spoiled))  # type: ignore[operator]
    np.testing.assert_array_equal(model.loadings, again.loadings)
    neurons = np.arange(6) < 4
    spoiled = np.where(recorded[:, :, None] & neurons, activity, np.nan)
    np.testing.assert_array_equal(model.predict(activity, recorded, neurons), model.predict(spoiled, recorded, neurons))


@pytest.mark.parametrize("fit", [fit_ppca, fit_factor_analysis])
def test_with_a_third_of_the_bins_missing_the_factors_are_still_found(fit: object) -> None:
    activity, clean = factor_data(noise=0.1)
    recorded = np.random.default_rng(2).random((300, 5)) < 0.67
    model = fit(activity, recorded, 2)  # type: ignore[operator]
    unseen = ~recorded & recorded.any(1, keepdims=True)
    error = (model.predict(activity, recorded) - clean)[unseen]
    spread = (clean - clean.mean(0))[unseen]
    assert 1 - (error**2).sum() / (spread**2).sum() > 0.98


def test_masked_em_only_raises_the_likelihood_of_complete_data() -> None:
    activity, _ = factor_data(noise=1.0)
    start = fit_ppca(activity, everything(activity), 2)
    better = fit_factor_analysis(activity, everything(activity), 2)
    assert log_likelihood(better, activity) > log_likelihood(start, activity) + 0.1  # the noise is unequal


def test_white_noise_is_trusted_and_repeated_noise_is_tempered() -> None:
    rng = np.random.default_rng(0)
    _, clean = factor_data(trials=400, bins=12, neurons=6, noise=0.0)
    half = np.broadcast_to(np.arange(12) < 6, (400, 12))
    white = clean + rng.standard_normal(clean.shape) * 2
    held = clean + np.repeat(rng.standard_normal((400, 2, 6)), 6, axis=1) * 2  # the same error over half a trial
    tempers = [
        fit_ppca(noisy[:200], everything(noisy[:200]), 2).tempered(noisy[200:], half[200:], ~half[200:])
        for noisy in (white, held)
    ]
    assert tempers[0] <= 2
    assert tempers[1] >= 4


def test_folds_hold_every_trial_once_and_keep_neighbours_together() -> None:
    folds = blocked_folds(103)
    assert sorted(np.concatenate(folds).tolist()) == list(range(103))
    assert len(folds) == 5
    assert all((np.diff(fold) == 1).mean() > 0.7 for fold in folds)
    assert [fold.tolist() for fold in blocked_folds(2)] == [[0], [1]]


def test_more_factors_than_trials_are_lowered() -> None:
    activity, _ = factor_data(trials=4)
    assert fit_ppca(activity, everything(activity), 9).loadings.shape == (5, 6, 3)


def test_mean_by_time_leaves_missing_bins_out_and_falls_back_on_all_bins() -> None:
    activity = np.array([[[1.0], [5.0], [0.0]], [[3.0], [0.0], [0.0]]])
    recorded = np.array([[True, True, False], [True, False, False]])
    np.testing.assert_allclose(mean_by_time(activity, recorded)[:, 0], [2.0, 5.0, 3.0])


def test_last_seen_state_is_held() -> None:
    activity = np.arange(8.0).reshape(2, 4, 1)
    seen = np.array([[True, True, False, False], [False] * 4])
    np.testing.assert_allclose(last_state_held(activity, seen, np.array([9.0]))[:, :, 0], [[1.0] * 4, [9.0] * 4])


def test_ridge_at_a_given_penalty_is_that_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    activity, _ = factor_data(trials=20)
    seen = np.array([True, True, True, True, False, False])
    monkeypatch.setattr(ridge_module, "PENALTIES", np.array([0.1]))
    found = ridge_between_neurons(activity, everything(activity), activity, seen)
    x, y = activity[..., seen].reshape(-1, 4), activity[..., ~seen].reshape(-1, 2)
    alpha = 0.1 * x.var(0).mean() * len(x)
    np.testing.assert_allclose(found.reshape(-1, 2), Ridge(alpha).fit(x, y).predict(x), atol=1e-9)


def test_ridge_chooses_its_penalty_on_left_out_blocks() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((10, 4, 30))  # 40 rows of pure noise for 29 predictors: fitting them is a mistake
    seen = np.arange(30) < 29
    predicted = ridge_between_neurons(noise, everything(noise), rng.standard_normal((200, 4, 30)), seen)
    assert predicted.std() < 0.3
    activity, _ = factor_data(trials=60, bins=8, noise=0.01)  # two factors a bin, almost free of noise
    steady = np.repeat(activity[:, :1], 8, axis=1)
    seen = np.arange(6) < 4
    predicted = ridge_between_neurons(steady, everything(steady), steady, seen)
    assert np.abs(predicted - steady[..., ~seen]).max() < 0.1


def test_squared_error_from_moments_is_that_from_rows() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 3)) + 1, rng.standard_normal((50, 2)) - 2
    c, o = rng.standard_normal((3, 2)), rng.standard_normal(2)
    expected = ((y - x @ c - o) ** 2).sum()
    assert ridge_module._Moments.of(x, y).squared_error(c, o) == pytest.approx(expected)


def test_starts_of_unseen_neurons_never_use_their_own_values() -> None:
    rng = np.random.default_rng(0)
    starts = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 6))
    seen = np.arange(6) < 4
    hidden = np.where(seen, starts, np.nan)
    found = ridge_between_starts(starts, hidden, seen)
    np.testing.assert_allclose(found, starts, atol=0.05)
    np.testing.assert_array_equal(found[:, seen], starts[:, seen])
