"""Eigenvalues of a network about a state, of the step from t to t + 1 or of J itself.

    x[t+1] = (1 - a) x[t] + a (J tanh(x[t]) + b)
    Jacobian at x:  (1 - a) I + a J diag(1 - tanh(x)^2)

With J = U V^T of rank R its eigenvalues are 1 - a, M - R times, and 1 - a + a eig(V^T diag(1 - tanh(x)^2) U), an
R x R matrix: J is never formed. An eigenvalue lambda of the step means the frequency |arg lambda| / (2 pi dt) and the
time constant -dt / ln |lambda|. The bias moves fixed points, not the Jacobian at a given state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Complex, Float, Int

from jedi.dynamics.network import checked_state, checked_step, network_of
from jedi.errors import JediError

Of = Literal["jacobian", "J"]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues about one state, or about each of S states; the largest modulus first, of a pair +i before -i.

    `eigenvalues` are those of the low-rank part (all M for a full-rank network); the others are equal: `rest`,
    `rest_count` times.
    """

    eigenvalues: Complex[np.ndarray, "*S R"]
    rest: float  # 1 - a of the Jacobian, 0 of J
    rest_count: int  # M - R
    of: Of

    @property
    def all(self) -> Complex[np.ndarray, "*S M"]:
        """All M eigenvalues: those of the low-rank part, then the equal rest."""
        rest = np.full((*self.eigenvalues.shape[:-1], self.rest_count), self.rest, dtype=complex)
        return np.concatenate([self.eigenvalues, rest], axis=-1)

    @property
    def spectral_radius(self) -> Float[np.ndarray, "*S"]:
        """The largest modulus of all M eigenvalues, the equal rest included."""
        largest = np.abs(self.eigenvalues).max(axis=-1)
        return np.asarray(np.maximum(largest, abs(self.rest)) if self.rest_count else largest)

    def frequencies_hz(self, dt: float) -> Float[np.ndarray, "*S R"]:
        """|arg lambda| / (2 pi dt) for steps of dt seconds; 1 / (2 dt) where lambda is real and negative."""
        self._needs_steps("a frequency")
        return np.asarray(np.abs(np.angle(self.eigenvalues)) / (2 * np.pi * dt))

    def time_constants_s(self, dt: float) -> Float[np.ndarray, "*S R"]:
        """-dt / ln |lambda| in seconds: infinite on the unit circle, negative where it grows, 0 where lambda is 0."""
        self._needs_steps("a time constant")
        with np.errstate(divide="ignore"):
            decay = -np.log(np.abs(self.eigenvalues))
            return np.asarray(np.where(decay == 0, np.inf, dt / decay))

    def _needs_steps(self, what: str) -> None:
        if self.of != "jacobian":
            raise JediError(f"{what} belongs to an eigenvalue of the step's Jacobian, not of J; ask for of='jacobian'")


def spectrum(
    w: Any, dt_over_tau: float = 0.1, at: Float[np.ndarray, "*S M"] | None = None, of: Of = "jacobian"
) -> Spectrum:
    """The eigenvalues of the discrete-time Jacobian of network `w`, or of its J, in float64.

    `w` has `.U` and `.V` (M, R), or `.J` (M, M). `at` is a state (M,), or several (S, M) such as a trajectory; without
    it the origin, where the slope of tanh is 1. Raises JediError for a state of another size, one with a number that
    is not finite, a dt / tau that is not above 0 and at most 1, or a state for J, which has none.
    """
    if of not in ("jacobian", "J"):
        raise JediError(f"no spectrum of {of!r}; ask for 'jacobian' or 'J'")
    if of == "J" and at is not None:
        raise JediError("the eigenvalues of J belong to no state: leave `at` out, or ask for of='jacobian'")
    checked_step(dt_over_tau)
    network = network_of(w)
    units, rank = network.units, network.rank
    core = network.core(np.zeros(units) if at is None else checked_state(at, units))
    found = np.linalg.eigvals(core).astype(complex)
    found, rest = (found, 0.0) if of == "J" else (1 - dt_over_tau + dt_over_tau * found, 1 - dt_over_tau)
    return Spectrum(in_order(found), rest, units - rank, of)


def eigenvalues(
    w: Any, dt_over_tau: float = 0.1, at: Float[np.ndarray, "*S M"] | None = None, of: Of = "jacobian"
) -> Complex[np.ndarray, "*S M"]:
    """All M eigenvalues as one array: `spectrum(...).all`."""
    return spectrum(w, dt_over_tau, at, of).all


def in_order(values: Complex[np.ndarray, "*S R"]) -> Complex[np.ndarray, "*S R"]:
    """The values in the order of `Spectrum`."""
    return np.take_along_axis(values, ordering(values), axis=-1)


def ordering(values: Complex[np.ndarray, "*S R"]) -> Int[np.ndarray, "*S R"]:
    """By modulus, rounded to 12 digits so that a pair stays together, then the positive imaginary part first."""
    return np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)), axis=-1)
