"""The page's two panels: the picture, and what is to be said about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from explorer.analyse.window_size import figure_height, window
from explorer.figures import theme
from explorer.markup import plain

PLOT = {"displayModeBar": False, "scrollZoom": False}


@contextmanager
def panels() -> Iterator[tuple[Any, Any]]:
    """The picture's container and the panel's, side by side where there is room."""
    with st.container(key="analyse-body"):
        left, right = st.columns([1.45, 1], gap=None)
        with left:
            picture = st.container(key="analyse-picture")
        with right:
            panel = st.container(key="analyse-panel")
        yield picture, panel


def title(text: str, of: str) -> Any:
    """The title line of the picture: what it shows; returns the place for choices at its right end."""
    with st.container(horizontal=True, vertical_alignment="center", key="analyse-title", gap="small"):
        st.markdown(f"**{plain(text)}** :gray[{plain(of)}]", width="stretch")
        return st.container(horizontal=True, width="content", gap="small", vertical_alignment="center")


def colours() -> theme.Palette:
    """The tokens of the theme that the visitor has."""
    return theme.palette(st.context.theme.type)


def draw(figure: go.Figure, name: str, alt: str) -> None:
    """A figure as high as the window has room for; another size of the window makes another figure of it."""
    height, (width, _) = figure_height(), window()
    figure.update_layout(height=height)
    with st.container(key="analyse-figure"):
        st.plotly_chart(figure, theme=None, config=PLOT, key=f"figure-{name}-{width}-{height}", alt=alt)


def table(rows: list[dict[str, str]], alt: str, name: str = "table") -> None:
    """Rows of text, letter by letter; the first column to the left, the others are numbers."""
    if not rows:
        return
    frame = pd.DataFrame([{plain(name): plain(cell) for name, cell in row.items()} for row in rows])
    with st.container(key=f"analyse-{name}"):
        st.table(frame, border="horizontal", hide_index=True, alt=alt)


def nothing(text: str) -> None:
    """One plain line where there is nothing to show."""
    with st.container(key="analyse-nothing"):
        st.markdown(plain(text))


def fact(text: str, value: str, beside: str = "") -> None:
    """One figure with its label, and what it refers to."""
    st.metric(text, value, help=beside or None)
