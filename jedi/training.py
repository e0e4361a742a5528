"""Training from a dataset file into a run folder: stopped, killed and resumed at will."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from jedi.atomic import write_text
from jedi.checkpoint import read_checkpoint, write_checkpoint
from jedi.config import Recipe, TrainConfig
from jedi.dataset import load_dataset
from jedi.errors import JediError
from jedi.learner import Learner
from jedi.optimiser import one_cycle
from jedi.plan import Plan, plan
from jedi.preparation import first_states
from jedi.run import Run, load
from jedi.run_folder import write_status
from jedi.run_lock import LOCK, claimed
from jedi.run_writer import resumed_config, write_config, write_model
from jedi.threads import one_torch_thread

CHECKPOINT_SECONDS = 2.0

Metrics = dict[str, Any]


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
        config = resumed_config(folder, config)
    config = config or TrainConfig()
    settled = plan(load_dataset(dataset_path), config)
    device = pick_device(config.device)
    with claimed(folder):
        _check_name_is_free(folder, resume)  # again: another process may have taken it meanwhile
        write_config(folder, config, settled, dataset_path, resume)
        (folder / "stop").unlink(missing_ok=True)  # an old wish; one that comes once the run says it runs is heard
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
                last_good = read_checkpoint(folder)
                if last_good is not None:
                    learner.restore(last_good[0])
                    write_model(folder, learner, settled, scaled, starts)
                raise JediError(_diverged(epoch, recipe, None if last_good is None else last_good[1]["epoch"]))
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
    (folder / "stop").unlink(missing_ok=True)
    write_status(folder, "running", epoch=epoch, epochs=settled.epochs, reason="inferring held-out contexts")
    write_model(folder, learner, settled, scaled, starts)
    end = ("stopped", "stopped on request") if stopped else ("done", "")
    write_status(folder, end[0], epoch=epoch, epochs=settled.epochs, reason=end[1])
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


def _diverged(epoch: int, recipe: Recipe, last_good: int | None) -> str:
    kept = "it had no checkpoint yet" if last_good is None else f"the model is that of epoch {last_good}, its last good"
    scale = "--normalise z-score, or " if recipe.normalise == "none" else ""
    return f"training diverged in epoch {epoch}: the loss is no longer finite; {kept}. Try {scale}another --seed"


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
