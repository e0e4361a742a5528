"""Results as tables: one row a point, eigenvalue, state or pair, with units in the columns' names.

Points, eigenvalues, branches and attractors count from 1, as figures and commands name them. Times, frequencies and
rates are per time constant (tau) or per step where the step's length in seconds is not known, and in seconds where it
is. `to_arrays` gives the same results whole, as arrays that an NPZ file holds without objects, counted from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Complex, Float

from jedi.dynamics.bifurcation import Diagram
from jedi.dynamics.comparison import Comparison, Matching
from jedi.dynamics.course import Course, PhaseAverage
from jedi.dynamics.export_arrays import to_arrays
from jedi.dynamics.fixed_points import FixedPoints
from jedi.dynamics.gains import GainSpectrum
from jedi.dynamics.linearisation import Spectrum
from jedi.dynamics.lyapunov import Lyapunov
from jedi.dynamics.modes import Alignment, Modes
from jedi.dynamics.phase_portrait import PhasePortrait
from jedi.errors import JediError

__all__ = ["to_arrays", "to_table"]


@singledispatch
def to_table(result: Any) -> pd.DataFrame:
    """A result of `jedi.dynamics` as a table; JediError for anything else."""
    raise JediError(f"no table for a {type(result).__name__}; expected a result of jedi.dynamics")


@to_table.register
def _(result: FixedPoints) -> pd.DataFrame:
    """One row a point: what it is, overlaps, eigenvalues of the step's Jacobian (low-rank part), state."""
    columns = {
        "point": np.arange(len(result)) + 1,
        "kind": np.asarray(result.kind, dtype=str).astype(object),
        "residual_per_tau": result.residual,
        "speed_per_tau": result.speed,
        "index": result.index,
        "n_unstable": result.n_unstable,
        "n_unstable_continuous": result.n_unstable_continuous,
    }
    columns |= _numbered("overlap", result.k) | _complex("eigenvalue", result.spectrum.eigenvalues)
    return pd.DataFrame(columns | _numbered("x", result.x))


@to_table.register
def _(result: Spectrum) -> pd.DataFrame:
    """One row an eigenvalue, of each state in turn; the equal rest last, with how many they are."""
    values = np.atleast_2d(result.eigenvalues)
    if result.rest_count:
        values = np.concatenate([values, np.full((len(values), 1), result.rest, complex)], axis=1)
    states, count = values.shape
    times = np.ones(count, dtype=int)
    times[-1:] = result.rest_count or 1
    columns: dict[str, Any] = {"state": np.repeat(np.arange(states) + 1, count)} if result.eigenvalues.ndim > 1 else {}
    flat = values.ravel()
    columns |= {"eigenvalue": np.tile(np.arange(count) + 1, states), "real": flat.real, "imaginary": flat.imag}
    return pd.DataFrame(columns | {"modulus": np.abs(flat), "count": np.tile(times, states)})


@to_table.register
def _(result: Modes) -> pd.DataFrame:
    """One row a mode."""
    return pd.DataFrame(
        {
            "mode": np.arange(len(result.eigenvalues)) + 1,
            "eigenvalue_real": result.eigenvalues.real,
            "eigenvalue_imaginary": result.eigenvalues.imag,
            "modulus": np.abs(result.eigenvalues),
            "continuous_real_per_tau": result.continuous.real,
            "continuous_imaginary_per_tau": result.continuous.imag,
            "frequency_cycles_per_tau": result.frequencies_per_tau,
            "time_constant_tau": result.time_constants_tau,
            "condition": result.condition,
        }
    )


@to_table.register
def _(result: GainSpectrum) -> pd.DataFrame:
    """The modes under a trajectory's gains, with the share of its variance that each carries."""
    found: pd.DataFrame = to_table(result.modes)
    if result.dt is not None:
        found["frequency_hz"] = result.modes.frequencies_hz(result.dt)
        found["time_constant_s"] = result.modes.time_constants_s(result.dt)
    found["share_of_variance"] = result.share
    return found


@to_table.register
def _(result: Alignment) -> pd.DataFrame:
    """One row a mode: |cosine| with each axis."""
    columns = {"mode": np.arange(len(result.right)) + 1}
    return pd.DataFrame(columns | _numbered("right_axis", result.right) | _numbered("left_axis", result.left))


@to_table.register
def _(result: Course) -> pd.DataFrame:
    """One row a state: time, spectral radius, each track's eigenvalue, modulus and frequency."""
    columns = _clock(len(result.eigenvalues), result.dt) | {"spectral_radius": result.spectral_radius}
    columns |= _complex("eigenvalue", result.eigenvalues) | _numbered("modulus", np.abs(result.eigenvalues))
    hertz = result.frequencies_hz
    if hertz is None:
        return pd.DataFrame(columns | _numbered("frequency", result.frequencies_per_tau, "cycles_per_tau"))
    return pd.DataFrame(columns | _numbered("frequency", hertz, "hz"))


@to_table.register
def _(result: PhaseAverage) -> pd.DataFrame:
    """One row an eigenvalue: means over the phase's states and their standard deviations."""
    columns: dict[str, Any] = {
        "eigenvalue": np.arange(len(result.modulus)) + 1,
        "modulus": result.modulus,
        "modulus_sd": result.modulus_sd,
        "growth_per_step": result.growth_per_step,
        "growth_per_step_sd": result.growth_per_step_sd,
        "frequency_cycles_per_tau": result.frequency_per_tau,
        "frequency_cycles_per_tau_sd": result.frequency_per_tau_sd,
        "time_constant_tau": result.time_constants_tau,
    }
    if result.dt is not None:
        columns |= {
            "frequency_hz": result.frequency_hz,
            "frequency_hz_sd": result.frequency_hz_sd,
            "time_constant_s": result.time_constants_s,
        }
    return pd.DataFrame(columns)


@to_table.register
def _(result: Lyapunov) -> pd.DataFrame:
    """One row an exponent, with its standard error."""
    columns: dict[str, Any] = {"exponent": np.arange(len(result.exponents_per_step)) + 1}
    if result.dt is not None:
        columns |= {"value_per_s": result.exponents, "standard_error_per_s": result.standard_error}
    return pd.DataFrame(
        columns
        | {
            "value_per_step": result.exponents_per_step,
            "standard_error_per_step": result.standard_error_per_step,
            "value_per_tau": result.exponents_per_tau,
        }
    )


@to_table.register
def _(result: Matching) -> pd.DataFrame:
    """One row a pair, then those that are left over, their partner empty."""
    pairs, left_a, left_b = result.pairs, result.unmatched_a, result.unmatched_b
    a = [*(pairs[:, 0] + 1), *(left_a + 1), *[None] * len(left_b)]
    b = [*(pairs[:, 1] + 1), *[None] * len(left_a), *(left_b + 1)]
    alone = np.full(len(a) - len(pairs), np.nan)
    distances = np.concatenate([result.distances, alone])
    points = {"point_a": pd.Series(a, dtype="Int64"), "point_b": pd.Series(b, dtype="Int64")}
    return pd.DataFrame({**points, "distance": distances})


@to_table.register
def _(result: Comparison) -> pd.DataFrame:
    """The matching, with each pair's distance of spectra; the distances between the sets on every row."""
    found: pd.DataFrame = to_table(result.matching)
    alone = np.full(len(found) - len(result.spectral_distances), np.nan)
    found["spectral_distance"] = np.concatenate([result.spectral_distances, alone])
    return found.assign(hausdorff=result.hausdorff, wasserstein=result.wasserstein)


@to_table.register
def _(result: Diagram) -> pd.DataFrame:
    """Points of the branches, then bifurcations, then cycles at the times of one period: `item` says which.

    `number` is that of the branch, for a cycle that of its family, and for a bifurcation the branch that it lies on.
    """
    rows = []
    for b, branch in enumerate(result.branches):
        columns: dict[str, Any] = {"item": "branch", "number": b + 1, "path_s": branch.at}
        columns |= {"stable": branch.stable, "stable_continuous": branch.stable_continuous}
        columns |= {"n_unstable": branch.n_unstable}
        columns |= _numbered("overlap", branch.k) | _complex("eigenvalue", branch.eigenvalues)
        rows.append(pd.DataFrame(columns))
    for event in result.bifurcations:
        columns = {"item": "bifurcation", "number": event.branch + 1, "kind": event.kind, "of": event.of}
        columns |= {"path_s": event.at, "frequency_cycles_per_tau": event.frequency_per_tau}
        rows.append(pd.DataFrame(columns | _numbered("overlap", event.k[None])))
    for cycle in result.cycles:
        times = np.arange(len(cycle.k)) * (cycle.period_tau / len(cycle.k))
        columns = {"item": "limit cycle", "number": cycle.family + 1, "path_s": cycle.at, "stable": cycle.stable}
        columns |= {"period_tau": cycle.period_tau, "time_tau": times}
        rows.append(pd.DataFrame(columns | _numbered("overlap", cycle.k)))
    found = _joined(rows)
    return found.astype({"n_unstable": "Int64"}) if result.branches else found


@to_table.register
def _(result: PhasePortrait) -> pd.DataFrame:
    """One row a place of the grid; `basin` counts attractors from 1, 0 where none was reached."""
    across, up = np.meshgrid(result.across, result.up)
    columns = {
        "across": across.ravel(),
        "up": up.ravel(),
        "flow_across_per_tau": result.flow[..., 0].ravel(),
        "flow_up_per_tau": result.flow[..., 1].ravel(),
        "speed_per_tau": result.speed.ravel(),
        "out_of_plane_per_tau": result.out_of_plane.ravel(),
    }
    return pd.DataFrame(columns if result.basins is None else columns | {"basin": result.basins.ravel() + 1})


def _numbered(name: str, values: Float[np.ndarray, "n m"], unit: str = "") -> dict[str, Any]:
    """A column for each of m numbers: name_1, name_2 ... with the unit last."""
    end = f"_{unit}" if unit else ""
    return {f"{name}_{j + 1}{end}": values[:, j] for j in range(values.shape[1])}


def _complex(name: str, values: Complex[np.ndarray, "n m"]) -> dict[str, Any]:
    """Two columns for each of m complex numbers."""
    parts = ("real", "imaginary")
    return {f"{name}_{j + 1}_{part}": getattr(values[:, j], part[:4]) for j in range(values.shape[1]) for part in parts}


def _clock(states: int, dt: float | None) -> dict[str, Any]:
    steps = np.arange(states)
    return {"step": steps} if dt is None else {"step": steps, "time_s": steps * dt}


def _joined(rows: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of different columns under each other, empty where a row has no such value."""
    names = list(dict.fromkeys(name for row in rows for name in row.columns))
    if not rows:
        return pd.DataFrame({"item": [], "number": [], "path_s": []})
    return pd.DataFrame(
        {name: [value for row in rows for value in (row[name] if name in row else [None] * len(row))] for name in names}
    )
