"""The Analyse page: a model, a place of its embedding, and one thing about the network there at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from explorer.analyse import bifurcations, comparison, fixed_points, lyapunov, portrait, spectrum, window_size
from explorer.analyse.controls import segments, select
from explorer.analyse.memory import Memory, keep, remember
from explorer.analyse.places import Place, Point, find, key_name, other_place, place_keys, place_of
from explorer.analyse.setting import Setting, network_line
from explorer.analyse.view import SECTIONS, TOWARDS
from explorer.markup import plain
from explorer.models import Model, describe, find_model, list_models, model_run
from explorer.state import encode_context
from jedi.errors import JediError
from jedi.run import Run

STABILITY = (
    "The network moves in Euler steps, and stability is that of the step at this dt/τ: every eigenvalue of its "
    "Jacobian within the unit circle. The verdict in continuous time (every eigenvalue of the flow with a negative "
    "real part) stands beside it: at a large step a point that the flow returns to can be overshot."
)
EXPLORE_PAGE = "pages/explore/page.py"
SHOWN: dict[str, Callable[[Setting, Memory], None]] = {
    "fixed-points": fixed_points.show,
    "spectrum": spectrum.show,
    "lyapunov": lyapunov.show,
    "bifurcations": bifurcations.show,
    "portrait": portrait.show,
    "comparison": comparison.show,
}


def show() -> None:
    """Lay out the page for the address and the session as they are."""
    models = list_models()
    if not models:
        _note("There is no model yet: train one under Train, or put packed models into the folder demos.")
        return
    window_size.watch()
    memory = remember(models[0].key)
    _show(memory, models)
    memory.shown = memory.drawn  # not where the run is interrupted


def _show(memory: Memory, models: list[Model]) -> None:
    model = _choose_model(memory, models)
    if model is None:
        return
    try:
        run = model_run(model)
    except JediError as error:
        _note(str(error))
        return
    here, there, problem = None, None, ""
    with st.container(horizontal=True, key="analyse-bar", vertical_alignment="center"):
        section = _choose_section(memory)
        try:
            here = find(_choose_place(memory, run), run)
            if section in TOWARDS:
                with st.container(horizontal=True, wrap=False, width="content", vertical_alignment="center"):
                    there = find(_choose_other(memory, run, here), run)
        except JediError as error:
            problem = str(error)
    if here is None or problem:
        _note(problem)
    else:
        setting = Setting(model, run, here, there, memory.session)
        with st.container(horizontal=True, key="analyse-network", gap="small"):
            st.markdown(f":gray[{network_line(setting)}]", help=STABILITY, width="stretch")
            st.page_link(EXPLORE_PAGE, label="Explore here", query_params=explore_address(model, here))
        SHOWN[section](setting, memory)
    keep(memory)


def _choose_model(memory: Memory, models: list[Model]) -> Model | None:
    """The selector in the bar; None, with a note, where the address asks for a model that is not there."""
    by_key = {model.key: model for model in models}
    asked: str | None = models[0].key
    problem = ""
    if memory.view.run:
        try:
            asked = find_model(memory.view.run, models).key
        except JediError as error:
            asked, problem = None, str(error)

    with st.container(key="explore-run-bar"):
        chosen = select(
            memory, "run", "Run", list(by_key), asked, show=lambda key: describe(by_key[key]),
            placeholder="choose a model",
        )  # fmt: skip
    if chosen is None:
        _note(problem)
        return None
    if chosen == asked:
        memory.view = replace(memory.view, run=chosen)
    else:
        memory.view, memory.probe = memory.view.of_run(chosen), None
    return by_key[chosen]


def _choose_section(memory: Memory) -> str:
    names = {name: SECTIONS[name] for name in SHOWN}
    section = segments(memory, "section", "Section", names, memory.view.section)
    memory.view = replace(memory.view, section=section)
    return section


def _choose_place(memory: Memory, run: Run) -> Place:
    place = _select(memory, "place", "Place", memory.view.place or Place(trial=0), run)
    memory.view = replace(memory.view, place=place)
    return place


def _choose_other(memory: Memory, run: Run, here: Point) -> Place:
    st.markdown(":gray[to]" if memory.view.section == "bifurcations" else ":gray[and]", width="content")
    place = _select(memory, "to", "Second place", memory.view.to or other_place(here.place, run), run)
    memory.view = replace(memory.view, to=place)
    return place


def _select(memory: Memory, name: str, label: str, place: Place, run: Run) -> Place:
    """A list of all places. One that an address names and that is not there is kept, to be refused in words."""
    probe = place if place.context is not None else memory.probe
    keys = place_keys(run, probe)

    chosen = select(
        memory, name, label, keys, place.key, show=lambda key: key_name(key, run), placeholder="choose a place",
        width=230, of=run.name,
    )  # fmt: skip
    return place if chosen in (None, place.key) else place_of(str(chosen), probe)


def explore_address(model: Model, point: Point) -> dict[str, str]:
    """The parameters by which Explore opens at a place."""
    return {"run": model.key, "probe": encode_context(point.context.tolist()), "trial": str(point.trial)}


def _note(text: str) -> None:
    """One plain line in place of what cannot be shown."""
    with st.container(key="explore-note"):
        st.markdown(plain(text))
