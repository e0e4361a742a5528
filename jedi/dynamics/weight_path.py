"""Weights along a path from s = 0 to s = 1, as polynomials in s, in coordinates in which lengths mean something.

A hypernetwork's weights on a straight line between two contexts are analytic in s: polynomials through Chebyshev points
reproduce them, and their derivative in s, to rounding (Trefethen 2013, Approximation Theory and Approximation Practice,
chapters 3 and 8). Where 33 points are too few (a kink, two contexts far apart) the interval is cut in two.

Factors are turned so that a change of the overlaps is as long as the root mean square change of the units' states that
it brings: with C C^T the mean of left^T left / M along the path, q = C^T k takes the place of k. The network, its fixed
points and the eigenvalues of its core stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jedi.dynamics.network import Network, network_of
from jedi.errors import JediError

POINTS = 33  # in s, of one polynomial
SMALLEST_PIECE = 1 / 64
TOLERANCE = 1e-12  # of the largest weight; float32 weights cannot be smoother than their own rounding
TOLERANCE_FLOAT32 = 3e-6
BEYOND = 0.02  # how far outside [0, 1] Newton's iterates may stray


@dataclass(frozen=True, eq=False)
class Here:
    """The network at one s, and how its weights change with s."""

    network: Network
    d_left: Float[np.ndarray, "M R"]
    d_right: Float[np.ndarray, "M R"]
    d_bias: Float[np.ndarray, " M"]

    def residual(self, q: Float[np.ndarray, "*S R"]) -> Float[np.ndarray, "*S R"]:
        """G(q, s) = right^T tanh(left q + bias) - q, which is also dq/dt in units of 1 / tau."""
        return np.asarray(self.network.overlaps(self.network.states(q)) - q)

    def linear(
        self, q: Float[np.ndarray, "*S R"]
    ) -> tuple[Float[np.ndarray, "*S R"], Float[np.ndarray, "*S R R"], Float[np.ndarray, "*S R"]]:
        """G, its derivative core - I in q, and its derivative in s."""
        left, right = self.network.left, self.network.right
        rate = np.tanh(q @ left.T + self.network.bias)
        slopes = 1 - rate * rate
        derivative = right.T @ (slopes[..., None] * left)
        derivative[..., np.arange(len(right.T)), np.arange(len(right.T))] -= 1
        in_s = rate @ self.d_right + (slopes * (q @ self.d_left.T + self.d_bias)) @ right
        return rate @ right - q, derivative, in_s


class WeightPath:
    """The networks of `weights_at(s)`, 0 <= s <= 1, as fast and as smooth as following their fixed points needs.

    Raises JediError where the weights' shapes change along the path, or a number is not finite.
    """

    def __init__(self, weights_at: Callable[[float], Any]) -> None:
        self._weights_at = weights_at
        self._networks: dict[float, Network] = {}
        self.single = False
        first = self._sample(0.0)
        self.units, self.rank = first.units, first.rank
        self._scale = 1.0
        self.error = 0.0  # the largest difference of the polynomials from the weights, relative to the largest weight
        self._edges, self._values = self._pieces()
        self.odd = all(network.odd for network in self._networks.values())
        metric = sum(n.left.T @ n.left for n in self._networks.values()) / (len(self._networks) * self.units)
        metric += np.eye(self.rank) * (1e-6 * np.trace(metric) / self.rank + 1e-300)
        self._to = np.linalg.cholesky(metric).T  # q = _to k
        self._from = np.linalg.inv(self._to)
        for values in self._values:
            left, right, _ = self._unpacked(values)
            left[:] = left @ self._from
            right[:] = right @ self._to.T
        self._networks.clear()
        self._recent: dict[float, Here] = {}

    def turned(self, k: Float[np.ndarray, "*S R"]) -> Float[np.ndarray, "*S R"]:
        """q of overlaps k."""
        return np.asarray(k @ self._to.T)

    def overlaps(self, q: Float[np.ndarray, "*S R"]) -> Float[np.ndarray, "*S R"]:
        """k, in the coordinates of `weights_at`, of q."""
        return np.asarray(q @ self._from.T)

    def at(self, s: float) -> Here:
        """The network at s and its derivative; s is held within a little more than [0, 1]."""
        s = min(max(float(s), -BEYOND), 1 + BEYOND)
        here = self._recent.get(s)
        if here is None:
            if len(self._recent) > 64:
                self._recent.clear()
            here = self._recent[s] = self._evaluated(s)
        return here

    def _evaluated(self, s: float) -> Here:
        piece = int(np.clip(np.searchsorted(self._edges, s, side="right") - 1, 0, len(self._values) - 1))
        low, high = self._edges[piece], self._edges[piece + 1]
        weights = _basis.weights(2 * (s - low) / (high - low) - 1)
        weights[1] *= 2 / (high - low)
        left, right, bias = self._unpacked(weights @ self._values[piece])
        return Here(Network(left[0], right[0], bias[0]), left[1], right[1], bias[1])

    def _sample(self, s: float) -> Network:
        found = self._networks.get(s)
        if found is None:
            w = self._weights_at(s)
            self.single = self.single or np.asarray(w.U if hasattr(w, "U") else w.J).dtype == np.float32
            found = self._networks[s] = network_of(w)
            if found.left.shape != self._networks[0.0].left.shape:
                raise JediError(
                    f"the weights at s = {s:g} have {found.units} units and rank {found.rank}, those at s = 0 "
                    f"{self._networks[0.0].units} and {self._networks[0.0].rank}; expected the same all along the path"
                )
        return found

    def _row(self, s: float) -> np.ndarray:
        network = self._sample(s)
        return np.concatenate([network.left.ravel(), network.right.ravel(), network.bias])

    def _unpacked(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        units, rank = self.units, self.rank
        size = units * rank
        shape = (*rows.shape[:-1], units, rank)
        return rows[..., :size].reshape(shape), rows[..., size : 2 * size].reshape(shape), rows[..., 2 * size :]

    def _pieces(self) -> tuple[np.ndarray, list[np.ndarray]]:
        edges, values, waiting = [0.0], [], [(0.0, 1.0)]
        while waiting:
            low, high = waiting.pop()
            rows = np.stack([self._row(float(low + (high - low) * (1 + u) / 2)) for u in _basis.points])
            wrong = self._wrong(rows, low, high)
            if wrong > (TOLERANCE_FLOAT32 if self.single else TOLERANCE) and high - low > SMALLEST_PIECE:
                middle = (low + high) / 2
                waiting += [(middle, high), (low, middle)]
                continue
            self.error = max(self.error, wrong)
            edges.append(high)
            values.append(rows)
        return np.array(edges), values

    def _wrong(self, rows: np.ndarray, low: float, high: float) -> float:
        """How far the polynomial through `rows` is from the weights, half way between some of its points."""
        worst, largest = 0.0, float(np.abs(rows).max()) or 1.0
        for u in _basis.between:
            row = self._row(float(low + (high - low) * (1 + u) / 2))
            worst = max(worst, float(np.abs(_basis.weights(float(u))[0] @ rows - row).max()))
        return worst / largest


class _Chebyshev:
    """Values and slopes anywhere from values at POINTS Chebyshev points, the ends among them (barycentric formula)."""

    def __init__(self, points: int) -> None:
        self.points: np.ndarray = -np.cos(np.pi * np.arange(points) / (points - 1))
        middle = (self.points[1:] + self.points[:-1]) / 2
        self.between = middle[[0, points // 4, points // 2, 3 * points // 4, -1]]
        self._signs = np.where(np.arange(points) % 2, -1.0, 1.0)
        self._signs[[0, -1]] /= 2
        apart = self.points[:, None] - self.points + np.eye(points)
        self._derivative = self._signs / self._signs[:, None] / apart  # slopes at the points from values at them
        np.fill_diagonal(self._derivative, 0.0)
        np.fill_diagonal(self._derivative, -self._derivative.sum(axis=1))

    def weights(self, u: float) -> Float[np.ndarray, "2 P"]:
        """What to multiply the values by for the value, and for the slope, at u in [-1, 1]."""
        apart = u - self.points
        value = np.zeros(len(apart))
        if apart.all():
            value = self._signs / apart
            value /= value.sum()
        else:
            value[np.argmin(np.abs(apart))] = 1.0
        return np.stack([value, value @ self._derivative])


_basis = _Chebyshev(POINTS)
