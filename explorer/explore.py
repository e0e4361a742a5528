"""The Explore page: which model, where the probe was left, and the live component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from explorer.markup import plain
from explorer.models import Model, describe, find_model, list_models, model_bytes
from explorer.resting import hand_over
from explorer.scrubber import scrubber
from explorer.state import ExploreView, read_view, write_view
from jedi.errors import JediError

_VIEW = "explore-view"  # the session's view, also after a visit to another page
_CHOICE = "explore-run"
_BEGIN = "explore-begin"  # where the mounted component began: the same bytes at every rerun


def show() -> None:
    """Lay out the page for the address and the session as they are."""
    models = list_models()
    if not models:
        _note("There is no model yet: train one under Train, or put packed models into the folder demos.")
        return
    view, problem = _current_view({model.key for model in models}), ""
    asked: Model | None = None
    try:
        asked = find_model(view.run, models) if view.run else models[0]
        view = replace(view, run=asked.key)
    except JediError as error:
        problem = str(error)
    model = _choose(models, asked)
    if model is None:
        _note(problem)
        return
    view = view.of_run(model.key)
    _keep(view, address=read_view(st.query_params).run is not None or view != ExploreView(run=models[0].key))
    try:
        data = model_bytes(model)
    except JediError as error:
        _note(str(error))
        return
    _live(model, data)


def _current_view(known: set[str]) -> ExploreView:
    """The address decides; where it names no run, the session's last view holds, as after a visit to another page.

    An address that has changed under a mounted component (back, forward) takes the selector and the component along;
    a choice just made in the selector goes before it.
    """
    asked = read_view(st.query_params)
    kept: ExploreView | None = st.session_state.get(_VIEW)
    if kept is None or asked == kept:
        return asked
    if _component(kept.run) not in st.session_state:
        return kept if asked.run is None else asked
    chosen = st.session_state.get(_CHOICE)
    if chosen in known and chosen != kept.run:
        return asked
    st.session_state.pop(_CHOICE, None)
    st.session_state[_BEGIN] = asked.begin
    return asked


def _choose(models: list[Model], asked: Model | None) -> Model | None:
    """The selector in the bar; a choice there wins over the address. None where nothing is chosen."""
    by_key = {model.key: model for model in models}
    if st.session_state.get(_CHOICE) not in by_key:
        st.session_state[_CHOICE] = asked.key if asked else None
    with st.container(key="explore-run-bar"):
        key = st.selectbox(
            "Run",
            list(by_key),
            key=_CHOICE,
            label_visibility="collapsed",
            placeholder="choose a model",
            format_func=lambda name: describe(by_key[name]),
        )
    return by_key.get(key)


def _keep(view: ExploreView, *, address: bool = True) -> None:
    """Remember a view, in the address too unless that stays bare (one not asked for would catch the back key)."""
    st.session_state[_VIEW] = view
    wanted = st.query_params.to_dict()
    write_view(view, wanted)
    if address and wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)  # at once: one entry in the browser's history


def _component(run: str | None) -> str:
    """The key of the component that shows a run."""
    return f"scrubber-{run}"


@st.fragment
def _live(model: Model, data: bytes) -> None:
    """The component; only this part runs again when the hand rests, and then what Python finds there follows."""
    name = _component(model.key)
    if name not in st.session_state:  # first mount, or back from another page or run
        st.session_state[_BEGIN] = st.session_state[_VIEW].begin

    def rested() -> None:
        moved = st.session_state[name].get("view")
        if isinstance(moved, Mapping) and not moved.get("first"):  # where it began is no choice of the visitor's
            _keep(st.session_state[_VIEW].of_run(model.key).at(moved))

    try:
        shown = scrubber(data, key=name, view=st.session_state[_BEGIN], on_view=rested)
        hand_over(model, shown)
    except JediError as problem:
        _note(str(problem))


def _note(text: str) -> None:
    """One plain line in place of what cannot be shown."""
    with st.container(key="explore-note"):
        st.markdown(plain(text))
