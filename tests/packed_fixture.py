"""Small packed models with random parameters, in the exact form, for tests of everything that reads one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from safetensors.numpy import save


@dataclass(frozen=True)
class Sizes:
    """How large, and of which form, a model is to be."""

    trials: int = 24
    bins: int = 30
    neurons: int = 12
    units: int = 12
    embedding_dim: int = 3
    rank: int = 2
    width: int = 8
    hidden_layers: int = 2
    components: int = 4
    stride: int = 1
    readout: bool = False
    initial_state: str = "trial"
    bias: bool = True


def packed(sizes: Sizes = Sizes(), columns: Sequence[Mapping[str, Any]] | None = None, seed: int = 0) -> bytes:
    """A packed model whose recorded trials are its own rollouts with noise; contexts lie in three clusters."""
    return save(*_parts(sizes, columns, seed))


def packed_with(tensor: str, value: np.ndarray | None, sizes: Sizes = Sizes()) -> bytes:
    """The same with one tensor replaced, or left out for None: a file to be refused."""
    tensors, metadata = _parts(sizes, None, 0)
    if value is None:
        del tensors[tensor]
    else:
        tensors[tensor] = value
    return save(tensors, metadata)


def _parts(
    s: Sizes, columns: Sequence[Mapping[str, Any]] | None, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    rng = np.random.default_rng(seed)
    kinds = np.arange(s.trials) % 3
    contexts = rng.normal(size=(3, s.embedding_dim))[kinds] * 2 + rng.normal(size=(s.trials, s.embedding_dim)) * 0.3
    outputs = 2 * s.units * s.rank + (s.units if s.bias else 0)
    widths = [s.embedding_dim, *[s.width] * s.hidden_layers, outputs]
    tensors: dict[str, np.ndarray] = {"input_scale": np.ones(s.embedding_dim)}
    for i, (inputs, size) in enumerate(pairwise(widths)):
        tensors[f"hyper.{i}.weight"] = rng.normal(size=(size, inputs)) / np.sqrt(inputs)
        tensors[f"hyper.{i}.bias"] = rng.normal(size=size) * 0.1
    last = tensors[f"hyper.{s.hidden_layers}.weight"]
    last *= 1.6 / np.sqrt(s.units)
    steps = -(-(s.bins - 1) // s.stride) + 1
    if s.initial_state == "trial":
        tensors["initial_states"] = rng.normal(size=(s.trials, s.units)) * 0.7
    else:
        tensors["initial.weight"] = rng.normal(size=(s.units, s.embedding_dim)) * 0.3
        tensors["initial.bias"] = rng.normal(size=s.units) * 0.1
    if s.readout:
        tensors["readout.weight"] = rng.normal(size=(s.neurons, s.units)) / np.sqrt(s.units)
        tensors["readout.bias"] = rng.normal(size=s.neurons) * 0.1
    tensors = {name: value.astype(np.float32) for name, value in tensors.items()}
    activity = np.stack([_activity(tensors, s, contexts[k].astype(np.float32), k, steps) for k in range(s.trials)])
    activity = (
        activity[:, np.minimum(np.arange(s.bins) // s.stride, steps - 1)]
        + rng.normal(size=(s.trials, s.bins, s.neurons)) * 0.1
    )
    mask = np.ones((s.trials, s.bins), bool)
    mask[1::5, -max(1, s.bins // 6) :] = False
    mean = activity[mask].mean(0)
    _, values, axes = np.linalg.svd(activity[mask] - mean, full_matrices=False)
    kept = min(s.components, s.neurons)
    scores = (activity - mean) @ axes[:kept].T * mask[..., None]
    centre = contexts.mean(0)
    _, spread, directions = np.linalg.svd(contexts - centre, full_matrices=True)
    spread = np.pad(spread, (0, s.embedding_dim))[: s.embedding_dim]
    tensors |= {
        "contexts": contexts,
        "context_sd": contexts.std(0),
        "scale.mean": rng.normal(size=s.neurons) + 5,
        "scale.sd": np.ones(s.neurons) * 2,
        "axes.mean": mean,
        "axes.components": axes[:kept],
        "axes.variance": (values**2 / mask.sum())[:kept],
        "map.mean": centre,
        "map.components": directions,
        "map.variance": spread**2 / s.trials,
        "recorded.residual": np.zeros(s.trials),
    }
    tensors = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
    tensors |= {"recorded.scores": scores.astype(np.float16), "recorded.mask": mask.astype(np.uint8)}
    return tensors, {"jedi": json.dumps(_document(s, columns or default_columns(s.trials), kept))}


def default_columns(trials: int) -> list[dict[str, Any]]:
    """A column of each form and the split."""
    angle = np.linspace(-np.pi, np.pi, trials, endpoint=False)
    return [
        {"name": "kind", "form": "categorical", "values": [["sine", "ramp", "step"][k % 3] for k in range(trials)]},
        {"name": "reach_direction", "form": "cyclic", "values": [*map(float, angle)]},
        {
            "name": "reaction_time",
            "form": "continuous",
            "values": [None, *map(float, np.linspace(0.2, 0.5, trials - 1))],
        },
        {
            "name": "split",
            "form": "categorical",
            "values": ["held-out" if k % 4 == 3 else "train" for k in range(trials)],
        },
    ]


def _document(s: Sizes, columns: Sequence[Mapping[str, Any]], kept: int) -> dict[str, Any]:
    model = {
        "neurons": s.neurons, "units": s.units, "rank": s.rank, "embedding_dim": s.embedding_dim, "width": s.width,
        "hidden_layers": s.hidden_layers, "bias": s.bias, "readout": s.readout, "initial_state": s.initial_state,
        "dt": 0.01 * s.stride, "dt_over_tau": 0.1, "stride": s.stride, "bins": s.bins, "variational": False,
    }  # fmt: skip
    return {
        "format_version": 1,
        "kind": "jedi-model",
        "model": model,
        "dataset": {
            "name": "random",
            "dt": 0.01,
            "kind": "rates",
            "unit": "Hz",
            "label": "kind",
            "trials": s.trials,
            "hash": "0",
        },
        "config": {},
        "figures": {"r2": 0.9},
        "trials": [dict(column) for column in columns],
        "neurons": [{"name": "area", "form": "categorical", "values": ["M1"] * s.neurons}],
        "recorded": {"components": kept, "explained": 0.9},
    }


def _activity(tensors: Mapping[str, np.ndarray], s: Sizes, context: np.ndarray, trial: int, steps: int) -> np.ndarray:
    return observe(tensors, states(tensors, s, context, trial, steps))


def weights(
    tensors: Mapping[str, np.ndarray], s: Sizes, context: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U (M, R), V (M, R) and bias (M,), in float64: written out once more, independently of the library."""
    h = np.asarray(context, float) * tensors["input_scale"].astype(float)
    for i in range(s.hidden_layers + 1):
        h = tensors[f"hyper.{i}.weight"].astype(float) @ h + tensors[f"hyper.{i}.bias"]
        h = np.tanh(h) if i < s.hidden_layers else h
    size = s.rank * s.units
    u, v = (h[i * size : (i + 1) * size].reshape(s.rank, s.units).T for i in (0, 1))
    return u, v, h[2 * size :] if s.bias else np.zeros(s.units)


def states(tensors: Mapping[str, np.ndarray], s: Sizes, context: np.ndarray, trial: int, steps: int) -> np.ndarray:
    """(steps, M) float64 states with a full J = U V'."""
    u, v, bias = weights(tensors, s, context)
    if s.initial_state == "trial":
        x = [tensors["initial_states"][trial].astype(float)]
    else:
        x = [tensors["initial.weight"].astype(float) @ np.asarray(context, float) + tensors["initial.bias"]]
    j = u @ v.T
    for _ in range(steps - 1):
        x.append(0.9 * x[-1] + 0.1 * (j @ np.tanh(x[-1]) + bias))
    return np.array(x)


def observe(tensors: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Scaled activity in states x."""
    if "readout.weight" not in tensors:
        return x
    return x @ tensors["readout.weight"].astype(float).T + tensors["readout.bias"]


def jacobian_eigenvalues(tensors: Mapping[str, np.ndarray], s: Sizes, context: np.ndarray) -> np.ndarray:
    """All M eigenvalues of the discrete-time Jacobian at the origin, of the full M x M matrix."""
    u, v, _ = weights(tensors, s, context)
    return np.linalg.eigvals(0.9 * np.eye(s.units) + 0.1 * (u @ v.T))
