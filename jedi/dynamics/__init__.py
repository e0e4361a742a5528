"""What the generated networks do: their linearisations."""

from __future__ import annotations

from jedi.dynamics.basins import Basins, basins
from jedi.dynamics.bifurcation import Bifurcation, Branch, Diagram, bifurcations
from jedi.dynamics.comparison import (
    Comparison,
    Matching,
    compare,
    hausdorff,
    match_points,
    spectral_distance,
    wasserstein,
)
from jedi.dynamics.course import Course, PhaseAverage, course, phase_average
from jedi.dynamics.fixed_points import FixedPoints, fixed_points
from jedi.dynamics.gains import GainSpectrum, gain_spectrum
from jedi.dynamics.limit_cycle import LimitCycle
from jedi.dynamics.linearisation import Spectrum, eigenvalues, spectrum
from jedi.dynamics.lyapunov import Lyapunov, finite_time, lyapunov
from jedi.dynamics.modes import Alignment, Modes, alignment, modes
from jedi.dynamics.phase_portrait import PhasePortrait, phase_portrait
from jedi.dynamics.proof import Proof, prove

__all__ = [
    "FixedPoints",
    "Proof",
    "fixed_points",
    "prove",
    "Spectrum",
    "eigenvalues",
    "spectrum",
    "Alignment",
    "Modes",
    "alignment",
    "modes",
    "Course",
    "PhaseAverage",
    "course",
    "phase_average",
    "GainSpectrum",
    "gain_spectrum",
    "Lyapunov",
    "finite_time",
    "lyapunov",
    "Comparison",
    "Matching",
    "compare",
    "hausdorff",
    "match_points",
    "spectral_distance",
    "wasserstein",
    "Bifurcation",
    "Branch",
    "Diagram",
    "LimitCycle",
    "bifurcations",
    "PhasePortrait",
    "phase_portrait",
    "Basins",
    "basins",
]
