"""A recording by its path: which intervals, event, window, bins and areas become trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from explorer import data_jobs
from explorer.datasets import free_name
from explorer.markup import count, plain
from explorer.train.actions import attempt
from jedi.errors import JediError


def show(names: list[str], begin: Callable[[str, Callable[[], None]], None]) -> None:
    """The form that starts an import; `begin` starts it and has the page wait for it."""
    typed = st.text_input("Path of the recording (NWB or NPZ)", key="recording", placeholder="/data/session.nwb")
    path = Path(typed.strip().strip("'\"")).expanduser().absolute()
    if not typed.strip():
        st.caption("A path on the machine that runs this app. Nothing is copied but the trials that you choose.")
        return
    try:
        found = _described(str(path), path.stat().st_mtime_ns if path.exists() else 0)
    except (JediError, OSError) as error:
        st.error(plain(error))
        return
    options = _nwb(found) if found["format"] == "nwb" else _other(found)
    suggestion = free_name(path.stem, names)
    name = st.text_input("Name of the dataset", suggestion, key=f"imported-{suggestion}").strip()
    if options is not None and st.button("Import", type="primary", width="stretch", key="import"):
        attempt(lambda: begin(name, lambda: data_jobs.start_import(path, name, options)))


@st.cache_data(max_entries=16, show_spinner="Reading what the recording holds")
def _described(path: str, changed_ns: int) -> dict[str, Any]:
    from jedi.recordings import describe_in_process

    return dict(describe_in_process(path))


def _nwb(found: Mapping[str, Any]) -> dict[str, object] | None:
    """What to cut from an NWB file; None where it has no intervals to cut by."""
    areas = dict(found["areas"])
    where = f" in {', '.join(plain(area) for area in areas)}" if areas else ""
    st.caption(f"{count(found['units'], 'unit')}{where} · {found['spikes']:,} spikes")
    tables = {table["name"]: table for table in found["tables"]}
    if not tables:
        st.error("The file has no table of intervals (trials) to cut trials by.")
        return None
    names = list(tables)
    start = names.index(found["default_table"]) if found["default_table"] in names else 0
    table = tables[str(st.selectbox("Intervals", names, index=start, key="table"))]
    events = table["events"] or ["start_time"]
    default = events.index(table["default_align"]) if table["default_align"] in events else 0
    align = st.selectbox("Event at time 0", events, index=default, key=f"align-{table['name']}")
    _columns(table)
    left, right = st.columns(2)
    first, last = found.get("default_window") or (-0.3, 0.7)
    window_start = left.number_input("From, s", value=float(first), step=0.05, format="%.2f", key="window-start")
    window_stop = right.number_input("To, s", value=float(last), step=0.05, format="%.2f", key="window-stop")
    bin_ms = left.number_input("Bin, ms", 1.0, 1000.0, 10.0, step=1.0, format="%g", key="bin")
    smooth_ms = right.number_input(
        "Smoothing SD, ms", 0.0, 1000.0, 40.0, step=5.0, format="%g", key="smooth",
        help="Gaussian and symmetric: activity shows a little before its cause. 0 leaves spike counts.",
    )  # fmt: skip
    chosen = st.multiselect("Areas", list(areas), default=list(areas), key="areas") if len(areas) > 1 else []
    if len(areas) > 1 and not chosen:
        st.caption("Without a choice every area is kept.")
    with st.expander("More settings"):
        min_rate = st.number_input("Lowest rate, spikes/s", 0.0, None, 1.0, step=0.5, key="min-rate")
        max_trials = st.number_input("Most trials", 2, None, None, placeholder="all", key="max-trials")
        complete = st.toggle("Leave out incomplete windows", key="drop-incomplete")
    return {
        "table": table["name"],
        "align": align,
        "window": (window_start, window_stop),
        "bin": bin_ms / 1000,
        "smooth": smooth_ms / 1000,
        "area": chosen,
        "min_rate": min_rate,
        "max_trials": max_trials,
        "drop_incomplete": complete,
    }


def _columns(table: Mapping[str, Any]) -> None:
    """The table's columns: range, distinct values, missing; and what could not be read."""
    with st.expander(f"{count(table['rows'], 'row')}, {count(len(table['columns']), 'column')}"):
        for facts in table["columns"]:
            st.caption(f"**{plain(facts['name'])}** {plain(_column_line(facts))}")
        for name, why in dict(table.get("left_out") or {}).items():
            st.caption(f":red[{plain(name)} is left out: {plain(why)}]")


def _column_line(facts: Mapping[str, Any]) -> str:
    values = facts.get("values")
    if values is not None and len(values) <= 6:
        line = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
    elif facts.get("min") is not None:
        line = f"{facts['min']:.4g} to {facts['max']:.4g}, {facts['distinct']} distinct"
    else:
        line = f"{facts['distinct']} distinct"
    return line + (f", {facts['missing']} missing" if facts.get("missing") else "")


def _other(found: Mapping[str, Any]) -> dict[str, object]:
    """An archive of arrays, or a dataset: nothing to choose, only to confirm."""
    if found["format"] == "npz":
        for name, shape in dict(found["arrays"]).items():
            st.caption(f"**{plain(name)}** {plain(shape)}")
        st.caption("`activity` is read as trials × bins × neurons.")
    else:
        st.caption("A dataset already; it is copied to the datasets at hand.")
    return {}


def show_report(report: Mapping[str, Any]) -> None:
    """What an import reported: what was chosen, masked and left out, and why."""
    lines = [str(line) for line in report.get("lines", [])]
    if lines:
        with st.expander("What the import kept and left out"):
            for line in lines:
                st.caption(plain(line))
