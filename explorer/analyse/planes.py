"""Planes of states to look at: two axes (2, M), a centre (M,) and what the axes are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jedi.run import Run


@dataclass(frozen=True, eq=False)
class Plane:
    """x is seen at (x - centre) @ axes.T; axes need be neither perpendicular nor of length 1."""

    axes: np.ndarray  # (2, M)
    centre: np.ndarray  # (M,)
    names: tuple[str, str]


def recorded_plane(run: Run, first: int = 0, second: int = 1) -> Plane:
    """The plane of two principal components of the recorded activity, as Explore draws it.

    Where a readout C stands between states and activity the axes act through it; the centre is then the smallest
    state that is seen as the recording's mean.
    """
    components = run.tensors["axes.components"].astype(np.float64)
    second = min(second, len(components) - 1)
    chosen = components[[first, second]]
    names = (f"PC {first + 1}", f"PC {second + 1}")
    mean = run.tensors["axes.mean"].astype(np.float64)
    if not run.architecture["readout"]:
        return Plane(chosen, mean, names)
    readout = run.tensors["readout.weight"].astype(np.float64)
    offset = mean - run.tensors["readout.bias"].astype(np.float64)
    axes = chosen @ readout
    return Plane(axes, np.linalg.pinv(axes) @ (chosen @ offset), names)


def trial_plane(states: np.ndarray, first: int = 0, second: int = 1) -> Plane:
    """The plane of two principal components of a trajectory (S, M), through its mean; signs are fixed."""
    centre = states.mean(0)
    _, _, axes = np.linalg.svd(states - centre, full_matrices=False)
    chosen = axes[[first, min(second, len(axes) - 1)]]
    largest = np.take_along_axis(chosen, np.abs(chosen).argmax(1)[:, None], axis=1)
    names = (f"trial's PC {first + 1}", f"trial's PC {second + 1}")
    return Plane(chosen * np.where(largest < 0, -1, 1), centre, names)


def nearest_state(points: np.ndarray, states: np.ndarray) -> np.ndarray:
    """(P,) root mean square over the units of the difference between each point (P, M) and the nearest state (S, M)."""
    squares = (points**2).sum(1)[:, None] - 2 * points @ states.T + (states**2).sum(1)
    nearest = states[squares.argmin(1)] if len(points) else points
    return np.asarray(np.sqrt(((points - nearest) ** 2).mean(1)))
