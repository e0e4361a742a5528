"""How well a trial's context is determined by what was recorded of it.

About the inferred context c the generated activity is y(c + d) = y + G d, G its derivative (by central differences).
Inference minimises the weighted squared error over what is recorded, divided by the size T N of a whole trial, plus
p |c|^2 / 2. With W the neurons' weights and noise of variance s^2 / w in each recorded number of a neuron of weight w,

    covariance of c = s^2 (G^T W G + T N p / 2 I)^-1          (Gauss-Newton)

s^2 is the trial's weighted residual variance. Noise is taken to be independent from bin to bin; where activity was
smoothed it is not, and the SDs are too small by about the square root of the kernel's width in bins. They are those
of the minimum: an inference that stops short of it (`single-trial`, on purpose) scatters less.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from jedi.run import Run

STEP = 0.02  # of a derivative, in each dimension's SD over training contexts


def context_sd(
    run: Run,
    contexts: Float[np.ndarray, "B D"],
    activity: Float[np.ndarray, "B T N"],
    recorded: Bool[np.ndarray, "B T"],
    initial_states: Float[np.ndarray, "B M"] | None = None,
) -> Float[np.ndarray, "B D"]:
    """SD of each dimension of each trial's inferred context, NaN for a trial without a recorded bin.

    `activity` is in the recording's units.
    """
    steps = np.diag(STEP * run.tensors["context_sd"].astype(np.float64))
    size = activity.shape[1] * activity.shape[2]
    prior = np.eye(len(steps)) * size * float(run.config.get("recipe", {}).get("infer_penalty", 0.0)) / 2
    root = np.sqrt(run.tensors.get("neuron_weight", np.ones(activity.shape[2])).astype(np.float64))
    sds = np.full(contexts.shape, np.nan)
    for trial, context in enumerate(contexts):
        shown = recorded[trial]
        if not shown.any():
            continue
        around = np.concatenate([context + steps, context - steps, context[None]])
        start = None if initial_states is None else np.repeat(initial_states[trial][None], len(around), axis=0)
        generated = (run.generate(around, start)[:, shown] * root).reshape(len(around), -1)
        target = (run.scaled(activity[trial][shown]) * root).ravel()
        dimensions = len(context)
        derivative = (generated[:dimensions] - generated[dimensions:-1]) / (2 * np.diag(steps)[:, None])
        free = max(1, target.size - dimensions)
        variance = float(np.square(target - generated[-1]).sum()) / free
        information = derivative @ derivative.T + prior
        sds[trial] = np.sqrt(variance * np.diag(np.linalg.pinv(information, hermitian=True)))
    return sds
