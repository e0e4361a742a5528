"""Newton's method in R dimensions beside FixedPointFinder's Adam in N, from the same starts.

    JEDI_FIXED_POINT_FINDER=/folder/of/fixed-point-finder python -m benchmarks.fixed_points

The rival is the PyTorch version of Golub and Sussillo (2018), Journal of Open Source Software 3 (31), 1003, imported
from that folder and left out where there is none. It minimises q = |x - map(x)|^2 / 2 for all starts at once; its cell
is our Euler map, with the weights in their factors, so that a step costs it no more than it must. No Jacobians are
computed on either side. Both have all cores.

A start has converged where the largest |F_i|, F = -x + J tanh(x) + b in float64, is below 1e-6 for the rival and below
1e-12 for ours.
"""

from __future__ import annotations

import importlib
import io
import os
import statistics
import sys
import time
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import jedi
from benchmarks.report import at_least, at_most
from jedi.dynamics.fixed_points import fixed_points
from jedi.dynamics.network import Network, network_of
from jedi.dynamics.newton import newton
from jedi.dynamics.reduced import reduced
from jedi.dynamics.search import distinct
from jedi.kernels import thread_count
from tests.random_networks import overlapping, random_low_rank

FOLDER = "JEDI_FIXED_POINT_FINDER"
DEMO = Path("demos/multitask.safetensors")
TRIALS = (0, 40)  # a typical one, and one of those where Newton's method gets stuck from most visited states
STARTS = (256, 1024)
DT_OVER_TAU = 0.1
RIVAL_CONVERGED, CONVERGED = 1e-6, 1e-12
SAME = 1e-3  # |x - y| relative to max(1, |x|)
LEAST_RATIO = 100.0
REPETITIONS = 7  # of ours; the rival takes seconds, and once is enough
# Name: how many of the starts, precision and options. A tolerance of 1e-15 for q is what a residual of 1e-6 asks for at
# this dt / tau, and 32 bits do not reach it. Some starts need 20,000 steps; a few starts share one learning rate more
# easily than many, at more seconds each. First rates of 0.1 and below were slower, steps of dt / tau = 1 no better.
SETTINGS: dict[str, tuple[tuple[int, ...], str, dict[str, Any]]] = {
    "its defaults": (STARTS, "float32", {}),
    "64 bits, 5,000 steps": (STARTS, "float64", {"tol_q": 1e-15}),
    "64 bits, 20,000 steps": ((8, STARTS[0]), "float64", {"tol_q": 1e-15, "max_iters": 20_000}),
}


class Cell(torch.nn.Module):
    """h' = (1 - a) h + a (U V^T tanh(h) + b), in the form that the rival asks of a recurrent network."""

    batch_first = False

    def __init__(self, network: Network, dtype: torch.dtype) -> None:
        super().__init__()
        given = (network.left, network.right, network.bias)
        self.u, self.v, self.b = (torch.nn.Parameter(torch.tensor(a, dtype=dtype)) for a in given)

    def forward(self, inputs: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        after = (1 - DT_OVER_TAU) * h + DT_OVER_TAU * (torch.tanh(h) @ self.v @ self.u.T + self.b)
        return after, after


@dataclass(frozen=True)
class Outcome:
    """Where S starts ended, and what was made of it."""

    ends: np.ndarray  # (S, M)
    points: np.ndarray  # (P, M) handed back as different fixed points
    seconds: float
    below: float  # residual of a start that has converged
    iterations: int  # most of any start

    def converged(self, network: Network) -> int:
        return int((residuals(network, self.ends) < self.below).sum())

    def each(self, network: Network) -> float:
        """Seconds a converged start."""
        count = self.converged(network)
        return self.seconds / count if count else float("inf")


def residuals(network: Network, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(network.flow(x)).max(1)) if len(x) else np.empty(0)


def starts(network: Network) -> np.ndarray:
    """States (1024, M) of 32 trajectories from standard normal states over 20 tau, with noise of half their SD."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, network.units))
    visited = [x := x + DT_OVER_TAU * network.flow(x) for _ in range(200)]
    states = np.concatenate(visited)
    chosen = states[rng.integers(len(states), size=max(STARTS))]
    return np.asarray(chosen + 0.5 * states.std() * rng.standard_normal(chosen.shape))


def ours(network: Network, states: np.ndarray) -> Outcome:
    """Newton's method from the overlaps of the states; seconds are the median over repetitions."""
    system, took = reduced(network), []
    for _ in range(REPETITIONS + 1):  # the first brings the compiled code and the threads
        began = time.perf_counter()
        ended = newton(system, system.overlaps(states))
        took.append(time.perf_counter() - began)
    points = system.states(distinct(system, ended.k[ended.converged]))
    most = int(ended.iterations.max())
    return Outcome(system.states(ended.k), points, statistics.median(took[1:]), CONVERGED, most)


def rival(finder: Any, network: Network, states: np.ndarray, dtype: str, options: dict[str, Any]) -> Outcome:
    """FixedPointFinder from the same states, its outliers removed from the points as it does by itself."""
    cell = Cell(network, getattr(torch, dtype))
    quiet = {"verbose": False, "do_compute_jacobians": False, "do_decompose_jacobians": False}
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = finder(cell, dtype=dtype, **quiet, **options)
        began = time.perf_counter()
        unique, everything = search.find_fixed_points(states.astype(dtype), np.zeros((1, 1), dtype))
        took = time.perf_counter() - began
    ends, points = everything.xstar.astype(np.float64), unique.xstar.astype(np.float64)
    return Outcome(ends, points, took, RIVAL_CONVERGED, int(everything.n_iters.max()))


def load_finder() -> Any | None:
    """The rival's class, or None with a sentence that says why."""
    folder = os.environ.get(FOLDER, "")
    if not (Path(folder) / "FixedPointFinderTorch.py").is_file():
        print(f"  FixedPointFinder is left out: set {FOLDER} to a folder that holds FixedPointFinderTorch.py.")
        return None
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("FixedPointFinderTorch").FixedPointFinderTorch
    finally:
        sys.path.remove(folder)


def nearest(points: np.ndarray, all_points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each point the distance, relative to max(1, |x|), to the nearest of all points, and which that is."""
    if not len(points) or not len(all_points):
        return np.full(len(points), np.inf), np.zeros(len(points), np.int64)
    distance = np.linalg.norm(points[:, None] - all_points, axis=-1)
    size = np.maximum(1, np.linalg.norm(points, axis=1))
    return distance.min(1) / size, distance.argmin(1)


def row(network: Network, known: np.ndarray, name: str, count: int, outcome: Outcome) -> None:
    """One line of the table."""
    ended, handed = residuals(network, outcome.ends), residuals(network, outcome.points) < outcome.below
    done = ended < outcome.below
    distance, which = nearest(outcome.points[handed], known)
    found = len(set(which[distance <= SAME]))
    worst = f"{ended[done].max():.0e}" if done.any() else "-"
    each = f"{outcome.each(network) * 1e3:.4g}" if done.any() else "-"
    print(
        f"    {name:22s} {count:6d} {done.sum():9d} {outcome.seconds:9.3f} {each:>12s} {outcome.iterations:7d}"
        f" {len(outcome.points):7d} {handed.sum():6d} {found:4d}/{len(known):<4d} {worst:>8s} {np.median(ended):9.0e}"
    )


def beside(name: str, network: Network, finder: Any | None) -> None:
    """One network: the table, and what is asked of it."""
    complete = fixed_points(network, DT_OVER_TAU, proof_seconds=30.0)
    print(f"{name}: {len(complete)} fixed points, {complete.completeness}")
    print(
        f"    {'':22s} {'starts':>6s} {'converged':>9s} {'seconds':>9s} {'ms each':>12s} {'steps':>7s}"
        f" {'handed':>7s} {'fixed':>6s} {'of all':>9s} {'worst':>8s} {'median':>9s}"
    )
    mine, theirs, states = {}, {}, starts(network)
    for count in STARTS:
        mine[count] = ours(network, states[:count])
        row(network, complete.x, "Newton, R dimensions", count, mine[count])
    if finder is not None:
        rival(finder, network, states[:8], "float32", {"max_iters": 20})  # its first call is slower
        for setting, (counts, dtype, options) in SETTINGS.items():
            for count in counts:
                outcome = rival(finder, network, states[:count], dtype, options)
                theirs[setting, count] = outcome
                row(network, complete.x, setting, count, outcome)
        setting, count = best = min(theirs, key=lambda key: theirs[key].each(network))
        ratio = theirs[best].each(network) / max(outcome.each(network) for outcome in mine.values())
        best_setting = f"its best: {setting}, {count} starts" if ratio < np.inf else "none of its starts converged"
        title = "seconds a converged start, its best / our worst"
        at_least(title, ratio, LEAST_RATIO, note=best_setting)
        points = np.concatenate([o.points[residuals(network, o.points) < o.below] for o in theirs.values()])
        far, _ = nearest(points, complete.x)
        if len(points):
            at_most(f"farthest of its {len(points)} converged points from ours", float(far.max()), SAME, "|x|")
    settled = [residuals(network, o.points) for o in mine.values()]
    worst = max(float(errors.max()) for errors in settled if len(errors))
    at_most("worst residual of the points of Newton's method", worst, CONVERGED, "")


def main() -> None:
    """Print the table of each network, with each figure beside its limit."""
    run = jedi.load(DEMO)
    threads = f"{thread_count()} threads, PyTorch {torch.get_num_threads()}"
    print(f"Fixed points from the same starts; {threads}; dt / tau {DT_OVER_TAU:g}")
    print("  fixed: handed back and converged; of all: different ones among them / all that exist")
    print("  worst: largest residual of a start that converged; median: of all starts")
    finder = load_finder()
    beside("Random, N 200, R 5", network_of(random_low_rank(200, 5, seed=0)), finder)
    beside("Random, overlaps 1.8, N 200, R 5", network_of(overlapping(200, 5, seed=0)), finder)
    for trial in TRIALS:
        network = network_of(run.weights(run.contexts[trial]))
        beside(f"Trained (multi-task demo, trial {trial}), N 200, R 5", network, finder)


if __name__ == "__main__":
    main()
