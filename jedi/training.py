"""Training from a dataset file into a run folder: stopped, killed and resumed at will."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from jedi import tensor_file
from jedi.atomic import replacing, write_text
from jedi.checkpoint import read_checkpoint, write_checkpoint
from jedi.config import Recipe, TrainConfig
from jedi.dataset import Dataset, load_dataset
from jedi.errors import JediError
from jedi.inference import fit_contexts
from jedi.learner import Learner
from jedi.optimiser import one_cycle
from jedi.preparation import first_states, fit_scale, principal_axes, split_trials
from jedi.presets import recipe_for
from jedi.run import Run, load
from jedi.run_folder import write_status
from jedi.run_lock import LOCK, claimed
from jedi.threads import one_torch_thread

CHECKPOINT_SECONDS = 2.0
KEPT_COMPONENTS = 20

Metrics = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a run will do, settled before its first step; config.json holds it."""

    dataset: Dataset
    split: np.ndarray  # (K,) train, held-out or left-out
    recipe: Recipe
    scale_mean: np.ndarray
    scale_sd: np.ndarray

    @property
    def training(self) -> np.ndarray:
        """(K,) True for trials trained on."""
        mask: np.ndarray = self.split == "train"
        return mask

    def scaled(self) -> np.ndarray:
        """(K, T, N) activity in the model's units, zero where nothing was recorded."""
        scaled: np.ndarray = (self.dataset.activity - self.scale_mean) / self.scale_sd
        scaled *= self.dataset.recorded[:, :, None]
        return scaled

    @property
    def epochs(self) -> int:
        return math.ceil(self.recipe.steps / self.steps_per_epoch)

    @property
    def steps_per_epoch(self) -> int:
        return max(1, round(int(self.training.sum()) / self.recipe.batch))


def plan(dataset: Dataset, config: TrainConfig) -> Plan:
    """Split, recipe and scale for a dataset; JediError where it cannot be trained on."""
    if dataset.K < 2:
        raise JediError(
            f"{dataset.name or 'the dataset'} holds a single trial; training needs at least 2 to tell apart"
        )
    if dataset.T < 3:
        raise JediError(f"trials have {dataset.T} bins; training needs at least 3")
    split = split_trials(dataset, config.hold_out, config.split_seed)
    training = split == "train"
    seen = dataset.activity[training][dataset.recorded[training]]
    if not np.ptp(seen, axis=0).any():
        raise JediError("no neuron's activity ever changes in the training trials: there is nothing to learn from")
    recipe = recipe_for(dataset.select(training), config)
    if recipe.embedding_dim >= training.sum():
        raise JediError(
            f"embedding dimension {recipe.embedding_dim} is not below the {training.sum()} training trials: "
            "each could have a dimension to itself; lower --embedding-dim"
        )
    units = recipe.units or dataset.N
    if recipe.rank > units:
        raise JediError(f"rank {recipe.rank} exceeds the {units} units of the network: lower --rank")
    mean, sd = fit_scale(dataset.activity[training], dataset.recorded[training], recipe.normalise)
    return Plan(dataset, split, recipe, mean, sd)


def train(
    dataset_path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    config: TrainConfig | None = None,
    *,
    resume: bool = False,
    on_epoch: Callable[[Metrics], None] | None = None,
) -> Run:
    """Train a model on a dataset file and leave a run folder.

    `on_epoch` is told each epoch's metrics. With `resume` the run goes on from its last checkpoint with the
    settings it was started with, and ends in the same bytes as if it had never been interrupted (on a CPU).

    Raises:
        JediError: the name is taken, the dataset is unfit, or training diverged; the last good checkpoint stays.
    """
    folder = Path(folder)
    dataset_path = Path(dataset_path)
    _check_name_is_free(folder, resume)
    if resume:
        config = _resumed_config(folder, config)
    config = config or TrainConfig()
    settled = plan(load_dataset(dataset_path), config)
    device = pick_device(config.device)
    with claimed(folder):
        _check_name_is_free(folder, resume)  # again: another process may have taken it meanwhile
        _write_config(folder, config, settled, dataset_path, resume)
        write_status(folder, "running", epoch=0, epochs=settled.epochs)
        try:
            with one_torch_thread():
                return _loop(folder, config, settled, device, on_epoch)
        except BaseException as e:
            reason = str(e) if isinstance(e, JediError) else f"{type(e).__name__}: {e}"
            state = "stopped" if isinstance(e, KeyboardInterrupt | SystemExit) else "failed"
            write_status(folder, state, reason=reason)
            raise


def _check_name_is_free(folder: Path, resume: bool) -> None:
    """A run's folder may hold a log and a lock before the run is in it, and nothing else."""
    if resume or not folder.exists():
        return
    if not folder.is_dir():
        raise JediError(f"{folder.name!r} is a file: take another name for the run")
    if any(path.name not in ("log.txt", LOCK) and path.suffix != ".part" for path in folder.iterdir()):
        raise JediError(f"run {folder.name!r} exists: take another name, or --resume to go on with it")


def _loop(
    folder: Path,
    config: TrainConfig,
    settled: Plan,
    device: torch.device,
    on_epoch: Callable[[Metrics], None] | None,
) -> Run:
    (folder / "stop").unlink(missing_ok=True)
    recipe = settled.recipe
    scaled, training = settled.scaled(), settled.training
    recorded = settled.dataset.recorded
    starts = first_states(scaled, recorded) if recipe.initial_state == "trial" else None
    learner = Learner(
        torch.from_numpy(scaled[training]).to(device),
        torch.from_numpy(recorded[training].astype(np.float32)).to(device),
        None if starts is None else torch.from_numpy(starts[training]).to(device),
        recipe,
        config.seed,
        config.permute_contexts,
    )
    first_epoch, best, waited = 0, math.inf, 0
    found = read_checkpoint(folder)
    if found is not None:
        learner.restore(found[0])
        first_epoch, waited = found[1]["epoch"], found[1]["waited"]
        best = math.inf if found[1]["best"] is None else found[1]["best"]
    log = folder / "metrics.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines()[:first_epoch] if log.exists() else []
    write_text(log, "".join(f"{line}\n" for line in lines))
    seconds = json.loads(lines[-1])["seconds"] if lines else 0.0
    began, saved = time.monotonic() - seconds, time.monotonic()
    epoch, stopped, done = first_epoch, False, _no_better(config, waited)

    def checkpoint() -> None:
        progress = {"epoch": epoch, "best": best if math.isfinite(best) else None, "waited": waited}
        write_checkpoint(folder, learner.state(), progress)

    with log.open("a", encoding="utf-8") as stream:
        for epoch in range(first_epoch + 1, first_epoch + 1 if done else settled.epochs + 1):
            metrics = _epoch(learner, epoch, settled, config.seed)
            metrics |= {"seconds": round(time.monotonic() - began, 3)}
            metrics["trials_per_s"] = round(len(learner.contexts) * epoch / max(metrics["seconds"], 1e-9), 1)
            if not math.isfinite(metrics["loss"]) or not all(
                bool(p.isfinite().all()) for p in learner.model.parameters()
            ):
                _give_up(folder, epoch, recipe)
            stream.write(json.dumps(metrics) + "\n")
            stream.flush()
            if on_epoch is not None:
                on_epoch(metrics | {"epochs": settled.epochs})
            if metrics["horizon"] == settled.dataset.T:  # losses of shorter rollouts are another matter
                better = metrics["loss"] < best * (1 - 1e-3)
                best, waited = (metrics["loss"], 0) if better else (best, waited + 1)
            stopped, done = (folder / "stop").exists(), _no_better(config, waited)
            if stopped or done or epoch == settled.epochs or time.monotonic() - saved > CHECKPOINT_SECONDS:
                checkpoint()
                write_status(folder, "running", epoch=epoch, epochs=settled.epochs)
                saved = time.monotonic()
            if stopped or done:
                break
    if stopped:
        (folder / "stop").unlink(missing_ok=True)
        _write_model(folder, learner, settled, scaled, starts, infer=False)
        write_status(folder, "stopped", epoch=epoch, epochs=settled.epochs, reason="stopped on request")
    else:
        write_status(folder, "running", epoch=epoch, epochs=settled.epochs, reason="inferring held-out contexts")
        _write_model(folder, learner, settled, scaled, starts, infer=True)
        write_status(folder, "done", epoch=epoch, epochs=settled.epochs)
    return load(folder)


def _no_better(config: TrainConfig, waited: int) -> bool:
    """Whether the loss has been no better for as long as was asked for."""
    return config.patience is not None and waited >= config.patience


def _epoch(learner: Learner, epoch: int, settled: Plan, seed: int) -> Metrics:
    """All training trials once, in an order and with noise that follow from (seed, epoch) alone."""
    recipe, bins = settled.recipe, settled.dataset.T
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    grown = 1.0 if recipe.horizon_share == 0 else min(1.0, (epoch - 1) / max(1, recipe.horizon_share * settled.epochs))
    horizon = min(bins, round(recipe.horizon_start + (bins - recipe.horizon_start) * grown))
    loss = error = energy = 0.0
    steps = settled.steps_per_epoch
    for i, index in enumerate(_batches(len(learner.contexts), steps, generator)):
        progress = ((epoch - 1) * steps + i) / max(1, settled.epochs * steps - 1)
        one, squared, total = learner.step(index.to(learner.contexts.device), horizon, progress, generator)
        loss, error, energy = loss + one / steps, error + squared, energy + total
    return {
        "epoch": epoch,
        "loss": loss,
        "r2": 1 - error / energy if energy > 0 else 0.0,
        "lr": recipe.rate * one_cycle(progress),
        "horizon": horizon,
    }


def _batches(trials: int, batches: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    yield from torch.randperm(trials, generator=generator).tensor_split(batches)


def _give_up(folder: Path, epoch: int, recipe: Recipe) -> None:
    kept = "its last good checkpoint is kept" if read_checkpoint(folder) else "it had no checkpoint yet"
    scale = "--normalise z-score, or " if recipe.normalise == "none" else ""
    raise JediError(
        f"training diverged in epoch {epoch}: the loss is no longer finite; {kept}. Try {scale}another --seed"
    )


def _write_model(
    folder: Path, learner: Learner, settled: Plan, scaled: np.ndarray, starts: np.ndarray | None, infer: bool
) -> None:
    """model.safetensors, trials.parquet and neurons.parquet, contexts of the other trials inferred."""
    training, recorded, recipe = settled.training, settled.dataset.recorded, settled.recipe
    learned = learner.contexts.numpy(force=True)
    contexts = np.tile(learned.mean(0), (len(training), 1))
    contexts[training] = learned
    weight = learner.neuron_weight().numpy(force=True)
    rest = np.flatnonzero(~training & recorded.any(1))
    if infer and len(rest):
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
    middle = learned.mean(0, dtype=np.float64)
    spread, directions = np.linalg.eigh(np.cov(learned.astype(np.float64).T, ddof=0).reshape(2 * (learned.shape[1],)))
    directions = directions[:, ::-1].T
    directions = directions * np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])[:, None]
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
        "map.variance": np.maximum(spread[::-1], 0),
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


def _write_config(folder: Path, config: TrainConfig, settled: Plan, dataset_path: Path, resume: bool) -> None:
    recipe, dataset = settled.recipe, settled.dataset
    document = {
        "format_version": 1,
        "config": config.model_dump(),
        "recipe": recipe.model_dump(),
        "architecture": {
            "neurons": dataset.N,
            "units": recipe.units or dataset.N,
            "rank": recipe.rank,
            "embedding_dim": recipe.embedding_dim,
            "width": recipe.width,
            "hidden_layers": 2,
            "readout": recipe.units is not None,
            "initial_state": recipe.initial_state,
            "dt_over_tau": recipe.dt_over_tau,
            "stride": recipe.stride,
            "bins": dataset.T,
        },
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


def _resumed_config(folder: Path, asked: TrainConfig | None) -> TrainConfig:
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


def pick_device(wanted: str) -> torch.device:
    """The device to train on: as asked, or CUDA where there is one (`auto`), else the CPU."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as e:
        raise JediError(f"device {wanted!r} cannot be used on this machine; try --device cpu") from e
    return device
