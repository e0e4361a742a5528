"""Numbers as the page's tables have them."""

from __future__ import annotations

import numpy as np

from jedi.figures.words import number


def text(value: float, digits: int = 4) -> str:
    """A number with so many digits and a true minus sign; a dash where there is none, the sign for infinity."""
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return number(float(value), digits)


def small(value: float) -> str:
    """A residual: one digit and the power of ten."""
    return "0" if value == 0 else f"{value:.0e}".replace("-0", "-").replace("-", "\N{MINUS SIGN}")


def per_decay(time_constant: float) -> str:
    """A time constant in s; of a growing mode, how fast it grows e-fold."""
    if np.isnan(time_constant) or np.isinf(time_constant):
        return text(abs(time_constant))
    size = abs(time_constant)
    shown = "over 10⁴" if size > 1e4 else text(size, 3)
    return f"{shown}{' grows' if time_constant < 0 else ''}"
