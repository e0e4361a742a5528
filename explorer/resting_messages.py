"""Results of `jedi.dynamics` as the live component takes them: small, in the axes of its trajectory view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.markup import count
from jedi.run import Run

MOST_POINTS = 100  # fixed points sent; a drawing of more would be a cloud
MOST_OF_A_BRANCH = 160  # places of a branch sent: two pixels apart in the widest drawing
KNOWN = {
    "proved": "proved complete",
    "consistent": "no sign of more",
    "incomplete": "some are missing",
    "unknown": "perhaps not all",
}


def scores(run: Run, x: np.ndarray) -> np.ndarray:
    """(..., 3) states (..., M) on the first three principal axes of the recorded activity; 0 where there are fewer."""
    axes = run.tensors["axes.components"][:3].astype(np.float64)
    found = (run.observe_scaled(x) - run.tensors["axes.mean"]) @ axes.T
    return np.pad(found, [(0, 0)] * (found.ndim - 1) + [(0, 3 - len(axes))])


def fixed_points_message(found: Any, run: Run) -> dict[str, Any]:
    """Fixed points (`jedi.dynamics.FixedPoints`), slow points last, with what is claimed of them in words."""
    shown = slice(0, MOST_POINTS)
    places = scores(run, np.asarray(found.x[shown]))
    eigenvalues = found.spectrum.eigenvalues[shown]
    points = [
        {
            "k": found.k[p].tolist(),
            "scores": places[p].tolist(),
            "kind": str(found.kind[p]),
            "residual": float(found.residual[p]),
            "speed": float(found.speed[p]),
            "unstable": int(found.n_unstable[p]),
            "unstable_continuous": int(found.n_unstable_continuous[p]),
            "eigenvalues": np.stack([eigenvalues[p].real, eigenvalues[p].imag], axis=1).tolist(),
        }
        for p in range(len(places))
    ]
    slow = int((np.asarray(found.kind) == "slow").sum())
    true = len(found.kind) - slow
    known = KNOWN[found.completeness]
    beside = f", {count(slow, 'slow one')}" if slow else ""
    return {
        "points": points,
        "count": true,
        "completeness": found.completeness,
        "short": known,
        "sentence": f"{count(true, 'fixed point')}, {known}{beside}",
        "details": " ".join([*_proof_words(found), _search_words(found, true)]),
    }


def _proof_words(found: Any) -> list[str]:
    proof = found.proof
    if proof is None:
        return []
    cost = f"{proof.boxes:,} boxes in {proof.seconds:.2g} s"
    if found.completeness == "proved":
        return [f"Interval arithmetic has covered everything that could hold a fixed point ({cost}): none is missing."]
    return [f"The proof that none is missing was not finished ({cost}); Analyse gives it more time."]


def _search_words(found: Any, true: int) -> str:
    worst = max(found.residual[:true], default=0.0)
    return (
        f"Searched from {found.starts:,} starts in {found.seconds:.2g} s; largest residual {worst:.1e}; "
        f"index sum {found.index_sum:+d} (over all fixed points it is +1); "
        f"stability at dt/\u03c4 = {found.dt_over_tau:g}."
    )


def diagram_message(found: Any, run: Run, context_at: Callable[[float], np.ndarray]) -> dict[str, Any]:
    """A bifurcation diagram (`jedi.dynamics.Diagram`) along a path of contexts, on the first principal axis."""

    def height(at: float, k: np.ndarray) -> np.ndarray:
        """Scores on PC 1 of overlaps k (..., R) under the weights at a place of the path."""
        w = run.weights(context_at(float(at)))
        return np.asarray(scores(run, k @ np.asarray(w.U).T + (0.0 if w.bias is None else w.bias))[..., 0])

    branches = []
    for branch in found.branches:
        kept = thinned(np.asarray(branch.stable))
        at, stable = np.asarray(branch.at)[kept], np.asarray(branch.stable)[kept]
        y = [float(height(s, k)) for s, k in zip(at, np.asarray(branch.k)[kept], strict=True)]
        branches.append({"at": short(at), "y": short(y), "stable": stable.astype(int).tolist()})
    tau = run.dt / run.dt_over_tau
    events = [
        {
            "kind": event.kind,
            "of": event.of,
            "at": float(event.at),
            "y": float(height(event.at, np.asarray(event.k))),
            "frequency": None if event.frequency_per_tau is None else float(event.frequency_per_tau / tau),
        }
        for event in found.bifurcations
    ]
    cycles = []
    for cycle in found.cycles:
        heights = height(cycle.at, np.asarray(cycle.k))
        low, high = short([heights.min(), heights.max()])
        cycles.append({"at": float(cycle.at), "low": low, "high": high, "stable": bool(cycle.stable)})
    return {"branches": branches, "bifurcations": events, "cycles": cycles, "sentence": str(found.complete)}


def thinned(stable: np.ndarray, most: int = MOST_OF_A_BRANCH) -> np.ndarray:
    """Places of a branch to keep: its ends, both sides of every change of stability, and others evenly."""
    size = len(stable)
    changes = np.flatnonzero(stable[1:] != stable[:-1])
    even = np.arange(0, size, max(1, -(-size // most)))
    return np.unique(np.concatenate([even, changes, changes + 1, [size - 1]])).astype(int)


def short(values: Any) -> list[float]:
    """Numbers with six digits: more cannot be seen."""
    return [float(f"{value:.6g}") for value in values]
