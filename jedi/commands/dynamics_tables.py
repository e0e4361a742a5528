"""What the commands about dynamics print: facts for JSON, tables for people, with units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jedi.commands.output import table

_COMPLETENESS = {
    "proved": "proved complete",
    "consistent": "no test contradicts that the set is complete; not proved",
    "incomplete": "incomplete: a test says that at least one is missing",
    "unknown": "whether any is missing is not known",
}


def pairs(values: Any) -> Any:
    """Complex numbers as [real, imaginary]."""
    return np.stack([values.real, values.imag], axis=-1)


def spectrum_facts(found: Any, dt: float) -> dict[str, Any]:
    """A `Spectrum` about one state or several."""
    facts = {
        "of": found.of,
        "eigenvalues": pairs(found.eigenvalues),
        "rest": {"value": found.rest, "count": found.rest_count},
        "spectral_radius": found.spectral_radius,
    }
    if found.of == "jacobian":
        facts["frequencies_hz"] = found.frequencies_hz(dt)
        facts["time_constants_s"] = found.time_constants_s(dt)
    return facts


def spectrum_table(found: Any, dt: float) -> str:
    """Eigenvalues about one state."""
    rows: list[list[str]] = []
    steps = found.of == "jacobian"
    frequencies = found.frequencies_hz(dt) if steps else [None] * len(found.eigenvalues)
    constants = found.time_constants_s(dt) if steps else [None] * len(found.eigenvalues)
    for value, frequency, constant in zip(found.eigenvalues, frequencies, constants, strict=True):
        row = [f"{value.real:+.6f} {value.imag:+.6f}i", f"{abs(value):.6f}"]
        rows.append(row + ([f"{frequency:.3f}", f"{constant:.4g}"] if steps else []))
    if found.rest_count:
        rows.append([f"{found.rest:+.6f}, {found.rest_count} times", f"{abs(found.rest):.6f}"] + ["", ""] * steps)
    return table(rows, ["eigenvalue", "modulus", *(["frequency (Hz)", "time constant (s)"] if steps else [])])


def radii_table(found: Any, dt: float) -> str:
    """The spectral radius at every model step."""
    rows = [[f"{step * dt:.3f}", f"{radius:.6f}"] for step, radius in enumerate(found.spectral_radius)]
    return table(rows, ["time (s)", "spectral radius"])


def labels(points: Any) -> list[dict[str, Any]]:
    """Of each of a set of `FixedPoints` its number, kind, index and distance from the origin."""
    size = np.linalg.norm(points.x, axis=1)
    return [
        {"point": i, "kind": str(points.kind[i]), "index": int(points.index[i]), "norm": float(size[i])}
        for i in range(len(points))
    ]


def spectra_table(points: Any, dt: float) -> str:
    """Eigenvalues at every fixed point, under its label."""
    from dataclasses import replace

    parts = []
    for label in labels(points):
        here = replace(points.spectrum, eigenvalues=points.spectrum.eigenvalues[label["point"]])
        title = f"fixed point {label['point']} of {len(points)}: {label['kind']}, index {label['index']:+d}"
        parts.append(f"\n{title}, |x| = {label['norm']:.4g}\n{spectrum_table(here, dt)}")
    return "\n".join([*parts, "", _COMPLETENESS[points.completeness]])


def fixed_points_facts(found: Any) -> dict[str, Any]:
    """`FixedPoints`, all but what follows from the rest."""
    proof = found.proof
    return {
        "completeness": found.completeness,
        "index_sum": found.index_sum,
        "kind": found.kind,
        "x": found.x,
        "overlaps": found.k,
        "residual": found.residual,
        "speed_per_tau": found.speed,
        "index": found.index,
        "n_unstable": found.n_unstable,
        "n_unstable_continuous": found.n_unstable_continuous,
        "eigenvalues": pairs(found.spectrum.eigenvalues),
        "rest": {"value": found.spectrum.rest, "count": found.spectrum.rest_count},
        "starts": found.starts,
        "seconds": found.seconds,
        "proof": None
        if proof is None
        else {
            "finished": proof.finished,
            "boxes": proof.boxes,
            "seconds": proof.seconds,
            "missed_by_search": proof.missed,
            "undecided": proof.undecided,
            "covered": proof.covered,
            "reason": proof.reason,
        },
    }


def fixed_points_table(found: Any, dt: float) -> str:
    """A row a point, and what is known about their completeness."""
    frequencies, constants = found.spectrum.frequencies_hz(dt), found.spectrum.time_constants_s(dt)
    rows = []
    for i in range(len(found)):
        rows.append(
            [
                i,
                str(found.kind[i]),
                f"{np.linalg.norm(found.x[i]):.4g}",
                f"{found.residual[i]:.1e}",
                f"{found.index[i]:+d}",
                int(found.n_unstable[i]),
                int(found.n_unstable_continuous[i]),
                f"{np.abs(found.spectrum.eigenvalues[i, 0]):.6f}",
                f"{constants[i, 0]:.4g}",
                f"{frequencies[i, 0]:.3f}",
            ]
        )
    header = [
        "point", "kind", "|x|", "residual", "index", "unstable (step)", "unstable (flow)", "largest |eigenvalue|",
        "its time constant (s)", "its frequency (Hz)",
    ]  # fmt: skip
    lines = [table(rows, header), "", f"{_COMPLETENESS[found.completeness]}; index sum {found.index_sum:+d}"]
    if found.proof is not None:
        proof = found.proof
        what = "finished" if proof.finished else f"not finished ({proof.reason})"
        lines.append(
            f"proof {what}: {proof.boxes:,} boxes in {proof.seconds:.2f} s, {100 * proof.covered:.1f} % of the volume"
        )
    lines.append(
        f"unstable directions of the step are at dt/tau = {found.dt_over_tau:g}, those of the flow in continuous time"
    )
    lines.append(f"{found.starts:,} starts, {found.seconds:.2f} s")
    return "\n".join(lines)


def lyapunov_facts(found: Any) -> dict[str, Any]:
    """`Lyapunov`; infinite exponents become null in JSON."""
    return {
        "exponents_per_s": found.exponents,
        "standard_error_per_s": found.standard_error,
        "exponents_per_step": found.exponents_per_step,
        "standard_error_per_step": found.standard_error_per_step,
        "exponents_per_tau": found.exponents_per_tau,
        "kaplan_yorke_dimension": found.kaplan_yorke_dimension,
        "steps": found.steps,
        "discarded": found.discarded,
        "blocks": found.blocks,
    }


def lyapunov_table(found: Any) -> str:
    """A row an exponent; those that are equal to rounding share one."""
    rows: list[list[str]] = []
    values, errors, steps = found.exponents, found.standard_error, found.exponents_per_step
    first = 0
    while first < len(steps):
        last = first
        while last + 1 < len(steps) and steps[last + 1] == steps[first] and errors[last + 1] == errors[first]:
            last += 1
        number = str(first + 1) if last == first else f"{first + 1} to {last + 1}"
        rows.append([number, f"{values[first]:+.4f}", f"{errors[first]:.4f}", f"{steps[first]:+.6f}"])
        first = last + 1
    dimension = found.kaplan_yorke_dimension
    known = "needs more exponents than these" if np.isnan(dimension) else f"{dimension:.3f}"
    where = (
        f"{found.steps:,} steps, those of the trial: finite-time exponents, exact; the standard errors say how growth "
        "varied within it"
        if found.finite_time
        else f"{found.steps:,} steps after {found.discarded:,} discarded; errors from {found.blocks} blocks"
    )
    header = ["exponent", "nats/s", "standard error (nats/s)", "nats/step"]
    return "\n".join([table(rows, header), "", where, f"Kaplan-Yorke dimension {known}"])


def bifurcation_facts(found: Any, dt: float) -> dict[str, Any]:
    """`Diagram`: s is the share of the path, 0 to 1."""
    tau = dt / found.dt_over_tau
    return {
        "dt_over_tau": found.dt_over_tau,
        "complete": found.complete,
        "bifurcations": [
            {
                "kind": event.kind,
                "of": event.of,
                "at": event.at,
                "branch": event.branch,
                "overlaps": event.k,
                "frequency_hz": None if event.frequency_per_tau is None else event.frequency_per_tau / tau,
            }
            for event in found.bifurcations
        ],
        "branches": [
            {
                "at": branch.at,
                "overlaps": branch.k,
                "eigenvalues": pairs(branch.eigenvalues),
                "stable": branch.stable,
                "stable_continuous": branch.stable_continuous,
                "n_unstable": branch.n_unstable,
            }
            for branch in found.branches
        ],
        "cycles": [
            {
                "family": cycle.family,
                "at": cycle.at,
                "period_s": cycle.period_tau * tau,
                "stable": cycle.stable,
                "multipliers": pairs(cycle.multipliers),
                "overlaps": cycle.k,
            }
            for cycle in found.cycles
        ],
        "seconds": found.seconds,
    }


def bifurcation_table(found: Any, dt: float, start: int, end: int) -> str:
    """Branches, bifurcations and cycles, each with a row."""
    tau = dt / found.dt_over_tau
    branches: list[Sequence[object]] = []
    for i, branch in enumerate(found.branches):
        stable = 100 * np.mean(branch.stable), 100 * np.mean(branch.stable_continuous)
        span = f"{branch.at.min():.4f} to {branch.at.max():.4f}"
        branches.append([i, span, len(branch.at), f"{stable[0]:.0f} %", f"{stable[1]:.0f} %"])
    events: list[Sequence[object]] = [
        [
            f"{event.at:.6f}",
            event.kind,
            event.of,
            event.branch,
            "" if event.frequency_per_tau is None else f"{event.frequency_per_tau / tau:.3f}",
        ]
        for event in found.bifurcations
    ]
    cycles: list[Sequence[object]] = [
        _family(number, found.cycles, tau) for number in sorted({cycle.family for cycle in found.cycles})
    ]
    parts = [f"path from the context of trial {start} (s = 0) to that of trial {end} (s = 1)"]
    sections: list[tuple[str, list[Sequence[object]], list[str]]] = [
        ("branches of fixed points", branches, ["branch", "s", "points", "stable (step)", "stable (flow)"]),
        ("bifurcations", events, ["s", "kind", "of", "branch", "frequency (Hz)"]),
        ("families of limit cycles", cycles, ["s", "cycles", "period (s)", "frequency (Hz)", "stable"]),
    ]
    for name, rows, header in sections:
        parts.append(f"\n{name}: {len(rows) or 'none'}")
        if rows:
            parts.append(table(rows, header))
    parts.append(f"\n{found.complete}\ndt/tau {found.dt_over_tau:g}, {found.seconds:.2f} s")
    return "\n".join(parts)


def _family(number: int, cycles: Any, tau: float) -> list[object]:
    """One row of all limit cycles that were followed from one another; tau in seconds."""
    family = [cycle for cycle in cycles if cycle.family == number]
    at = [cycle.at for cycle in family]
    periods = [cycle.period_tau * tau for cycle in family]
    return [
        f"{min(at):.4f} to {max(at):.4f}",
        len(family),
        f"{min(periods):.4g} to {max(periods):.4g}",
        f"{1 / max(periods):.3f} to {1 / min(periods):.3f}",
        f"{100 * np.mean([cycle.stable for cycle in family]):.0f} %",
    ]
