"""The window's frame: Streamlit's header as one slim bar, and pages that use the whole window."""

from __future__ import annotations

import streamlit as st

BAR_PX = 45

_BAR = f"""
header.stAppHeader {{ height: {BAR_PX}px; min-height: {BAR_PX}px; border-bottom: 1px solid rgba(128, 128, 128, .22); }}
header.stAppHeader .stAppToolbar {{ height: {BAR_PX - 1}px; min-height: 0; padding-top: 0; padding-bottom: 0; }}
header.stAppHeader .stAppToolbar::before {{
  content: "JEDI Explorer"; flex: none; padding: 0 14px 0 14px; font-size: 14px; font-weight: 650; white-space: nowrap;
}}
"""
_WHOLE_WINDOW = f"""
.stMainBlockContainer {{ padding: {BAR_PX}px 0 0 !important; max-width: none !important; }}
.stMainBlockContainer .stVerticalBlock {{ gap: 0; }}
.stElementContainer:has(> .stHtml style) {{ display: none; }}
.st-key-explore-run-bar {{ position: fixed; z-index: 1000000; top: 8px; right: 14px; width: min(46vw, 484px); }}
.st-key-explore-run-bar div[role="group"] {{
  min-height: 28px; height: 28px; font-size: 12.5px; background: transparent; border-color: rgba(128, 128, 128, .3);
}}
.st-key-explore-note {{ padding: 24px 16px; }}
@media (max-width: 720px) {{
  .st-key-explore-run-bar {{ position: static; width: 100%; padding: 6px 12px; }}
}}
"""


def slim_bar() -> None:
    """Make Streamlit's header one slim bar with a hairline."""
    st.html(f"<style>{_BAR}</style>")


def whole_window() -> None:
    """The slim bar, and a page without padding, gaps or a widest width."""
    st.html(f"<style>{_BAR}{_WHOLE_WINDOW}</style>")
