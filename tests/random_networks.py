"""Small families of networks that several tests and the benchmarks of the dynamics stand on."""

from __future__ import annotations

import numpy as np

from jedi.weights import FullRankWeights, LowRankWeights


def random_low_rank(units: int, rank: int, seed: int, gain: float = 1.8, bias: float = 0.0) -> LowRankWeights:
    """J = gain M V^T / sqrt(N R) with standard normal entries, as the multi-task teacher; a normal bias."""
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, units, rank))
    return LowRankWeights(gain * u / np.sqrt(units * rank), v, bias * rng.standard_normal(units) if bias else None)


def overlapping(units: int, rank: int, seed: int, overlap: float = 1.8) -> LowRankWeights:
    """Every rank by itself bistable: V^T U is about `overlap` times the identity, with some noise in V."""
    rng = np.random.default_rng(seed)
    u, noise = rng.standard_normal((2, units, rank))
    return LowRankWeights(u, (overlap * u + 0.5 * noise) / units)


def rank_one(overlap: float, units: int = 200, seed: int = 0, bias: float = 0.0) -> LowRankWeights:
    """k = sum_n v_n tanh(u_n k) with v . u = overlap, exactly to rounding: a pitchfork at 1."""
    u = np.random.default_rng(seed).standard_normal((units, 1))
    return LowRankWeights(
        u / np.linalg.norm(u), overlap * u / np.linalg.norm(u), np.full(units, bias) if bias else None
    )


def bistable_units(gains: list[float]) -> FullRankWeights:
    """Unconnected units x = g tanh(x), three fixed points each where g is above 1."""
    return FullRankWeights(np.diag(gains).astype(float))


def bistable_low_rank(gains: list[float], units: int) -> LowRankWeights:
    """The same as the first units of a larger network, the others silent."""
    u = np.eye(units, len(gains))
    return LowRankWeights(u * np.asarray(gains), u)


def rotation(gain: float, turn: float, units: int = 60, seed: int = 0) -> LowRankWeights:
    """Rank 2 with V^T U = [[gain, -turn], [turn, gain]]: eigenvalues gain +- i turn of J."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.standard_normal((units, 2)))
    basis = basis * np.sqrt(units)
    return LowRankWeights(basis @ np.array([[gain, -turn], [turn, gain]]), basis / units)
