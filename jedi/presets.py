"""Two recipes that nobody needs to tune, and the choice between them (docs/presets.md gives the reasons)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from jedi.config import Recipe, TrainConfig
from jedi.dataset import Dataset

RANKS = (5, 8, 12, 20)
KEPT_BY_RANK = 0.9


def recipe_for(dataset: Dataset, config: TrainConfig) -> Recipe:
    """The numbers to train with: the preset's, adapted to the training trials, overruled by what the user set."""
    preset, reason = choose_preset(dataset) if config.preset == "auto" else (config.preset, "as asked for")
    recipe = _clean(dataset) if preset == "clean" else _single_trial(dataset)
    wishes = {
        name: value
        for name in ("rank", "embedding_dim", "steps", "batch", "normalise", "jitter")
        if (value := getattr(config, name)) is not None
    }
    resolved = Recipe(**{**recipe, "preset": preset, "reason": reason, **wishes})
    return resolved.model_copy(update={"jitter_end": min(resolved.jitter, resolved.jitter_end)})


def choose_preset(dataset: Dataset) -> tuple[str, str]:
    """`clean` or `single-trial`, and why, in one sentence."""
    if dataset.kind == "state":
        return "clean", "the activity is a network's state: the fit is the aim"
    share = step_noise(dataset.activity, dataset.recorded)
    if dataset.kind == "counts":
        return "single-trial", "the activity is spike counts of single trials: what carries over is the aim"
    if share < 0.1 or dataset.K < 20:
        return "clean", f"trials are few or little noise is left in them ({share:.0%} of their variance)"
    return "single-trial", f"about {share:.0%} of the variance between trials is not shared by neurons: single trials"


def step_noise(activity: Float[np.ndarray, "K T N"], recorded: np.ndarray) -> float:
    """Share of the z-scored variance outside the leading principal components (as many as a tenth of the neurons).

    Simulated states and condition averages live in a few dimensions; spiking noise is private to each neuron.
    """
    rows = activity[recorded].astype(np.float64)
    rows = rows[:: max(1, len(rows) // 20_000)]
    spread = rows.std(0)
    rows = (rows - rows.mean(0)) / np.where(spread > 0, spread, 1)
    variance = np.linalg.eigvalsh(rows.T @ rows)[::-1]
    kept = max(8, len(variance) // 10)
    return float(variance[kept:].sum() / max(variance.sum(), 1e-300))


def rank_kept(activity: Float[np.ndarray, "K T N"], recorded: np.ndarray, rank: int) -> float:
    """Variance of single trials that their own best rank-`rank` approximation keeps, at most 64 trials looked at."""
    kept = total = 0.0
    for trial in np.linspace(0, len(activity) - 1, min(64, len(activity))).astype(int):
        rows = activity[trial][recorded[trial]].astype(np.float64)
        if len(rows) < 2:
            continue
        values = np.linalg.svd(rows - rows.mean(0), compute_uv=False) ** 2
        kept, total = kept + values[:rank].sum(), total + values.sum()
    return kept / total if total > 0 else 1.0


def _embedding_dim(trials: int, most: int) -> int:
    """A quarter of the trials, at most `most` and at least 2, but always fewer than trials."""
    return max(1, min(most, max(2, trials // 4), trials - 1))


def _clean(dataset: Dataset) -> dict[str, object]:
    # Rank 5 where it can hold the trials (all that it generates can be analysed exactly), more where it cannot.
    rank = next((r for r in RANKS if rank_kept(dataset.activity, dataset.recorded, r) >= KEPT_BY_RANK), RANKS[-1])
    return {
        "rank": min(rank, dataset.N),
        "embedding_dim": _embedding_dim(dataset.K, 32),
        "width": 128,
        "units": None,
        "initial_state": "trial",
        "dt_over_tau": 0.1,
        "stride": 1,
        "normalise": "none" if dataset.kind == "state" else "z-score",
        "steps": 5000,
        "batch": min(32, dataset.K),
        "rate": 1.5e-3,
        "context_rate": 3e-2,
        "log_sd_rate": 0.0,
        "betas": (0.9, 0.99),
        "clip": 1.0,
        "horizon_start": 20,
        "horizon_share": 0.3,
        "context_start": "random",
        "context_sd": 0.2,
        "jitter": 0.8 if dataset.kind == "state" else 0.2,
        "jitter_end": 0.6 if dataset.kind == "state" else 0.2,
        "variational": False,
        "kl_weight": 0.0,
        "nested_dropout": False,
        "weigh_residuals": False,
        "infer_steps": 300,
        "infer_rate": 0.03,
        "infer_start": "best",
        "infer_penalty": 0.0,
    }


def _single_trial(dataset: Dataset) -> dict[str, object]:
    stride = max(1, round(0.02 / dataset.dt))
    return {
        "rank": 32,
        "embedding_dim": _embedding_dim(dataset.K, 16),
        "width": 256,
        "units": 64,
        "initial_state": "context",
        "dt_over_tau": min(0.5, stride * dataset.dt / 0.1),
        "stride": stride,
        "normalise": "z-score",
        "steps": 1150,
        "batch": min(20, dataset.K),
        "rate": 1e-3,
        "context_rate": 3e-3,
        "log_sd_rate": 1e-2,
        "betas": (0.9, 0.999),
        "clip": 1.0,
        "horizon_start": dataset.T,
        "horizon_share": 0.0,
        "context_start": "pca",
        "context_sd": 1.0,
        "jitter": 0.0,
        "jitter_end": 0.0,
        "variational": True,
        "kl_weight": 3e-3,
        "nested_dropout": True,
        "weigh_residuals": True,
        "infer_steps": 100,
        "infer_rate": 0.05,
        "infer_start": "mean",
        "infer_penalty": 3e-3,
    }
