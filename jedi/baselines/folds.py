"""How training trials are divided when a baseline chooses a setting on them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

FOLDS = 5
BLOCKS_A_FOLD = 5


def blocked_folds(trials: int) -> list[Int[np.ndarray, " _"]]:
    """Five sets of trials, each made of short runs of neighbours taken from all over the session.

    Neighbours stay together since their windows may overlap; runs are spread since trials may be sorted by condition.
    """
    blocks = np.array_split(np.arange(trials), min(FOLDS * BLOCKS_A_FOLD, trials))
    return [np.concatenate(blocks[fold::FOLDS]) for fold in range(min(FOLDS, len(blocks)))]
