"""Contexts of trials that the model was not trained on, the hypernetwork and all else frozen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from jedi.architecture import Architecture
from jedi.errors import JediError
from jedi.kernels import thread_count
from jedi.model import JediModel
from jedi.optimiser import RowAdam, one_cycle
from jedi.preparation import first_states
from jedi.threads import one_torch_thread

if TYPE_CHECKING:
    from jedi.config import Recipe
    from jedi.run import Run

CANDIDATES = 256  # training contexts tried as starts, at most


def infer_contexts(
    run: Run,
    activity: Float[np.ndarray, "B T N"],
    recorded: Bool[np.ndarray, "B T"],
    *,
    neurons: Bool[np.ndarray, " N"] | None = None,
    initial_states: Float[np.ndarray, "B M"] | None = None,
    seed: int = 0,
) -> Float[np.ndarray, "B D"]:
    """The context of each trial that reproduces what is shown of it best.

    Args:
        run: the trained model.
        activity: in the recording's units; `recorded` says which bins are shown (hide a half by clearing it).
        neurons: which neurons are shown; all by default.
        initial_states: for models whose first state is given; by default the trial's first recorded bin.
        seed: which training contexts are tried as starts, where there are more than `CANDIDATES`.
    """
    scaled = run.scaled(activity).astype(np.float32)
    if run.initial_kind == "trial" and initial_states is None:
        initial_states = first_states(scaled, recorded)
    shown = np.ones(run.neuron_count, np.float32) if neurons is None else neurons.astype(np.float32)
    weight = shown * run.tensors.get("neuron_weight", np.ones_like(shown))
    model = JediModel.from_tensors(Architecture(**run.architecture), run.tensors)
    return fit_contexts(
        model,
        torch.from_numpy(scaled),
        torch.from_numpy(recorded.astype(np.float32)),
        torch.from_numpy(weight),
        None if initial_states is None else torch.from_numpy(np.asarray(initial_states, np.float32)),
        torch.from_numpy(run.contexts[run.training]),
        _recipe_of(run),
        seed,
    ).numpy()


def _recipe_of(run: Run) -> Recipe:
    from jedi.config import Recipe

    try:
        return Recipe(**run.config["recipe"])
    except (KeyError, TypeError, ValueError) as e:
        raise JediError(f"run {run.name!r} does not say how it was trained: contexts cannot be inferred with it") from e


def fit_contexts(
    model: JediModel,
    target: Float[Tensor, "B T N"],
    mask: Float[Tensor, "B T"],
    weight: Float[Tensor, " N"],
    x0: Float[Tensor, "B M"] | None,
    training: Float[Tensor, "K D"],
    recipe: Recipe,
    seed: int = 0,
) -> Float[Tensor, "B D"]:
    """Adam from the best training context (or their mean), each trial with its own loss.

    Of more than `CANDIDATES` training contexts, as many drawn with `seed` are tried as starts.

    The loss of a trial is its weighted squared error over what is shown, divided by the size of a whole trial,
    plus a Gaussian penalty on the context: the less is shown, the more the penalty counts, as a prior does. From
    the mean context inference in simulated data is unreliable (R^2 between 0.50 and 0.98 for trials that the best
    training context starts at 0.9 and more).

    Trials do not depend on each other, so slices of them share the cores.
    """
    if recipe.infer_start == "best" and len(training) > CANDIDATES:
        drawn = np.random.default_rng(seed).choice(len(training), CANDIDATES, replace=False)
        training = training[torch.from_numpy(drawn)]
    model.requires_grad_(False)
    slices = torch.arange(len(target)).tensor_split(min(thread_count(), len(target)))

    def fit(rows: Tensor) -> Tensor:
        start = None if x0 is None else x0[rows]
        return _fit_slice(model, target[rows], mask[rows], weight, start, training, recipe)

    with one_torch_thread(), ThreadPoolExecutor(len(slices)) as pool:
        found = torch.cat(list(pool.map(fit, slices)))
    model.requires_grad_(True)
    return found


def _fit_slice(
    model: JediModel,
    target: Tensor,
    mask: Tensor,
    weight: Tensor,
    x0: Tensor | None,
    training: Tensor,
    recipe: Recipe,
) -> Tensor:
    rows, bins = torch.arange(len(target)), target.shape[1]
    if recipe.infer_start == "best":
        contexts = training[_best_start(model, target, mask, weight, x0, training)]
    else:
        contexts = training.mean(0).repeat(len(target), 1)
    adam = RowAdam(contexts, (0.9, 0.99))
    for step in range(recipe.infer_steps):
        if recipe.infer_start == "best":
            share = one_cycle(step / max(1, recipe.infer_steps - 1))
        else:  # constant, decayed over the second half
            share = min(1.0, 2 * (1 - step / recipe.infer_steps))
        moving = contexts.clone().requires_grad_()
        error = model.weighted_error(moving, x0, target, mask, rows, bins, weight) / (bins * target.shape[2])
        loss = (error + recipe.infer_penalty * moving.square().sum(1) / 2).sum()
        (gradient,) = torch.autograd.grad(loss, moving)
        adam.step(rows, gradient, recipe.infer_rate * share)
    return contexts


@torch.no_grad()
def _best_start(
    model: JediModel, target: Tensor, mask: Tensor, weight: Tensor, x0: Tensor | None, training: Tensor
) -> Tensor:
    """For each trial, which training context reproduces it best: one forward pass for every pair."""
    best = torch.zeros(len(target), dtype=torch.long)
    for i in range(len(target)):
        start = None if x0 is None else x0[i].repeat(len(training), 1)
        row = torch.full((len(training),), i)
        error = model.weighted_error(training, start, target, mask, row, target.shape[1], weight)
        best[i] = torch.nan_to_num(error, nan=torch.inf).argmin()
    return best
