"""J = basis reader^T with an orthonormal basis of the space that the recurrence writes into.

That space is invariant: the Jacobian (1 - a) I + a J D maps it into itself, and whatever is at right angles to it
decays by 1 - a a step on top of what it excites there. In these coordinates an R x R matrix therefore says all:

    (1 - a) I + a reader^T D basis
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jedi.dynamics.network import Network


@dataclass(frozen=True, eq=False)
class Factors:
    """J = basis reader^T, of J's numerical rank (at least 1, so that J = 0 is no special case)."""

    basis: Float[np.ndarray, "M R"]  # orthonormal columns; the identity where J has full rank
    reader: Float[np.ndarray, "M R"]
    whole: bool  # basis is the identity: R = M

    @property
    def units(self) -> int:
        """M."""
        return int(self.basis.shape[0])

    @property
    def rank(self) -> int:
        """R."""
        return int(self.basis.shape[1])


def factors_of(network: Network) -> Factors:
    """The factors, singular values of J below M eps times the largest taken for zero."""
    if network.full:
        basis, sizes, reads = np.linalg.svd(network.left)
        reader = reads.T
    else:
        out, out_mix = np.linalg.qr(network.left)
        into, into_mix = np.linalg.qr(network.right)
        turn, sizes, reads = np.linalg.svd(out_mix @ into_mix.T)
        basis, reader = out @ turn, into @ reads.T
    units = network.units
    rank = max(1, int(np.count_nonzero(sizes > units * np.finfo(float).eps * sizes[0])))
    if rank == units:
        return Factors(np.eye(units), np.ascontiguousarray((network.left @ network.right.T).T), True)
    reader = reader[:, :rank] * sizes[:rank]
    return Factors(np.ascontiguousarray(basis[:, :rank]), np.ascontiguousarray(reader), False)
