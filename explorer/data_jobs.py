"""Imports and simulations, each in a process of its own; what it says is kept in `.jobs/` beside the datasets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.datasets import dataset_path, datasets_folder
from explorer.processes import QUIET_SECONDS, alive, flags, last_line, read_json, start
from jedi.errors import JediError


@dataclass(frozen=True)
class DataJob:
    """How an import or a simulation is doing."""

    name: str  # of the dataset to be
    state: str  # running, done or failed
    message: str  # the last thing it said
    report: Mapping[str, Any]  # what it reported when done


def start_import(recording: Path, name: str, options: Mapping[str, object]) -> None:
    """Import a recording into the dataset `name`."""
    _start_data_job(name, ["import", str(recording), "--out", str(_new_dataset(name)), *flags(options), "--json"])


def start_simulation(name: str, options: Mapping[str, object]) -> None:
    """Simulate the multi-task set into the dataset `name`."""
    _start_data_job(name, ["simulate", "multitask", "--out", str(_new_dataset(name)), *flags(options), "--json"])


def data_job(name: str) -> DataJob | None:
    """How the job that makes the dataset `name` is doing; None where there was none."""
    log, report = _job_files(name)
    if not log.exists():
        return None
    message = last_line(log)
    living = alive(log)
    if living or (living is None and not _ended(log, report) and time.time() - log.stat().st_mtime < QUIET_SECONDS):
        return DataJob(name, "running", message, {})
    if dataset_path(name).exists() and (facts := read_json(report)):
        return DataJob(name, "done", message, facts)
    return DataJob(name, "failed", message.removeprefix("error: ") or "its process ended without a word", {})


def running_job() -> str | None:
    """The name of a dataset that is being made, by whichever page started it."""
    folder = datasets_folder() / ".jobs"
    names = sorted(path.stem for path in folder.glob("*.log")) if folder.is_dir() else []
    jobs = (data_job(name) for name in names)
    return next((job.name for job in jobs if job is not None and job.state == "running"), None)


def forget_data_job(name: str) -> None:
    """Remove what a finished data job left beside its dataset."""
    for path in _job_files(name):
        path.unlink(missing_ok=True)


def _start_data_job(name: str, arguments: list[str]) -> None:
    log, report = _job_files(name)
    running = data_job(name)
    if running is not None and running.state == "running":
        raise JediError(f"dataset {name!r} is being made already")
    start(arguments, log, report)


def _new_dataset(name: str) -> Path:
    path = dataset_path(name)
    if path.exists():
        raise JediError(f"dataset {name!r} exists: take another name")
    return path


def _job_files(name: str) -> tuple[Path, Path]:
    folder = datasets_folder() / ".jobs"
    dataset_path(name)  # checks the name
    return folder / f"{name}.log", folder / f"{name}.json"


def _ended(log: Path, report: Path) -> bool:
    return bool(read_json(report)) or last_line(log).startswith("error: ")
