"""The session's view of the Analyse page, kept in step with the address and with the widgets.

An address that has changed since it was last seen (a link, back, forward) goes before the widgets; a widget that the
visitor has just changed goes before the address, which the browser may not have taken up yet.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from explorer.analyse.places import Place
from explorer.analyse.view import OPTIONS, AnalyseView, read_view, write_view
from explorer.state import ExploreView

_MEMORY = "analyse"
_EXPLORE = "explore-view"  # where Explore keeps its own


@dataclass
class Memory:
    """What is remembered of one visitor's page."""

    view: AnalyseView = field(default_factory=AnalyseView)
    session: str = field(default_factory=lambda: f"analyse {uuid.uuid4()}")
    probe: Place | None = None  # that of the view's run, to go back to
    address: dict[str, str] = field(default_factory=dict)  # as it was last seen or written
    explored: ExploreView | None = None  # Explore's view when it was last looked at
    shown: dict[str, Any] = field(default_factory=dict)  # the widgets' values in the last run that came to its end
    drawn: dict[str, Any] = field(default_factory=dict)  # and in this run so far
    epoch: int = 0  # of the widgets: they begin anew where the view has changed otherwise than by hand
    untouched: bool = True  # nobody has chosen anything yet
    silent: bool = False  # the address is bare, and stays so until something is chosen: see `keep`
    bare: AnalyseView | None = None  # the view that it then stands for

    def key(self, name: str, of: str = "") -> str:
        """The key of a widget; `of` says what its list belongs to."""
        return f"choose-{name}-{self.epoch}{f'-{of}' if of else ''}"


def remember(first_run: str) -> Memory:
    """The memory, brought in line with the address, or, on coming from Explore, with what it showed.

    `first_run` is the model that both pages show where nothing was chosen.
    """
    memory: Memory = st.session_state.setdefault(_MEMORY, Memory())
    address = _address()
    entered = not any(key in st.session_state for key in memory.shown)
    by_hand = not entered and any(st.session_state.get(key) != value for key, value in memory.shown.items())
    if entered and not address:
        _arrive(memory, first_run)
    elif entered or (address != memory.address and not by_hand):
        if address:
            memory.view, memory.untouched = read_view(address), False
        memory.silent, memory.bare = not address, memory.view
        memory.epoch += 1
    if memory.view.place is not None and memory.view.place.context is not None:
        memory.probe = memory.view.place
    memory.address = address
    memory.drawn = {}
    return memory


def _arrive(memory: Memory, first_run: str) -> None:
    """Come in by the navigation: where this page was left, unless Explore has moved on since."""
    memory.epoch += 1
    memory.silent, memory.bare = memory.untouched, None
    explored = st.session_state.get(_EXPLORE)
    if not isinstance(explored, ExploreView) or explored == memory.explored:
        return
    memory.explored = explored
    context, trial = explored.context, explored.trial
    place = Place(trial=trial, context=context) if context else None if trial is None else Place(trial=trial)
    memory.view = replace(memory.view.of_run(explored.run or ""), run=explored.run, place=place)
    memory.probe = place if context else None
    memory.silent = memory.untouched = memory.untouched and explored == ExploreView(run=first_run)


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
        memory.silent = memory.untouched = memory.view == memory.bare
    wanted = write_view(memory.view)
    if memory.silent or wanted == memory.address:
        return
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in memory.address}
    st.query_params.from_dict({**others, **wanted})
    memory.address = wanted
