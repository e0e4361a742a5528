"""Figures of the dynamics: results of `jedi.dynamics` in, Plotly figures out; one file a family."""

from __future__ import annotations

from explorer.figures.dynamics.bifurcation import diagram
from explorer.figures.dynamics.fixed_points import state_plane
from explorer.figures.dynamics.lyapunov import convergence, exponents
from explorer.figures.dynamics.phase_portrait import portrait
from explorer.figures.dynamics.spectrum import complex_plane, time_course

__all__ = ["complex_plane", "convergence", "diagram", "exponents", "portrait", "state_plane", "time_course"]
