"""What the model is compared with: fitted on training trials, asked the same questions, given no more than it is."""

from __future__ import annotations

from jedi.baselines.factors import FactorModel, fit_factor_analysis, fit_ppca
from jedi.baselines.mean import last_state_held, mean_by_time
from jedi.baselines.ridge import ridge_between_neurons, ridge_between_starts

__all__ = [
    "FactorModel",
    "fit_factor_analysis",
    "fit_ppca",
    "last_state_held",
    "mean_by_time",
    "ridge_between_neurons",
    "ridge_between_starts",
]
