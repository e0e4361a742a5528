"""What happens to the fixed points on the way from here to another place."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce, words
from explorer.analyse.controls import option_select
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.numbers import text
from explorer.analyse.places import Point
from explorer.analyse.setting import TAU, Setting
from explorer.analyse.waiting import obtain
from explorer.figures.dynamics import diagram
from explorer.markup import count, plain
from jedi.figures.words import number

_MAIN, _NORM = "main", "norm"
_HEIGHTS = {_MAIN: "main direction", _NORM: "norm"}
DIAGRAM_HELP = (
    "s = 0 is this place, s = 1 the other; between them the context is mixed in proportion, and the hypernetwork makes "
    "weights of each mixture. Fold: two fixed points meet and vanish. Pitchfork: one splits in three. Transcritical: "
    "two pass through each other and change stability. Hopf: a fixed point begins to oscillate, and a limit cycle is "
    "born. Flip: of the Euler step alone, which overshoots."
)


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    there = setting.there
    if there is None:
        return
    if (setting.here.context == there.context).all():
        layout.nothing(f"{there.name.capitalize()} has the same context: choose another place to go to.")
        return
    with layout.panels() as (picture, panel):
        with picture:
            with layout.title("Bifurcations", f"from {setting.here.name} to {there.name}"):
                heights = [_MAIN, _NORM, *(str(r + 1) for r in range(min(setting.run.rank, setting.run.units)))]
                height = option_select(memory, "height", "Height", heights, _height_name, 150, of=str(len(heights)))
            found = obtain(questions.bifurcations(setting, there))
            if found is None:
                return
            project = direction(found, height)
            figure = diagram(found, layout.colours(), project=project, ends=(setting.here.name, there.name))
            if height == _MAIN:
                figure.update_yaxes(title_text="overlaps, along the direction of most difference")
            layout.draw(figure, "bifurcations", f"{count(len(found.branches), 'branch')} of fixed points")
        with panel:
            _say(setting, there, found)


def _height_name(name: str) -> str:
    return _HEIGHTS.get(name, f"overlap {name}")


def direction(found: Any, height: str) -> np.ndarray | None:
    """The direction (R,) of overlaps that the diagram shows; None for their norm."""
    if height == _NORM or not found.branches:
        return None
    k = np.concatenate([branch.k for branch in found.branches])
    if height != _MAIN:
        one: np.ndarray = np.eye(k.shape[1])[int(height) - 1]
        return one
    _, _, axes = np.linalg.svd(k - k.mean(0), full_matrices=False)
    main: np.ndarray = axes[0] * (np.sign(axes[0][np.abs(axes[0]).argmax()]) or 1.0)
    return main


def _say(setting: Setting, there: Point, found: Any) -> None:
    tau = setting.run.dt / setting.run.dt_over_tau
    branches = f"{len(found.branches)} branch{'' if len(found.branches) == 1 else 'es'}"
    events = count(len(found.bifurcations), "bifurcation")
    families = count(len({cycle.family for cycle in found.cycles}), "family").replace("familys", "families")
    st.markdown(
        f"**{branches} of fixed points, {events}, {families} of limit cycles** "
        f":gray[{found.steps:,} steps in {words.seconds(found.seconds)}]",
        help=DIAGRAM_HELP,
    )
    said = plain(found.complete, 800)
    st.markdown(f":small[:gray[Completeness: {said}.]]")
    if found.bifurcations:
        layout.table(event_rows(found, tau), "Bifurcations along the path", "events")
    else:
        st.markdown("No fixed point appears, vanishes or changes its stability on this path.")
    if found.cycles:
        layout.table(cycle_rows(found, tau), "Families of limit cycles", name="cycles")
    lines = [
        "other_w = lambda s: run.weights((1 - s) * context + s * other)",
        "found = dynamics.bifurcations(other_w, run.dt_over_tau)",
        f"print([(event.kind, event.at) for event in found.bifurcations])  # {TAU} = {tau:g} s",
    ]
    script = reproduce.python(setting, lines, trajectory=False, there=True)
    hand_over(
        setting, found, f"to {there.name.removeprefix('the ')} bifurcations", reproduce.path_command(setting), script
    )


def event_rows(found: Any, tau: float) -> list[dict[str, str]]:
    """A row a bifurcation, tau in s."""
    return [
        {
            "": event.kind.capitalize(),
            "s": f"{event.at:.6f}",
            "of": "step and flow" if event.kind in ("fold", "pitchfork", "transcritical") else _of(event),
            "frequency, Hz": "" if event.frequency_per_tau is None else text(event.frequency_per_tau / tau, 4),
            "branch": str(event.branch + 1),
        }
        for event in found.bifurcations
    ]


def _of(event: Any) -> str:
    return "step" if event.of == "map" else "flow"


def cycle_rows(found: Any, tau: float) -> list[dict[str, str]]:
    """A row a family of limit cycles of the flow, tau in s."""
    families: dict[int, list[Any]] = {}
    for cycle in found.cycles:
        families.setdefault(cycle.family, []).append(cycle)
    rows = []
    for i, family in enumerate(families.values()):
        at = [cycle.at for cycle in family]
        periods = [cycle.period_tau * tau for cycle in family]
        stable = sum(bool(cycle.stable) for cycle in family)
        rows.append(
            {
                "": f"cycles {i + 1}",
                "s": f"{min(at):.4f} to {max(at):.4f}",
                "period, s": f"{number(min(periods), 4)} to {number(max(periods), 4)}",
                "stable": "all" if stable == len(family) else "none" if not stable else f"{stable} of {len(family)}",
            }
        )
    return rows
