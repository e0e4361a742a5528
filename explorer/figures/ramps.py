"""Colour maps built in OKLab, where equal steps look equal: the same as the live component's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import cos, pi, sin

RGB = tuple[int, int, int]
SIZE = 256


def oklch(lightness: float, chroma: float, hue: float) -> RGB:
    """The colour as red, green and blue, 0 to 255; chroma is reduced until it exists on a screen."""
    while True:
        channels = _linear(lightness, chroma * cos(hue), chroma * sin(hue))
        if chroma <= 0 or all(-1e-4 <= value <= 1.0001 for value in channels):
            red, green, blue = (_encoded(value) for value in channels)
            return red, green, blue
        chroma -= 0.005


@cache
def continuous_ramp(dark: bool) -> list[str]:
    """256 colours of even lightness steps, from blue by green to yellow."""
    low, high = (0.42, 0.92) if dark else (0.28, 0.84)
    return _ramp(lambda t: oklch(low + t * (high - low), 0.1 + 0.05 * sin(pi * t), (285 - 185 * t) * pi / 180))


@cache
def cyclic_ramp(dark: bool) -> list[str]:
    """256 colours round the hue circle; lightness goes round once too."""
    middle = 0.72 if dark else 0.6
    return _ramp(lambda t: oklch(middle + 0.11 * cos(2 * pi * t), 0.13, 2 * pi * t + 1.1))


@cache
def many_colours(count: int, dark: bool) -> list[str]:
    """`count` clearly different colours: the hue circle in three lightnesses."""
    levels = (0.68, 0.82, 0.58) if dark else (0.55, 0.68, 0.42)
    return [_css(oklch(levels[i % 3], 0.13, 2 * pi * i / count + 0.4)) for i in range(count)]


def _ramp(at: Callable[[float], RGB]) -> list[str]:
    return [_css(at(i / (SIZE - 1))) for i in range(SIZE)]


def _css(colour: RGB) -> str:
    return f"rgb({colour[0]},{colour[1]},{colour[2]})"


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )


def _encoded(value: float) -> int:
    clipped = min(1.0, max(0.0, value))
    return round(255 * (12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055))
