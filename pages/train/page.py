"""Train: from data to a model, and how runs are doing."""

from __future__ import annotations

import streamlit as st

from explorer import chrome, jobs
from explorer.train import data_form, model_form, run_list, run_view, style

chrome.slim_bar()
style.sheet()

form, view = st.columns([1, 2.6], gap="large")
runs = jobs.all_runs()
selected = st.query_params.get("run") or (runs[0].name if runs else None)

with form:
    st.markdown("**Data**")
    chosen = data_form.show()
    if chosen is not None:
        st.markdown("**Model**")
        model_form.show(*chosen)

with view:
    if selected is not None:
        run_view.show(selected)
    run_list.show(selected)
