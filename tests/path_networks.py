"""Networks along a path whose fixed points and bifurcations are known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jedi.dynamics import bifurcation
from jedi.weights import LowRankWeights

At = Callable[[float], LowRankWeights]


def one_dimension(gain: Callable[[float], float], bias: Callable[[float], float], units: int = 20) -> At:
    """Equal units: k = gain tanh(k + bias)."""
    one = np.ones((units, 1))
    return lambda s: LowRankWeights(one, one * gain(s) / units, np.full(units, bias(s)))


def fold_of_one_dimension(y: float) -> tuple[float, float]:
    """(gain, bias) at which k = gain tanh(k + bias) folds with k + bias = y: gain sech^2 y = 1."""
    gain = np.cosh(y) ** 2
    return float(gain), float(y - gain * np.tanh(y))


def with_core(core: Callable[[float], np.ndarray], units: int = 60, scale: float = 1.0, seed: int = 0) -> At:
    """No bias, V^T U = core(s), U random with entries of a given scale."""
    u = scale * np.random.default_rng(seed).standard_normal((units, len(core(0.0))))
    inverse = np.linalg.inv(u.T @ u)
    return lambda s: LowRankWeights(u, u @ inverse @ core(s).T)


def rotation(gain: Callable[[float], float], turn: Callable[[float], float], units: int = 60) -> At:
    """A core of gain I and a rotation: eigenvalues gain +- i turn at the origin."""
    return with_core(lambda s: np.array([[gain(s), -turn(s)], [turn(s), gain(s)]]), units)


def count_at(found: bifurcation.Diagram, s: float) -> int:
    """How many fixed points the branches have at s, by the sign changes of their s alone."""
    crossed = [(branch.at[:-1] < s) != (branch.at[1:] < s) for branch in found.branches]
    return int(sum(c.sum() for c in crossed))


def of_kind(found: bifurcation.Diagram, kind: str, of: str | None = None) -> list[bifurcation.Bifurcation]:
    """The bifurcations of one kind, by s."""
    return [b for b in found.bifurcations if b.kind == kind and of in (None, b.of)]
