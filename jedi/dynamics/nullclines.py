"""Where the flow along each axis of an invariant plane is zero, to rounding.

A plane that the flow never leaves is a dynamical system of its own, and the crossings of its two nullclines are its
fixed points. Elsewhere no curve deserves the name. Contours of a grid (contourpy) find the curves; Newton steps along
the gradient put each of their points onto the curve.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from jedi.dynamics.network import Network

# Even, so that the middle of the plane, where curves of odd networks cross, falls between lines of the grid.
RESOLUTION = 200
_BATCH = 4096  # states at a time: 7 MB at 200 units
_NEWTON_STEPS = 8

Curves = list[Float[np.ndarray, "_ 2"]]  # polylines


def is_invariant(network: Network, axes: Float[np.ndarray, "2 M"], centre: Float[np.ndarray, " M"]) -> bool:
    """Whether the flow never leaves the plane: it holds span(left), and the bias as seen from its centre."""

    def outside(vectors: Float[np.ndarray, "*n M"]) -> float:
        return float(np.linalg.norm(vectors - (vectors @ axes.T) @ axes))

    size = 1 + float(np.linalg.norm(network.bias)) + float(np.linalg.norm(centre))
    holds = outside(network.left.T) <= 1e-9 * float(np.linalg.norm(network.left))
    return holds and outside(network.bias - centre) <= 1e-9 * size


def nullclines(
    network: Network,
    axes: Float[np.ndarray, "2 M"],
    centre: Float[np.ndarray, " M"],
    half_widths: tuple[float, float],
    resolution: int = RESOLUTION,
) -> tuple[Curves, Curves]:
    """The curves dy1/dt = 0 and dy2/dt = 0 in the plane x = centre + y1 axes[0] + y2 axes[1], |y_i| <= half_widths[i].

    Each is a list of polylines of points (y1, y2). Curves that turn within a cell of the grid may be missed.
    """
    from contourpy import LineType, contour_generator

    across, up = (np.linspace(-half, half, resolution) for half in half_widths)
    y = np.stack(np.meshgrid(across, up), axis=-1)
    flow = _flow(network, axes, centre, y.reshape(-1, 2)).reshape(resolution, resolution, 2)
    cell = min(across[1] - across[0], up[1] - up[0])
    found: list[Curves] = []
    for i in range(2):
        lines = contour_generator(across, up, flow[..., i], line_type=LineType.Separate).lines(0.0)
        found.append([_onto_curve(network, axes, centre, np.asarray(line), i, cell) for line in lines])
    return found[0], found[1]


def _onto_curve(
    network: Network, axes: np.ndarray, centre: np.ndarray, line: Float[np.ndarray, "n 2"], i: int, cell: float
) -> Float[np.ndarray, "n 2"]:
    """Points of a polyline moved along the gradient of the i-th flow until it is zero; by at most a cell in all.

    Where two branches of a curve cross, the gradient vanishes and a point stays where the contour put it.
    """
    y = line.copy()
    for _ in range(_NEWTON_STEPS):
        value = _flow(network, axes, centre, y)[:, i]
        gradient = _gradient(network, axes, centre, y, i)
        steepness = (gradient**2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.nan_to_num(value / steepness, posinf=0.0, neginf=0.0)[:, None] * gradient
        length = np.linalg.norm(step, axis=1, keepdims=True)
        step *= np.minimum(1, cell / np.maximum(length, 1e-300))
        moved = y - step
        y = np.where(np.linalg.norm(moved - line, axis=1, keepdims=True) <= cell, moved, y)
        if not step.any() or length.max() <= 1e-15 * max(1.0, float(np.abs(y).max())):
            break
    return y


def _flow(network: Network, axes: np.ndarray, centre: np.ndarray, y: Float[np.ndarray, "S 2"]) -> np.ndarray:
    """(S, 2) the flow in the plane."""
    parts = [network.flow(centre + part @ axes) @ axes.T for part in _batches(y)]
    return np.concatenate(parts)


def _gradient(
    network: Network, axes: np.ndarray, centre: np.ndarray, y: Float[np.ndarray, "S 2"], i: int
) -> Float[np.ndarray, "S 2"]:
    """(S, 2) the derivatives of the i-th flow: axes_i (-I + left right^T diag(1 - tanh^2 x)) axes^T."""
    weights = (axes[i] @ network.left) @ network.right.T  # of each rate in the i-th flow
    parts = [((1 - np.tanh(centre + part @ axes) ** 2) * weights) @ axes.T for part in _batches(y)]
    return np.asarray(np.concatenate(parts) - np.eye(2)[i])


def _batches(y: np.ndarray) -> list[np.ndarray]:
    return [y[first : first + _BATCH] for first in range(0, len(y), _BATCH)]
