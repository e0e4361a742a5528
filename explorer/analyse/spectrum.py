"""Eigenvalues: at the origin, at a fixed point, along the trial, or under the trial's own gains."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce
from explorer.analyse.controls import option_segments, option_select
from explorer.analyse.fixed_points import GLYPHS, known_points
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.modes_table import average_rows, mode_rows
from explorer.analyse.questions import FixedPointsHere
from explorer.analyse.setting import Setting
from explorer.analyse.waiting import obtain
from explorer.figures.dynamics import complex_plane, time_course

_AT = {"origin": "origin", "point": "fixed point", "trial": "along trial", "gains": "trial's gains"}
_RANGES = {"circle": "circle", "near": "near 1"}
HENRICI_HELP = (
    "How far the Jacobian is from a normal matrix, 0 to 1 of its size (Frobenius norm). A normal network's modes are "
    "perpendicular and each only grows or decays. In a non-normal one they lean on each other, and activity can be "
    "amplified in passing though every mode decays; so can an eigenvalue move far for a small change of the weights."
)
ORIGIN_HELP = (
    "This network has a bias, so that the origin is not one of its fixed points. The linearisation there says how "
    "fast small differences between states near it grow, not what an orbit does in the long run."
)
GAINS_HELP = (
    "Each unit's tanh is replaced by the slope of the straight line that fits it best over the values that the unit "
    "takes in this trial (its describing-function gain). For oscillations of any size, frequencies come out closer to "
    "the network's own than at any one state. Share: of the trajectory's variance, carried by the mode."
)


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    with layout.panels() as (picture, panel):
        with picture:
            row = layout.title("Eigenspectrum", "of the step")
            with row:
                at = option_segments(memory, "at", "Where", _AT)
            if at == "trial":
                _along(setting, panel)
                return
            if at == "gains":
                found = obtain(questions.gains(setting))
                modes, where = (found.modes if found else None), f"under the gains of {setting.here.name}"
                script = ["found = dynamics.gain_spectrum(w, x, run.dt_over_tau, run.dt)"]
                command = None
            elif at == "point":
                known = known_points(setting)
                if known is None:
                    return
                if not len(known.fixed):
                    layout.nothing("No fixed point was found here.")
                    return
                with row:
                    which = _choose_point(memory, known)
                found = modes = obtain(questions.modes(setting, known.fixed.x[which], f"fixed point {which + 1}"))
                where = f"at fixed point {which + 1} ({known.fixed.kind[which]})"
                script = [
                    f"points = dynamics.fixed_points(w, run.dt_over_tau, near=x, slow_speed={known.slow_speed!r})",
                    f"found = dynamics.modes(w, run.dt_over_tau, at=points.x[{which}])",
                ]
                command = reproduce.command(setting, "spectrum", "--at", "fixed-point")
            else:
                found = modes = obtain(questions.modes(setting, None, "the origin"))
                where, script = "at the origin", ["found = dynamics.modes(w, run.dt_over_tau)"]
                command = reproduce.command(setting, "spectrum")
            if modes is None:
                return
            with row:
                zoom = option_segments(memory, "range", "Range", _RANGES) == "near"
            figure = complex_plane(
                [(where, modes.eigenvalues)], layout.colours(), dt=setting.run.dt, zoom=zoom, of=_rest(modes)
            )
            layout.draw(figure, "spectrum", f"Eigenvalues {where}")
        with panel:
            _say(setting, at, where, found, modes)
            hand_over(setting, found, f"spectrum {at}", command, reproduce.python(setting, script))


def _choose_point(memory: Memory, known: FixedPointsHere) -> int:
    """A fixed point, counted from 0."""
    kinds = [str(kind) for kind in known.fixed.kind]
    names = {str(i + 1): f"{i + 1}  {GLYPHS[kind]} {kind}" for i, kind in enumerate(kinds)}
    chosen = option_select(memory, "point", "Fixed point", list(names), names.__getitem__, 140, of="-".join(kinds[:20]))
    return int(chosen) - 1


def _rest(modes: Any) -> str:
    if not modes.rest_count:
        return ""
    return f"{modes.rest_count} more at 1 − dt/τ = {1 - modes.dt_over_tau:.4g}, not drawn"


def _say(setting: Setting, at: str, where: str, found: Any, modes: Any) -> None:
    growing = int((np.abs(modes.eigenvalues) > 1).sum())
    growing_flow = int((modes.continuous.real > 0).sum())
    units = setting.run.units
    step = "**Stable**" if modes.stable else f"**{growing} of {units}** eigenvalues outside the unit circle"
    flow = "stable" if modes.stable_continuous else f"{growing_flow} with a positive real part"
    biased = at == "origin" and bool(np.any(setting.weights().bias))
    st.markdown(
        f"{step} {where}, for the step; of the flow {flow}.",
        help=GAINS_HELP if at == "gains" else ORIGIN_HELP if biased else None,
    )
    with st.container(horizontal=True, key="analyse-facts"):
        layout.fact("Spectral radius", f"{max(float(np.abs(modes.eigenvalues).max()), _rest_size(modes)):.4f}")
        layout.fact("Henrici, non-normality", f"{modes.henrici:.3f}", HENRICI_HELP)
        if at == "gains" and found.leading_frequency_hz is not None:
            layout.fact("Leading pair", f"{found.leading_frequency_hz:.2f} Hz", GAINS_HELP)
    shares = found.share if at == "gains" else None
    layout.table(mode_rows(modes, setting.run.dt, shares), f"Modes {where}")


def _rest_size(modes: Any) -> float:
    return 1 - modes.dt_over_tau if modes.rest_count else 0.0


def _along(setting: Setting, panel: Any) -> None:
    found = obtain(questions.course(setting))
    if found is None:
        return
    figure = time_course(found, setting.run.dt, layout.colours())
    layout.draw(figure, "course", f"Eigenvalues along {setting.here.name}")
    with panel:
        radius = found.spectral_radius
        outside = float((radius > 1).mean())
        st.markdown(
            f"The spectral radius lies above 1 in **{100 * outside:.0f} %** of the trial: there small differences grow "
            "within a step.",
            help="Each eigenvalue is followed from state to state. Means below are over the whole trial.",
        )
        with st.container(horizontal=True, key="analyse-facts"):
            layout.fact("Spectral radius, mean", f"{radius.mean():.4f}")
            layout.fact("largest", f"{radius.max():.4f} at {radius.argmax() * setting.run.dt:.2f} s")
        layout.table(average_rows(found), f"Mean over {setting.here.name}")
        script = ["found = dynamics.course(w, x, run.dt_over_tau, run.dt)"]
        command = reproduce.command(setting, "spectrum", "--at", "trajectory", trajectory=True)
        hand_over(setting, found, "spectrum along trial", command, reproduce.python(setting, script))
