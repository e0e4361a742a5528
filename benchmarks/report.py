"""One line a figure: what it is, what it came to, its limit, and whether it keeps it."""

from __future__ import annotations


def at_most(name: str, value: float, limit: float, unit: str = "s", note: str = "") -> bool:
    """Print a figure that should not exceed its limit; whether it does not."""
    return _line(name, value, "at most", limit, unit, note, value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "", note: str = "") -> bool:
    """Print a figure that should reach its limit; whether it does."""
    return _line(name, value, "at least", limit, unit, note, value >= limit)


def _line(name: str, value: float, word: str, limit: float, unit: str, note: str, good: bool) -> bool:
    figure = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    unit = f" {unit}" if unit else ""
    verdict = "OK" if good else "NOT MET"
    print(f"  {name:58s} {figure + unit:>10s}   {word} {limit:g}{unit}: {verdict}{'   ' + note if note else ''}")
    return good
