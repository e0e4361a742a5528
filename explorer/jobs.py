"""Training runs, each in a process of its own that no page, tab or server takes with it.

A run is watched through its folder alone, so any page at any time, on any server, sees the same: what `status.json`
says, or, before that file is there, whether the process still lives (`log.txt` is its first file).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from explorer.processes import QUIET_SECONDS, alive, flags, last_line, read_json, start
from jedi.errors import JediError
from jedi.run_folder import delete_run, list_runs, read_status, request_stop, run_path, runs_folder, write_status

LOG = "log.txt"
ACTIVE = ("starting", "running", "stopping")


@dataclass(frozen=True)
class RunState:
    """How a run is doing."""

    name: str
    state: str  # starting, running, stopping, stopped, done, failed or crashed
    reason: str = ""
    epoch: int = 0
    epochs: int = 0

    @property
    def active(self) -> bool:
        """Whether its process is at work."""
        return self.state in ACTIVE

    @property
    def share(self) -> float:
        """Share of the epochs that are done."""
        return self.epoch / self.epochs if self.epochs else 0.0


def start_training(dataset: Path, name: str, options: Mapping[str, object]) -> None:
    """Start a run; `JediError` where the name is taken or cannot be used."""
    folder = run_path(name)
    if folder.exists() and (run_state(name).state != "failed" or can_resume(name)):
        raise JediError(f"run {name!r} exists: take another name")
    if not dataset.is_file():
        raise JediError(f"no dataset {dataset.name!r}")
    start(["train", str(dataset), "--run", name, *flags(options)], folder / LOG)


def resume_training(name: str) -> None:
    """Go on with a run that stopped, failed or crashed, from its last checkpoint."""
    if run_state(name).active:
        raise JediError(f"run {name!r} is still training")
    folder = run_path(name)
    dataset = read_config(name).get("dataset", {}).get("path")
    if not dataset or not Path(dataset).is_file():
        raise JediError(f"run {name!r} cannot be resumed: its dataset {dataset!r} is gone")
    status = read_status(folder)
    if status.get("state") == "crashed":  # its file says "running" still, which the new process's lock would confirm
        write_status(folder, "stopped", epoch=status.get("epoch"), epochs=status.get("epochs"), reason="being resumed")
    (folder / "stop").unlink(missing_ok=True)
    start(["train", str(dataset), "--run", name, "--resume"], folder / LOG)


def stop_training(name: str) -> None:
    """Ask a run to stop at the end of its epoch."""
    request_stop(run_path(name))


def delete_training(name: str) -> None:
    """Remove a run that is not at work, and all that is in its folder."""
    if run_state(name).active:
        raise JediError(f"run {name!r} is still training: stop it first")
    if evaluating(name):
        raise JediError(f"the figures of run {name!r} are being computed: wait until they are there")
    delete_run(run_path(name))


def all_runs() -> list[RunState]:
    """Every run, the latest first; those whose process has yet to write its first status lead."""
    known = list_runs()
    root = runs_folder()
    logs = root.glob(f"*/{LOG}") if root.is_dir() else iter(())
    early = [path.parent.name for path in logs if path.parent.name not in known]
    states = (_state_or_none(name) for name in [*early, *known])
    return [state for state in states if state is not None]


def _state_or_none(name: str) -> RunState | None:
    """None for a folder that has just gone, or that is no run's."""
    try:
        return run_state(name)
    except JediError:
        return None


def run_state(name: str) -> RunState:
    """How the run so called is doing; `JediError` where there is none."""
    folder = run_path(name)
    if not folder.is_dir():
        raise JediError(f"no run {name!r}")
    living = alive(folder / LOG)
    if not (folder / "status.json").exists():
        return _early_state(name, folder, living)
    status = read_status(folder)
    state, reason = str(status.get("state", "unknown")), str(status.get("reason") or "")
    if living and state in ("stopped", "failed", "crashed"):  # resumed; it has not yet said so
        state, reason = "starting", ""
    elif state == "running" and living is False:
        state, reason = "crashed", _last_error(folder) or "its process ended: resume it from its last checkpoint"
    elif state == "running" and (folder / "stop").exists():
        state = "stopping"
    return RunState(name, state, reason, int(status.get("epoch") or 0), int(status.get("epochs") or 0))


def _early_state(name: str, folder: Path, living: bool | None) -> RunState:
    log = folder / LOG
    recent = log.exists() and time.time() - log.stat().st_mtime < QUIET_SECONDS
    if living or (living is None and recent and not _last_error(folder)):
        return RunState(name, "starting")
    return RunState(name, "failed", _last_error(folder) or "its process ended before training began")


def read_metrics(name: str) -> list[dict[str, Any]]:
    """A run's metrics, an epoch a row; a line that is still being written is left for the next look."""
    try:
        lines = (run_path(name) / "metrics.jsonl").read_text("utf-8").splitlines()
    except OSError:
        return []
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def read_config(name: str) -> dict[str, Any]:
    """A run's config.json; empty where it is not (yet) there."""
    return read_json(run_path(name) / "config.json")


def read_figures(name: str) -> dict[str, Any]:
    """The figures of a run's last `evaluate`; empty where there was none."""
    return read_json(run_path(name) / "figures.json")


def read_contexts(name: str) -> np.ndarray | None:
    """Contexts (K, D) of the training trials at the last checkpoint; None before the first."""
    for file in ("latest", "previous"):  # the writer moves the one aside before it writes the other
        try:
            with safe_open(run_path(name) / "checkpoints" / f"{file}.safetensors", framework="numpy") as tensors:
                return np.asarray(tensors.get_tensor("contexts"))
        except (OSError, SafetensorError):
            continue
    return None


def has_model(name: str) -> bool:
    """Whether there is a model to explore."""
    return (run_path(name) / "model.safetensors").exists()


def can_resume(name: str) -> bool:
    """Whether there is a beginning to go on from."""
    return (run_path(name) / "config.json").exists()


def evaluating(name: str) -> bool:
    """Whether the run's process is at work on its figures, its training over."""
    folder = run_path(name)
    return bool(alive(folder / LOG)) and read_status(folder).get("state") == "done"


def seconds_left(metrics: Sequence[Mapping[str, Any]], epochs: int) -> float | None:
    """Time that the remaining epochs take at the pace of the last ones; None before there is a pace."""
    recent = metrics[-20:]
    if len(recent) < 2 or not epochs:
        return None
    pace = (recent[-1]["seconds"] - recent[0]["seconds"]) / (recent[-1]["epoch"] - recent[0]["epoch"])
    return max(0.0, pace * (epochs - recent[-1]["epoch"]))


def _last_error(folder: Path) -> str:
    line = last_line(folder / LOG)
    return line.removeprefix("error: ") if line.startswith("error: ") or "Error" in line else ""
