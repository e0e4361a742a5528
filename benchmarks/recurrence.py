"""The fused rollout and a whole training step against the same written in eager PyTorch, as ratios in one run.

    python -m benchmarks.recurrence

Rivals: the factored recurrence in eager PyTorch (`rollout_reference`), and dense batched weights J = U V^T.
Each figure is the median over repetitions, taken in turn. The rivals have PyTorch's threads, all cores; ours runs
as training runs it, PyTorch on one thread and slices of trials on all cores.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

from jedi.config import TrainConfig
from jedi.learner import Learner
from jedi.model import JediModel
from jedi.preparation import first_states
from jedi.rollout import rollout, rollout_reference
from jedi.synthetic import simulate_multitask
from jedi.threads import one_torch_thread
from jedi.training import plan

NEURONS, RANK, STEPS, BATCH, DT_OVER_TAU = 200, 5, 150, 40, 0.1
LIMITS = {"factored eager": 8.0, "dense eager": 80.0, "eager training step": 6.0}


def rollout_dense(u: Tensor, v: Tensor, bias: Tensor, x0: Tensor, steps: int, dt_over_tau: float) -> Tensor:
    """The recurrence with J formed, one batched matrix product a step."""
    weights = torch.einsum("brm,brn->bmn", u, v)
    x, states = x0, [x0]
    for _ in range(steps - 1):
        drive = torch.bmm(weights, torch.tanh(x)[:, :, None])[:, :, 0] + bias
        x = (1 - dt_over_tau) * x + dt_over_tau * drive
        states.append(x)
    return torch.stack(states, 1)


class EagerModel(JediModel):
    """The same model with nothing fused."""

    def weighted_error(
        self,
        contexts: Tensor,
        x0: Tensor | None,
        target: Tensor,
        mask: Tensor,
        index: Tensor,
        bins: int,
        weight: Tensor,
    ) -> Tensor:
        states = rollout_reference(*self.weights(contexts), x0, bins, self.architecture.dt_over_tau)
        difference = states - target[index, :bins]
        return (difference.square() * mask[index, :bins, None] * weight).sum((1, 2))


def seconds(jobs: dict[str, Callable[[], object]], repetitions: dict[str, int]) -> dict[str, float]:
    """Median seconds of each job, the jobs taken in turn so that a drift of the machine meets all."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for i in range(max(repetitions.values())):
        for name, job in jobs.items():
            if i < repetitions[name]:
                with nullcontext() if "eager" in name else one_torch_thread():
                    job()  # its data, and its threads, are in place when the clock starts
                    start = time.perf_counter()
                    job()
                    taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def rollout_jobs() -> dict[str, Callable[[], object]]:
    """Forward and backward of each form on the same inputs."""
    g = torch.Generator().manual_seed(0)
    u, v = (torch.randn(BATCH, RANK, NEURONS, generator=g) / NEURONS**0.5 for _ in range(2))
    bias, x0 = (torch.randn(BATCH, NEURONS, generator=g) for _ in range(2))
    inputs = [a.requires_grad_() for a in (u, v, bias, x0)]
    gradient = torch.randn(BATCH, STEPS, NEURONS, generator=g)

    def job(form: Callable[..., Tensor]) -> Callable[[], object]:
        return lambda: torch.autograd.grad(form(*inputs, STEPS, DT_OVER_TAU), inputs, gradient)

    return {"fused": job(rollout), "factored eager": job(rollout_reference), "dense eager": job(rollout_dense)}


def step_jobs() -> dict[str, Callable[[], object]]:
    """A whole optimiser step of the preset for simulated states, fused and eager."""
    settled = plan(simulate_multitask(seed=0), TrainConfig(preset="clean", batch=BATCH, hold_out=0.0))
    scaled = torch.from_numpy(settled.scaled())
    mask, x0 = torch.ones(scaled.shape[:2]), torch.from_numpy(first_states(settled.scaled(), settled.dataset.recorded))
    jobs: dict[str, Callable[[], object]] = {}
    for name in ("training step", "eager training step"):
        learner = Learner(scaled, mask, x0, settled.recipe, seed=0)
        if name.startswith("eager"):
            learner.model.__class__ = EagerModel
        generator = torch.Generator().manual_seed(0)
        index = torch.arange(BATCH)
        jobs[name] = lambda learner=learner, generator=generator, index=index: learner.step(
            index, settled.dataset.T, 0.99, generator
        )
    return jobs


def main() -> None:
    """Print each ratio beside its limit."""
    jobs = rollout_jobs() | step_jobs()
    repetitions = dict.fromkeys(jobs, 15) | {"fused": 60, "training step": 60, "dense eager": 4}
    took = seconds(jobs, repetitions)
    print(f"N {NEURONS}, R {RANK}, T {STEPS}, B {BATCH}; {torch.get_num_threads()} threads; torch {torch.__version__}")
    for name, value in took.items():
        print(f"  {name:22s} {value * 1e3:9.2f} ms   {BATCH * STEPS / value / 1e6:6.3f} million trial-steps/s")
    for rival, limit in LIMITS.items():
        ours = "training step" if "training" in rival else "fused"
        print(f"{rival} / {ours}: {took[rival] / took[ours]:.1f} (at least {limit:g})")


if __name__ == "__main__":
    main()
