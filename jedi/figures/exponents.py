"""Lyapunov exponents with their errors; beside them, in two columns' width, how they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from jedi.figures.style import CATEGORIES, INK, MUTED, WARNING, Width, add_legend, journal, new_figure, tidy
from jedi.figures.words import MINUS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from jedi.dynamics.lyapunov import Lyapunov

ERRORS = 2  # standard errors: what the bars span, and how far from zero an exponent must be to be told from it
WORDS = {1: "above zero", 0: "zero within its error", -1: "below zero"}


def in_units(found: Lyapunov) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], str]:
    """Exponents and standard errors per second where dt is known, else per step; and the unit."""
    if found.dt is None:
        return found.exponents_per_step, found.standard_error_per_step, "per step"
    return found.exponents_per_step / found.dt, found.standard_error_per_step / found.dt, "per s"


def verdicts(values: Float[np.ndarray, " n"], errors: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """+1 above zero, -1 below, 0 where two standard errors reach it; a number without an error is taken as it is."""
    margin = ERRORS * np.where(np.isfinite(errors), errors, 0.0)
    return np.where(values > margin, 1, np.where(values < -margin, -1, 0))


def summary(found: Lyapunov) -> list[str]:
    """What is stated under the spectrum, a line each."""
    lines = [f"Bars: ±{ERRORS} standard errors; {found.steps:,} steps"]
    if found.finite_time:
        lines = [f"Along {found.steps:,} steps; bars: ±{ERRORS} SE of growth on the way"]
    lost = int(np.isneginf(found.exponents_per_step).sum())
    if lost:
        lines.append(f"{lost} more at {MINUS}∞, not drawn")
    if np.isfinite(found.kaplan_yorke_dimension):
        lines.append(f"Kaplan-Yorke dimension {found.kaplan_yorke_dimension:.3g}")
    return lines


def lyapunov_figure(found: Lyapunov, *, width: Width = "single") -> Figure:
    """The spectrum, largest first; per second, or per step where dt is not known."""
    with journal():
        figure = new_figure(width, 55.0)
        both = width == "double"
        plots = figure.subplots(1, 2 if both else 1, squeeze=False)[0]
        handles = _spectrum(plots[0], found)
        if both:
            _convergence(plots[1], found)
        add_legend(figure, handles, width, "\n".join(summary(found)))
    return figure


def _spectrum(plot: Axes, found: Lyapunov) -> list[Artist]:
    from matplotlib.lines import Line2D

    values, errors, unit = in_units(found)
    signs = np.where(np.isneginf(values), -2, verdicts(values, errors))
    styles = {1: (WARNING, WARNING), 0: (INK, "white"), -1: (CATEGORIES[0], CATEGORIES[0])}
    handles: list[Artist] = []
    plot.axhline(0, color=MUTED, linewidth=0.5, zorder=1)
    for sign, (colour, face) in styles.items():
        rows = np.flatnonzero(signs == sign)
        if not len(rows):
            continue
        mark: dict[str, Any] = {"marker": "o", "markersize": 4, "markerfacecolor": face, "markeredgecolor": colour}
        bars = ERRORS * np.where(np.isfinite(errors[rows]), errors[rows], 0.0)
        plot.errorbar(
            rows + 1, values[rows], yerr=bars, linestyle="none", ecolor=colour, elinewidth=0.7, capsize=1.5,
            capthick=0.7, markeredgewidth=0.8, zorder=3, **mark,
        )  # fmt: skip
        handles.append(Line2D([], [], linestyle="none", markeredgewidth=0.8, label=WORDS[sign], **mark))
    count = len(values)
    plot.set_xlim(0.4, count + 0.6)
    if count <= 12:
        plot.set_xticks(np.arange(1, count + 1))
    tidy(plot, "exponent", f"Lyapunov exponent ({unit})")
    return handles


def _convergence(plot: Axes, found: Lyapunov) -> None:
    """The running estimates, from dark (the largest exponent) to light."""
    scale = 1.0 if found.dt is None else 1 / found.dt
    running = found.running * scale
    blocks, count = running.shape
    times = (np.arange(blocks) + 1) * found.steps / max(blocks, 1) * (1.0 if found.dt is None else found.dt)
    plot.axhline(0, color=MUTED, linewidth=0.5, zorder=1)
    for r in range(count):
        if np.isfinite(running[:, r]).all():
            plot.plot(times, running[:, r], color=shade(r, count), linewidth=0.8, zorder=3)
    settled = running[blocks // 8 :]
    finite = np.concatenate([settled[np.isfinite(settled)], [0.0]])
    room = 0.06 * max(float(np.ptp(finite)), 1e-9)
    plot.set_ylim(float(finite.min()) - room, float(finite.max()) + room)
    plot.set_xlim(0, float(times[-1]) if blocks else 1)
    words = "steps averaged" if found.dt is None else "time averaged (s)"
    tidy(plot, words, f"running estimate ({'per step' if found.dt is None else 'per s'})")


def shade(r: int, count: int) -> tuple[float, float, float]:
    """From the ink's blue to a pale one, evenly in lightness as far as sRGB is."""
    share = r / max(count - 1, 1)
    dark, light = np.array([0.05, 0.16, 0.36]), np.array([0.55, 0.78, 0.93])
    red, green, blue = (dark + share * (light - dark)).tolist()
    return red, green, blue
