"""The plane in which a figure looks at states."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def principal_axes(
    states: Float[np.ndarray, "S M"],
) -> tuple[Float[np.ndarray, "2 M"], Float[np.ndarray, " M"], Float[np.ndarray, " 2"]]:
    """The plane of most variance: two orthonormal axes, the centre, and the two shares of variance.

    Signs are fixed (the largest loading is positive). Where the states span fewer than two dimensions the axes are
    completed by any others.
    """
    centre = states.mean(axis=0)
    _, values, axes = np.linalg.svd(states - centre, full_matrices=False)
    kept = np.zeros((2, states.shape[1]))
    kept[: min(2, len(axes))] = axes[:2]
    if len(axes) < 2 or states.shape[1] < 2:
        spare = np.eye(states.shape[1])[int(np.abs(kept[0]).argmin())]
        spare = spare - (spare @ kept[0]) * kept[0]
        length = np.linalg.norm(spare)
        kept[1] = spare / length if length > 0 else spare
    largest = np.abs(kept).argmax(1)
    signs = np.sign(kept[np.arange(2), largest])
    total = float((values**2).sum())
    shares = np.zeros(2)
    shares[: min(2, len(values))] = values[:2] ** 2 / total if total > 0 else 0
    return kept * np.where(signs == 0, 1, signs)[:, None], centre, shares
