"""The flow on a plane through state space, with what of it leaves the plane; nullclines where it never does; basins.

    x = centre + y1 axes[0] + y2 axes[1],        dx/dt = -x + J tanh(x) + b   (time in tau)

A network of rank 2 contracts onto the plane b + span(left) and stays in it: its portrait there is complete, and its
nullclines are exact. So does one of rank 1 onto a line, in any plane that holds it. Of other networks a portrait is a
cut, and `out_of_plane` says how much it hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jedi.dynamics.basins import DEFAULT_TIME
from jedi.dynamics.basins import basins as find_basins
from jedi.dynamics.network import Network, checked_state, checked_step, network_of
from jedi.dynamics.nullclines import Curves, is_invariant, nullclines
from jedi.dynamics.settling import settle
from jedi.errors import JediError

_MARGIN = 1.3  # of what is known to happen in the plane, at its edges
_SCOUTS, _SCOUTING_TIME = 64, 40.0  # states run from afar to see how far the attractors reach, and for how long, in tau


@dataclass(frozen=True, eq=False)
class PhasePortrait:
    """A G x G grid of states of a plane (rows: up, columns: across) and where they go."""

    axes: Float[np.ndarray, "2 M"]  # orthonormal
    centre: Float[np.ndarray, " M"]
    across: Float[np.ndarray, " G"]  # y1, from the centre
    up: Float[np.ndarray, " G"]  # y2
    flow: Float[np.ndarray, "G G 2"]  # its part in the plane, per tau
    speed: Float[np.ndarray, "G G"]  # |dx/dt| of the whole flow, per tau
    out_of_plane: Float[np.ndarray, "G G"]  # |dx/dt| orthogonal to the plane, per tau
    nullclines: (
        tuple[Curves, Curves] | None
    )  # dy1/dt = 0, dy2/dt = 0, points (y1, y2); None unless the plane is invariant
    basins: Int[np.ndarray, "G G"] | None  # row of `attractors`; -1: not settled in time, or at rest on a boundary
    attractors: Float[np.ndarray, "A M"]  # those reached from the grid: a fixed point, or a state on a cycle
    attractor_kinds: tuple[str, ...]  # "fixed point" or "cycle or other"
    dt_over_tau: float  # of the steps by which basins were found
    steps: int

    def project(self, x: Float[np.ndarray, "*S M"]) -> Float[np.ndarray, "*S 2"]:
        """States as points of the plane."""
        return np.asarray((x - self.centre) @ self.axes.T)


def phase_portrait(
    w: Any,
    axes: Float[np.ndarray, "2 M"] | None = None,
    centre: Float[np.ndarray, " M"] | None = None,
    extent: float | tuple[float, float] | None = None,
    grid: int = 41,
    basins: bool = True,
    steps: int | None = None,
    dt_over_tau: float = 0.1,
    fixed: Any = None,
    trajectory: Float[np.ndarray, "S M"] | None = None,
) -> PhasePortrait:
    """The phase portrait of network `w` on a plane.

    Args:
        w: weights with `.U` and `.V`, or `.J`, or a `Network`.
        axes: two directions, orthonormalised in their order. Without them: span(left) where the rank is at most 2
            (for rank 1 with the part of `right` orthogonal to it), the first two principal components of `trajectory`
            where one is given, else the two directions into which J maps the most.
        centre: a state of the plane; by default the bias, through which the invariant plane goes, or with principal
            components the trajectory's mean.
        extent: half the width and height of the plane in units of x, one number or two; by default so that attractors,
            fixed points and trajectory are seen.
        grid: G, states along each side.
        basins: whether to find the attractor of each state of the grid, within `steps` Euler steps of `dt_over_tau`
            (150 tau unless said otherwise).
        fixed: the network's `FixedPoints`, if known.

    Raises JediError for a network of one unit, axes that are parallel, or a size that does not fit.
    """
    checked_step(dt_over_tau)
    network = network_of(w)
    if network.units < 2:
        raise JediError("the network has 1 unit, and a phase portrait needs a plane")
    if grid < 2:
        raise JediError(f"a grid of {grid} states a side; expected at least 2")
    steps = int(np.ceil(DEFAULT_TIME / dt_over_tau)) if steps is None else steps
    seen = None if trajectory is None else checked_state(trajectory, network.units)
    by_trajectory = axes is None and seen is not None and network.rank > 2
    plane = _orthonormal(_default_axes(network, seen) if axes is None else checked_state(axes, network.units))
    if centre is None:
        middle = seen.mean(axis=0) if by_trajectory and seen is not None else network.bias
    else:
        middle = checked_state(centre, network.units)
    if extent is None:
        extent = _extent(network, plane, middle, dt_over_tau, fixed, seen)
    widths = (float(extent[0]), float(extent[1])) if isinstance(extent, tuple) else (float(extent), float(extent))
    if not (min(widths) > 0 and max(widths) < np.inf):
        raise JediError(f"half the width and height of the plane are {widths}; expected numbers above 0")

    across, up = (np.linspace(-half, half, grid) for half in widths)
    y = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    states = middle + y @ plane
    whole = network.flow(states)
    within = whole @ plane.T
    side = (grid, grid)
    curves = nullclines(network, plane, middle, widths) if is_invariant(network, plane, middle) else None
    ends = find_basins(network, states, dt_over_tau, steps, fixed) if basins else None
    return PhasePortrait(
        plane,
        middle,
        across,
        up,
        within.reshape(*side, 2),
        np.linalg.norm(whole, axis=1).reshape(side),
        np.linalg.norm(whole - within @ plane, axis=1).reshape(side),
        curves,
        None if ends is None else ends.labels.reshape(side),
        np.empty((0, network.units)) if ends is None else ends.attractors,
        () if ends is None else ends.kinds,
        dt_over_tau,
        steps,
    )


def _default_axes(network: Network, trajectory: Float[np.ndarray, "S M"] | None) -> Float[np.ndarray, "2 M"]:
    """Two directions for a plane nobody chose."""
    if network.rank == 2 and not network.full:
        return np.asarray(network.left.T)
    if network.rank == 1:
        line = network.left[:, 0]
        other = network.right[:, 0]
        along = line * (line @ other) / max(float(line @ line), 1e-300)
        if np.linalg.norm(other - along) <= 1e-6 * np.linalg.norm(other):
            other = np.eye(network.units)[int(np.argmin(np.abs(line)))]
        return np.stack([line, other])
    if trajectory is not None:
        _, size, directions = np.linalg.svd(trajectory - trajectory.mean(axis=0), full_matrices=False)
        if len(size) > 1 and size[1] > 1e-9 * max(size[0], 1e-300):
            return np.asarray(_signed(directions[:2]))
    q, r = np.linalg.qr(network.left)
    directions, _, _ = np.linalg.svd(r @ network.right.T, full_matrices=False)
    return _signed((q @ directions[:, :2]).T)


def _signed(axes: Float[np.ndarray, "2 M"]) -> Float[np.ndarray, "2 M"]:
    """Directions that come without a sign, each with its largest entry above 0."""
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return np.asarray(axes * np.where(largest < 0, -1, 1))


def _orthonormal(axes: Float[np.ndarray, "2 M"]) -> Float[np.ndarray, "2 M"]:
    """The same plane, its first axis kept in direction, the second's part orthogonal to it after."""
    sizes = np.linalg.norm(axes, axis=1, keepdims=True)
    if axes.shape[0] != 2 or not sizes.all():
        raise JediError(f"axes of shape {axes.shape} and lengths {sizes.ravel()}; expected two directions (2, units)")
    q, r = np.linalg.qr((axes / sizes).T)
    if abs(r[1, 1]) < 1e-9:
        raise JediError("the two axes are parallel and span no plane; choose another for the second")
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T)


def _extent(
    network: Network,
    axes: Float[np.ndarray, "2 M"],
    centre: Float[np.ndarray, " M"],
    dt_over_tau: float,
    fixed: Any,
    trajectory: Float[np.ndarray, "S M"] | None,
) -> float:
    """Half a width that shows fixed points, trajectory, and where states end that begin with all rates saturated."""
    turn = np.arange(_SCOUTS) * (2 * np.pi / _SCOUTS)
    afar = np.stack([np.cos(turn), np.sin(turn)], axis=1) @ axes
    driven = (network.states(np.sign(afar) @ network.right) - centre) @ axes.T  # the farthest that rates can hold up
    reach = float(np.abs(driven).max())
    scouts = centre + max(reach, 1e-3) * afar
    ends = settle(network, scouts, dt_over_tau, int(np.ceil(_SCOUTING_TIME / dt_over_tau)), 1e-6).x
    known = [ends] + [x for x in (None if fixed is None else fixed.x, trajectory) if x is not None]
    needed = max(float(np.abs((x - centre) @ axes.T).max()) for x in known)
    return _MARGIN * (needed if needed > 1e-2 * reach else reach) or 1.0
