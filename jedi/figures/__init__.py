"""Figures for papers, in Matplotlib: results in, figure out; nothing of the interface.

Geometry and words (`curves`, `labels`, `planes`, `streamlines`, `words`) need NumPy alone and serve the app as well.
"""

from __future__ import annotations

from jedi.figures.branches import bifurcation_figure
from jedi.figures.eigenvalues import course_figure, spectrum_figure
from jedi.figures.exponents import lyapunov_figure
from jedi.figures.portrait import phase_portrait_figure
from jedi.figures.states import fixed_points_figure, trajectory_figure
from jedi.figures.style import journal, save
from jedi.figures.weights import weights_figure

__all__ = [
    "bifurcation_figure",
    "course_figure",
    "fixed_points_figure",
    "journal",
    "lyapunov_figure",
    "phase_portrait_figure",
    "save",
    "spectrum_figure",
    "trajectory_figure",
    "weights_figure",
]
