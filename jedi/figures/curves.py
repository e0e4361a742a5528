"""Curves of a result as figures draw them: cut where stability changes, drawn once where they coincide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Complex, Float

if TYPE_CHECKING:
    from jedi.dynamics.limit_cycle import LimitCycle


def stretches(stable: Bool[np.ndarray, " S"]) -> list[tuple[slice, bool]]:
    """Slices of equal stability along a curve; each shares its first point with the one before, so that none gaps."""
    if not len(stable):
        return []
    edges = np.flatnonzero(np.diff(stable.astype(int))) + 1
    starts = [0, *(int(edge) for edge in edges)]
    ends = [*(int(edge) for edge in edges), len(stable)]
    return [(slice(max(a - 1, 0), b), bool(stable[a])) for a, b in zip(starts, ends, strict=True)]


def projected(k: Float[np.ndarray, "*S R"], project: Float[np.ndarray, " R"] | None) -> Float[np.ndarray, "*S"]:
    """The height of overlaps in a diagram: along a direction, or their norm."""
    return np.asarray(np.linalg.norm(k, axis=-1) if project is None else k @ np.asarray(project, float))


def outside(values: Complex[np.ndarray, "*S"], circle: bool = True) -> Bool[np.ndarray, "*S"]:
    """Which eigenvalues mean growth: outside the unit circle (map), or right of the imaginary axis (flow)."""
    return np.asarray(np.abs(values) > 1 if circle else values.real > 0)


def same_courses(moduli: Float[np.ndarray, "S R"], turns: Float[np.ndarray, "S R"]) -> list[list[int]]:
    """Columns that coincide all along (conjugate pairs), together; in the order of their first."""
    groups: list[list[int]] = []
    for r in range(moduli.shape[1]):
        for group in groups:
            g = group[0]
            if np.allclose(moduli[:, r], moduli[:, g], rtol=1e-9, atol=1e-12) and np.allclose(
                turns[:, r], turns[:, g], rtol=1e-9, atol=1e-12
            ):
                group.append(r)
                break
        else:
            groups.append([r])
    return groups


@dataclass(frozen=True, eq=False)
class Envelope:
    """A family of n limit cycles in a diagram."""

    at: Float[np.ndarray, " n"]
    low: Float[np.ndarray, " n"]  # least height over a period
    high: Float[np.ndarray, " n"]
    stable: Bool[np.ndarray, " n"]
    period_tau: Float[np.ndarray, " n"]


def envelopes(cycles: Sequence[LimitCycle], project: Float[np.ndarray, " R"] | None) -> list[Envelope]:
    """The least and largest heights of limit cycles, family by family, in the order in which they were followed."""
    families: dict[int, list[LimitCycle]] = {}
    for cycle in cycles:
        families.setdefault(cycle.family, []).append(cycle)
    found = []
    for family in families.values():
        heights = [projected(cycle.k, project) for cycle in family]
        found.append(
            Envelope(
                np.array([cycle.at for cycle in family]),
                np.array([height.min() for height in heights]),
                np.array([height.max() for height in heights]),
                np.array([cycle.stable for cycle in family]),
                np.array([cycle.period_tau for cycle in family]),
            )
        )
    return found
