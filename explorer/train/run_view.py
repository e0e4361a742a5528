"""One run: its state, its figures, its curves and the map of its contexts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer import jobs
from explorer.figures import theme
from explorer.figures.training import context_map, curves
from explorer.markup import count, duration, plain
from explorer.train.actions import run_actions
from jedi.errors import JediError

TRAINING_R2 = "Under training's own noise on the contexts; the fit without it is among the figures below."
PLOT = {"displayModeBar": False, "scrollZoom": False}
STATES = {
    "starting": "starting",
    "running": "training",
    "stopping": "stopping at the end of this epoch",
    "stopped": "stopped",
    "done": "done",
    "failed": "failed",
    "crashed": "ended without a word",
}


def show(name: str) -> None:
    """Show the run so called; it redraws every second while it is at work."""
    try:
        state = jobs.run_state(name)
    except JediError as error:
        st.info(plain(error))
        return
    working = state.active or jobs.evaluating(name)
    st.fragment(_live, run_every=1.0 if working else None)(name, working)


def _live(name: str, was_working: bool) -> None:
    try:
        state = jobs.run_state(name)
    except JediError as error:
        st.info(plain(error))
        return
    evaluating = jobs.evaluating(name)
    if was_working and not (state.active or evaluating):
        st.rerun(scope="app")  # the list, the buttons and the timer follow
    metrics, config = jobs.read_metrics(name), jobs.read_config(name)
    with st.container(horizontal=True, vertical_alignment="center", key="run-title"):
        said = "computing its figures" if evaluating and not state.active else STATES.get(state.state, state.state)
        st.markdown(f"**{plain(name)}**  :gray[{plain(said)}]", width="stretch")
        run_actions(state)
    if state.reason and state.state in ("failed", "crashed"):
        st.error(f"{plain(state.reason)}  \n{_advice(state, bool(metrics))}")
    _strip(state, metrics)
    colours = theme.palette(st.context.theme.type)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Training**  :blue[R² in training] :gray[and loss]")
        st.plotly_chart(curves(metrics, colours), theme=None, config=PLOT, key="curves")
    with right:
        _map(state, config, colours)
    _figures(jobs.read_figures(name))
    if recipe := config.get("recipe"):
        st.caption(_recipe_line(recipe, config))


def _advice(state: jobs.RunState, began: bool) -> str:
    if began:
        return "Resume goes on from its last checkpoint; if it fails again, delete it and train with another seed."
    return "Delete it, or mend what it says and start it anew under the same name."


def _strip(state: jobs.RunState, metrics: list[dict[str, Any]]) -> None:
    last = metrics[-1] if metrics else {}
    epoch = last.get("epoch", state.epoch)
    left = jobs.seconds_left(metrics, state.epochs) if state.active else None
    cells = _cells(5)
    cells[0].metric(f"Epoch of {state.epochs:,}" if state.epochs else "Epoch", f"{epoch:,}" if state.epochs else "–")
    cells[1].metric("R² in training", f"{last['r2']:.3f}" if "r2" in last else "–", help=TRAINING_R2)
    cells[2].metric("Loss", f"{last['loss']:.3g}" if "loss" in last else "–")
    cells[3].metric("Trials a second", f"{last['trials_per_s']:,.0f}" if "trials_per_s" in last else "–")
    if state.active:
        cells[4].metric("Time left", _roughly(left) if left is not None else "–")
    else:
        cells[4].metric("Took", duration(last["seconds"]) if "seconds" in last else "–")


def _roughly(seconds: float) -> str:
    """A time that is a guess: whole minutes where there are ten or more, whole tens of seconds above a minute."""
    if seconds >= 600:
        return duration(60 * round(seconds / 60)).removesuffix(" 00 s")
    return duration(10 * round(seconds / 10) if seconds > 60 else seconds)


def _cells(count: int) -> list[Any]:
    """Cells side by side that wrap where the window is narrow."""
    row = st.container(horizontal=True, gap="small")
    return [row.container(width=122) for _ in range(count)]


def _map(state: jobs.RunState, config: dict[str, Any], colours: theme.Palette) -> None:
    contexts = jobs.read_contexts(state.name)
    if contexts is None:
        st.markdown("**Contexts**  :gray[appear with the first checkpoint]")
        st.plotly_chart(context_map(np.zeros((0, 2)), None, colours), theme=None, config=PLOT, key="map")
        return
    labels = _labels(config)
    if labels is not None and len(labels) != len(contexts):
        labels = None
    by = f", by {plain(str(labels.name).replace('_', ' '))}" if labels is not None else ""
    st.markdown(f"**Contexts**  :gray[{count(len(contexts), 'trial')} in {contexts.shape[1]} dimensions{by}]")
    figure = context_map(contexts, labels, colours, settled=1.0 if not state.active else state.share)
    st.plotly_chart(figure, theme=None, config=PLOT, key="map")


def _labels(config: dict[str, Any]) -> pd.Series | None:
    """The dataset's label column over the training trials; None where it is not at hand."""
    dataset, options = config.get("dataset", {}), config.get("config", {})
    if not dataset.get("label"):
        return None
    return _training_labels(
        dataset["path"], dataset["hash"], dataset["label"], options.get("hold_out", 0.0), options.get("split_seed", 0)
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _training_labels(path: str, digest: str, label: str, hold_out: float, split_seed: int) -> pd.Series | None:
    from jedi.dataset import load_dataset
    from jedi.preparation import split_trials

    try:
        dataset = load_dataset(path)
        if dataset.content_hash() != digest or label not in dataset.trials:
            return None
        training = split_trials(dataset, hold_out, split_seed) == "train"
    except JediError:
        return None
    return dataset.trials[label][training].reset_index(drop=True)


FIGURES = (
    ("r2_held_out", "Held-out R²", "held-out trials, reconstructed from inferred contexts"),
    ("r2_forecast", "Forecast R²", "second half of held-out trials from the first"),
    ("r2_cosmooth", "Co-smoothing R²", "a quarter of the neurons from the others, held-out trials"),
    ("classification_accuracy", "Classification", "the label from the contexts, five-fold"),
    ("centre_r2", "Centre R²", "trials generated from their class's mean context"),
)


def _figures(figures: dict[str, Any]) -> None:
    present = [(key, title, text) for key, title, text in FIGURES if isinstance(figures.get(key), int | float)]
    if not present:
        return
    for cell, (key, title, text) in zip(_cells(len(present)), present, strict=True):
        chance = f", chance {figures['chance']:.2f}" if key.startswith("class") and figures.get("chance") else ""
        cell.metric(title, f"{figures[key]:.3f}", help=f"{text}{chance}")
    from jedi.evaluation.table import figure_rows  # brings scikit-learn, which a page without figures need not wait for

    with st.expander("All figures, with what to read them beside"):
        rows = pd.DataFrame(figure_rows(figures))
        rows.columns = ["figure", "value", "95 % interval", "floors and baselines", "ceilings", "controls"]
        st.dataframe(rows.replace("\n", ", ", regex=True), hide_index=True)


def _recipe_line(recipe: dict[str, Any], config: dict[str, Any]) -> str:
    dataset = config.get("dataset", {})
    parts = [
        f"{plain(dataset.get('name', ''))}, preset {plain(recipe.get('preset'))}: {plain(recipe.get('reason'))}",
        f"rank {recipe.get('rank')}, {recipe.get('embedding_dim')} dimensions, {recipe.get('steps'):,} steps",
        f"seed {config.get('config', {}).get('seed', 0)}",
    ]
    return " · ".join(parts)
