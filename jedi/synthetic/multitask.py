"""The multi-task teacher: one network driven through one channel by several kinds of signal, many trials a kind.

Trials differ in kind, slightly in amplitude, in their initial state and in process noise, so that the centre of a
kind's embeddings still has work to do. The signals' amplitude matters: at half of it some trials keep the network's
own cycle, and a slow ramp crosses a bifurcation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.synthetic.teacher import attractor_states, draw_teacher, run_teacher

KINDS = ("sine", "square", "ramp", "const")
SIGNALS: dict[str, Callable[[Float[np.ndarray, " T"], int], Float[np.ndarray, " T"]]] = {
    "sine": lambda t, _: np.sin(2 * np.pi * t / 50),
    "square": lambda t, _: np.where(t % 75 < 37.5, 1.0, -1.0),
    "ramp": lambda t, steps: 2 * t / steps,
    "const": lambda t, _: np.ones_like(t),
    "pulse": lambda t, _: np.where(t % 30 < 6, 2.0, 0.0),
    "slow": lambda t, _: np.sin(2 * np.pi * t / 150),
    "fast": lambda t, _: np.sin(2 * np.pi * t / 25),
    "step": lambda t, steps: np.where(t < steps / 2, 0.0, 1.0),
}  # time t in steps; `steps` is the trial's length
DT_OVER_TAU = 0.1
DT_S = 0.01  # with dt / tau = 0.1 the network's tau is 0.1 s, and 150 steps are 1.5 s
RANK, GAIN = 5, 1.8
AMPLITUDE_SD = 0.05
START_SPREAD = 0.1
LONGEST_RUN = 30  # steps (three tau) along the undriven attractor over which initial states are spread


def input_signals(
    kinds: Sequence[str], amplitudes: Float[np.ndarray, " K"], steps: int = 150
) -> Float[np.ndarray, "K T 1"]:
    """The input u(t) of each trial: its kind's signal times its amplitude. JediError for an unknown kind."""
    unknown = sorted(set(kinds) - set(SIGNALS))
    if unknown:
        raise JediError(f"no input of kind {unknown[0]!r}; the kinds are {', '.join(SIGNALS)}")
    time = np.arange(steps, dtype=float)
    signal = {kind: SIGNALS[kind](time, steps) for kind in set(kinds)}
    shapes: Float[np.ndarray, "K T"] = np.stack([signal[kind] for kind in kinds])
    return np.asarray(np.asarray(amplitudes, dtype=float)[:, None, None] * shapes[:, :, None])


def simulate_multitask(
    neurons: int = 200,
    trials: int = 40,
    kinds: Sequence[str] = KINDS,
    noise: float = 0.05,
    repeat: bool = False,
    seed: int = 0,
    *,
    steps: int = 150,
    rank: int = RANK,
    gain: float = GAIN,
) -> Dataset:
    """A dataset of `trials` trials of each kind: states of a rank-5 teacher, 150 steps of 10 ms, truth stored.

    `noise` is the SD of the process noise (times sqrt(dt / tau) a step). With `repeat` the same trials are run a
    second time with other noise, in `truth["repeat"]`, from which the noise ceiling follows. The teacher, the trials
    and either noise have a random stream of their own, so that asking for one leaves the others as they were.
    """
    if trials < 1 or not kinds or len(set(kinds)) < len(kinds):
        raise JediError(f"need one or more trials of each of one or more different kinds; got {trials} of {kinds}")
    if not (np.isfinite(noise) and noise >= 0):
        raise JediError(f"noise is a standard deviation, 0 or more; got {noise}")
    if steps < 2:
        raise JediError(f"a trial has 2 or more steps; got {steps}")
    for_teacher, for_trials, for_noise, for_repeat = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(4)
    )
    teacher = draw_teacher(neurons, rank, gain, DT_OVER_TAU, for_teacher)
    kind = np.repeat(np.asarray(kinds, dtype=object), trials)
    amplitude = 1 + AMPLITUDE_SD * for_trials.standard_normal(len(kind))
    inputs = input_signals(list(kind), amplitude, steps)
    x0 = attractor_states(
        teacher, len(kind), dt_over_tau=DT_OVER_TAU, longest_run=LONGEST_RUN, spread=START_SPREAD, rng=for_trials
    )

    def run(rng: np.random.Generator) -> Float[np.ndarray, "K T N"]:
        return run_teacher(
            teacher.U, teacher.V, teacher.W, inputs, x0, dt_over_tau=DT_OVER_TAU, process_noise=noise, rng=rng
        ).astype(np.float32)

    truth = _truth(teacher.U, teacher.V, teacher.W, inputs, x0, noise, DT_OVER_TAU)
    if repeat:
        truth["repeat"] = run(for_repeat)
    options = {
        "neurons": neurons, "trials": trials, "kinds": list(kinds), "noise": noise, "repeat": repeat, "seed": seed,
        "steps": steps, "rank": rank, "gain": gain,
    }  # fmt: skip
    return _dataset(run(for_noise), kind, amplitude, truth, DT_S, "multitask", {"simulated": "multitask", **options})


def from_reference(path: str | os.PathLike[str]) -> Dataset:
    """The multi-task set in an NPZ file with `M`, `V`, `W`, `kind`, `amplitude`, `x0`, `activity`, `dt` and
    `dt_over_tau`: the same dataset as `simulate_multitask` gives, its truth included.

    `activity_repeat`, a second noise draw of every n-th trial, becomes `truth["repeat"]`, NaN in the other trials.
    """
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    missing = {"M", "V", "W", "kind", "amplitude", "x0", "activity", "dt", "dt_over_tau"} - set(arrays)
    if missing:
        raise JediError(f"{Path(path).name} is no multi-task set: it has no array {sorted(missing)[0]!r}")
    activity = arrays["activity"].astype(np.float32)
    neurons, rank = arrays["M"].shape
    inputs = input_signals(arrays["kind"].tolist(), arrays["amplitude"], activity.shape[1])
    u, w = GAIN * arrays["M"] / np.sqrt(neurons * rank), arrays["W"][:, None]
    truth = _truth(u, arrays["V"], w, inputs, arrays["x0"], 0.05, float(arrays["dt_over_tau"]))
    if "activity_repeat" in arrays:
        every = len(activity) // len(arrays["activity_repeat"])
        truth["repeat"] = np.full_like(activity, np.nan)
        truth["repeat"][::every] = arrays["activity_repeat"]
    source = {"file": Path(path).name, "simulated": "multitask"}
    return _dataset(activity, arrays["kind"], arrays["amplitude"], truth, float(arrays["dt"]), "multitask", source)


def _truth(
    u: np.ndarray, v: np.ndarray, w: np.ndarray, inputs: np.ndarray, x0: np.ndarray, noise: float, dt_over_tau: float
) -> dict[str, np.ndarray]:
    return {
        "U": u, "V": v, "W": w, "input": inputs, "x0": x0,
        "process_noise": np.asarray(noise), "dt_over_tau": np.asarray(dt_over_tau),
    }  # fmt: skip


def _dataset(
    activity: np.ndarray,
    kind: np.ndarray,
    amplitude: np.ndarray,
    truth: dict[str, np.ndarray],
    dt: float,
    name: str,
    source: Mapping[str, object],
) -> Dataset:
    return Dataset(
        activity=activity,
        recorded=np.ones(activity.shape[:2], dtype=bool),
        dt=dt,
        kind="state",
        unit="state x",
        trials=pd.DataFrame({"kind": [str(k) for k in kind], "amplitude": np.asarray(amplitude, dtype=float)}),
        neurons=pd.DataFrame(index=pd.RangeIndex(activity.shape[2])),
        truth=truth,
        label="kind",
        name=name,
        source=source,
    )
