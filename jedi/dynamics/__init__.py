"""What the generated networks do: their linearisations."""

from __future__ import annotations

from jedi.dynamics.linearisation import Spectrum, eigenvalues, spectrum

__all__ = ["Spectrum", "eigenvalues", "spectrum"]
