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
from jedi.dynamics.linearisation import Spectrum, eigenvalues, spectrum

__all__ = [
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
