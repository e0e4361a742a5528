"""One file to share: a run's parameters, its tables and figures, and the trials as recorded, compactly.

The page's live component takes the same bytes. Recorded trials are kept as float16 scores on at most 20
principal components of the scaled activity; what lies outside them is stated, per trial and as a share.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jedi import tensor_file
from jedi.atomic import write_bytes
from jedi.columns import column_form
from jedi.dataset import Dataset, load_dataset
from jedi.errors import JediError
from jedi.run import Run, load


def pack(where: str | os.PathLike[str], out: str | os.PathLike[str], dataset: Dataset | None = None) -> Path:
    """Write a run as one file and return its path. The dataset is found through the run if not given."""
    out = Path(out)
    write_bytes(out, packed_bytes(where, dataset))
    return out


def packed_bytes(where: str | os.PathLike[str], dataset: Dataset | None = None) -> bytes:
    """The packed form of a run; a packed file is checked and given as it is."""
    if Path(where).is_file():
        load(where)
        return Path(where).read_bytes()
    run = load(where)
    dataset = dataset or dataset_of(run)
    tensors, explained = _recorded(run, dataset)
    return tensor_file.to_bytes({**run.tensors, **tensors}, _document(run, explained))


def dataset_of(run: Run) -> Dataset:
    """The dataset that a run was trained on; JediError where it has moved or changed."""
    described = run.config["dataset"]
    path = described.get("path")
    if not path:
        raise JediError(f"{run.name!r} does not say where its dataset is: name it with --dataset")
    if not Path(path).exists():
        raise JediError(f"the dataset of {run.name!r} is not at {path}: name it with --dataset, or put it back")
    dataset = load_dataset(path)
    if dataset.content_hash() != described["hash"]:
        raise JediError(
            f"{path} has changed since {run.name!r} was trained on it: name the dataset it was with --dataset"
        )
    return dataset


def _recorded(run: Run, dataset: Dataset) -> tuple[dict[str, np.ndarray], float]:
    scaled = run.scaled(dataset.activity).astype(np.float32)
    centred = (scaled - run.tensors["axes.mean"]) * dataset.recorded[:, :, None]
    axes = run.tensors["axes.components"]
    scores = centred @ axes.T
    total = np.square(centred, dtype=np.float64).sum((1, 2))
    residual = np.maximum(total - np.square(scores, dtype=np.float64).sum((1, 2)), 0)
    limit = float(np.finfo(np.float16).max)
    tensors = {
        "recorded.scores": np.clip(scores, -limit, limit).astype(np.float16),
        "recorded.mask": dataset.recorded.astype(np.uint8),
        "recorded.residual": residual.astype(np.float32),
    }
    return tensors, float(1 - residual.sum() / max(total.sum(), 1e-12))


def _document(run: Run, explained: float) -> dict[str, Any]:
    described = {k: v for k, v in run.config["dataset"].items() if k != "path"}  # a path is nobody else's business
    return {
        "format_version": 1,
        "kind": "jedi-model",
        "name": run.name,
        "model": {
            **run.architecture,
            "bias": True,
            "dt": run.dt,
            "variational": "context_log_sd" in run.tensors,
        },
        "dataset": described,
        "config": {k: v for k, v in run.config.items() if k not in ("dataset", "architecture", "format_version")},
        "figures": dict(run.figures),
        "trials": _columns(run.trials),
        "neurons": _columns(run.neurons),
        "recorded": {"components": len(run.tensors["axes.components"]), "explained": explained},
    }


def _columns(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"name": str(name), "values": [_scalar(v) for v in table[name]], "form": column_form(str(name), table[name])}
        for name in table.columns
    ]


def _scalar(value: Any) -> str | float | int | bool | None:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if value is None or value is pd.NA else str(value)
