"""The files that make a run's folder a run: its settings when it begins, its model and tables when it ends."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import torch

from jedi import tensor_file
from jedi.architecture import architecture_of
from jedi.atomic import replacing, write_text
from jedi.config import TrainConfig
from jedi.errors import JediError
from jedi.inference import fit_contexts
from jedi.learner import Learner
from jedi.plan import Plan
from jedi.preparation import principal_axes

KEPT_COMPONENTS = 20


def write_config(folder: Path, config: TrainConfig, settled: Plan, dataset_path: Path, resume: bool) -> None:
    """config.json; on resuming it stays, and JediError is raised where it tells of other data."""
    recipe, dataset = settled.recipe, settled.dataset
    document = {
        "format_version": 1,
        "config": config.model_dump(),
        "recipe": recipe.model_dump(),
        "architecture": architecture_of(recipe, dataset.N, dataset.T).model_dump(),
        "dataset": {
            "path": str(dataset_path.resolve()),
            "hash": dataset.content_hash(),
            "name": dataset.name or dataset_path.stem,
            **{key: getattr(dataset, key) for key in ("dt", "kind", "unit", "label")},
            "trials": dataset.K,
            "steps": [dict(step) for step in dataset.steps],
        },
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    if resume:
        before = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if before["dataset"]["hash"] != document["dataset"]["hash"]:  # type: ignore[index]
            raise JediError(
                f"{dataset_path} is not the data that run {folder.name!r} began with: its content has changed"
            )
        return
    write_text(folder / "config.json", json.dumps(document, indent=1))


def resumed_config(folder: Path, asked: TrainConfig | None) -> TrainConfig:
    """The settings that a run began with; JediError where there are none, or `asked` sets others."""
    try:
        config = TrainConfig(**json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"])
    except (OSError, ValueError, KeyError) as e:
        raise JediError(f"run {folder.name!r} cannot be resumed: its config.json is missing or damaged") from e
    differing = [n for n in asked.model_fields_set if getattr(asked, n) != getattr(config, n)] if asked else []
    if differing:
        raise JediError(
            f"run {folder.name!r} was started with other settings ({', '.join(sorted(differing))}): resume without them"
        )
    return config


def write_model(folder: Path, learner: Learner, settled: Plan, scaled: np.ndarray, starts: np.ndarray | None) -> None:
    """model.safetensors, trials.parquet and neurons.parquet, contexts of the other trials inferred."""
    training, recorded, recipe = settled.training, settled.dataset.recorded, settled.recipe
    learned = learner.contexts.numpy(force=True)
    contexts = np.tile(learned.mean(0), (len(training), 1))
    contexts[training] = learned
    weight = learner.neuron_weight().numpy(force=True)
    rest = np.flatnonzero(~training & recorded.any(1))
    if len(rest):
        model = learner.model.cpu()
        contexts[rest] = fit_contexts(
            model,
            torch.from_numpy(scaled[rest]),
            torch.from_numpy(recorded[rest].astype(np.float32)),
            torch.from_numpy(weight),
            None if starts is None else torch.from_numpy(starts[rest]),
            torch.from_numpy(learned),
            recipe,
        ).numpy()
    mean, axes, variance = principal_axes(scaled[training], recorded[training], KEPT_COMPONENTS)
    whole = np.ones((len(learned), 1), bool)
    middle, directions, spread = principal_axes(learned[:, None], whole, learned.shape[1])
    tensors = learner.model.tensors() | {
        "contexts": contexts,
        "context_sd": np.maximum(learned.std(0), 1e-6),
        "neuron_weight": weight,
        "scale.mean": settled.scale_mean,
        "scale.sd": settled.scale_sd,
        "axes.mean": mean,
        "axes.components": axes,
        "axes.variance": variance,
        "map.mean": middle,
        "map.components": directions,
        "map.variance": spread,
    }
    if starts is not None:
        tensors["initial_states"] = starts
    if recipe.variational:
        tensors["context_log_sd"] = learner.log_sd.numpy(force=True)
    document = {"format_version": 1, "kind": "jedi-parameters"}
    tensor_file.write(
        folder / "model.safetensors", {k: np.asarray(v, np.float32) for k, v in tensors.items()}, document
    )
    trials = settled.dataset.trials.copy()
    trials["split"] = settled.split
    for name, table in (("trials", trials), ("neurons", settled.dataset.neurons)):
        with replacing(folder / f"{name}.parquet") as temporary:
            table.to_parquet(temporary)
