"""A recording by its path: which intervals, event, window, bins and areas become trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.markup import plain
from jedi.errors import JediError


def show(names: list[str], watch: Callable[[], None]) -> None:
    """The form that starts an import."""
    typed = st.text_input("Path of the recording (NWB or NPZ)", key="recording", placeholder="/data/session.nwb")
    path = Path(typed.strip().strip("'\"")).expanduser()
    if not typed.strip():
        st.caption("A path on the machine that runs this app. Nothing is copied but the trials that you choose.")
        return
    try:
        changed = path.stat().st_mtime_ns if path.exists() else 0
        found = _described(str(path), changed)
    except JediError as error:
        st.error(plain(error))
        return
    st.json(found, expanded=1)


@st.cache_data(max_entries=16, show_spinner="Reading what the recording holds")
def _described(path: str, changed_ns: int) -> dict[str, Any]:
    from jedi.recordings import describe_in_process

    return dict(describe_in_process(path))


def show_report(report: Mapping[str, Any]) -> None:
    """What an import reported: what was kept, what was left out and why."""
    st.json(report, expanded=False)
