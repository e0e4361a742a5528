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
from jaxtyping import Complex, Float

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
    if not 0 < dt_over_tau <= 1:
        raise JediError(f"dt / tau is {dt_over_tau:g}; a step is above 0 and at most 1")
    left, right = _factors(w)
    units, rank = left.shape
    slopes = np.ones(units) if at is None else 1 - np.tanh(_checked_state(at, units)) ** 2
    # right^T diag(slopes) left: R x R, one for each state
    core = np.einsum("mr,...m,ms->...rs", right, slopes, left, optimize=True)
    found = np.linalg.eigvals(core).astype(complex)
    found, rest = (found, 0.0) if of == "J" else (1 - dt_over_tau + dt_over_tau * found, 1 - dt_over_tau)
    return Spectrum(_sorted(found), rest, units - rank, of)


def eigenvalues(
    w: Any, dt_over_tau: float = 0.1, at: Float[np.ndarray, "*S M"] | None = None, of: Of = "jacobian"
) -> Complex[np.ndarray, "*S M"]:
    """All M eigenvalues as one array: `spectrum(...).all`."""
    return spectrum(w, dt_over_tau, at, of).all


def _factors(w: Any) -> tuple[Float[np.ndarray, "M R"], Float[np.ndarray, "M R"]]:
    """left, right with J = left right^T; for full rank, or factors wider than M, left is J and right the identity."""
    if hasattr(w, "U") and hasattr(w, "V"):
        left, right = np.asarray(w.U, dtype=np.float64), np.asarray(w.V, dtype=np.float64)
        if left.ndim != 2 or left.shape != right.shape:
            raise JediError(f"U is {left.shape} and V is {right.shape}; expected both (units, rank)")
        if left.shape[1] < left.shape[0]:
            return left, right
        full = left @ right.T
    else:
        full = np.asarray(w.J, dtype=np.float64)
    if full.ndim != 2 or full.shape[0] != full.shape[1]:
        raise JediError(f"J is {full.shape}; expected a square matrix")
    return full, np.eye(len(full))


def _checked_state(at: Float[np.ndarray, "*S M"], units: int) -> Float[np.ndarray, "*S M"]:
    state = np.asarray(at, dtype=np.float64)
    if state.ndim < 1 or state.shape[-1] != units:
        raise JediError(f"the state has shape {state.shape}; the network has {units} units")
    if not np.isfinite(state).all():
        raise JediError("the state holds a number that is not finite")
    return state


def _sorted(values: Complex[np.ndarray, "*S R"]) -> Complex[np.ndarray, "*S R"]:
    """By modulus, rounded to 12 digits so that a pair stays together, then the positive imaginary part first."""
    order = np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)), axis=-1)
    return np.take_along_axis(values, order, axis=-1)
