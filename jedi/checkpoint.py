"""The whole state of a training run at the end of an epoch, in one file that is replaced atomically.

Random numbers are drawn from generators seeded by (seed, epoch), so no generator's state needs keeping, and
a run resumed from any checkpoint ends in the bytes of the run that was never interrupted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from jedi import tensor_file
from jedi.errors import JediError


def write_checkpoint(folder: Path, tensors: dict[str, np.ndarray], progress: dict[str, Any]) -> None:
    """Replace `checkpoints/latest.safetensors`; the one before it stays as `previous.safetensors`."""
    latest = folder / "checkpoints" / "latest.safetensors"
    if latest.exists():
        latest.replace(latest.with_name("previous.safetensors"))
    tensor_file.write(latest, tensors, {"format_version": 1, "kind": "checkpoint", **progress})


def read_checkpoint(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The newest checkpoint that can be read, or None where the run was stopped before its first.

    Raises JediError where there are some, all of them damaged.
    """
    damaged: JediError | None = None
    for name in ("latest", "previous"):
        path = folder / "checkpoints" / f"{name}.safetensors"
        if path.exists():
            try:
                return tensor_file.read(path)
            except JediError as e:
                damaged = e
    if damaged is not None:
        raise damaged
    return None
