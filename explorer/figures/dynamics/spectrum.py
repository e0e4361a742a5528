"""Eigenvalues: in the complex plane, and along a trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.frame import Entry, add_legend, equal_axes, padded, reference
from explorer.figures.legend import escaped
from explorer.figures.theme import Palette, framed
from jedi.figures.curves import outside, same_courses
from jedi.figures.words import LAMBDA, TAU, jacobian_words, number

if TYPE_CHECKING:
    from jedi.dynamics.course import Course

_SYMBOLS = (("circle", "●○"), ("square", "■□"), ("triangle-up", "▲△"), ("diamond", "◆◇"), ("star", "★☆"))
_HUES = (0, 5, 3, 2, 6, 1)  # of the categories: the first three, and the others, differ for every kind of sight
_PLAIN = 3  # courses drawn solid; the others are dashed
_NAMED = len(_HUES)  # courses with colours of their own; more are drawn quietly


def complex_plane(
    values: Sequence[tuple[str, np.ndarray]],
    colours: Palette,
    circle: bool = True,
    *,
    dt: float | None = None,
    of: str = "",
    zoom: bool = False,
    height: int = 380,
) -> go.Figure:
    """Sets of eigenvalues, named, with the unit circle (of a step), or the imaginary axis (of a flow, per tau).

    Those that grow have the warning colour. With `zoom` the axes follow the eigenvalues and the circle may be cut;
    `of` says under the legend which Jacobian they belong to; with dt (s a step) hovering tells Hz and time constants.
    """
    traces: list[go.Scatter] = []
    entries: list[Entry] = []
    grown = False
    for i, (name, found) in enumerate(values):
        found = np.asarray(found, complex).ravel()
        beyond = outside(found, circle)
        grown |= bool(beyond.any())
        symbol, glyph = _SYMBOLS[i % len(_SYMBOLS)]
        colour = _hue(i, colours)
        entries.append(Entry(glyph[len(values) > 1], colour, name))
        marker: dict[str, Any] = {"color": [colours.warning if out else colour for out in beyond]}
        if len(values) == 1:
            marker |= {"symbol": symbol, "size": 9, "line": {"width": 1, "color": colours.panel}}
        else:  # open, so that what lies on top of each other is seen
            marker |= {"symbol": f"{symbol}-open", "size": 9, "line": {"width": 1.8}}
        texts = [f"{escaped(name)}<br>{eigenvalue_text(value, circle, dt)}" for value in found]
        traces.append(
            go.Scatter(
                x=found.real, y=found.imag, mode="markers", name=escaped(name), marker=marker, text=texts,
                hovertemplate="%{text}<extra></extra>", cliponaxis=False,
            )
        )  # fmt: skip
    unit = "" if circle else f" (1/{TAU})"
    figure = framed(traces, colours, height=height, x_title=f"Re {LAMBDA}{unit}", y_title=f"Im {LAMBDA}{unit}")
    if circle:
        line = {"color": colours.muted, "width": 1.2}
        figure.add_shape(type="circle", x0=-1, x1=1, y0=-1, y1=1, line=line, layer="below")
    else:
        reference(figure, colours, x=0.0)
    x, y = _ranges([np.asarray(found, complex).ravel() for _, found in values], circle and not zoom)
    figure.update_xaxes(range=x)
    figure.update_yaxes(range=y)
    equal_axes(figure)
    if grown:
        glyph = "●" if len(values) == 1 else "○"
        entries.append(Entry(glyph, colours.warning, "outside the unit circle" if circle else "growing"))
    return add_legend(figure, entries, colours, note=of)


def _hue(i: int, colours: Palette) -> str:
    return colours.categories[_HUES[i % len(_HUES)]]


def _dash(i: int, quiet: bool = False) -> str | None:
    return None if quiet or i < _PLAIN else "5px,2px"


def _ranges(found: list[np.ndarray], whole_circle: bool) -> tuple[list[float], list[float]]:
    every = np.concatenate([*found, [0j] if not found else []])
    x, y = every.real, np.concatenate([every.imag, [0.0]])
    if whole_circle:
        x, y = np.concatenate([x, [-1, 1]]), np.concatenate([y, [-1, 1]])
    return padded(x, 0.06, 0.02), padded(y, 0.06, 0.02)


def eigenvalue_text(value: complex, circle: bool, dt: float | None) -> str:
    """What hovering over an eigenvalue says."""
    lines = [f"{LAMBDA} = {number(complex(value))}"]
    if not circle:
        return lines[0] + f" per {TAU}"
    modulus = abs(value)
    lines.append(f"|{LAMBDA}| = {number(modulus)}")
    if dt is not None:
        lines.append(f"{number(abs(float(np.angle(value))) / (2 * np.pi * dt), 4)} Hz")
        with np.errstate(divide="ignore"):
            rate = float(np.log(modulus)) / dt
        if np.isfinite(rate) and rate != 0:
            lines.append(f"{'doubles in' if rate > 0 else 'time constant'} {number(_seconds(rate), 4)} s")
    return "<br>".join(lines)


def _seconds(rate: float) -> float:
    return float(np.log(2)) / rate if rate > 0 else -1 / rate


def time_course(course: Course, dt: float, colours: Palette, *, of: str = "", height: int = 420) -> go.Figure:
    """Moduli and frequencies of eigenvalues along a trial, steps of dt seconds; a conjugate pair is one line."""
    moduli = np.abs(course.eigenvalues)
    hertz = np.abs(np.angle(course.eigenvalues)) / (2 * np.pi * dt)
    times = np.arange(len(moduli)) * dt
    groups = same_courses(moduli, hertz)
    traces: list[go.Scatter] = []
    quiet = len(groups) > _NAMED
    for i, group in reversed(list(enumerate(groups))):
        colour = colours.muted if quiet else _hue(i, colours)
        name = f"{LAMBDA} " + ", ".join(str(r + 1) for r in group)
        line = {"color": colour, "width": 1 if quiet else 1.8, "dash": _dash(i, quiet)}
        shared: dict[str, Any] = {
            "x": times, "mode": "lines", "name": name, "line": line,
            "opacity": 0.6 if quiet else 1.0, "customdata": np.stack([moduli[:, group[0]], hertz[:, group[0]]], 1),
            "hovertemplate": f"{name}<br>%{{x:.3f}} s<br>|{LAMBDA}| %{{customdata[0]:.6g}}<br>"
            "%{customdata[1]:.5g} Hz<extra></extra>",
        }  # fmt: skip
        traces += [
            go.Scatter(y=moduli[:, group[0]], yaxis="y", **shared),
            go.Scatter(y=hertz[:, group[0]], yaxis="y2", **shared),
        ]
    figure = framed(traces, colours, height=height, x_title="time (s)", y_title=f"modulus |{LAMBDA}|")
    top = padded(np.concatenate([moduli.ravel(), [1.0]]), 0.08, 0.01)
    high = padded(np.concatenate([hertz.ravel(), [0.0]]), 0.08, 0.5)
    second = figure.layout.yaxis.to_plotly_json()
    second["title"] = {**second["title"], "text": "frequency (Hz)"}
    figure.update_layout(
        xaxis={"anchor": "y2", "range": [0, float(times[-1]) if len(times) > 1 else dt]},
        yaxis={"domain": [0.55, 1.0], "range": top},
        yaxis2={**second, "domain": [0.0, 0.45], "range": [high[0] if high[0] < 0 else 0, high[1]], "anchor": "x"},
    )
    figure.add_shape(
        type="rect", xref="paper", x0=0, x1=1, y0=1, y1=max(top[1], 1.0), line={"width": 0},
        fillcolor=colours.warning, opacity=0.08, layer="below",
    )  # fmt: skip
    reference(figure, colours, y=1.0)
    entries = [Entry("■", colours.warning, f"|{LAMBDA}| above 1: growing")]
    if quiet:
        entries.append(Entry("━━", colours.muted, f"{moduli.shape[1]} eigenvalues, a pair once"))
    else:
        for i, group in enumerate(groups):
            text = f"{LAMBDA} " + ", ".join(str(r + 1) for r in group)
            entries.append(Entry("╍╍" if _dash(i) else "━━", _hue(i, colours), text))
    return add_legend(figure, entries, colours, note=of or jacobian_words(course.dt_over_tau), lowest="y2")
