"""Words and numbers of the figures, the same for the screen and for paper."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

TAU = "\N{GREEK SMALL LETTER TAU}"
LAMBDA = "\N{GREEK SMALL LETTER LAMDA}"
MINUS = "\N{MINUS SIGN}"


def number(value: complex | float, digits: int = 6) -> str:
    """A number as people read it, with a true minus sign; a + bi where it is complex."""
    if isinstance(value, complex | np.complexfloating):
        sign = "+" if value.imag >= 0 else "\N{MINUS SIGN}"
        if value.imag == 0:
            return number(float(value.real), digits)
        return f"{number(float(value.real), digits)} {sign} {number(abs(float(value.imag)), digits)}i"
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def jacobian_words(dt_over_tau: float, circle: bool = True) -> str:
    """Which Jacobian eigenvalues belong to."""
    return f"Jacobian of the step, dt/{TAU} = {dt_over_tau:.4g}" if circle else f"Jacobian of the flow, per {TAU}"


def height_name(project: Float[np.ndarray, " R"] | None) -> str:
    """What `projected` shows, for an axis."""
    if project is None:
        return "norm of the overlaps"
    direction = np.asarray(project, float)
    (entries,) = np.nonzero(direction)
    if len(entries) == 1 and direction[entries[0]] == 1:
        return f"overlap {entries[0] + 1}"
    return "overlaps along a direction"


def event_name(kind: str) -> str:
    """A bifurcation's name as it is written."""
    return "Hopf" if kind == "hopf" else kind
