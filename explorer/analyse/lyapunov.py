"""Lyapunov exponents: how fast neighbouring states part, in the long run or along the trial."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce
from explorer.analyse.controls import option_segments, option_whole
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.numbers import text
from explorer.analyse.setting import Setting
from explorer.analyse.view import OPTIONS
from explorer.analyse.waiting import obtain
from explorer.figures.dynamics import convergence, exponents
from explorer.markup import count

_ALONG = {"attractor": "on the attractor", "trial": "along trial"}
_FIGURE = {"spectrum": "spectrum", "convergence": "convergence"}
DIMENSION_HELP = (
    "Kaplan and Yorke's estimate of the attractor's dimension from its exponents: 0 for a fixed point, 1 for a limit "
    "cycle, more and broken for chaos. An exponent within two standard errors of 0 counts as 0."
)
TRIAL_HELP = (
    "Growth over the trial's own states, from the first to the last: the axes of a small ball around the first state, "
    "and how long they are at the end. It counts what a network amplifies in passing and says nothing about the long "
    "run."
)
ATTRACTOR_HELP = (
    "The orbit is first followed for a tenth of the steps, so that it settles; growth is then averaged. The standard "
    "error comes from blocks of steps that are long enough to be independent."
)


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    with layout.panels() as (picture, panel):
        with picture, layout.title("Lyapunov exponents", "growth of small differences, per second"):
            along = option_segments(memory, "along", "Along", _ALONG)
            which = option_segments(memory, "figure", "Figure", _FIGURE)
        units = setting.run.units
        with panel, st.container(horizontal=True, key="analyse-controls"):
            number = option_whole(memory, "exponents", "Exponents", units, step=1, of=str(units))
            steps = (
                option_whole(memory, "steps", "Steps", OPTIONS["steps"].most, step=1000) if along == "attractor" else 0
            )
        with picture:
            found = obtain(questions.lyapunov(setting, along, number, steps))
            if found is None:
                return
            draw = exponents if which == "spectrum" else convergence
            layout.draw(draw(found, layout.colours()), which, f"{len(found.exponents_per_step)} Lyapunov exponents")
        with panel:
            _say(setting, found, along)
            command, script = _lines(setting, found, along, number, steps)
            hand_over(setting, found, f"lyapunov {along}", command, script)


def _say(setting: Setting, found: Any, along: str) -> None:
    st.markdown(verdict(found, along), help=TRIAL_HELP if along == "trial" else ATTRACTOR_HELP)
    first, error = float(found.exponents[0]), float(found.standard_error[0])
    dimension = found.kaplan_yorke_dimension
    with st.container(horizontal=True, key="analyse-facts"):
        layout.fact("Largest exponent", f"{text(first, 3)} ± {text(error, 2)} /s")
        if along == "attractor":
            shown = "more exponents needed" if np.isnan(dimension) else text(dimension, 3)
            layout.fact("Kaplan-Yorke dimension", shown, DIMENSION_HELP)
        layout.fact("Measured over", f"{text(found.steps * setting.run.dt, 3)} s")
    layout.table(rows(found), "Lyapunov exponents with standard errors")


def verdict(found: Any, along: str) -> str:
    """What the exponents say, in a sentence."""
    values, errors = found.exponents, np.nan_to_num(found.standard_error)
    first, error = float(values[0]), 2 * float(errors[0])
    e_fold = f"e-fold in {text(1 / abs(first), 3)} s" if first else ""
    if along == "trial":
        growing = int((values > 0).sum())
        if not growing:
            return f"**No direction grows over this trial**; the slowest shrinks {e_fold}."
        grow = "grows" if growing == 1 else "grow"
        return f"**{count(growing, 'direction')} {grow} over this trial**, the fastest {e_fold}."
    if first > error:
        return (
            f"**Chaotic**: neighbouring states part {e_fold}; the largest exponent is above 0 by more than two errors."
        )
    zeros = int((np.abs(values) <= 2 * errors).sum()) if first >= -error else 0
    if zeros == 1:
        return "**The largest exponent is 0 within two standard errors**, and no other is: as on a limit cycle."
    if zeros > 1:
        return (
            f"**{zeros} exponents are 0 within two standard errors**: as on a torus, or the orbit has not settled yet."
        )
    return f"**All exponents are negative**: the orbit settles at a fixed point, e-fold in {text(1 / abs(first), 3)} s."


def rows(found: Any) -> list[dict[str, str]]:
    """A row an exponent."""
    return [
        {
            "": f"{i + 1}",
            "exponent, 1/s": text(found.exponents[i], 4),
            "standard error": text(found.standard_error[i], 2),
            "per τ": text(found.exponents_per_tau[i], 4),
            "e-fold in, s": text(1 / abs(found.exponents[i]), 3) if found.exponents[i] else "∞",
        }
        for i in range(len(found.exponents))
    ]


def _lines(setting: Setting, found: Any, along: str, number: int, steps: int) -> tuple[str | None, str]:
    n = len(found.exponents_per_step)
    if along == "trial":
        options = ["--along", "trial", "--exponents", str(n)]
        script = [f"found = dynamics.finite_time(w, x, run.dt_over_tau, run.dt, n={n})"]
    else:
        options = ["--steps", str(steps), "--exponents", str(n)]
        script = [f"found = dynamics.lyapunov(w, x0, {steps}, run.dt_over_tau, run.dt, n={n})"]
    script.append("print(found.exponents, found.standard_error, found.kaplan_yorke_dimension)")
    return reproduce.command(setting, "lyapunov", *options, trajectory=True), reproduce.python(setting, script)
