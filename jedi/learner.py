"""What training changes, and one step of it: parameters, contexts, their optimisers and the loss."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from jedi.architecture import architecture_of
from jedi.config import Recipe
from jedi.model import JediModel
from jedi.optimiser import RowAdam, one_cycle
from jedi.preparation import principal_axes, trial_components


class Learner:
    """The model, the contexts of the training trials, and their optimisers, on one device."""

    def __init__(
        self,
        target: Float[Tensor, "K T N"],
        mask: Float[Tensor, "K T"],
        x0: Float[Tensor, "K M"] | None,
        recipe: Recipe,
        seed: int,
        permute_contexts: bool = False,
    ) -> None:
        _trials, bins, neurons = target.shape
        self.recipe, self.target, self.mask, self.x0 = recipe, target, mask, x0
        # Each trial's sum of squares up to each bin: what R^2 divides by (the mean is zero or the scale's own).
        mean = (target * mask[:, :, None]).sum((0, 1)) / mask.sum()
        self.energy = ((target - mean).square().sum(2) * mask).cumsum(1)
        self.architecture = architecture_of(recipe, neurons, bins)
        self.model = JediModel(self.architecture, seed)
        contexts, log_sd = self._start(seed, permute_contexts)
        self.model.to(target.device)
        self.contexts = contexts.to(target.device)
        self.log_sd = log_sd.to(target.device).requires_grad_(recipe.variational)
        self.residual_variance = torch.ones(neurons, device=target.device)
        self.row_adam = RowAdam(self.contexts, recipe.betas)
        slow = [*self.model.hyper.parameters(), *(self.model.readout.parameters() if self.architecture.readout else ())]
        fast = [*self.model.initial.parameters()] if recipe.initial_state == "context" else []
        groups = [(slow, recipe.rate), (fast, recipe.context_rate), ([self.log_sd], recipe.log_sd_rate)]
        self.adam = torch.optim.Adam(
            [{"params": p, "lr": rate, "peak": rate} for p, rate in groups if p and p[0].requires_grad],
            betas=recipe.betas,
            fused=target.device.type in ("cpu", "cuda"),
        )

    def _start(self, seed: int, permute: bool) -> tuple[Tensor, Tensor]:
        recipe, trials = self.recipe, len(self.target)
        g = torch.Generator().manual_seed(seed + 1)
        log_sd = torch.zeros(recipe.embedding_dim)
        scaled, recorded = self.target.numpy(force=True), self.mask.numpy(force=True) > 0
        if recipe.context_start == "random":
            contexts = recipe.context_sd * torch.randn(trials, recipe.embedding_dim, generator=g)
        else:
            parts = trial_components(scaled, recorded, recipe.embedding_dim)
            contexts = torch.from_numpy(parts.whitened).clone()
            log_sd = torch.from_numpy(np.log(np.maximum(parts.noise_sd, 1e-3)))
            assert isinstance(self.model.input_scale, Tensor)
            self.model.input_scale.copy_(torch.from_numpy(np.sqrt(parts.sd / parts.sd[0])))
        if permute:
            contexts = contexts[torch.randperm(trials, generator=g)]
        if recipe.units is not None:
            mean, axes, variance = principal_axes(scaled, recorded, recipe.units)
            with torch.no_grad():
                self.model.readout.weight[:, : len(axes)] = torch.from_numpy((axes * np.sqrt(variance)[:, None]).T)
                self.model.readout.bias.copy_(torch.from_numpy(mean))
        return contexts, log_sd

    def step(
        self, index: Int[Tensor, " B"], bins: int, progress: float, generator: torch.Generator
    ) -> tuple[float, float, float]:
        """One optimiser step on a batch of trials over their first `bins` bins, at a share `progress` of the training.

        Returns the loss, the squared error over recorded bins, and the sum of squares that R^2 compares it with.
        """
        recipe, rate_share = self.recipe, one_cycle(progress)
        rows = self.contexts[index].requires_grad_()
        x0 = None if self.x0 is None else self.x0[index]
        recorded = self.mask[index, :bins].sum()  # may be none, where a short rollout meets late recordings
        shown = (self._perturbed(rows, progress, generator), x0, self.target, self.mask, index, bins)
        if recipe.weigh_residuals:
            errors = self.model.squared_errors(*shown)
            error, weighted = errors.sum(), (errors @ self.neuron_weight()).sum()
        else:
            error = weighted = self.model.weighted_error(*shown, self.neuron_weight()).sum()
        loss = weighted / (recorded.clamp_min(1) * self.target.shape[2])
        if recipe.variational:
            variance = (2 * self.log_sd).exp()
            divergence = 0.5 * (rows.square() + variance - 1 - 2 * self.log_sd).sum(1).mean()
            loss = loss + recipe.kl_weight * divergence
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._clip(rows)
        for group in self.adam.param_groups:
            group["lr"] = group["peak"] * rate_share
        self.adam.step()
        assert rows.grad is not None
        self.row_adam.step(index, rows.grad, recipe.context_rate * rate_share)
        with torch.no_grad():
            if recipe.weigh_residuals and recorded > 0:
                self.residual_variance.lerp_(errors.sum(0) / recorded, 0.1)
            return float(loss), float(error), float(self.energy[index, bins - 1].sum())

    def neuron_weight(self) -> Float[Tensor, " N"]:
        """Inverse running residual variance of each neuron, at mean 1."""
        if not self.recipe.weigh_residuals:
            return torch.ones_like(self.residual_variance)
        inverse = 1 / self.residual_variance.clamp_min(1e-3)
        return inverse / inverse.mean()

    def _perturbed(self, rows: Tensor, progress: float, generator: torch.Generator) -> Tensor:
        recipe = self.recipe
        if recipe.jitter:
            falling = max(0.0, (progress - 0.7) / 0.3)
            jitter = recipe.jitter + (recipe.jitter_end - recipe.jitter) * falling
            rows = rows + jitter * self.contexts.std(0) * _normal(rows, generator)
        if recipe.variational:
            rows = rows + self.log_sd.exp() * _normal(rows, generator)
        if recipe.nested_dropout:
            # Half of the samples keep only their first 4 to D dimensions: the leading ones must do most.
            dims = rows.shape[1]
            keep = torch.randint(min(4, dims), dims + 1, (len(rows), 1), generator=generator)
            keep[torch.rand(len(rows), 1, generator=generator) < 0.5] = dims
            rows = rows * (torch.arange(dims) < keep).to(rows)
        return rows

    def _clip(self, rows: Tensor) -> None:
        gradients = [p.grad for group in self.adam.param_groups for p in group["params"] if p.grad is not None]
        assert rows.grad is not None
        gradients.append(rows.grad)
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        torch._foreach_mul_(gradients, (self.recipe.clip / (norm + 1e-6)).clamp_max(1.0))

    def state(self) -> dict[str, np.ndarray]:
        """Everything that a later step depends on, by name."""
        tensors = {f"model.{name}": value for name, value in self.model.tensors().items()}
        tensors |= {"contexts": self.contexts.numpy(force=True), "context_log_sd": self.log_sd.numpy(force=True)}
        tensors["residual_variance"] = self.residual_variance.numpy(force=True)
        tensors |= {f"row_adam.{name}": value for name, value in self.row_adam.state().items()}
        for i, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam.{i}.{name}": value.numpy(force=True) for name, value in moments.items()}
        return tensors

    def restore(self, tensors: dict[str, np.ndarray]) -> None:
        """Go back to such a state."""
        take = {name: torch.from_numpy(value.copy()) for name, value in tensors.items()}
        self.model.load_state_dict({n.removeprefix("model."): v for n, v in take.items() if n.startswith("model.")})
        with torch.no_grad():
            self.contexts.copy_(take["contexts"])
            self.log_sd.copy_(take["context_log_sd"])
            self.residual_variance.copy_(take["residual_variance"])
        self.row_adam.restore({name: tensors[f"row_adam.{name}"] for name in ("first", "second", "count")})
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in take.items():
            if name.startswith("adam."):
                _, i, moment = name.split(".")
                state.setdefault(int(i), {})[moment] = value
        self.adam.load_state_dict({**self.adam.state_dict(), "state": state})


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator).to(like)
