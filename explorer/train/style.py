"""The Train page's own style sheet, a constant: what the theme's tokens cannot say."""

from __future__ import annotations

import streamlit as st

_SHEET = """
/* Streamlit writes white on the primary colour, whichever that is; its difference from that can be read on both. */
button[data-testid="stBaseButton-primary"] p { color: #fff; mix-blend-mode: difference; }
.stMainBlockContainer { padding-left: 14px; padding-right: 24px; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
[data-testid="stMetricValue"], [data-testid="stMetricValue"] * { overflow: visible; }
[data-testid="stPageLink"] a { border: 1px solid rgba(128, 128, 128, .3); padding: 4px 12px; min-height: 32px; }
.st-key-run-list { border-top: 1px solid var(--st-border-color, rgba(128, 128, 128, .25)); padding-top: 6px; }
.st-key-run-list button { justify-content: flex-start; padding-left: 0; min-width: 0; max-width: 100%; }
.st-key-run-list button * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-key-run-list p { font-size: 13px; font-variant-numeric: tabular-nums; }
.st-key-run-list [data-testid="stHorizontalBlock"] { align-items: center; min-height: 30px; gap: 12px; }
.st-key-run-list [data-testid="stColumn"] { min-width: 0; }
@media (max-width: 640px) {
  .st-key-run-list [data-testid="stColumn"]:nth-child(n + 5) { display: none; }
}
.stPlotlyChart { margin-top: -10px; }
"""


def sheet() -> None:
    """Put it on the page."""
    st.html(f"<style>{_SHEET}</style>")
