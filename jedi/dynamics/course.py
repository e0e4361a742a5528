"""Eigenvalues of the step's Jacobian along a trajectory, each followed from state to state.

Between neighbouring states eigenvalues are matched one to one so that together they move least in the complex plane
(optimal assignment). Where two meet, which is which is a matter of convention; sums and averages over all are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int

from jedi.dynamics.linearisation import spectrum
from jedi.dynamics.network import checked_step, network_of
from jedi.errors import JediError


@dataclass(frozen=True, eq=False)
class Course:
    """R tracks of eigenvalues over S states; at the first state they are ordered as a `Spectrum`."""

    eigenvalues: Complex[np.ndarray, "S R"]  # of the step's Jacobian, discrete time
    rest: float  # 1 - a, the other M - R eigenvalues at every state
    rest_count: int
    dt_over_tau: float
    dt: float | None  # s a step

    @property
    def spectral_radius(self) -> Float[np.ndarray, " S"]:
        """The largest modulus of all M eigenvalues at each state."""
        largest = np.abs(self.eigenvalues).max(axis=1)
        return np.asarray(np.maximum(largest, self.rest) if self.rest_count else largest)

    @property
    def frequencies_per_tau(self) -> Float[np.ndarray, "S R"]:
        """|arg lambda| / (2 pi a): cycles per time constant."""
        return np.asarray(np.abs(np.angle(self.eigenvalues)) / (2 * np.pi * self.dt_over_tau))

    @property
    def frequencies_hz(self) -> Float[np.ndarray, "S R"] | None:
        """|arg lambda| / (2 pi dt); None without dt."""
        return None if self.dt is None else self.frequencies_per_tau * (self.dt_over_tau / self.dt)

    @property
    def growth_per_step(self) -> Float[np.ndarray, "S R"]:
        """ln |lambda|, nats a step; -inf where lambda is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.abs(self.eigenvalues)))


@dataclass(frozen=True, eq=False)
class PhaseAverage:
    """A course between two times: means over states, each with its standard deviation over them."""

    states: int
    modulus: Float[np.ndarray, " R"]
    modulus_sd: Float[np.ndarray, " R"]
    growth_per_step: Float[np.ndarray, " R"]  # ln |lambda|, nats a step
    growth_per_step_sd: Float[np.ndarray, " R"]  # NaN where the mean is -inf
    frequency_per_tau: Float[np.ndarray, " R"]  # cycles per time constant; 0 where real and positive
    frequency_per_tau_sd: Float[np.ndarray, " R"]
    spectral_radius: float
    spectral_radius_sd: float
    dt_over_tau: float
    dt: float | None  # s a step

    @property
    def time_constants_tau(self) -> Float[np.ndarray, " R"]:
        """-a / mean ln |lambda|, in time constants: that of the mean growth, since one's own mean has no meaning.

        (A time constant passes through infinity where an eigenvalue crosses the unit circle.)
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(self.growth_per_step == 0, np.inf, -self.dt_over_tau / self.growth_per_step))

    @property
    def time_constants_s(self) -> Float[np.ndarray, " R"] | None:
        """The same in seconds; None without dt."""
        return None if self.dt is None else self.time_constants_tau * (self.dt / self.dt_over_tau)

    @property
    def frequency_hz(self) -> Float[np.ndarray, " R"] | None:
        """Mean frequency in Hz; None without dt."""
        return None if self.dt is None else self.frequency_per_tau * (self.dt_over_tau / self.dt)

    @property
    def frequency_hz_sd(self) -> Float[np.ndarray, " R"] | None:
        """Its standard deviation over the states; None without dt."""
        return None if self.dt is None else self.frequency_per_tau_sd * (self.dt_over_tau / self.dt)


def course(w: Any, x: Float[np.ndarray, "S M"], dt_over_tau: float = 0.1, dt: float | None = None) -> Course:
    """The eigenvalues of network `w` along the states x, S steps of dt seconds.

    Raises JediError for a trajectory of another size, an empty one, or one with a number that is not finite.
    """
    network = network_of(w)
    states = np.asarray(x, dtype=np.float64)
    if states.ndim != 2 or not len(states):
        raise JediError(f"the trajectory has shape {states.shape}; expected (steps, {network.units})")
    if dt is not None and not dt > 0:
        raise JediError(f"a step of {dt:g} s; expected more than 0, or none")
    found = spectrum(network, checked_step(dt_over_tau), states)
    tracks = followed(found.eigenvalues)
    return Course(tracks, found.rest, found.rest_count, float(dt_over_tau), dt)


def phase_average(course: Course, first: int = 0, last: int | None = None) -> PhaseAverage:
    """The course averaged over the states first, first + 1, ... last - 1 (all where they are not given).

    Raises JediError for a phase without a state, or one that reaches beyond the trajectory.
    """
    count = len(course.eigenvalues)
    last = count if last is None else last
    if not 0 <= first < last <= count:
        raise JediError(f"a phase from state {first} up to {last}; the trajectory has states 0 up to {count}")
    during = slice(first, last)
    modulus, frequency = np.abs(course.eigenvalues[during]), course.frequencies_per_tau[during]
    growth, radius = course.growth_per_step[during], course.spectral_radius[during]
    vanishes = np.isneginf(growth).any(axis=0)
    spread = np.where(vanishes, np.nan, np.where(vanishes, 0.0, growth).std(axis=0))
    return PhaseAverage(
        last - first,
        modulus.mean(axis=0),
        modulus.std(axis=0),
        growth.mean(axis=0),
        spread,
        frequency.mean(axis=0),
        frequency.std(axis=0),
        float(radius.mean()),
        float(radius.std()),
        course.dt_over_tau,
        course.dt,
    )


def followed(values: Complex[np.ndarray, "S R"]) -> Complex[np.ndarray, "S R"]:
    """The same eigenvalues of real matrices at each state, ordered so that columns are tracks.

    While the number of conjugate pairs stays the same, pairs are matched with pairs and real ones with real ones, so
    that the two tracks of a pair remain mirror images. Where a pair meets the real axis, all are matched together.
    """
    tracks = np.array(values)
    for t in range(1, len(tracks)):
        before, after = tracks[t - 1], values[t]
        above, above_now = _mirrored(before), _mirrored(after)
        if above.shape != above_now.shape:
            tracks[t] = after[_assigned(before, after)]
            continue
        pairs = above_now[:, _assigned(before[above[0]], after[above_now[0]])]
        tracks[t, above[0]], tracks[t, above[1]] = after[pairs[0]], after[pairs[1]]
        on_axis, on_axis_now = np.flatnonzero(before.imag == 0), np.flatnonzero(after.imag == 0)
        tracks[t, on_axis] = after[on_axis_now][_assigned(before[on_axis], after[on_axis_now])]
    return tracks


def _assigned(before: Complex[np.ndarray, " n"], after: Complex[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """For each value which of those that come after it is, the sum of the distances least."""
    from scipy.optimize import linear_sum_assignment

    if len(before) < 2:
        return np.arange(len(before))
    return np.asarray(linear_sum_assignment(np.abs(before[:, None] - after[None]))[1])


def _mirrored(values: Complex[np.ndarray, " R"]) -> Int[np.ndarray, "2 p"]:
    """Indices of the members of conjugate pairs above the real axis, and of their mirror images."""
    above, below = np.flatnonzero(values.imag > 0), np.flatnonzero(values.imag < 0)
    above = above[np.lexsort((values[above].imag, values[above].real))]
    below = below[np.lexsort((-values[below].imag, values[below].real))]
    return np.stack([above, below])
