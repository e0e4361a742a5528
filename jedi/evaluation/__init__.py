"""Honest figures: every R^2 beside its floors, ceilings, baselines and controls."""

from __future__ import annotations

from jedi.evaluation.report import evaluate
from jedi.evaluation.table import figure_rows, format_figures

__all__ = ["evaluate", "figure_rows", "format_figures"]
