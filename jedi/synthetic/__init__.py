"""Networks whose connectivity is known, and the recordings that they would give."""

from __future__ import annotations

from jedi.synthetic.ceiling import NoiseCeiling, noise_ceiling
from jedi.synthetic.multitask import from_reference, input_signals, simulate_multitask
from jedi.synthetic.teacher import Teacher, draw_teacher, run_teacher

__all__ = [
    "simulate_multitask",
    "from_reference",
    "input_signals",
    "noise_ceiling",
    "NoiseCeiling",
    "draw_teacher",
    "run_teacher",
    "Teacher",
]
