"""The phase portrait: the flow on a plane of states."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce
from explorer.analyse.controls import option_segments, option_select
from explorer.analyse.fixed_points import known_points
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.numbers import text
from explorer.analyse.planes import Plane, recorded_plane, trial_plane
from explorer.analyse.questions import FixedPointsHere
from explorer.analyse.setting import Setting
from explorer.analyse.waiting import obtain
from explorer.figures.dynamics import portrait
from jedi.run import Run

_PLANES = {
    "trial": "trial's PC 1, 2",
    "trial-13": "trial's PC 1, 3",
    "trial-23": "trial's PC 2, 3",
    "recorded": "recorded PC 1, 2",
    "recorded-13": "recorded PC 1, 3",
    "weights": "plane of the weights",
}
_GROUNDS = {"yes": "basins", "no": "speed"}
CUT_HELP = (
    "A network of rank 2 contracts onto a plane and stays in it, so that its portrait there is complete. Of any other "
    "network a portrait is a cut through state space: at most places the flow also points out of the plane. Hover to "
    "read by how much."
)


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    with layout.panels() as (picture, panel):
        with picture:
            with layout.title("Phase portrait", "flow of the network, per τ"):
                which = option_select(memory, "plane", "Plane", list(_PLANES), _PLANES.__getitem__, 170)
                basins = option_segments(memory, "basins", "Ground", _GROUNDS) == "yes"
            known = known_points(setting)
            if known is None:
                return
            plane = plane_of(which, setting.run, known.states)
            axes, centre = (None, None) if plane is None else (plane.axes, plane.centre)
            found = obtain(questions.portrait(setting, known, which, axes, centre, basins))
            if found is None:
                return
            names = ("weights 1", "weights 2") if plane is None else plane.names
            figure = portrait(
                found, known.fixed, layout.colours(), trajectory=known.states, dt=setting.run.dt, names=names,
                ground=None if basins else "speed",
            )  # fmt: skip
            layout.draw(figure, "portrait", f"Flow in the plane of {names[0]} and {names[1]}")
        with panel:
            _say(setting, known, found, which)


def plane_of(which: str, run: Run, states: np.ndarray) -> Plane | None:
    """The plane so called; None for the library's own: the weights' leading directions, through the bias."""
    first, second = {"13": (0, 2), "23": (1, 2)}.get(which.partition("-")[2], (0, 1))
    if which.startswith("recorded"):
        return recorded_plane(run, first, second)
    return trial_plane(states, first, second) if which.startswith("trial") else None


def _say(setting: Setting, known: FixedPointsHere, found: Any, which: str) -> None:
    share = found.out_of_plane / np.maximum(found.speed, 1e-300)
    if found.nullclines is not None:
        said = "**The flow never leaves this plane**: the portrait is complete, its nullclines are exact."
    else:
        away = 100 * float(np.median(share))
        said = f"**A cut**: at the median place {away:.0f} % of the flow points out of the plane."
    st.markdown(said, help=CUT_HELP)
    if found.basins is not None:
        st.markdown(basin_words(found))
        layout.table(rows(setting, known, found), "Attractors reached from the plane", "kinds")
    hand_over(setting, found, f"portrait {which}", None, reproduce.python(setting, _script(which, known, found)))


def basin_words(found: Any) -> str:
    """How many attractors there are, and how much of the plane does not settle."""
    labels = np.asarray(found.basins)
    number = len(found.attractors)
    loose = float((labels < 0).mean())
    rest = f"; {100 * loose:.0f} % of it did not settle in {found.steps:,} steps" if loose else ""
    return f"From this plane the network reaches **{number} attractor{'' if number == 1 else 's'}**{rest}."


def rows(setting: Setting, known: FixedPointsHere, found: Any) -> list[dict[str, str]]:
    """A row an attractor."""
    labels = np.asarray(found.basins)
    return [
        {
            "": f"{a + 1}",
            "kind": kind,
            "basin, of the plane": f"{100 * float((labels == a).mean()):.1f} %",
            "|x|": text(float(np.linalg.norm(found.attractors[a])), 4),
        }
        for a, kind in enumerate(found.attractor_kinds)
    ]


def _script(which: str, known: FixedPointsHere, found: Any) -> list[str]:
    basins = found.basins is not None
    lines = [f"points = dynamics.fixed_points(w, run.dt_over_tau, near=x, slow_speed={known.slow_speed!r})"]
    first, second = {"13": (0, 2), "23": (1, 2)}.get(which.partition("-")[2], (0, 1))
    plane = ""
    if which != "weights":
        name, of = ("trial_plane", "x") if which.startswith("trial") else ("recorded_plane", "run")
        lines += [f"from explorer.analyse.planes import {name}", f"plane = {name}({of}, {first}, {second})"]
        plane = "plane.axes, plane.centre, "
    call = f"found = dynamics.phase_portrait(w, {plane}basins={basins}, dt_over_tau=run.dt_over_tau, fixed=points"
    return [*lines, f"{call}, trajectory=x)"]
