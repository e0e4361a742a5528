"""The teacher: a random low-rank rate network that oscillates by itself and is driven by one shared input.

    x <- x + a (-x + U V^T tanh(x) + W u(t)) + s sqrt(a) xi,     U = g M / sqrt(N R),  M, V, W, xi ~ N(0, 1)

with a = dt / tau and g = 1.8. At rank 5 such networks are **not chaotic**, whatever g says: undriven they run into
limit cycles and fixed points (no exponent above 0.02 per tau in 24 draws). Draws that end in a fixed point are
thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jedi.errors import JediError

OSCILLATES_ABOVE = 0.3  # mean over neurons of the SD of undriven activity
WATCHED_TAU = 30.0  # time over which that SD is taken
SETTLING_TAU = 60.0  # time given to reach the attractor first
MOST_DRAWS = 1000  # about two in three draws oscillate at N = 200, R = 5


@dataclass(frozen=True, eq=False)
class Teacher:
    """A network J = U V^T with input weights W; `attractor` is one state on its undriven attractor."""

    U: Float[np.ndarray, "N R"]
    V: Float[np.ndarray, "N R"]
    W: Float[np.ndarray, "N C"]
    attractor: Float[np.ndarray, " N"]
    draws: int  # how many networks were drawn until one oscillated


def draw_teacher(
    neurons: int, rank: int, gain: float, dt_over_tau: float, rng: np.random.Generator, channels: int = 1
) -> Teacher:
    """The first random network whose undriven activity oscillates. JediError if a thousand draws hold none."""
    if neurons < 2 or not 1 <= rank <= neurons:
        raise JediError(f"a teacher needs 2 or more neurons and a rank between 1 and that; got {neurons} and {rank}")
    settling, watched = round(SETTLING_TAU / dt_over_tau), round(WATCHED_TAU / dt_over_tau)
    for draw in range(1, MOST_DRAWS + 1):
        u = gain * rng.standard_normal((neurons, rank)) / np.sqrt(neurons * rank)
        v, w = rng.standard_normal((neurons, rank)), rng.standard_normal((neurons, channels))
        start = rng.standard_normal((1, neurons))
        silence = np.zeros((1, settling + watched, channels))
        states = run_teacher(u, v, w, silence, start, dt_over_tau=dt_over_tau)[0, settling:]
        if states.std(0).mean() > OSCILLATES_ABOVE:
            return Teacher(u, v, w, states[0], draw)
    raise JediError(
        f"no network that oscillates in {MOST_DRAWS} draws at {neurons} neurons, rank {rank}, gain {gain:g}: "
        "raise --neurons or the gain"
    )


def run_teacher(
    u: Float[np.ndarray, "N R"],
    v: Float[np.ndarray, "N R"],
    w: Float[np.ndarray, "N C"],
    inputs: Float[np.ndarray, "K T C"],
    x0: Float[np.ndarray, "K N"],
    *,
    dt_over_tau: float,
    process_noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Float[np.ndarray, "K T N"]:
    """States of K trials, float64, all trials at once; the first is x0, and the step from t to t + 1 sees u(t).

    `process_noise` s adds s sqrt(dt / tau) N(0, 1) a step, drawn from `rng`, which it then needs.
    """
    if process_noise and rng is None:
        raise ValueError("noise needs a generator: pass rng=np.random.default_rng(seed)")
    a, (trials, steps, _) = dt_over_tau, inputs.shape
    states = np.empty((trials, steps, u.shape[0]))
    states[:, 0] = x = np.asarray(x0, dtype=float)
    for t in range(steps - 1):
        x = (1 - a) * x + a * (np.tanh(x) @ v @ u.T + inputs[:, t] @ w.T)
        if process_noise and rng is not None:
            x += process_noise * np.sqrt(a) * rng.standard_normal(x.shape)
        states[:, t + 1] = x
    return states


def attractor_states(
    teacher: Teacher, trials: int, *, dt_over_tau: float, longest_run: int, spread: float, rng: np.random.Generator
) -> Float[np.ndarray, "K N"]:
    """Initial states of trials: the attractor's state run on undriven for a uniform 0 to `longest_run` steps,
    plus `spread` N(0, 1).
    """
    silence = np.zeros((1, longest_run + 1, teacher.W.shape[1]))
    course = run_teacher(teacher.U, teacher.V, teacher.W, silence, teacher.attractor[None], dt_over_tau=dt_over_tau)
    starts: np.ndarray = course[0, rng.integers(0, longest_run + 1, trials)]
    return starts + spread * rng.standard_normal(starts.shape)
