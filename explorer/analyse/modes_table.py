"""Modes as rows of a table: a conjugate pair in one."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.analyse.numbers import per_decay, text
from jedi.figures.curves import same_courses


def pairs(values: np.ndarray) -> list[list[int]]:
    """Indices of eigenvalues (R,), those of a conjugate pair together, in the order of their first."""
    groups: list[list[int]] = []
    taken: set[int] = set()
    for i, value in enumerate(values):
        if i in taken:
            continue
        rest = [j for j in range(i + 1, len(values)) if j not in taken]
        close = [j for j in rest if np.isclose(values[j], np.conj(value), rtol=1e-9, atol=1e-12)]
        partner = close[:1] if value.imag != 0 else []
        groups.append([i, *partner])
        taken.update(partner)
    return groups


def mode_rows(modes: Any, dt: float, shares: np.ndarray | None = None) -> list[dict[str, str]]:
    """A row a mode or pair, and one for the equal rest; steps of dt s."""
    frequencies, constants = modes.frequencies_hz(dt), modes.time_constants_s(dt)
    tau = dt / modes.dt_over_tau
    rows = []
    for group in pairs(modes.eigenvalues):
        i = group[0]
        row = {
            "": ", ".join(str(j + 1) for j in group),
            "|λ|": f"{abs(modes.eigenvalues[i]):.4f}",
            "frequency, Hz": text(frequencies[i], 3),
            "time constant, s": per_decay(constants[i]),
            "flow, 1/s": text(modes.continuous[i].real / tau, 3),
            "condition": text(modes.condition[i], 3),
        }
        if shares is not None:
            row["share"] = f"{100 * shares[group].sum():.1f} %"
        rows.append(row)
    if modes.rest_count:
        size = 1 - modes.dt_over_tau
        constant = -dt / np.log(size) if size > 0 else 0.0
        last = {
            "": f"{modes.rest_count} others",
            "|λ|": f"{size:.4f}",
            "frequency, Hz": "0",
            "time constant, s": per_decay(constant),
            "flow, 1/s": text(-1 / tau, 3),
            "condition": "1",
        }
        rows.append(last | ({} if shares is None else {"share": ""}))
    return rows


def average_rows(course: Any) -> list[dict[str, str]]:
    """Eigenvalues averaged over a trial, with standard deviations over its states."""
    from jedi.dynamics import phase_average

    mean = phase_average(course)
    constants, hertz, spread = mean.time_constants_s, mean.frequency_hz, mean.frequency_hz_sd
    if constants is None or hertz is None or spread is None:
        return []  # only without dt, which a run always has
    frequencies = course.frequencies_hz
    return [
        {
            "": ", ".join(str(j + 1) for j in group),
            "|λ|": f"{mean.modulus[i]:.4f} ± {mean.modulus_sd[i]:.4f}",
            "frequency, Hz": f"{text(hertz[i], 3)} ± {text(spread[i], 2)}",
            "time constant, s": per_decay(constants[i]),
        }
        for group in same_courses(np.abs(course.eigenvalues), frequencies)
        for i in group[:1]
    ]
