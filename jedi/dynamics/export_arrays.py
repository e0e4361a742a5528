"""Results as named arrays of numbers, truth values and text, which an NPZ file holds without objects.

Names are those of the results' fields, with units where the field's own name has none; what is None is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from jedi.dynamics.bifurcation import Diagram
from jedi.dynamics.comparison import Comparison, Matching
from jedi.dynamics.course import Course, PhaseAverage
from jedi.dynamics.fixed_points import FixedPoints
from jedi.dynamics.gains import GainSpectrum
from jedi.dynamics.linearisation import Spectrum
from jedi.dynamics.lyapunov import Lyapunov
from jedi.dynamics.modes import Alignment, Modes
from jedi.dynamics.phase_portrait import PhasePortrait
from jedi.errors import JediError

Arrays = dict[str, np.ndarray]


@singledispatch
def to_arrays(result: Any) -> Arrays:
    """A result of `jedi.dynamics` as arrays; JediError for anything else."""
    raise JediError(f"no arrays for a {type(result).__name__}; expected a result of jedi.dynamics")


@to_arrays.register
def _(result: FixedPoints) -> Arrays:
    proof = result.proof
    return _arrays(
        x=result.x, k=result.k, residual_per_tau=result.residual, speed_per_tau=result.speed, kind=result.kind,
        eigenvalues=result.spectrum.eigenvalues, rest=result.spectrum.rest, rest_count=result.spectrum.rest_count,
        n_unstable=result.n_unstable, n_unstable_continuous=result.n_unstable_continuous, index=result.index,
        slow_direction=result.slow_direction, completeness=result.completeness, dt_over_tau=result.dt_over_tau,
        starts=result.starts, seconds=result.seconds,
        proof_finished=None if proof is None else proof.finished,
        proof_boxes=None if proof is None else proof.boxes,
        proof_covered=None if proof is None else proof.covered,
        proof_seconds=None if proof is None else proof.seconds,
    )  # fmt: skip


@to_arrays.register
def _(result: Spectrum) -> Arrays:
    return _arrays(eigenvalues=result.eigenvalues, rest=result.rest, rest_count=result.rest_count, of=result.of)


@to_arrays.register
def _(result: Modes) -> Arrays:
    return _arrays(
        eigenvalues=result.eigenvalues, continuous_per_tau=result.continuous, right=result.right, left=result.left,
        condition=result.condition, henrici=result.henrici, dt_over_tau=result.dt_over_tau,
        rest_count=result.rest_count,
    )  # fmt: skip


@to_arrays.register
def _(result: GainSpectrum) -> Arrays:
    return {**to_arrays(result.modes), **_arrays(gains=result.gains, share_of_variance=result.share, dt_s=result.dt)}


@to_arrays.register
def _(result: Alignment) -> Arrays:
    return _arrays(right=result.right, left=result.left)


@to_arrays.register
def _(result: Course) -> Arrays:
    return _arrays(
        eigenvalues=result.eigenvalues, rest=result.rest, rest_count=result.rest_count,
        dt_over_tau=result.dt_over_tau, dt_s=result.dt,
    )  # fmt: skip


@to_arrays.register
def _(result: PhaseAverage) -> Arrays:
    return _arrays(
        states=result.states, modulus=result.modulus, modulus_sd=result.modulus_sd,
        growth_per_step=result.growth_per_step, growth_per_step_sd=result.growth_per_step_sd,
        frequency_cycles_per_tau=result.frequency_per_tau, frequency_cycles_per_tau_sd=result.frequency_per_tau_sd,
        spectral_radius=result.spectral_radius, spectral_radius_sd=result.spectral_radius_sd,
        dt_over_tau=result.dt_over_tau, dt_s=result.dt,
    )  # fmt: skip


@to_arrays.register
def _(result: Lyapunov) -> Arrays:
    return _arrays(
        exponents_per_step=result.exponents_per_step, standard_error_per_step=result.standard_error_per_step,
        running_per_step=result.running, dt_s=result.dt, dt_over_tau=result.dt_over_tau, steps=result.steps,
        discarded=result.discarded, blocks=result.blocks, units=result.units, finite_time=result.finite_time,
        kaplan_yorke_dimension=result.kaplan_yorke_dimension,
    )  # fmt: skip


@to_arrays.register
def _(result: Matching) -> Arrays:
    return _arrays(
        pairs=result.pairs, distances=result.distances, unmatched_a=result.unmatched_a, unmatched_b=result.unmatched_b
    )


@to_arrays.register
def _(result: Comparison) -> Arrays:
    counts = {
        f"counts_{side}_{part}": np.array(values)
        for side, given in (("a", result.counts_a), ("b", result.counts_b))
        for part, values in (("kind", [*given] or np.empty(0, "U1")), ("number", [*given.values()]))
    }
    rest = _arrays(
        hausdorff=result.hausdorff, wasserstein=result.wasserstein, spectral_distances=result.spectral_distances
    )
    return {**to_arrays(result.matching), **rest, **counts}


@to_arrays.register
def _(result: Diagram) -> Arrays:
    """Branches one after the other with `branch` (n,) saying which, cycles likewise with `cycle`."""
    branches, events, cycles = result.branches, result.bifurcations, result.cycles
    hopf = [np.nan if event.frequency_per_tau is None else event.frequency_per_tau for event in events]
    found = _arrays(
        branch=_whose([len(branch.at) for branch in branches]),
        bifurcation_kind=np.array([event.kind for event in events], dtype=str),
        bifurcation_of=np.array([event.of for event in events], dtype=str),
        bifurcation_s=np.array([event.at for event in events], dtype=float),
        bifurcation_branch=np.array([event.branch for event in events], dtype=np.int64),
        bifurcation_frequency_cycles_per_tau=np.array(hopf, dtype=float),
        cycle=_whose([len(cycle.k) for cycle in cycles]),
        cycle_s=np.array([cycle.at for cycle in cycles], dtype=float),
        cycle_period_tau=np.array([cycle.period_tau for cycle in cycles], dtype=float),
        cycle_stable=np.array([cycle.stable for cycle in cycles], dtype=bool),
        cycle_family=np.array([cycle.family for cycle in cycles], dtype=np.int64),
        at_range=np.array(result.at_range),
        dt_over_tau=result.dt_over_tau,
        complete=result.complete,
        seconds=result.seconds,
    )
    several: dict[str, Sequence[np.ndarray]] = {
        "branch_s": [branch.at for branch in branches],
        "branch_k": [branch.k for branch in branches],
        "branch_eigenvalues": [branch.eigenvalues for branch in branches],
        "branch_stable": [branch.stable for branch in branches],
        "branch_stable_continuous": [branch.stable_continuous for branch in branches],
        "branch_n_unstable": [branch.n_unstable for branch in branches],
        "bifurcation_k": [event.k[None] for event in events],
        "cycle_k": [cycle.k for cycle in cycles],
        "cycle_multipliers": [cycle.multipliers[None] for cycle in cycles],
    }
    return found | {name: np.concatenate(parts) for name, parts in several.items() if parts}


@to_arrays.register
def _(result: PhasePortrait) -> Arrays:
    """Each nullcline's curves one after the other, with which curve a point belongs to beside it."""
    found = _arrays(
        axes=result.axes, centre=result.centre, across=result.across, up=result.up, flow_per_tau=result.flow,
        speed_per_tau=result.speed, out_of_plane_per_tau=result.out_of_plane, basins=result.basins,
        attractors=result.attractors, attractor_kinds=np.array(result.attractor_kinds, dtype=str),
        dt_over_tau=result.dt_over_tau, steps=result.steps,
    )  # fmt: skip
    for name, curves in zip(("across", "up"), result.nullclines or (), strict=False):
        found[f"nullcline_{name}"] = np.concatenate([np.empty((0, 2)), *(np.asarray(curve) for curve in curves)])
        found[f"nullcline_{name}_curve"] = _whose([len(curve) for curve in curves])
    return found


def _arrays(**values: Any) -> Arrays:
    """Everything as an array; None is left out, text of any kind becomes text of a fixed width."""
    found = {name: np.asarray(value) for name, value in values.items() if value is not None}
    return {name: value.astype(str) if value.dtype == object else value for name, value in found.items()}


def _whose(lengths: Sequence[int]) -> np.ndarray:
    """For parts of these lengths, one after the other, which part each row belongs to."""
    return np.repeat(np.arange(len(lengths)), np.asarray(lengths, dtype=np.int64))
