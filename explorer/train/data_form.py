"""Where the data come from: a dataset at hand, a recording to import, or a simulation."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import data_jobs
from explorer.datasets import DatasetFacts, dataset_facts, dataset_path, free_name, list_datasets
from explorer.markup import count, plain
from explorer.train import recording_form
from explorer.train.actions import attempt
from jedi.errors import JediError

SOURCES = {"dataset": "Dataset", "recording": "Recording", "simulation": "Simulation"}


def show() -> tuple[str, DatasetFacts] | None:
    """The form; returns the chosen dataset's name and facts, None while there is none to train on."""
    names = list_datasets()
    if "source" not in st.session_state:
        st.session_state["source"] = "dataset" if names else "simulation"
    if "next-source" in st.session_state:  # a job has ended: its dataset is the choice now
        st.session_state["source"] = st.session_state.pop("next-source")
        st.session_state["dataset"] = st.session_state.pop("next-dataset")
    source = st.segmented_control(
        "Source", list(SOURCES), format_func=SOURCES.__getitem__, required=True, key="source",
        label_visibility="collapsed",
    )  # fmt: skip
    if source == "recording":
        recording_form.show(names, begin)
        _watch()
        return None
    if source == "simulation":
        _simulation(names)
        return None
    return _choice(names)


def _choice(names: list[str]) -> tuple[str, DatasetFacts] | None:
    if not names:
        st.caption("No dataset yet: import a recording, or simulate one.")
        return None
    if st.session_state.get("dataset") not in names:
        st.session_state["dataset"] = names[0]
    name = str(st.selectbox("Dataset", names, key="dataset", label_visibility="collapsed"))
    path = dataset_path(name)
    try:
        facts = _facts(str(path), path.stat().st_mtime_ns)
    except (JediError, OSError) as error:
        st.error(plain(error))
        return None
    missing = f" · {1 - facts.recorded:.1%} not recorded" if facts.recorded < 1 else ""
    st.caption(
        f"{count(facts.trials, 'trial')} of {count(facts.bins, 'bin')} of {facts.dt * 1000:g} ms · "
        f"{count(facts.neurons, 'neuron')} · {plain(facts.kind)}{missing}"
        + (f" · labelled by {plain(facts.label)}" if facts.label else "")
    )
    report = data_jobs.data_job(name)
    if report is not None and report.state == "done":
        recording_form.show_report(report.report)
    return name, facts


@st.cache_data(max_entries=32, show_spinner="Reading the dataset")
def _facts(path: str, changed_ns: int) -> DatasetFacts:
    from pathlib import Path

    return dataset_facts(Path(path))


def _simulation(names: list[str]) -> None:
    st.caption(
        "The multi-task teacher: one rank-5 network driven by four kinds of signal. Its truth is stored with the data."
    )
    left, right = st.columns(2)
    trials = left.number_input("Trials of each kind", 2, 1000, 40, key="simulated-trials")
    neurons = right.number_input("Neurons", 10, 2000, 200, key="simulated-neurons")
    suggestion = free_name("multitask", names)
    name = left.text_input("Name of the dataset", suggestion, key=f"simulated-{suggestion}").strip()
    seed = right.number_input("Seed", 0, 2**31 - 1, 0, key="simulated-seed")
    if st.button("Simulate", type="primary", width="stretch", key="simulate"):
        options = {"trials": int(trials), "neurons": int(neurons), "seed": int(seed), "repeat": True}
        attempt(lambda: begin(name, lambda: data_jobs.start_simulation(name, options)))
    _watch()


def begin(name: str, start: Callable[[], None]) -> None:
    """Start a data job and remember that this page waits for it."""
    start()
    st.session_state["data-job"] = name


def _watch() -> None:
    """How the data job that this page waits for is doing."""
    if failure := st.session_state.pop("data-failure", None):
        st.error(plain(failure))
    name = st.session_state.get("data-job") or data_jobs.running_job()
    if name:
        st.fragment(_job, run_every=0.5)(name)


def _job(name: str) -> None:
    job = data_jobs.data_job(name)
    if job is None:
        return
    if job.state == "running":
        st.progress(0, text=plain(job.message or "starting"))
    elif job.state == "failed":
        st.session_state.pop("data-job", None)
        st.session_state["data-failure"] = job.message
        data_jobs.forget_data_job(name)
        st.rerun(scope="app")
    else:
        st.session_state.pop("data-job", None)
        st.session_state["next-source"], st.session_state["next-dataset"] = "dataset", name
        st.rerun(scope="app")
