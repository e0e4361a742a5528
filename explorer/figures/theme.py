"""The one place for colours and for the frame of a Plotly figure, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Tokens of one theme, as `.streamlit/config.toml` and the live component have them."""

    ground: str
    panel: str
    ink: str
    muted: str
    hairline: str
    grid: str
    warning: str  # off the data, outside the unit circle, unstable, failed
    missing: str  # points without a label
    categories: tuple[str, ...]  # Okabe-Ito, tuned for the ground
    dark: bool


LIGHT = Palette(
    ground="#ffffff",
    panel="#ffffff",
    ink="#16181d",
    muted="#6b7280",
    hairline="#e5e7eb",
    grid="#eef0f3",
    warning="#D55E00",
    missing="#a3a9b3",
    dark=False,
    categories=("#0072B2", "#D98200", "#009E73", "#C2609A", "#56B4E9", "#B8A800", "#7A52A3", "#6b7280"),
)
DARK = Palette(
    ground="#0e1116",
    panel="#12161d",
    ink="#e8eaed",
    muted="#8b949e",
    hairline="#252b35",
    grid="#1b212a",
    warning="#ff8a5c",
    missing="#6d7683",
    dark=True,
    categories=("#56B4E9", "#E69F00", "#00B98A", "#DD8FC2", "#8FC7F0", "#E5DC5B", "#B79AE0", "#8b949e"),
)


def palette(theme: str | None) -> Palette:
    """The tokens of "dark" or, for anything else, "light"."""
    return DARK if theme == "dark" else LIGHT


def framed(traces: list[Any], colours: Palette, *, height: int, x_title: str, y_title: str) -> go.Figure:
    """A figure in the app's manner: transparent, hairlines, small labels, room only where it is used."""
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.hairline,
        "zeroline": False,
        "tickfont": {"size": 11, "color": colours.muted},
        "title": {"font": {"size": 11, "color": colours.muted}, "standoff": 6},
        "fixedrange": True,
    }
    figure = go.Figure(traces)
    figure.update_layout(
        height=height,
        margin={"l": 48, "r": 12, "t": 8, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": colours.ink},
        hoverlabel={"bgcolor": colours.panel, "bordercolor": colours.hairline, "font": {"color": colours.ink}},
        showlegend=False,
        xaxis=axis | {"title": axis["title"] | {"text": x_title}},
        yaxis=axis | {"title": axis["title"] | {"text": y_title}},
        transition={"duration": 0},
    )
    return figure
