"""The figures as a person reads them: each in one line with what it must be read beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.table import Table

TITLES = {
    "r2": "fit of training trials (R²)",
    "r2_held_out": "held-out trials, reconstructed (R²)",
    "r2_forecast": "forecast of their second half (R²)",
    "r2_cosmooth": "co-smoothing of unseen neurons (R²)",
    "classification_accuracy": "label from contexts, cross-validated",
    "classification_accuracy_held_out": "label of held-out trials, frozen",
    "angle_error_deg": "angle from contexts (median error, deg)",
    "angle_error_deg_held_out": "angle of held-out trials, frozen (deg)",
    "centre_r2": "from the centre of each class (R²)",
}
NOISE_TITLE = "with noise of {} SD on contexts (R²)"
SWAPS = {
    "same_class": "start of another trial of the class (R²)",
    "other_class": "start of a trial of another class (R²)",
}
SAID = {
    "mean_by_time": "mean by time",
    "ppca": "PPCA",
    "factor_analysis": "factor analysis",
    "ridge": "ridge",
    "last_state_held": "last state held",
    "class_mean_trajectory": "class mean",
    "largest_class": "largest class",
    "mean_direction": "mean direction",
    "true_teacher": "true teacher",
    "true_teacher_class_mean_input": "true teacher, class-mean input",
    "second_noise_draw": "second noise draw",
    "permuted_contexts": "permuted contexts",
    "context_of_another_trial": "another trial's context",
}


class FigureRow(NamedTuple):
    """One line, each part as text; empty where a figure has no such neighbour."""

    figure: str
    value: str
    interval: str  # 95 %, over trials
    below: str  # floors and baselines: what it should exceed
    above: str  # ceilings
    controls: str


def figure_rows(figures: Mapping[str, Any]) -> list[FigureRow]:
    """A line for every figure that applies."""
    rows = []
    for key, title in TITLES.items():
        if figures.get(key) is None:
            continue
        number, span = _number(figures[key], key), _span(_part(figures, "intervals", key).get("itself"))
        below = {**_part(figures, "floors", key), **_part(figures, "baselines", key)}
        above, controls = (_named(_part(figures, part, key), key) for part in ("ceilings", "controls"))
        rows.append(FigureRow(title, number, span, _named(below, key), above, controls))
    for level, value in (figures.get("noise_r2") or {}).items():
        if value is not None:
            rows.append(FigureRow(NOISE_TITLE.format(level), _number(value), "", "", "", ""))
    for name, title in SWAPS.items():
        value = (figures.get("swap_r2") or {}).get(name)
        if value is not None:
            rows.append(FigureRow(title, _number(value), "", "", "", ""))
    return rows


def difference_rows(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Figure, rival and the paired 95 % interval of their difference, for what is scored on held-out trials."""
    return [
        (TITLES[key], SAID.get(name.removeprefix("minus_"), name), _span(span))
        for key in ("r2_cosmooth", "r2_forecast")
        for name, span in _part(figures, "intervals", key).items()
        if name != "itself" and span is not None
    ]


def format_figures(figures: Mapping[str, Any]) -> Table:
    """The figures as a Rich table."""
    from rich.table import Table

    trials = figures.get("trials", {})
    caption = ", ".join(f"{count} trials {split}" for split, count in trials.items() if count)
    if figures.get("label"):
        caption += f"; label {figures['label']} in {len(figures.get('classes', []))} classes"
    differences = [f"{title.split(' (')[0]} minus {rival}: {span}" for title, rival, span in difference_rows(figures)]
    table = Table(caption="\n".join([caption, *differences]), caption_justify="left")
    table.add_column("figure")
    table.add_column("value", style="bold", justify="right")
    for header in ("95 %", "floors and baselines", "ceilings", "controls"):
        table.add_column(header)
    for row in figure_rows(figures):
        table.add_row(*row)
    return table


def _part(figures: Mapping[str, Any], part: str, key: str) -> dict[str, Any]:
    return dict((figures.get(part) or {}).get(key) or {})


def _number(value: float, key: str = "") -> str:
    return f"{value:.1f}" if key.startswith("angle") else f"{value:.3f}"


def _named(values: Mapping[str, float | None], key: str) -> str:
    there = {name: value for name, value in values.items() if value is not None}
    return "\n".join(f"{SAID.get(name, name)} {_number(value, key)}" for name, value in there.items())


def _span(span: list[float] | None) -> str:
    return "" if span is None else f"[{span[0]:.3f}, {span[1]:.3f}]"
