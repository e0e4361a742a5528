"""All runs with their figures, the latest first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer import jobs
from explorer.markup import plain
from explorer.train.run_view import STATES

SHOWN = 12
WIDTHS = (4, 3, 1.6, 2, 2.2, 1.8)
HEADER = ("Run", "State", "R²", "Held-out R²", "Co-smoothing", "Accuracy")


def show(selected: str | None) -> None:
    """A row a run; its name shows it above. It follows runs that are at work."""
    working = any(run.active for run in jobs.all_runs())
    st.fragment(_rows, run_every=2.0 if working else None)(selected)


def _rows(selected: str | None) -> None:
    runs = jobs.all_runs()
    st.markdown(f"**Runs**  :gray[{len(runs)}]")
    if not runs:
        st.caption("None yet: choose data on the left and start one.")
        return
    more = st.session_state.get("all-runs", False)
    with st.container(key="run-list", gap=None):
        for cell, title in zip(st.columns(WIDTHS, wrap=False), HEADER, strict=True):
            cell.caption(title)
        for run in runs if more else runs[:SHOWN]:
            _row(run, run.name == selected)
    if len(runs) > SHOWN:
        st.toggle(f"All {len(runs)} runs", key="all-runs")


def _row(run: jobs.RunState, selected: bool) -> None:
    name, state, *cells = st.columns(WIDTHS, vertical_alignment="center", wrap=False)
    weight = "**" if selected else ""
    if name.button(f"{weight}{plain(run.name)}{weight}", key=f"show-{run.name}", type="tertiary"):
        st.query_params["run"] = run.name
        st.rerun(scope="app")
    bad = run.state in ("failed", "crashed")
    said = plain(STATES.get(run.state, run.state))
    state.markdown(f":red[{said}]" if bad else f":gray[{said}]", help=plain(run.reason) if bad and run.reason else None)
    for cell, value in zip(cells, _numbers(run.name), strict=True):
        cell.markdown(f"{value:.3f}" if isinstance(value, int | float) else ":gray[–]")


def _numbers(name: str) -> list[Any]:
    figures = jobs.read_figures(name)
    r2 = figures.get("r2")
    if r2 is None:
        metrics = jobs.read_metrics(name)
        r2 = metrics[-1].get("r2") if metrics else None
    return [r2, *(figures.get(key) for key in ("r2_held_out", "r2_cosmooth", "classification_accuracy"))]
