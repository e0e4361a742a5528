"""JEDI Explorer: the pages, their addresses and the window's frame."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from explorer import page_changes

page_changes.guard()
st.set_page_config(page_title="JEDI Explorer", layout="wide", initial_sidebar_state="collapsed")

# The default page lives at "/" alone, so Explore is listed twice to have the address "/explore" too;
# the one that the visitor came by is shown in the bar.
named = urlsplit(st.context.url or "").path.rstrip("/").endswith("/explore")
explore = "pages/explore/page.py"
page = st.navigation(
    [
        st.Page(explore, title="Explore", url_path="home", default=True, visibility="hidden" if named else "visible"),
        st.Page(explore, title="Explore", url_path="explore", visibility="visible" if named else "hidden"),
        st.Page("pages/train/page.py", title="Train", url_path="train"),
        st.Page("pages/analyse/page.py", title="Analyse", url_path="analyse"),
    ],
    position="top",
)
page.run()
