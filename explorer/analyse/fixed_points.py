"""Fixed points: where they are, what they are, and whether these are all."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce, words
from explorer.analyse.controls import option_select
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.numbers import per_decay, small, text
from explorer.analyse.places import Point
from explorer.analyse.planes import nearest_state, recorded_plane
from explorer.analyse.questions import FixedPointsHere, Question
from explorer.analyse.setting import Setting
from explorer.analyse.view import OPTIONS
from explorer.analyse.waiting import ask, obtain, wait_for
from explorer.figures.dynamics import state_plane

QUICK_PROOF = 0.5  # seconds; most proofs are done by then, and else the points are shown meanwhile
USUAL_PROOF = float(OPTIONS["proof"].usual)
_TIMES = {"5": "5 s", "30": "30 s", "120": "2 min", "600": "10 min"}
GLYPHS = {"stable": "●", "saddle": "◐", "unstable": "○", "slow": "◆"}


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    provable = setting.run.rank <= words.MOST_PROVABLE_RANK and setting.run.rank < setting.run.units
    with layout.panels() as (picture, panel):
        with picture:
            plane = recorded_plane(setting.run)
            with layout.title("Fixed points", f"with the trajectory of {setting.here.name}"):
                budget = _budget(memory) if provable else USUAL_PROOF
            found, longer = _found(setting, budget)
            if found is None:
                return
            figure = state_plane(
                found.fixed, plane.axes, plane.centre, layout.colours(), found.states,
                dt=setting.run.dt, names=plane.names,
            )  # fmt: skip
            layout.draw(
                figure, "fixed-points", f"{words.kinds(found.fixed)} in the plane of {' and '.join(plane.names)}"
            )
        with panel:
            _say(setting, found, budget, longer)


def _budget(memory: Memory) -> float:
    names = {seconds: f"proof: up to {words}" for seconds, words in _TIMES.items()}
    return float(option_select(memory, "proof", "Time for the proof", list(_TIMES), names.__getitem__, 150))


def _found(setting: Setting, budget: float) -> tuple[FixedPointsHere | None, Question[FixedPointsHere] | None]:
    """What is known by now, and the question that is still open: a longer proof, while the first answer is shown."""
    first = obtain(questions.fixed_points(setting, QUICK_PROOF))
    if first is None or settled(first):
        return first, None
    question = questions.fixed_points(setting, budget, group=questions.LONGER)
    answer = ask(question)
    if answer.pending:
        return first, question
    return answer.value or first, None


def settled(found: FixedPointsHere) -> bool:
    """Whether more time for the proof would change nothing: it is finished, or out of reach."""
    return found.fixed.proof is None or found.fixed.completeness == "proved"


def known_points(setting: Setting, point: Point | None = None, group: str = "fixed points") -> FixedPointsHere | None:
    """Fixed points for the other sections, after the usual time for the proof; None, as said in place, until then."""
    first = obtain(questions.fixed_points(setting, QUICK_PROOF, point=point, group=group))
    if first is None or settled(first):
        return first
    return obtain(questions.fixed_points(setting, USUAL_PROOF, point=point, group=group))


def _say(setting: Setting, found: FixedPointsHere, budget: float, longer: Question[FixedPointsHere] | None) -> None:
    fixed = found.fixed
    true = int((np.asarray(fixed.kind) != "slow").sum())
    st.markdown(f"### {true} fixed point{'' if true == 1 else 's'} :small[:gray[{words.kinds(fixed)}]]", anchors=False)
    said, why = words.completeness(fixed, setting.run.rank)
    if longer is not None:
        wait_for(longer, small=True)
    st.markdown(said, help=why)
    if differ := words.verdicts(fixed):
        st.markdown(f":orange[{differ}]")
    layout.table(rows(setting, found), "Fixed points: kind, residual, stability, slowest mode, distance", "kinds")
    constants, frequencies = slowest(fixed.spectrum, setting.run.dt)
    beside = {
        "rms_distance_to_trajectory": nearest_state(fixed.x, found.states),
        "slowest_frequency_hz": frequencies,
        "slowest_time_constant_s": constants,
    }
    hand_over(setting, fixed, "fixed-points", *_lines(setting, found, budget), beside)


def rows(setting: Setting, found: FixedPointsHere) -> list[dict[str, str]]:
    """A row a point."""
    fixed, dt = found.fixed, setting.run.dt
    constants, frequencies = slowest(fixed.spectrum, dt)
    distances = nearest_state(fixed.x, found.states)
    return [
        {
            "": f"{i + 1}",
            "kind": f"{GLYPHS[str(fixed.kind[i])]} {fixed.kind[i]}",
            "unstable, step | flow": f"{fixed.n_unstable[i]} | {fixed.n_unstable_continuous[i]}",
            "slowest, s": per_decay(constants[i]),
            "at, Hz": text(frequencies[i], 3),
            "to the trial": text(distances[i], 3),
            "residual": small(fixed.residual[i]) if fixed.kind[i] != "slow" else f"speed {text(fixed.speed[i], 2)}",
        }
        for i in range(len(fixed))
    ]


def slowest(spectrum: Any, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Time constant in s (negative: it grows) and frequency in Hz of the eigenvalue of the step that is slowest.

    Of all M eigenvalues, the equal ones off the low-rank part included.
    """
    values = spectrum.eigenvalues
    if spectrum.rest_count:
        values = np.concatenate([values, np.full((*values.shape[:-1], 1), spectrum.rest)], axis=-1)
    with np.errstate(divide="ignore"):
        growth = np.log(np.abs(values))
    which = np.abs(growth).argmin(-1)[..., None]
    chosen = np.take_along_axis(values, which, -1)[..., 0]
    with np.errstate(divide="ignore"):
        constants = -dt / np.take_along_axis(growth, which, -1)[..., 0]
    return constants, np.abs(np.angle(chosen)) / (2 * np.pi * dt)


def _lines(setting: Setting, found: FixedPointsHere, budget: float) -> tuple[str | None, str]:
    slow = repr(found.slow_speed)
    proof = [] if budget == USUAL_PROOF else ["--proof-seconds", f"{budget:g}"]
    command = reproduce.command(setting, "fixed-points", *proof, "--slow-speed", slow)
    script = reproduce.python(
        setting,
        [
            f"found = dynamics.fixed_points(w, run.dt_over_tau, near=x, proof_seconds={budget:g}, slow_speed={slow})",
            "print(found.kind, found.residual, found.completeness)",
        ],
    )
    return command, script
