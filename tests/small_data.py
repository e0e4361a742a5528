"""Small simulated datasets that train in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from jedi.dataset import Dataset


def rotations(trials: int = 24, bins: int = 40, neurons: int = 12, seed: int = 0) -> Dataset:
    """Noisy damped rotations in a plane, half of them turning the other way; column `turn` says which."""
    rng = np.random.default_rng(seed)
    plane = np.linalg.qr(rng.normal(size=(neurons, 2)))[0]
    time = np.arange(bins) * 0.01
    turn = np.where(np.arange(trials) % 2 == 0, 1.0, -1.0)
    phase = 2 * np.pi * 4 * turn[:, None] * time + 0.3 * rng.normal(size=(trials, 1))
    state = np.stack([np.cos(phase), np.sin(phase)], 2) * np.exp(-time / 1.0)[:, None]
    activity = state @ plane.T + 0.02 * rng.normal(size=(trials, bins, neurons))
    return Dataset(
        activity=activity.astype(np.float32),
        recorded=np.ones((trials, bins), bool),
        dt=0.01,
        kind="state",
        trials=pd.DataFrame({"turn": np.where(turn > 0, "left", "right")}),
        label="turn",
        name="rotations",
    )


def rotations_file(folder: Path, **options: int) -> Path:
    """The same as a dataset file."""
    path = folder / "rotations.h5"
    rotations(**options).save(path)
    return path
