"""How well a trial's context is determined by what was recorded of it.

About the inferred context c the generated activity is y(c + d) = y + G d, G its derivative (by central differences).
With noise of variance s^2 in each recorded number, and inference's own penalty p |c|^2 / 2 on the mean squared error
of n numbers,

    covariance of c = s^2 (G^T G + n p / 2 I)^-1          (Gauss-Newton)

s^2 is the trial's residual variance. Noise is taken to be independent from bin to bin; where activity was smoothed
it is not, and the SDs are too small by about the square root of the kernel's width in bins.
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
    """SD of each dimension of each trial's inferred context; `activity` is in the recording's units."""
    steps = np.diag(STEP * run.tensors["context_sd"].astype(np.float64))
    penalty = float(run.config.get("recipe", {}).get("infer_penalty", 0.0))
    sds = np.empty(contexts.shape)
    for trial, context in enumerate(contexts):
        around = np.concatenate([context + steps, context - steps, context[None]])
        start = None if initial_states is None else np.repeat(initial_states[trial][None], len(around), axis=0)
        generated = run.generate(around, start)[:, recorded[trial]].reshape(len(around), -1).astype(np.float64)
        target = run.scaled(activity[trial][recorded[trial]]).ravel()
        dimensions = len(context)
        derivative = (generated[:dimensions] - generated[dimensions:-1]) / (2 * np.diag(steps)[:, None])
        free = max(1, target.size - dimensions)
        variance = float(np.square(target - generated[-1]).sum()) / free
        information = derivative @ derivative.T + np.eye(dimensions) * target.size * penalty / 2
        sds[trial] = np.sqrt(variance * np.diag(np.linalg.pinv(information, hermitian=True)))
    return sds
