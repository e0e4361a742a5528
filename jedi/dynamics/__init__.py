"""What the generated networks do: their linearisations."""

from __future__ import annotations

from jedi.dynamics.comparison import (
    Comparison,
    Matching,
    compare,
    hausdorff,
    match_points,
    spectral_distance,
    wasserstein,
)
from jedi.dynamics.fixed_points import FixedPoints, fixed_points
from jedi.dynamics.linearisation import Spectrum, eigenvalues, spectrum
from jedi.dynamics.proof import Proof, prove

__all__ = [
    "FixedPoints",
    "Proof",
    "fixed_points",
    "prove",
    "Spectrum",
    "eigenvalues",
    "spectrum",
    "Comparison",
    "Matching",
    "compare",
    "hausdorff",
    "match_points",
    "spectral_distance",
    "wasserstein",
]
