"""Fixed points, their proofs and Lyapunov exponents against the seconds they may take.

    python -m benchmarks.dynamics

The code is compiled and warm before a clock starts. Of several networks the slowest counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

import jedi
from benchmarks.report import at_most
from jedi.dynamics.fixed_points import FixedPoints, fixed_points
from jedi.dynamics.lyapunov import Lyapunov, lyapunov
from jedi.kernels import thread_count
from jedi.weights import FullRankWeights, LowRankWeights
from tests.random_networks import overlapping, random_low_rank, rank_one

T = TypeVar("T")

DEMO = Path("demos/multitask.safetensors")
CONTEXTS = 16  # of the demo, spread evenly
SEEDS = 3  # of each family of random networks
PROOF_LIMITS = {1: 0.1, 2: 0.1, 3: 0.1, 4: 1.0, 5: 5.0}
LONGEST = 60.0  # seconds given to a proof
STEPS, REFERENCE_STEPS = 5_000, 200_000
EXACT = 1e-10  # per step: exponents that agree so well are equal, as where the state is at rest
FAMILIES: dict[str, Callable[[int, int, int], LowRankWeights]] = {
    "random": random_low_rank,
    "random, overlaps 1.8": overlapping,
}


def timed(job: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = job()
    return time.perf_counter() - began, result


def boxes(found: list[FixedPoints]) -> str:
    """What the proofs came to, in words."""
    proofs = [one.proof for one in found if one.proof is not None]
    fewest, most = min(p.boxes for p in proofs), max(p.boxes for p in proofs)
    points = sorted({len(one) for one in found})
    proved = sum(one.completeness == "proved" for one in found)
    missed = sum(p.missed for p in proofs)
    counted = "1 box" if most == 1 else f"{fewest:,} boxes" if fewest == most else f"{fewest:,} to {most:,} boxes"
    return (
        f"{counted}; {'/'.join(map(str, points))} point{'' if points == [1] else 's'}; {proved} of {len(found)} proved"
        f"{f'; the search had missed {missed}' if missed else ''}"
    )


def slowest_proof(found: list[FixedPoints]) -> float:
    """Seconds of the slowest; infinite where one did not finish."""
    return max(p.seconds if (p := one.proof) is not None and p.finished else float("inf") for one in found)


def trained(weights: Sequence[LowRankWeights | FullRankWeights], dt_over_tau: float) -> None:
    runs = [timed(lambda w=w: fixed_points(w, dt_over_tau, proof_seconds=LONGEST)) for w in weights]  # type: ignore[misc]
    found = [one for _, one in runs]
    print(f"Trained by the preset clean (multi-task demo), N 200, R 5, {len(weights)} contexts")
    at_most("all fixed points with their proof, median", statistics.median(s for s, _ in runs), 0.5, note=boxes(found))
    at_most("all fixed points with their proof, slowest", max(s for s, _ in runs), 0.5)
    at_most("proof alone, slowest", slowest_proof(found), 0.5)
    at_most("worst residual", max(float(one.residual.max()) for one in found), 1e-12, "")


def searches() -> None:
    print("Search alone, N 1,000, R 8")
    for name, family in FAMILIES.items():
        runs = [timed(lambda s=s, f=family: fixed_points(f(1000, 8, s), proof_seconds=0)) for s in range(SEEDS)]  # type: ignore[misc]
        points = "/".join(str(len(found)) for _, found in runs)
        agreed = sum(found.completeness == "consistent" for _, found in runs)
        at_most(f"{name}, slowest of {SEEDS}", max(s for s, _ in runs), 10.0,
                note=f"{points} points; {agreed} of {SEEDS} consistent")  # fmt: skip


def proofs() -> None:
    print("Proof alone, N 200")
    for overlap in (1.0001, 0.9999):
        found = [fixed_points(rank_one(overlap), proof_seconds=LONGEST)]
        at_most(f"R 1, a pitchfork near: overlap {overlap:g}", slowest_proof(found), 0.1, note=boxes(found))
    for rank in range(1, 7):
        for name, family in FAMILIES.items():
            seeds = SEEDS if rank in PROOF_LIMITS else 1
            found = [fixed_points(family(200, rank, s), proof_seconds=LONGEST) for s in range(seeds)]
            title = f"R {rank}, {name}, slowest of {seeds}" if seeds > 1 else f"R {rank}, {name}"
            if rank in PROOF_LIMITS:
                at_most(title, slowest_proof(found), PROOF_LIMITS[rank], note=boxes(found))
            else:
                print(f"  {title:58s} {slowest_proof(found):8.3g} s   no limit   {boxes(found)}")


def in_standard_errors(short: Lyapunov, long: Lyapunov) -> float:
    """The largest difference of an exponent from its reference, in standard errors of that difference."""
    difference = np.abs(short.exponents_per_step - long.exponents_per_step)
    error = np.hypot(short.standard_error_per_step, long.standard_error_per_step)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(difference <= EXACT, 0.0, difference / error).max())


def exponents(weights: Mapping[str, LowRankWeights | FullRankWeights]) -> None:
    print(f"Ten Lyapunov exponents over {STEPS:,} steps, N 200, R 5; reference {REFERENCE_STEPS:,} steps")
    x0 = np.random.default_rng(0).standard_normal(200)
    lyapunov(next(iter(weights.values())), x0, 50)
    for name, w in weights.items():
        seconds, short = timed(lambda w=w: lyapunov(w, x0, STEPS, n=10))  # type: ignore[misc]
        long = lyapunov(w, x0, REFERENCE_STEPS, n=10, seed=1)
        first = " ".join(f"{value:.4f}" for value in short.exponents_per_tau[:3] + 0.0)
        at_most(f"{name}", seconds, 2.0, note=f"first three, per tau: {first}")
        at_most(f"{name}: largest difference from the reference", in_standard_errors(short, long), 2.0, "SE")


def main() -> None:
    """Print each figure beside its limit."""
    run = jedi.load(DEMO)
    chosen = np.linspace(0, len(run.contexts) - 1, CONTEXTS).astype(int)
    weights = [run.weights(run.contexts[k]) for k in chosen]
    print(f"Dynamics; {thread_count()} threads")
    for w in (weights[0], rank_one(1.5)):
        fixed_points(w)
    trained(weights, run.dt_over_tau)
    searches()
    proofs()
    random = {f"random, seed {seed}": random_low_rank(200, 5, seed) for seed in (0, 1, 3)}
    exponents({**random, "trained, first context": weights[0]})


if __name__ == "__main__":
    main()
