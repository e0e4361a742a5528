"""The Analyse page's own style sheet, a constant: what the theme's tokens cannot say."""

from __future__ import annotations

import streamlit as st

from explorer.analyse.window_size import ABOVE_PX, STACKED

_SHEET = f"""
.stMainBlockContainer {{ --line: rgba(128, 128, 128, .22); --top: {ABOVE_PX}px; }}

/* The bar: section, place, and the line about the network. */
.st-key-analyse-bar {{ padding: 8px 14px; min-height: 49px; border-bottom: 1px solid var(--line); gap: 10px; }}
.st-key-analyse-network {{ padding: 6px 14px; min-height: 32px; border-bottom: 1px solid var(--line); }}
.st-key-analyse-network {{ align-items: center; }}
.st-key-analyse-network [data-testid="stPageLink"] a {{ padding: 0; min-height: 20px; }}
.st-key-analyse-network p {{ font-size: 12px; font-variant-numeric: tabular-nums; }}

.st-key-analyse-watch, .stElementContainer:has(> div > .st-key-analyse-watch) {{ display: none; }}

/* Controls are small, as on Explore. */
.stMainBlockContainer .stSelectbox div[role="group"] {{
  min-height: 28px; height: 28px; font-size: 12.5px; background: transparent; border-color: rgba(128, 128, 128, .3);
}}
.stMainBlockContainer .stButtonGroup button {{ min-height: 28px; height: 28px; padding: 0 11px; font-size: 12.5px; }}
.stMainBlockContainer .stButtonGroup button p {{ font-size: 12px; }}
.st-key-analyse-buttons button, .st-key-try-again button {{ min-height: 26px; height: 26px; padding: 0 10px; }}
.st-key-analyse-buttons button p, .st-key-try-again button p {{ font-size: 12px; }}
.st-key-analyse-controls input {{ height: 28px; font-size: 12.5px; font-variant-numeric: tabular-nums; }}

/* Two panels with a hairline between them, as high as the window. */
.st-key-analyse-picture {{ padding: 8px 14px 0; }}
.st-key-analyse-title {{ min-height: 32px; padding-bottom: 4px; }}
.st-key-analyse-body > div > .stHorizontalBlock > .stColumn + .stColumn {{
  border-left: 1px solid var(--line); height: calc(100vh - var(--top)); min-height: 420px; overflow-y: auto;
}}
.st-key-analyse-panel {{ padding: 13px 16px 12px; gap: 12px !important; }}
.st-key-analyse-panel h3 {{ padding: 0 0 10px; font-size: 16px; }}
.st-key-analyse-panel h3 span span {{ font-weight: 400; }}
.st-key-analyse-panel [data-testid="stMetricValue"] {{ font-variant-numeric: tabular-nums; }}
.st-key-analyse-panel [data-testid="stMetricLabel"] p {{ font-size: 12px; opacity: .68; }}
.st-key-analyse-waiting, .st-key-analyse-refused, .st-key-analyse-nothing {{ padding: 18px 0; gap: 10px !important; }}
:is(.st-key-analyse-waiting, .st-key-analyse-beside) p {{ font-variant-numeric: tabular-nums; }}

/* Tables: numbers to the right, in digits of one width; headings may wrap, cells do not. */
.st-key-analyse-panel .stTable > div {{ overflow-x: auto; }}
.st-key-analyse-panel table {{ font-variant-numeric: tabular-nums; }}
.st-key-analyse-panel table :is(td, th) {{ padding: 5px 0 5px 14px; text-align: right !important; font-size: 12px; }}
.st-key-analyse-panel table :is(td, th) p {{ font-size: 12px; }}
.st-key-analyse-panel table td p {{ white-space: nowrap !important; }}
.st-key-analyse-panel table th {{ font-weight: 400; vertical-align: bottom; line-height: 1.3; }}
.st-key-analyse-panel table :is(td, th):first-child {{ padding-left: 0; }}
:is(.st-key-analyse-panel, .st-key-analyse-kinds) table :is(td, th):first-child,
.st-key-analyse-kinds table :is(td, th):nth-child(2) {{ text-align: left !important; }}

/* What can be taken away. */
.st-key-analyse-handing {{ gap: 8px !important; }}
.st-key-analyse-handing > .stElementContainer pre {{ padding: 6px 34px 6px 10px; font-size: 11.5px; }}
.st-key-analyse-handing > .stElementContainer code {{ font-size: 11.5px; }}

@media (max-width: {STACKED - 1}px) {{
  .st-key-analyse-body > div > .stHorizontalBlock {{ flex-direction: column; }}
  .st-key-analyse-body > div > .stHorizontalBlock > .stColumn {{ width: 100%; flex: none; }}
  .st-key-analyse-body > div > .stHorizontalBlock > .stColumn + .stColumn {{
    border-left: none; border-top: 1px solid var(--line); height: auto; min-height: 0; overflow: visible;
  }}
}}
"""


def sheet() -> None:
    """Put it on the page."""
    st.html(f"<style>{_SHEET}</style>")
