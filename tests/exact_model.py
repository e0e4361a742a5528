"""A dataset and a run that is exactly the network behind it: what every figure must be is then known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from jedi.dataset import Dataset
from jedi.run import Run
from jedi.synthetic import run_teacher

TRIALS, BINS, NEURONS, RANK = 60, 40, 12, 2
A = 0.1


def directed_trials(noise: float = 0.05, seed: int = 0, **changes: Any) -> Dataset:
    """A contracting network pushed in a constant direction on each trial; the direction is a trial column."""
    rng = np.random.default_rng(seed)
    u, v = 0.6 * rng.standard_normal((2, NEURONS, RANK)) / np.sqrt(NEURONS)
    w = rng.standard_normal((NEURONS, 2))
    angle = rng.uniform(-np.pi, np.pi, TRIALS)
    push = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inputs = np.repeat(push[:, None], BINS, axis=1)
    x0 = rng.standard_normal((TRIALS, NEURONS))
    states = run_teacher(u, v, w, inputs, x0, dt_over_tau=A, process_noise=noise, rng=rng)
    truth = {
        "U": u, "V": v, "W": w, "input": inputs, "x0": x0,
        "process_noise": np.asarray(noise), "dt_over_tau": np.asarray(A),
    }  # fmt: skip
    fields = {
        "activity": states.astype(np.float32),
        "recorded": np.ones((TRIALS, BINS), dtype=bool),
        "dt": 0.01,
        "kind": "state",
        "trials": pd.DataFrame({"direction": angle, "speed": np.linspace(0.1, 0.9, TRIALS)}),
        "truth": truth,
        "label": "direction",
        "name": "directed",
    }
    return Dataset(**(fields | changes))


def exact_run(dataset: Dataset, initial_state: str = "trial", held_out: int = 20, left_out: int = 4) -> Run:
    """Contexts are the pushes themselves and the hypernetwork is linear: bias = W c, U and V constant."""
    t = dataset.truth
    factors = np.concatenate([t["U"].T.ravel(), t["V"].T.ravel(), np.zeros(NEURONS)])
    weight = np.zeros((len(factors), 2))
    weight[-NEURONS:] = t["W"]
    contexts = t["input"][:, 0]
    split = np.array(["train"] * TRIALS, dtype=object)
    order = np.random.default_rng(5).permutation(TRIALS)
    split[order[:held_out]], split[order[held_out : held_out + left_out]] = "held-out", "left-out"
    tensors = {
        "hyper.0.weight": weight, "hyper.0.bias": factors, "input_scale": np.ones(2), "contexts": contexts,
        "context_sd": contexts.std(0), "scale.mean": np.zeros(NEURONS), "scale.sd": np.ones(NEURONS),
    }  # fmt: skip
    if initial_state == "trial":
        tensors["initial_states"] = dataset.activity[:, 0]
    else:  # the steady state that a small push leads to, roughly
        tensors |= {"initial.weight": t["W"], "initial.bias": np.zeros(NEURONS)}
    config = {
        "architecture": {
            "neurons": NEURONS, "units": NEURONS, "rank": RANK, "embedding_dim": 2, "width": 1, "hidden_layers": 0,
            "readout": False, "initial_state": initial_state, "dt_over_tau": A, "stride": 1, "bins": BINS,
        },
        "recipe": {
            "preset": "clean", "reason": "a test", "rank": RANK, "embedding_dim": 2, "width": 1, "units": None,
            "initial_state": initial_state, "dt_over_tau": A, "stride": 1, "normalise": "none", "steps": 1, "batch": 1,
            "rate": 0.0, "context_rate": 0.0, "log_sd_rate": 0.0, "betas": (0.9, 0.99), "clip": 1.0,
            "horizon_start": BINS, "horizon_share": 0.0, "context_start": "random", "context_sd": 0.2, "jitter": 0.0,
            "jitter_end": 0.0,
            "variational": False, "kl_weight": 0.0, "nested_dropout": False, "weigh_residuals": False,
            "infer_steps": 100, "infer_rate": 0.03, "infer_start": "best", "infer_penalty": 0.0,
        },
        "dataset": {"dt": dataset.dt, "hash": dataset.content_hash(), "label": dataset.label},
    }  # fmt: skip
    trials = dataset.trials.assign(split=split)
    return Run("exact", config, {k: np.asarray(x, np.float32) for k, x in tensors.items()}, trials)


def with_activity(dataset: Dataset, activity: np.ndarray, recorded: np.ndarray | None = None) -> Dataset:
    """The dataset with other numbers in it."""
    return replace(dataset, activity=activity, recorded=dataset.recorded if recorded is None else recorded)


def unhashed(run: Run) -> Run:
    """The run, not minding that the dataset's contents change."""
    return replace(run, config=dict(run.config) | {"dataset": {"dt": 0.01}})
