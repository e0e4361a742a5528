"""What can be done with a run: explore, stop, resume, delete."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import jobs
from explorer.markup import plain
from jedi.errors import JediError

EXPLORE_PAGE = "pages/explore/page.py"


def attempt(action: Callable[[], None]) -> None:
    """Do it, then redraw the page; what went wrong is shown in one line."""
    try:
        action()
    except JediError as error:
        st.toast(plain(error))
        return
    st.rerun(scope="app")


def run_actions(state: jobs.RunState) -> None:
    """The buttons that fit the run's state, in one row."""
    name = state.name
    if state.state in ("done", "stopped") and jobs.has_model(name):
        st.page_link(EXPLORE_PAGE, label="Explore", query_params={"run": name})
    if state.active:
        if st.button("Stop", key="stop", disabled=state.state != "running"):
            attempt(lambda: jobs.stop_training(name))
        return
    if state.state in ("stopped", "failed", "crashed") and jobs.can_resume(name) and st.button("Resume", key="resume"):
        attempt(lambda: jobs.resume_training(name))
    with st.popover("Delete"):
        st.markdown(f"Delete **{plain(name)}** and all that is in its folder? This cannot be undone.")
        if st.button("Delete this run", key="delete", type="primary"):
            attempt(lambda: _delete(name))


def _delete(name: str) -> None:
    jobs.delete_training(name)
    st.query_params.pop("run", None)
