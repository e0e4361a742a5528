"""What to train: preset, hold-out, name, and the few settings behind "More"."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import jobs
from explorer.datasets import DatasetFacts, dataset_path, free_name
from explorer.markup import plain
from explorer.train.actions import attempt
from jedi.errors import JediError

PRESETS = {"auto": "Auto", "clean": "Clean", "single-trial": "Single-trial"}
MEANINGS = {
    "clean": "For simulated states and condition averages: the fit is the aim. The trial's first state is given.",
    "single-trial": "For noisy spikes: what carries over to held-out neurons and times is the aim. "
    "The first state is a learned map of the context.",
}


def show(dataset: str, facts: DatasetFacts) -> None:
    """The settings and the button that starts a run on the dataset so called."""
    preset = st.segmented_control(
        "Preset", list(PRESETS), default="auto", format_func=PRESETS.__getitem__, required=True, key="preset"
    )
    chosen = facts.preset if preset == "auto" else str(preset)
    because = f" Chosen because {plain(facts.reason)}." if preset == "auto" else ""
    st.caption(f"**{PRESETS[chosen]}.** {MEANINGS[chosen]}{because}")
    left, right = st.columns(2)
    hold_out = left.number_input("Held out, %", 0, 80, 20, step=5, key="hold-out", help="Trials kept out of training.")
    seed = right.number_input("Seed", 0, 2**31 - 1, 0, key="seed", help="Parameters, order of trials and noise.")
    with st.expander("More settings"):
        rank = st.number_input("Rank R", 1, 512, None, placeholder="preset's choice", key="rank")
        dim = st.number_input("Dimensions D of the contexts", 1, 1024, None, placeholder="preset's choice", key="dim")
        steps = st.number_input("Optimiser steps", 1, None, None, placeholder="preset's choice", key="steps")
        st.caption("Left empty, the preset chooses.")
    name = _name_input(dataset)
    if st.button("Train", type="primary", width="stretch", key="train"):
        options = {
            "preset": preset,
            "hold_out": hold_out / 100,
            "seed": int(seed),
            "rank": rank,
            "embedding_dim": dim,
            "steps": steps,
            "evaluate": True,
        }
        attempt(lambda: _start(dataset_path(dataset), name, options))


def _name_input(dataset: str) -> str:
    """The run's name, by default the dataset's with a number behind it where that is taken."""
    taken = [run.name for run in jobs.all_runs() if run.state != "failed"]
    suggestion = free_name(dataset, taken)
    return st.text_input("Name of the run", suggestion, key=f"name-{suggestion}").strip()


def _start(path: Path, name: str, options: dict[str, object]) -> None:
    if not name:
        raise JediError("the run has no name: give it one")
    jobs.start_training(path, name, options)
    st.query_params["run"] = name
    for key in [key for key in st.session_state if str(key).startswith("name-")]:
        del st.session_state[key]  # the field proposes the next name
