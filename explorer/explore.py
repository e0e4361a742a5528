"""The Explore page: which model, where the probe was left, and the live component."""

from __future__ import annotations

import streamlit as st

from explorer.markup import plain
from explorer.models import Model, describe, find_model, list_models, model_bytes
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
    view = _current_view(models)
    try:
        asked = find_model(view.run, models) if view.run else models[0]
    except JediError as problem:
        _note(str(problem))
        view, asked = ExploreView(), models[0]
    model = _choose(models, asked)
    view = view.of_run(model.key)
    _keep(view)
    try:
        data = model_bytes(model)
    except JediError as problem:
        _note(str(problem))
        return
    _live(model.key, data)


def _current_view(models: list[Model]) -> ExploreView:
    """The address decides; where it names no run, the session's last view holds."""
    asked = read_view(st.query_params)
    kept: ExploreView | None = st.session_state.get(_VIEW)
    if asked.run is None:
        return kept or asked
    alias = {f"demo:{asked.run}": asked.run}
    key = next((model.key for model in models if model.key == asked.run or alias.get(model.key) == asked.run), asked.run)
    return ExploreView(key, asked.context, asked.trial, asked.colour)


def _choose(models: list[Model], asked: Model) -> Model:
    """The run selector in the bar; a choice there wins over the address."""
    by_key = {model.key: model for model in models}
    if st.session_state.get(_CHOICE) not in by_key:
        st.session_state[_CHOICE] = asked.key
    with st.container(key="explore-run-bar"):
        key = st.selectbox("Run", list(by_key), key=_CHOICE, label_visibility="collapsed", format_func=lambda k: describe(by_key[k]))
    return by_key[key]


def _keep(view: ExploreView) -> None:
    st.session_state[_VIEW] = view
    write_view(view, st.query_params)


@st.fragment
def _live(key: str, data: bytes) -> None:
    """The component; only this part runs again when the hand rests."""
    name = f"scrubber-{key}"
    if name not in st.session_state:  # first mount, or back from another page or run
        st.session_state[_BEGIN] = st.session_state[_VIEW].begin

    def rested() -> None:
        moved = st.session_state[name].get("view")
        _keep(st.session_state[_VIEW].of_run(key).at(moved))

    try:
        scrubber(data, key=name, view=st.session_state[_BEGIN], on_view=rested)
    except JediError as problem:
        _note(str(problem))


def _note(text: str) -> None:
    """One plain line in place of what cannot be shown."""
    with st.container(key="explore-note"):
        st.markdown(plain(text))
