"""The Train page's own style sheet, a constant: what the theme's tokens cannot say."""

from __future__ import annotations

import streamlit as st

_SHEET = """
/* Streamlit writes white on the primary colour, whichever that is; its difference from that can be read on both. */
button[data-testid="stBaseButton-primary"] p { color: #fff; mix-blend-mode: difference; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
.st-key-run-list { border-top: 1px solid var(--st-border-color, rgba(128, 128, 128, .25)); padding-top: 6px; }
.st-key-run-list button { justify-content: flex-start; padding-left: 0; min-width: 0; }
.st-key-run-list [data-testid="stHorizontalBlock"] { align-items: center; min-height: 30px; }
"""


def sheet() -> None:
    """Put it on the page."""
    st.html(f"<style>{_SHEET}</style>")
