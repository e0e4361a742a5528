"""Modes of a network as it behaves along a trajectory: each unit's tanh replaced by its describing-function gain.

    d_n = cov_t(tanh x_n, x_n) / var_t(x_n)
    M   = (1 - a) I + a J diag(d),   modes i with right vectors r_i and left vectors l_i, l_i . r_i = 1
    share of variance carried by mode i:   |r_i|^2 mean_t |l_i . (x - mean x)|^2 / sum_n var_t(x_n)

d_n is the slope of the straight line that fits tanh x_n best over the values that x_n takes. For oscillations of any
size the frequencies of M come closer to those of the network than the Jacobian's at one state or its average: at the
origin they are too high, with the mean slope too low.

Source: Gelb and Vander Velde (1968), Multiple-Input Describing Functions and Nonlinear System Design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jedi.dynamics.modes import Modes, modes_of
from jedi.dynamics.network import checked_state, checked_step, network_of
from jedi.errors import JediError


@dataclass(frozen=True, eq=False)
class GainSpectrum:
    """Modes under the gains of a trajectory, and how much of its variance each carries."""

    modes: Modes
    gains: Float[np.ndarray, " M"]  # between 0 and 1
    share: Float[np.ndarray, " R"]  # of the variance; modes that are not perpendicular overlap, so the sum is not 1
    dt_over_tau: float
    dt: float | None  # s a step

    @property
    def leading_pair(self) -> int | None:
        """Index of the member above the real axis of the complex pair with the largest share; None without a pair."""
        above = np.flatnonzero(self.modes.eigenvalues.imag > 0)
        shares = np.nan_to_num(self.share[above], nan=-1.0)
        return int(above[shares.argmax()]) if len(above) else None

    @property
    def leading_frequency_hz(self) -> float | None:
        """Frequency of the leading pair; None without a pair, or without dt."""
        pair = self.leading_pair
        return None if pair is None or self.dt is None else float(self.modes.frequencies_hz(self.dt)[pair])


def gain_spectrum(
    w: Any, x: Float[np.ndarray, "S M"], dt_over_tau: float = 0.1, dt: float | None = None
) -> GainSpectrum:
    """The modes of network `w` along the states x (S, M), S steps of dt seconds, and their shares of the variance.

    A unit that does not move has the slope of tanh at its value. The share is NaN for a mode without a left vector
    (of infinite condition) and where nothing moves. Raises JediError for a trajectory of another size, of fewer than
    two states, or with a number that is not finite.
    """
    network = network_of(w)
    checked_step(dt_over_tau)
    states = checked_state(x, network.units)
    if states.ndim != 2 or len(states) < 2:
        raise JediError(
            f"the trajectory has shape {states.shape}; expected at least two states, ({network.units},) each"
        )
    if dt is not None and not dt > 0:
        raise JediError(f"a step of {dt:g} s; expected more than 0, or none")
    gains = gains_along(states)
    found = modes_of(network, gains, dt_over_tau)
    apart = states - states.mean(axis=0)
    total = (apart**2).mean(axis=0).sum()
    carried = (np.abs(apart @ found.left.T) ** 2).mean(axis=0)
    known = np.isfinite(found.condition) & (total > 0)
    share = np.where(known, carried / (total if total > 0 else 1.0), np.nan)
    return GainSpectrum(found, gains, share, float(dt_over_tau), dt)


def gains_along(x: Float[np.ndarray, "S M"]) -> Float[np.ndarray, " M"]:
    """Describing-function gains of tanh over the states x; the slope at its value for a unit that does not move."""
    middle = x.mean(axis=0)
    apart = x - middle
    power = (apart**2).mean(axis=0)
    still = power <= (1e-9 * np.maximum(np.abs(middle), 1e-9)) ** 2
    fitted = (apart * np.tanh(x)).mean(axis=0) / np.where(still, 1.0, power)
    return np.asarray(np.where(still, 1 - np.tanh(middle) ** 2, fitted))
