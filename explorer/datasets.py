"""The datasets at hand: their folder, their names, what is in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from jedi.errors import JediError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class DatasetFacts:
    """What the Train page says of a dataset before it is trained on."""

    trials: int
    bins: int
    neurons: int
    dt: float  # s
    kind: str
    label: str | None
    recorded: float  # share of bins
    preset: str  # what `auto` chooses
    reason: str  # and why


def datasets_folder() -> Path:
    """`$JEDI_DATA`, or `datasets/` of the repository."""
    chosen = os.environ.get("JEDI_DATA")
    return Path(chosen).absolute() if chosen else Path(__file__).resolve().parents[1] / "datasets"


def list_datasets() -> list[str]:
    """Names of the datasets, the newest first."""
    folder = datasets_folder()
    if not folder.is_dir():
        return []
    files = [path for path in folder.glob("*.h5") if path.is_file() and not path.name.startswith(".")]
    return [path.stem for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)]


def dataset_path(name: str) -> Path:
    """Where the dataset so called is kept; `JediError` where the name could leave the folder."""
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise JediError(f"dataset name {name[:60]!a} cannot be used: take 1 to 80 letters, digits, '.', '_' or '-'")
    return datasets_folder() / f"{name}.h5"


def free_name(wanted: str, taken: list[str]) -> str:
    """`wanted` made a usable name, with a number behind it where it is taken."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-._")[:70] or "run"
    if base not in taken:
        return base
    number = next(n for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
    return f"{base}-{number}"


def dataset_facts(path: Path) -> DatasetFacts:
    """The facts of a dataset; `JediError` where it cannot be used."""
    from jedi.dataset import load_dataset
    from jedi.presets import choose_preset

    dataset = load_dataset(path)
    preset, reason = choose_preset(dataset)
    return DatasetFacts(
        trials=dataset.K,
        bins=dataset.T,
        neurons=dataset.N,
        dt=dataset.dt,
        kind=dataset.kind,
        label=dataset.label,
        recorded=float(dataset.recorded.mean()),
        preset=preset,
        reason=reason,
    )
