"""Sizes and forms of a model, from which the shapes of all its tensors follow."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from jedi.config import Recipe


class Architecture(BaseModel):
    """Sizes and forms of a model: what its tensors' shapes follow from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neurons: int
    units: int
    rank: int
    embedding_dim: int
    width: int
    hidden_layers: int = 2
    readout: bool = False
    initial_state: str = "trial"  # "trial": given with the trial; "context": a learned linear map of the context
    dt_over_tau: float = 0.1  # Euler step of the model
    stride: int = 1  # data bins a model step
    bins: int  # T

    @property
    def outputs(self) -> int:
        """Numbers the hypernetwork gives: U (R, M), V (R, M), bias (M)."""
        return 2 * self.rank * self.units + self.units

    @property
    def steps(self) -> int:
        """Model states that span a trial's T bins, the first and the one at or after the last bin included."""
        return steps_for(self.bins, self.stride)


def steps_for(bins: int, stride: int) -> int:
    """Model states needed for so many data bins."""
    return -(-(bins - 1) // stride) + 1


def architecture_of(recipe: Recipe, neurons: int, bins: int) -> Architecture:
    """The model that a recipe makes of N neurons and T bins."""
    return Architecture(
        neurons=neurons,
        units=recipe.units or neurons,
        rank=recipe.rank,
        embedding_dim=recipe.embedding_dim,
        width=recipe.width,
        readout=recipe.units is not None,
        initial_state=recipe.initial_state,
        dt_over_tau=recipe.dt_over_tau,
        stride=recipe.stride,
        bins=bins,
    )
