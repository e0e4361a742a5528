"""Adam for contexts, which only moves the trials of the batch, and the schedule of all learning rates."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def one_cycle(progress: float, warm: float = 0.3) -> float:
    """Share of the peak rate at a progress from 0 to 1: from 1/25 up to 1, then down to 4e-6, by half cosines."""
    if progress < warm:
        return 1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * progress / warm)) / 2
    fallen = (progress - warm) / (1 - warm)
    return 4e-6 + (1 - 4e-6) * (1 + math.cos(math.pi * fallen)) / 2


class RowAdam:
    """Adam over the rows of a table, each row with its own moments and step count (Kingma and Ba 2015).

    Dense Adam goes on moving a trial that is not in the batch, along its old momentum; here absent rows rest.
    """

    def __init__(self, rows: Float[Tensor, "K D"], betas: tuple[float, float], epsilon: float = 1e-8) -> None:
        self.rows = rows
        self.betas, self.epsilon = betas, epsilon
        self.first, self.second = torch.zeros_like(rows), torch.zeros_like(rows)
        self.count = torch.zeros(len(rows), 1, dtype=rows.dtype, device=rows.device)

    @torch.no_grad()
    def step(self, index: Int[Tensor, " B"], gradient: Float[Tensor, "B D"], rate: float) -> None:
        """Move the rows at `index` (each at most once) against their gradient."""
        b1, b2 = self.betas
        first = self.first[index].lerp_(gradient, 1 - b1)
        second = self.second[index].lerp_(gradient.square(), 1 - b2)
        count = self.count[index] + 1
        self.first[index], self.second[index], self.count[index] = first, second, count
        scale = (second / (1 - b2**count)).sqrt_().add_(self.epsilon)
        self.rows[index] -= rate * first / (1 - b1**count) / scale

    def state(self) -> dict[str, np.ndarray]:
        """Moments and counts, for a checkpoint."""
        return {
            "first": self.first.numpy(force=True),
            "second": self.second.numpy(force=True),
            "count": self.count.numpy(force=True),
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up the moments and counts of a checkpoint."""
        for name in ("first", "second", "count"):
            getattr(self, name).copy_(torch.from_numpy(state[name].copy()))
