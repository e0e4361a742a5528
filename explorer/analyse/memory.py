"""The session's view of the Analyse page, kept in step with the address and with the widgets.

An address that has changed since it was last seen (a link, back, forward) goes before the widgets; a widget that the
visitor has just changed goes before the address, which the browser may not have taken up yet.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from explorer.analyse.places import Place
from explorer.analyse.view import OPTIONS, AnalyseView, read_view, write_view
from explorer.state import ExploreView

_MEMORY = "analyse"
_WIDGET = "choose"  # begins the keys of the widgets
_EXPLORE = "explore-view"  # where Explore keeps its own


@dataclass
class Memory:
    """What is remembered of one visitor's page."""

    view: AnalyseView = field(default_factory=AnalyseView)
    session: str = field(default_factory=lambda: f"analyse {uuid.uuid4()}")
    probe: Place | None = None  # that of the view's run, to go back to
    address: dict[str, str] = field(default_factory=dict)  # as it was last seen or written
    explored: ExploreView | None = None  # Explore's view when it was last looked at
    shown: dict[str, Any] = field(default_factory=dict)  # the widgets' values at the end of the last run
    silent: bool = False  # the address is bare, and stays so until something is chosen: see `keep`
    bare: AnalyseView | None = None  # the view that it then stands for


def remember() -> Memory:
    """The memory, brought in line with the address, or, on coming from Explore, with what it showed."""
    memory: Memory = st.session_state.setdefault(_MEMORY, Memory())
    address = _address()
    entered = not any(key in st.session_state for key in memory.shown)
    by_hand = not entered and any(st.session_state.get(key) != value for key, value in memory.shown.items())
    if entered and not address:
        _arrive(memory)
    elif entered or (address != memory.address and not by_hand):
        if address:
            memory.view = read_view(address)
        memory.silent, memory.bare = not address, memory.view
        _let_go()
    if memory.view.place is not None and memory.view.place.context is not None:
        memory.probe = memory.view.place
    memory.address = address
    memory.shown = {}
    return memory


def _arrive(memory: Memory) -> None:
    """Come in by the navigation: where this page was left, unless Explore has moved on since."""
    _let_go()
    memory.silent, memory.bare = memory.view == AnalyseView(), None
    explored = st.session_state.get(_EXPLORE)
    if not isinstance(explored, ExploreView) or explored == memory.explored:
        return
    memory.explored = explored
    context, trial = explored.context, explored.trial
    place = Place(trial=trial, context=context) if context else None if trial is None else Place(trial=trial)
    memory.view = replace(memory.view.of_run(explored.run or ""), run=explored.run, place=place)
    memory.probe = place if context else None
    memory.silent = context is None


def _let_go() -> None:
    """Widgets take their values from the view again."""
    for key in list(st.session_state):
        if str(key).startswith(f"{_WIDGET}-"):
            del st.session_state[key]


def _address() -> dict[str, str]:
    """The parameters in the address that are this page's."""
    names = {"run", "section", "trial", "centre", "probe", "to", "to-centre", "to-probe", *OPTIONS}
    return {name: value for name, value in st.query_params.to_dict().items() if name in names}


def keep(memory: Memory) -> None:
    """Put the view into the address, in one step, so that back undoes one choice.

    A bare address that nobody has asked more of stays as it is: to write into it would catch the back key.
    """
    if memory.silent:
        memory.bare = memory.bare or memory.view
        memory.silent = memory.view == memory.bare
    wanted = write_view(memory.view)
    if memory.silent or wanted == memory.address:
        return
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in memory.address}
    st.query_params.from_dict({**others, **wanted})
    memory.address = wanted


def widget(
    memory: Memory, name: str, values: Sequence[str], value: str | None, make: Callable[[str], str | None]
) -> str | None:
    """A choice whose widget follows the view: `make` gets the widget's key and returns what is chosen, if anything."""
    key = f"{_WIDGET}-{name}"
    if st.session_state.get(key) not in values:
        st.session_state[key] = value if value in values else None
    memory.shown[key] = chosen = make(key)
    return chosen


def option(memory: Memory, name: str, values: Sequence[str], make: Callable[[str], str | None]) -> str:
    """A choice among an option's values, kept in the view."""
    chosen = widget(memory, name, values, memory.view.option(name), make)
    memory.view = memory.view.having(name, chosen or OPTIONS[name].usual)
    return memory.view.option(name)


def release(*names: str) -> None:
    """Widgets so called, not yet drawn in this run, take their values from the view again."""
    for name in names:
        st.session_state.pop(f"{_WIDGET}-{name}", None)


def whole(memory: Memory, name: str, label: str, most: int, *, step: int) -> int:
    """A whole number, kept in the view."""
    key, least = f"{_WIDGET}-{name}", OPTIONS[name].least
    if not isinstance(st.session_state.get(key), int) or not least <= st.session_state[key] <= most:
        st.session_state[key] = min(max(int(memory.view.option(name)), least), most)
    memory.shown[key] = chosen = int(st.number_input(label, least, most, key=key, step=step, width=130))
    memory.view = memory.view.having(name, str(chosen))
    return chosen
