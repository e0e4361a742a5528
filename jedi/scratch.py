"""Large arrays used again and again: fresh pages from the system cost as much as what is computed in them."""

from __future__ import annotations

import math
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_KEPT = 8
_free: list[NDArray[np.uint8]] = []
_lock = Lock()


class Scratch:
    """Uninitialised arrays whose memory goes back to a small pool when the last reference to this object goes.

    Only for arrays that no one keeps beyond it. Any thread may make one.
    """

    def __init__(self, dtype: np.dtype[Any], *shapes: tuple[int, ...]) -> None:
        self._blocks = [_take(math.prod(shape) * dtype.itemsize) for shape in shapes]
        self.arrays: list[Array] = [
            block[: math.prod(shape) * dtype.itemsize].view(dtype).reshape(shape)
            for block, shape in zip(self._blocks, shapes, strict=True)
        ]

    def __del__(self) -> None:
        with _lock:
            _free.extend(self._blocks)
            _free.sort(key=len)
            del _free[:-_KEPT]


def _take(size: int) -> NDArray[np.uint8]:
    with _lock:
        for i, block in enumerate(_free):
            if size <= len(block) <= 4 * size:
                return _free.pop(i)
    return np.empty(size, np.uint8)
