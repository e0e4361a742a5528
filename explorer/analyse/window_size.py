"""How large the window is: figures with equal axes are right only if they are drawn at their size from the start.

(Plotly keeps axes equal by the size that a figure had before it was resized; see `layout.draw`.)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from explorer.chrome import BAR_PX

USUAL = (1440, 900)
STACKED = 1000  # px of width below which the panels stand above each other; the style sheet and the script have it too
STACKED_HEIGHT = 460
LEAST_HEIGHT, MOST_HEIGHT = 380, 1600
ABOVE_PX = BAR_PX + 81  # the bars above the panels
AROUND_PX = 52  # the picture's title line and margins
_SIZE = "analyse-window"


@cache
def _component() -> ComponentRenderer:
    code = Path(__file__).with_name("window_size.js").read_text(encoding="utf-8")
    return st.components.v2.component("jedi_window_size", js=code)


def watch() -> None:
    """Mount what tells the size; a change of it draws the page anew."""
    known: tuple[int, int] | None = st.session_state.get(_SIZE)
    with st.container(key="analyse-watch"):
        told = _component()(key="window-size", data=list(known) if known else None, on_size_change=lambda: None)
    size = told.get("size")
    if isinstance(size, list) and len(size) == 2 and all(isinstance(n, int) and 0 <= n < 100_000 for n in size):
        st.session_state[_SIZE] = (size[0], size[1])


def window() -> tuple[int, int]:
    """Width and height in px; the height is 0 where only the width counts."""
    size: tuple[int, int] = st.session_state.get(_SIZE, USUAL)
    return size


def figure_height() -> int:
    """Px for the one figure of a section."""
    width, height = window()
    if width < STACKED:
        return STACKED_HEIGHT
    return min(max(height - ABOVE_PX - AROUND_PX, LEAST_HEIGHT), MOST_HEIGHT)
