"""Eigenvalues in the complex plane, and along a trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Complex

from jedi.figures.curves import outside, same_courses
from jedi.figures.marks import equal
from jedi.figures.style import (
    CATEGORIES,
    HUES,
    INK,
    MUTED,
    PLAIN,
    WARNING,
    Width,
    add_legend,
    journal,
    new_figure,
    tidy,
)
from jedi.figures.words import LAMBDA, jacobian_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from jedi.dynamics.course import Course

MARKERS = "os^Dv"


def spectrum_figure(
    values: Sequence[tuple[str, Complex[np.ndarray, " n"]]],
    *,
    dt_over_tau: float,
    zoom: bool = False,
    width: Width = "single",
) -> Figure:
    """Sets of eigenvalues of the step's Jacobian with the unit circle; those outside in the warning colour."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    with journal():
        figure = new_figure(width, 70.0 if width == "single" else 90.0)
        plot = figure.add_subplot()
        corners = [np.array([1.0, 0.0])] if zoom else [np.array([-1.0, -1.0]), np.array([1.0, 1.0])]
        handles: list[Artist] = []
        grown = False
        plot.add_patch(Circle((0, 0), 1, fill=False, edgecolor=MUTED, linewidth=0.7, zorder=1))
        for i, (name, given) in enumerate(values):
            found = np.asarray(given, complex).ravel()
            beyond = outside(found)
            grown |= bool(beyond.any())
            colour, marker = CATEGORIES[HUES[i % len(HUES)]], MARKERS[i % len(MARKERS)]
            # sets are open, so that what lies on top of each other is seen
            for rows, shade in ((~beyond, colour), (beyond, WARNING)):
                plot.scatter(
                    found.real[rows], found.imag[rows], s=14, marker=marker, linewidths=0.8, edgecolors=shade,
                    facecolors=shade if len(values) == 1 else "none", zorder=3, clip_on=False,
                )  # fmt: skip
            corners += list(np.stack([found.real, found.imag], axis=1))
            face = colour if len(values) == 1 else "none"
            handles.append(_mark(marker, colour, face, name))
        if grown:
            handles.append(_mark("o", WARNING, WARNING if len(values) == 1 else "none", "outside the circle"))
        equal(plot, np.array(corners), 0.06, 1.15 if width == "single" else 1.9)
        tidy(plot, f"Re {LAMBDA}", f"Im {LAMBDA}")
        handles.append(Line2D([], [], color=MUTED, linewidth=0.7, label="unit circle"))
        add_legend(figure, handles, width, jacobian_words(dt_over_tau))
    return figure


def _mark(marker: str, colour: str, face: str, label: str) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=4, markeredgecolor=colour, markerfacecolor=face, label=label
    )


def course_figure(course: Course, dt: float, *, width: Width = "single") -> Figure:
    """Moduli and frequencies of eigenvalues along a trial, steps of dt seconds; a conjugate pair is one line."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    moduli = np.abs(course.eigenvalues)
    hertz = np.abs(np.angle(course.eigenvalues)) / (2 * np.pi * dt)
    times = np.arange(len(moduli)) * dt
    groups = same_courses(moduli, hertz)
    quiet = len(groups) > len(HUES)
    with journal():
        figure = new_figure(width, 78.0)
        upper, lower = figure.subplots(2, 1, sharex=True)
        handles: list[Artist] = []
        for i, group in enumerate(groups):
            colour = MUTED if quiet else CATEGORIES[HUES[i]]
            dash = (None, None) if i < PLAIN else (4.0, 1.5)
            for plot, shown in ((upper, moduli), (lower, hertz)):
                line: dict[str, Any] = {"linewidth": 0.5, "alpha": 0.7} if quiet else {"linewidth": 1.0, "dashes": dash}
                plot.plot(times, shown[:, group[0]], color=colour, zorder=3 - 0.01 * i, **line)
            if not quiet:
                label = f"{LAMBDA} " + ", ".join(str(r + 1) for r in group)
                handles.append(Line2D([], [], color=colour, linewidth=1.0, dashes=dash, label=label))
        if quiet:
            label = f"{moduli.shape[1]} eigenvalues, a pair once"
            handles.append(Line2D([], [], color=MUTED, linewidth=0.8, label=label))
        top = max(float(moduli.max()), 1.0)
        room = 0.06 * (top - min(float(moduli.min()), 1.0)) + 0.005
        upper.set_ylim(min(float(moduli.min()), 1.0) - room, top + room)
        upper.axhspan(1.0, top + room, color=WARNING, alpha=0.1, linewidth=0, zorder=0)
        upper.axhline(1.0, color=INK, linewidth=0.5, zorder=1)
        handles.append(Patch(color=WARNING, alpha=0.25, linewidth=0, label=f"|{LAMBDA}| > 1"))
        lower.set_ylim(bottom=-0.03 * max(float(hertz.max()), 0.5), top=1.06 * max(float(hertz.max()), 0.5))
        lower.set_xlim(0, float(times[-1]) if len(times) > 1 else dt)
        upper.set_ylabel(f"modulus |{LAMBDA}|")
        tidy(lower, "time (s)", "frequency (Hz)")
        figure.align_ylabels([upper, lower])
        add_legend(figure, handles, width, jacobian_words(course.dt_over_tau))
    return figure
