"""Many states of one network run on until each has settled or its time is over, compiled.

    x[t+1] = x[t] + a F(x[t]),        F(x) = -x + U V^T tanh(x) + b

No trajectory is kept: of a state that does not settle, what is kept are weighted time averages of its overlaps
k = V^T tanh(x) over the third and over the fourth quarter of its time. The weights rise and fall smoothly within a
quarter (1 - cos), so that an average over a cycle does not depend on where the quarter cuts it: the error falls with
the third power of period over length, not with the first (Das et al. 2017, Nonlinearity 30).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from jaxtyping import Bool, Float

from jedi.dynamics.network import Network
from jedi.kernels import in_slices, thread_count

# The rational tanh of `jedi.kernels`, in float64: 3.4e-8 at most from tanh and twenty times as fast. A boundary between
# basins moves by as little, and what a state settles to is polished with the true tanh.
_P0, _P1, _P2, _P3, _P4 = (
    1.0,
    0.13444533944129944,
    0.0035716411657631397,
    2.1895355530432425e-05,
    1.5231350403155375e-08,
)
_Q1, _Q2, _Q3, _Q4 = 0.46777862310409546, 0.02616460807621479, 0.0003411361831240356, 8.522834491486719e-07
_EDGE = 8.0

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}


@dataclass(frozen=True, eq=False)
class Settled:
    """Where S states were after their time, or when they had settled."""

    x: Float[np.ndarray, "S M"]
    settled: Bool[np.ndarray, " S"]
    mean: Float[np.ndarray, "S 2 R"]  # of the overlaps, over the third and the fourth quarter; 0 where settled
    sd: Float[np.ndarray, "S 2 R"]


@numba.njit(**_OPTIONS)
def _run(
    u: Any, v: Any, b: Any, full: bool, x: Any, a: float, steps: int, tolerance: float, settled: Any, mean: Any,
    square: Any, first: int, last: int,
) -> None:  # fmt: skip
    """States first to last of x (S, M), in place."""
    rank, units = u.shape
    rate, flow, k = np.empty(units), np.empty(units), np.empty(rank)
    quarter = max(steps // 4, 1)
    for start in range(first, last):
        now = x[start]
        for t in range(steps):
            for n in range(units):
                c = min(max(now[n], -_EDGE), _EDGE)
                s = c * c
                p = (((_P4 * s + _P3) * s + _P2) * s + _P1) * s + _P0
                q = (((_Q4 * s + _Q3) * s + _Q2) * s + _Q1) * s + 1.0
                rate[n] = c * p / q
                flow[n] = b[n] - now[n]
            for r in range(rank):
                if full:
                    kr = rate[r]
                else:
                    kr = 0.0
                    for n in range(units):
                        kr += v[r, n] * rate[n]
                k[r] = kr
                for n in range(units):
                    flow[n] += kr * u[r, n]
            fastest, largest = 0.0, 1.0
            for n in range(units):
                fastest = max(fastest, abs(flow[n]))
                largest = max(largest, abs(now[n]))
            if fastest <= tolerance * largest:
                settled[start] = True
                mean[start] = 0.0
                square[start] = 0.0
                break
            for n in range(units):
                now[n] += a * flow[n]
            since = t - (steps - 2 * quarter)
            if since >= 0:
                weight = (1.0 - np.cos(2.0 * np.pi * (since % quarter + 0.5) / quarter)) / quarter
                for r in range(rank):
                    mean[start, since // quarter, r] += weight * k[r]
                    square[start, since // quarter, r] += weight * k[r] * k[r]


def settle(network: Network, x: Float[np.ndarray, "S M"], dt_over_tau: float, steps: int, tolerance: float) -> Settled:
    """Run states (S, M) for `steps` steps, each until its largest |F_i| is below `tolerance` times max(1, |x|)."""
    states = np.array(x, dtype=np.float64, order="C")
    count, rank = len(states), network.rank
    settled = np.zeros(count, dtype=np.bool_)
    mean, square = np.zeros((2, count, 2, rank))
    u, v = np.ascontiguousarray(network.left.T), np.ascontiguousarray(network.right.T)
    arrays: tuple[Any, ...] = (
        u,
        v,
        network.bias,
        network.full,
        states,
        dt_over_tau,
        steps,
        tolerance,
        settled,
        mean,
        square,
    )
    in_slices(_run, arrays, count, min(thread_count(), count // 16))
    return Settled(states, settled, mean, np.sqrt(np.maximum(square - mean**2, 0)))
