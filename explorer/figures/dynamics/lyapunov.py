"""Lyapunov exponents with their errors, and how they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from explorer.figures.dynamics.frame import Entry, add_legend, padded, reference
from explorer.figures.ramps import continuous_ramp
from explorer.figures.theme import Palette, framed
from jedi.figures.exponents import ERRORS, WORDS, in_units, summary, verdicts
from jedi.figures.words import LAMBDA, number

if TYPE_CHECKING:
    from jedi.dynamics.lyapunov import Lyapunov


def exponents(found: Lyapunov, colours: Palette, *, height: int = 320) -> go.Figure:
    """The spectrum, largest first, with bars of two standard errors: per second, or per step where dt is not known."""
    values, errors, unit = in_units(found)
    signs = np.where(np.isneginf(values), -2, verdicts(values, errors))
    styles = {1: ("●", colours.warning), 0: ("○", colours.ink), -1: ("●", colours.categories[0])}
    traces, entries = [], []
    for sign in (1, 0, -1):
        (rows,) = np.nonzero(signs == sign)
        if not len(rows):
            continue
        glyph, colour = styles[sign]
        marker = {"color": colour if sign else colours.panel, "line": {"width": 1.5, "color": colour}}
        texts = [
            f"{LAMBDA} {r + 1}<br>{number(values[r])} ± {number(errors[r], 2)} {unit} (standard error)" for r in rows
        ]
        traces.append(
            go.Scatter(
                x=rows + 1, y=values[rows], mode="markers", name=WORDS[sign], text=texts,
                hovertemplate="%{text}<extra></extra>", marker={"size": 8, **marker}, cliponaxis=False,
                error_y={"type": "data", "array": ERRORS * errors[rows], "color": colour, "thickness": 1.2, "width": 3},
            )
        )  # fmt: skip
        entries.append(Entry(glyph, colour, WORDS[sign]))
    figure = framed(traces, colours, height=height, x_title="exponent", y_title=f"exponent ({unit})")
    reference(figure, colours, y=0.0)
    count = len(values)
    figure.update_xaxes(range=[0.4, count + 0.6], showgrid=False)
    figure.update_xaxes(**({"tickmode": "linear", "dtick": 1} if count <= 12 else {"nticks": 8}))
    figure.update_yaxes(range=padded(np.concatenate([*_bars(values, errors), [0.0]])))
    return add_legend(figure, entries, colours, note="\n".join(summary(found)))


def convergence(found: Lyapunov, colours: Palette, *, height: int = 320) -> go.Figure:
    """The running estimate of each exponent after each block, against the time that it averages over."""
    scale = 1.0 if found.dt is None else 1 / found.dt
    values, errors, unit = in_units(found)
    running = found.running * scale
    blocks, count = running.shape
    spent = (np.arange(blocks) + 1) * found.steps / max(blocks, 1)
    times = spent if found.dt is None else spent * found.dt
    ramp = continuous_ramp(colours.dark)[70 if colours.dark else 0 : 225]  # what stands out from the ground
    traces = []
    shades = [ramp[int(r / max(count - 1, 1) * (len(ramp) - 1))] for r in range(count)]
    when = "%{x:.0f} steps" if found.dt is None else "%{x:.4g} s"
    for r in range(count)[::-1]:
        traces.append(
            go.Scatter(
                x=times, y=running[:, r], mode="lines", name=f"{LAMBDA} {r + 1}",
                line={"color": shades[r], "width": 1.6},
                hovertemplate=f"{LAMBDA} {r + 1}<br>after {when}<br>%{{y:.6g}} {unit}<extra></extra>",
            )
        )  # fmt: skip
    ends = [
        go.Scatter(
            x=np.full(count, times[-1]), y=values, mode="markers", name="estimate", hoverinfo="skip", cliponaxis=False,
            marker={"size": 6, "color": shades},
            error_y={"type": "data", "array": ERRORS * errors, "color": colours.muted, "thickness": 1.2, "width": 3},
        )
    ] if blocks else []  # fmt: skip
    x_title = "steps averaged" if found.dt is None else "time averaged (s)"
    figure = framed([*traces, *ends], colours, height=height, x_title=x_title, y_title=f"exponent ({unit})")
    reference(figure, colours, y=0.0)
    figure.update_xaxes(range=[0, float(times[-1]) * 1.02 if blocks else 1.0])
    # the first blocks may be far off: the range is that of the later half, in which the estimate settles
    settled = running[blocks // 8 :]
    figure.update_yaxes(range=padded(np.concatenate([settled.ravel(), *_bars(values, errors), [0.0]])))
    entries = [Entry("━", shades[0], f"{LAMBDA} 1, the largest")] if count else []
    entries += [Entry("━", shades[-1], f"{LAMBDA} {count}")] if count > 1 else []
    return add_legend(figure, entries, colours, note=f"Bars at the end: ±{ERRORS} standard errors.")


def _bars(values: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the error bars; where there is no error, the value."""
    half = ERRORS * np.where(np.isfinite(errors), errors, 0.0)
    return values - half, values + half
