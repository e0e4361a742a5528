"""What a linearised network does: the directions in which it moves, and what each of them is moved by.

    Jacobian of the step    A = (1 - a) I + a J D,   D = diag(1 - tanh(x)^2),   J = L R^T
    core                    C = R^T D L, R x R,      C y = mu y,   z^T C = mu z^T
    eigenvalue              1 - a + a mu             (of the flow: mu - 1 per tau)
    right eigenvector       L y                      where activity moves
    left eigenvector        D R z                    what the mode reads, and so how strongly it is excited

The other M - R eigenvalues are 1 - a. As mu goes to 0 a mode merges with them: its two vectors become perpendicular and
its condition number infinite. Where columns of L or R depend on each other, mu is 0 and there may be no such vector: it
is then zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from jedi.dynamics.linearisation import ordering
from jedi.dynamics.network import Network, checked_state, checked_step, network_of
from jedi.errors import JediError

_PERPENDICULAR = 1e-13  # |left . right| / (|left| |right|) below which a pair is taken for perpendicular
_DEFECTIVE = 1e-12  # smallest over largest singular value of the eigenvectors below which they are taken as dependent


@dataclass(frozen=True, eq=False)
class Modes:
    """Eigenvalues and vectors of the R modes of the low-rank part (M of a full-rank network), ordered as `Spectrum`."""

    eigenvalues: Complex[np.ndarray, " R"]  # of the step
    continuous: Complex[np.ndarray, " R"]  # of the flow, per tau
    right: Complex[np.ndarray, "R M"]  # of length 1, the entry of largest modulus real and positive
    left: Complex[np.ndarray, "R M"]  # sum(left * right) = 1, no conjugate taken; of length 1 where perpendicular
    condition: Float[np.ndarray, " R"]  # |left| |right|, 1 for a normal mode; infinite where they are perpendicular
    henrici: float  # departure from normality of the M x M Jacobian over its Frobenius norm, 0 to 1
    dt_over_tau: float
    rest_count: int  # M - R further eigenvalues, all 1 - a (of the flow: -1)

    @property
    def stable(self) -> bool:
        """All M eigenvalues of the step lie inside the unit circle."""
        return bool((np.abs(self.eigenvalues) < 1).all())  # the rest, 1 - a, always does

    @property
    def stable_continuous(self) -> bool:
        """All M eigenvalues of the flow have a negative real part."""
        return bool((self.continuous.real < 0).all())

    @property
    def frequencies_per_tau(self) -> Float[np.ndarray, " R"]:
        """|arg lambda| / (2 pi a): cycles per time constant."""
        return np.asarray(np.abs(np.angle(self.eigenvalues)) / (2 * np.pi * self.dt_over_tau))

    @property
    def time_constants_tau(self) -> Float[np.ndarray, " R"]:
        """-a / ln |lambda| in time constants of the units: infinite on the unit circle, negative where it grows."""
        with np.errstate(divide="ignore"):
            decay = -np.log(np.abs(self.eigenvalues))
            return np.asarray(np.where(decay == 0, np.inf, self.dt_over_tau / decay))

    def frequencies_hz(self, dt: float) -> Float[np.ndarray, " R"]:
        """|arg lambda| / (2 pi dt) for steps of dt seconds."""
        return self.frequencies_per_tau * (self.dt_over_tau / dt)

    def time_constants_s(self, dt: float) -> Float[np.ndarray, " R"]:
        """-dt / ln |lambda| in seconds for steps of dt seconds."""
        return self.time_constants_tau * (dt / self.dt_over_tau)


class Alignment(NamedTuple):
    """|cosine| of the angle between each mode and each axis; of a complex mode, to the plane of its pair."""

    right: Float[np.ndarray, "R A"]  # 1: activity of the mode moves along the axis
    left: Float[np.ndarray, "R A"]  # 1: the mode reads what lies along the axis


def modes(w: Any, dt_over_tau: float = 0.1, at: Float[np.ndarray, " M"] | None = None) -> Modes:
    """The modes of network `w` about the state `at` (the origin where none is given).

    `w` has `.U` and `.V` (M, R), or `.J` (M, M). Raises JediError for a state of another size or with a number that is
    not finite, and for a dt / tau that is not above 0 and at most 1.
    """
    network = network_of(w)
    checked_step(dt_over_tau)
    state = np.zeros(network.units) if at is None else checked_state(at, network.units)
    if state.ndim != 1:
        raise JediError(f"modes belong to one state; found states of shape {state.shape}")
    return modes_of(network, 1 - np.tanh(state) ** 2, dt_over_tau)


def modes_of(network: Network, gains: Float[np.ndarray, " M"], dt_over_tau: float) -> Modes:
    """The modes of (1 - a) I + a J diag(gains), whatever the gains (M,) stand for."""
    import scipy.linalg

    if network.full:
        core = network.left * gains  # J D itself: its eigenvectors are the modes'
        values, y, z = _pairs(core)
        right, left = y.T, z
        away = np.zeros_like(core)
    else:
        reads = gains[:, None] * network.right
        values, y, z = _pairs(reads.T @ network.left)
        right, left = (network.left @ y).T, z @ reads.T
        out, mix = np.linalg.qr(network.left)
        pull = reads @ mix.T  # J D = out pull^T
        core = pull.T @ out
        away = pull - out @ core.T
    found = 1 - dt_over_tau + dt_over_tau * values
    order = ordering(found)
    right, left, condition = _scaled(right[order], left[order])
    # A unitary change of basis makes J D upper triangular; what is then above the diagonal is its departure.
    above = np.triu(scipy.linalg.schur(core, output="complex")[0], 1)
    departure = dt_over_tau * np.hypot(np.linalg.norm(above), np.linalg.norm(away))
    rest = network.units - len(found)
    size = np.hypot(np.linalg.norm(np.append(np.abs(found), np.sqrt(rest) * (1 - dt_over_tau))), departure)
    return Modes(
        found[order],
        values[order] - 1,
        right,
        left,
        condition,
        float(departure / size) if size else 0.0,
        float(dt_over_tau),
        rest,
    )


def alignment(modes: Modes, axes: Float[np.ndarray, "A M"]) -> Alignment:
    """How far the modes move along given axes of state space, and read from them.

    The axes need not be of length 1. A complex mode turns in the plane of its vector's real and imaginary part: its
    cosine is the length of the unit axis's projection onto that plane. Raises JediError for axes of another size, of
    length zero, or with numbers that are not finite.
    """
    given = np.atleast_2d(np.asarray(axes, dtype=np.float64))
    if given.ndim != 2 or given.shape[1] != modes.right.shape[1]:
        raise JediError(f"the axes have shape {given.shape}; expected (axes, {modes.right.shape[1]})")
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    if not np.isfinite(given).all() or not lengths.all():
        raise JediError("an axis has length zero or a number that is not finite")
    return Alignment(_along(modes.right, given / lengths), _along(modes.left, given / lengths))


def _along(vectors: Complex[np.ndarray, "R M"], axes: Float[np.ndarray, "A M"]) -> Float[np.ndarray, "R A"]:
    cosines = np.empty((len(vectors), len(axes)))
    for i, vector in enumerate(vectors):
        plane = np.stack([vector.real, vector.imag], axis=1)
        turn, sizes, _ = np.linalg.svd(plane, full_matrices=False)
        cosines[i] = np.linalg.norm(axes @ turn[:, sizes > 1e-12 * sizes[0]], axis=1) if sizes[0] else 0.0
    return np.minimum(cosines, 1.0)


def _pairs(
    matrix: Float[np.ndarray, "R R"],
) -> tuple[Complex[np.ndarray, " R"], Complex[np.ndarray, "R R"], Complex[np.ndarray, "R R"]]:
    """Eigenvalues, right eigenvectors as columns, left ones as rows.

    The left ones are the inverse of the right ones, so that those of equal eigenvalues are paired, too. Where the
    right ones do not span the space (a defective matrix) there is no such inverse: they are then found for themselves.
    """
    import scipy.linalg

    values, z, y = scipy.linalg.eig(matrix, left=True, right=True)
    sizes = np.linalg.svd(y, compute_uv=False)
    rows = np.linalg.inv(y) if sizes[-1] > _DEFECTIVE * sizes[0] else z.conj().T
    return values.astype(complex), y.astype(complex), rows.astype(complex)


def _scaled(
    right: Complex[np.ndarray, "R M"], left: Complex[np.ndarray, "R M"]
) -> tuple[Complex[np.ndarray, "R M"], Complex[np.ndarray, "R M"], Float[np.ndarray, " R"]]:
    """Right vectors of length 1, left ones to match, and the product of their lengths."""
    right, left = _unit(right), _unit(left)
    peaks = np.take_along_axis(right, np.abs(right).argmax(axis=1)[:, None], axis=1)
    right = right * np.where(peaks == 0, 1, np.conj(peaks) / np.where(peaks == 0, 1, np.abs(peaks)))
    overlap = (left * right).sum(axis=1)
    apart = np.abs(overlap) <= _PERPENDICULAR
    left = left / np.where(apart, 1, overlap)[:, None]
    return right, left, np.where(apart, np.inf, np.linalg.norm(left, axis=1))


def _unit(vectors: Complex[np.ndarray, "R M"]) -> Complex[np.ndarray, "R M"]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths))
