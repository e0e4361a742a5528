"""The recurrence as PyTorch sees it: the reference, and the fused form that training uses on a CPU.

    x[t+1] = (1 - a) x[t] + a (U V^T tanh(x[t]) + b),        a = dt / tau        (paper, Euler steps)

J = U V^T is never formed: a step costs 4 M R flops in place of 2 M^2.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jedi import kernels


def rollout_reference(
    u: Float[Tensor, "B R M"],
    v: Float[Tensor, "B R M"],
    bias: Float[Tensor, "B M"],
    x0: Float[Tensor, "B M"],
    steps: int,
    dt_over_tau: float,
) -> Float[Tensor, "B T M"]:
    """States of B trials from x0 (included), by plain PyTorch on any device and in any precision."""
    x, states = x0, [x0]
    for _ in range(steps - 1):
        overlap = torch.einsum("brm,bm->br", v, torch.tanh(x))
        x = (1 - dt_over_tau) * x + dt_over_tau * (torch.einsum("brm,br->bm", u, overlap) + bias)
        states.append(x)
    return torch.stack(states, 1)


def rollout(
    u: Float[Tensor, "B R M"],
    v: Float[Tensor, "B R M"],
    bias: Float[Tensor, "B M"],
    x0: Float[Tensor, "B M"],
    steps: int,
    dt_over_tau: float,
) -> Float[Tensor, "B T M"]:
    """The same states as `rollout_reference`: fused and differentiable on a CPU, the reference elsewhere.

    float32 agrees with the reference to 1e-5 in states and 1e-4 relative in gradients; float64 is exact.
    """
    if u.device.type != "cpu":
        return rollout_reference(u, v, bias, x0, steps, dt_over_tau)
    states: Tensor = _Fused.apply(  # type: ignore[no-untyped-call]
        u, v, bias, x0, steps, dt_over_tau
    )
    return states


def squared_error(
    u: Float[Tensor, "B R M"],
    v: Float[Tensor, "B R M"],
    bias: Float[Tensor, "B M"],
    x0: Float[Tensor, "B M"],
    target: Float[Tensor, "K T M"],
    mask: Float[Tensor, "K T"],
    weight: Float[Tensor, " M"],
    index: Int[Tensor, " B"],
    steps: int,
    dt_over_tau: float,
) -> Float[Tensor, " B"]:
    """Squared error of each trial's states against its row of `target`, where `mask` is 1, units weighted.

    On a CPU neither the states nor their gradient pass through PyTorch: at N = 200 that is a third of a step.
    """
    if u.device.type != "cpu":
        difference = rollout_reference(u, v, bias, x0, steps, dt_over_tau) - target[index, :steps]
        return torch.einsum("btm,bt,m->b", difference.square(), mask[index, :steps], weight)
    error: Tensor = _FusedError.apply(  # type: ignore[no-untyped-call]
        u, v, bias, x0, target, mask, weight, index, steps, dt_over_tau
    )
    return error


class _Fused(torch.autograd.Function):
    """`kernels.rollout` with its analytic adjoint. The arrays are shared with PyTorch, not copied."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, v: Tensor, bias: Tensor, x0: Tensor, steps: int, dt_over_tau: float) -> Tensor:
        u, v, bias = u.contiguous(), v.contiguous(), bias.contiguous()
        states, ctx.trajectory = kernels.rollout(
            u.detach().numpy(), v.detach().numpy(), bias.detach().numpy(), x0.detach().numpy(), steps, dt_over_tau
        )
        ctx.save_for_backward(u, v)
        ctx.dt_over_tau = dt_over_tau
        return torch.from_numpy(states)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        u, v = (saved.detach().numpy() for saved in ctx.saved_tensors)
        found = kernels.rollout_adjoint(u, v, ctx.trajectory, gradient.contiguous().numpy(), ctx.dt_over_tau)
        return *(torch.from_numpy(g) for g in found), None, None


class _FusedError(torch.autograd.Function):
    """`kernels.rollout_error`; the adjoint is linear in the error's gradient, which scales it at the end."""

    @staticmethod
    def forward(
        ctx: Any,
        u: Tensor,
        v: Tensor,
        bias: Tensor,
        x0: Tensor,
        target: Tensor,
        mask: Tensor,
        weight: Tensor,
        index: Tensor,
        steps: int,
        dt_over_tau: float,
    ) -> Tensor:
        u, v, bias = u.contiguous(), v.contiguous(), bias.contiguous()
        error, ctx.trajectory = kernels.rollout_error(
            u.detach().numpy(),
            v.detach().numpy(),
            bias.detach().numpy(),
            x0.detach().numpy(),
            target.numpy(),
            mask.numpy(),
            weight.numpy(),
            index.numpy(),
            steps,
            dt_over_tau,
        )
        ctx.save_for_backward(u, v)
        ctx.dt_over_tau = dt_over_tau
        return torch.from_numpy(error).to(u.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        u, v = (saved.detach().numpy() for saved in ctx.saved_tensors)
        found = kernels.rollout_adjoint(u, v, ctx.trajectory, ctx.trajectory.error_gradient, ctx.dt_over_tau)
        scaled = (torch.from_numpy(g).mul_(gradient.view(-1, *[1] * (g.ndim - 1))) for g in found)
        return *scaled, None, None, None, None, None, None
