"""How a training run is going: its curves, and the map of contexts as it fills in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.legend import add_legend, escaped, scale_of
from explorer.figures.ramps import many_colours
from explorer.figures.theme import Palette, framed
from jedi.columns import column_form

MAX_POINTS = 500  # of a curve; more cannot be told apart


def curves(metrics: Sequence[dict[str, Any]], colours: Palette, *, height: int = 260) -> go.Figure:
    """R^2 of the fit (left axis) and the loss (right axis, logarithmic) against epochs."""
    rows = [row for row in metrics if row.get("loss") is not None]
    rows = rows[:: max(1, len(rows) // MAX_POINTS)] + rows[-1:] if rows else []
    epochs = [row["epoch"] for row in rows]
    # The range follows the curve's body, not the first epochs, where R^2 may be far below zero.
    r2 = [max(row["r2"], -0.2) if row.get("r2") is not None else None for row in rows]
    traces = [
        go.Scatter(
            x=epochs, y=[row["loss"] for row in rows], yaxis="y2", mode="lines", name="loss",
            line={"color": colours.muted, "width": 1}, hovertemplate="epoch %{x}<br>loss %{y:.4g}<extra></extra>",
        ),
        go.Scatter(
            x=epochs, y=r2, mode="lines", name="R²", line={"color": colours.categories[0], "width": 2},
            hovertemplate="epoch %{x}<br>R² %{y:.3f}<extra></extra>",
        ),
    ]  # fmt: skip
    figure = framed(traces, colours, height=height, x_title="epoch", y_title="R² in training")
    figure.update_layout(margin={"r": 52}, yaxis={"title": {"font": {"color": colours.categories[0]}}})
    figure.update_layout(
        yaxis2={
            "overlaying": "y", "side": "right", "showgrid": False, "fixedrange": True, **_loss_scale(rows),
            "tickformat": ".2~g", "tickfont": {"size": 11, "color": colours.muted},
            "title": {"text": "loss", "font": {"size": 11, "color": colours.muted}, "standoff": 4},
        }
    )  # fmt: skip
    return figure if rows else _bare(figure)


def _loss_scale(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A logarithmic axis, a tick a decade, where the loss spans more than one; else a linear one."""
    losses = [row["loss"] for row in rows if row["loss"] > 0]
    decades = bool(losses) and max(losses) > 10 * min(losses)
    return {"type": "log", "dtick": 1} if decades else {"type": "linear", "tickmode": "auto", "nticks": 5}


def context_map(
    contexts: np.ndarray, labels: pd.Series | None, colours: Palette, *, settled: float = 1.0, height: int = 260
) -> go.Figure:
    """Contexts (K, D) on their first two principal components, coloured by a trial column; pale while unsettled.

    `settled` is the share of training that is done.
    """
    if len(contexts) == 0:
        return _bare(framed([], colours, height=height, x_title="", y_title=""))
    coordinates, explained = principal_plane(contexts)
    marker = {"size": 6, "opacity": 0.35 + 0.6 * min(max(settled, 0.0), 1.0), "line": {"width": 0}}
    groups = coloured_groups(labels, len(contexts), colours)
    traces = [
        go.Scatter(
            x=coordinates[rows, 0], y=coordinates[rows, 1], mode="markers", name=escaped(name), marker=marker | colour,
            hovertemplate=f"{escaped(name)}<extra></extra>",
        )
        for name, rows, colour in groups
    ]  # fmt: skip
    figure = framed(
        traces, colours, height=height, x_title=f"PC 1 ({explained[0]:.0%})", y_title=f"PC 2 ({explained[1]:.0%})"
    )
    figure.update_yaxes(scaleanchor="x", scaleratio=1, showticklabels=False)
    figure.update_xaxes(showticklabels=False)
    figure.update_layout(margin={"l": 24, "b": 24})
    add_legend(figure, groups, labels, len(contexts), colours)
    return figure


def _bare(figure: go.Figure) -> go.Figure:
    """A figure that waits for its data: the frame's place, and nothing in it."""
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def principal_plane(contexts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First two principal components of the contexts (K, 2), and the shares of variance that they keep.

    Signs are fixed (the largest loading is positive), so that the map does not flip from one look to the next.
    """
    centred = np.asarray(contexts, float) - np.mean(contexts, axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(1)])[:, None]
    total = float((values**2).sum())
    shares = np.zeros(2)
    shares[: len(axes)] = values[:2] ** 2 / total if total > 0 else 0
    plane = np.zeros((len(centred), 2))
    plane[:, : len(axes)] = centred @ axes.T
    return plane, shares


def coloured_groups(
    labels: pd.Series | None, count: int, colours: Palette
) -> list[tuple[str, np.ndarray, dict[str, Any]]]:
    """Name, rows and Plotly marker of each group of points, coloured as Explore colours them.

    One group where there is nothing to colour by, or a quantity to colour by.
    """
    everything = np.arange(count)
    if labels is None or len(labels) != count:
        return [("trials", everything, {"color": colours.categories[0]})]
    if column_form(str(labels.name), labels) == "categorical":
        return _categories(labels, everything, colours)
    seen = np.isfinite(labels.to_numpy(float))
    scale = scale_of(labels, colours)
    groups = [(str(labels.name), everything[seen], scale)]
    return groups + ([] if seen.all() else [("missing", everything[~seen], {"color": colours.missing})])


def _categories(
    labels: pd.Series, everything: np.ndarray, colours: Palette
) -> list[tuple[str, np.ndarray, dict[str, Any]]]:
    present = labels.notna() & (labels != "")
    names = sorted(labels[present].unique().tolist(), key=lambda value: (str(type(value)), value))
    few = len(names) <= len(colours.categories)
    chosen = list(colours.categories) if few else many_colours(len(names), colours.dark)
    groups: list[tuple[str, np.ndarray, dict[str, Any]]] = [
        (str(name), everything[(labels == name).to_numpy()], {"color": colour})
        for name, colour in zip(names, chosen, strict=False)
    ]
    absent = everything[~present.to_numpy()]
    return groups + ([("missing", absent, {"color": colours.missing})] if len(absent) else [])
