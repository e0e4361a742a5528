"""The JEDI model: a hypernetwork from a trial's context embedding to the weights of a recurrent network.

    h_0 = s * c,   h_i = tanh(A_i h_{i-1} + a_i),   (U, V, b) = A_L h_{L-1} + a_L        (paper: 3-layer MLP, low rank)
    x[t+1] = (1 - a) x[t] + a (U V^T tanh(x[t]) + b)
    y = x  (one unit a neuron, as in the paper)   or   y = C x + d  (latent units with a readout)

y is compared with the scaled activity. Contexts are free parameters of the trials and live outside the
module (training owns them); everything here is shared by all trials.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import linear

from jedi.architecture import Architecture, steps_for
from jedi.rollout import rollout, squared_error


class JediModel(nn.Module):
    """Hypernetwork, recurrence, first state and readout; `contexts` (B, D) come from outside."""

    def __init__(self, architecture: Architecture, seed: int = 0) -> None:
        super().__init__()
        self.architecture = architecture
        g = torch.Generator().manual_seed(seed)
        width, units = architecture.width, architecture.units
        sizes = [architecture.embedding_dim, *[width] * architecture.hidden_layers, architecture.outputs]
        self.hyper = nn.ModuleList(nn.Linear(i, o) for i, o in itertools.pairwise(sizes))
        for layer in self.hyper:
            assert isinstance(layer, nn.Linear)
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=g)
            nn.init.uniform_(layer.bias, -bound, bound, generator=g)
        with torch.no_grad():
            # All trials start from one shared random low-rank network, near which contexts make small differences.
            assert isinstance(layer, nn.Linear)
            layer.weight.mul_(0.3)
            layer.weight[2 * architecture.rank * units :] = 0
            layer.bias.normal_(0, units**-0.5, generator=g)
            layer.bias[2 * architecture.rank * units :] = 0
        self.register_buffer("input_scale", torch.ones(architecture.embedding_dim))
        if architecture.initial_state == "context":
            self.initial = nn.Linear(architecture.embedding_dim, units)
            nn.init.normal_(self.initial.weight, 0, 0.1 / architecture.embedding_dim**0.5, generator=g)
            nn.init.zeros_(self.initial.bias)
        if architecture.readout:
            self.readout = nn.Linear(units, architecture.neurons)
            nn.init.normal_(self.readout.weight, 0, units**-0.5, generator=g)
            nn.init.zeros_(self.readout.bias)

    def weights(
        self, contexts: Float[Tensor, "B D"]
    ) -> tuple[Float[Tensor, "B R M"], Float[Tensor, "B R M"], Float[Tensor, "B M"]]:
        """Factors U and V of J = U V^T, one row a rank, and the bias."""
        a = self.architecture
        assert isinstance(self.input_scale, Tensor)
        h = contexts * self.input_scale
        for layer in self.hyper[:-1]:
            h = torch.tanh(layer(h))
        out = self.hyper[-1](h)
        u, v, bias = out.split([a.rank * a.units, a.rank * a.units, a.units], dim=1)
        return u.unflatten(1, (a.rank, a.units)), v.unflatten(1, (a.rank, a.units)), bias

    def forward(
        self, contexts: Float[Tensor, "B D"], x0: Float[Tensor, "B M"] | None = None, bins: int | None = None
    ) -> Float[Tensor, "B T N"]:
        """Scaled activity of B trials on the first `bins` data bins (all by default).

        `x0` is needed where the initial state is the trial's, and overrides the learned map elsewhere.
        """
        a = self.architecture
        bins = bins or a.bins
        u, v, bias = self.weights(contexts)
        if x0 is None:
            x0 = self.initial(contexts)
        y = rollout(u, v, bias, x0, steps_for(bins, a.stride), a.dt_over_tau)
        if a.readout:
            y = linear(y, self.readout.weight, self.readout.bias)
        return on_bins(y, bins, a.stride)

    def squared_errors(
        self,
        contexts: Float[Tensor, "B D"],
        x0: Float[Tensor, "B M"] | None,
        target: Float[Tensor, "K T N"],
        mask: Float[Tensor, "K T"],
        index: Int[Tensor, " B"],
        bins: int,
    ) -> Float[Tensor, "B N"]:
        """Squared error of B trials against their rows of `target` over recorded bins, neuron by neuron."""
        squared = (self(contexts, x0, bins) - target[index, :bins]).square_()
        return torch.einsum("btn,bt->bn", squared, mask[index, :bins])

    def weighted_error(
        self,
        contexts: Float[Tensor, "B D"],
        x0: Float[Tensor, "B M"] | None,
        target: Float[Tensor, "K T N"],
        mask: Float[Tensor, "K T"],
        index: Int[Tensor, " B"],
        bins: int,
        weight: Float[Tensor, " N"],
    ) -> Float[Tensor, " B"]:
        """The same summed over neurons with weights: in one pass with the rollout where units are neurons."""
        a = self.architecture
        if a.readout or a.stride > 1:
            return self.squared_errors(contexts, x0, target, mask, index, bins) @ weight
        start = self.initial(contexts) if x0 is None else x0
        return squared_error(*self.weights(contexts), start, target, mask, weight, index, bins, a.dt_over_tau)

    def tensors(self) -> dict[str, np.ndarray]:
        """Parameters by name, as the model file holds them."""
        return {name: value.detach().cpu().numpy() for name, value in self.state_dict().items()}

    @classmethod
    def from_tensors(cls, architecture: Architecture, tensors: Mapping[str, np.ndarray]) -> JediModel:
        """The model whose parameters these are; other names in `tensors` are left alone."""
        model = cls(architecture)
        known = model.state_dict()
        model.load_state_dict({name: torch.from_numpy(np.array(tensors[name])) for name in known})
        return model


def on_bins(y: Float[Tensor, "B S N"], bins: int, stride: int) -> Float[Tensor, "B T N"]:
    """Values on data bins from values on model steps `stride` bins apart, by linear interpolation."""
    if stride == 1:
        return y[:, :bins]
    share = torch.arange(stride, dtype=y.dtype, device=y.device)[None, None, :, None] / stride
    between = torch.lerp(y[:, :-1, None], y[:, 1:, None], share)
    return torch.cat([between.flatten(1, 2), y[:, -1:]], 1)[:, :bins]
