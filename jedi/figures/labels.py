"""Where short labels go so that they cover neither each other nor the curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

MOST = 8  # labels of a figure; among more, marks and legend say it better
TOUCHING = 5  # points of curves that a label may cover
NEAR = 7.0  # a label nearer than this to another mark could be taken for its own
# right, left, above, below, then the corners: multiples of half the label's size plus the gap
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def place(
    points: Float[np.ndarray, "P 2"],
    sizes: Sequence[tuple[float, float]],
    curves: Float[np.ndarray, "C 2"],
    frame: tuple[float, float],
    gap: float = 7.0,
) -> list[tuple[float, float] | None]:
    """Offsets from each point to its label's centre, all in pixels (or points), or None where there is no room.

    `sizes` are widths and heights of the labels, `curves` points of what should not be covered, `frame` the width and
    height in which labels must stay. Greedy, in the order given; a label may cover a few points of a curve, never
    another label or another mark.
    """
    boxes: list[tuple[float, float, float, float]] = []
    chosen: list[tuple[float, float] | None] = []
    for i, (point, (width, height)) in enumerate(zip(points, sizes, strict=True)):
        others = np.delete(points, i, axis=0)
        best: tuple[int, tuple[float, float], tuple[float, float, float, float]] | None = None
        for side in _SIDES:
            dx, dy = side[0] * (width / 2 + gap), side[1] * (height / 2 + gap)
            x, y = float(point[0]) + dx, float(point[1]) + dy
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= frame[0] and box[3] <= frame[1]
            if not inside or _covered(others, box, NEAR) or any(_overlap(box, other) for other in boxes):
                continue
            cost = _covered(curves, box, 1.0)
            if best is None or cost < best[0]:
                best = (cost, (dx, dy), box)
        if best is None or best[0] > TOUCHING:
            chosen.append(None)
        else:
            chosen.append(best[1])
            boxes.append(best[2])
    return chosen


def _covered(points: np.ndarray, box: tuple[float, float, float, float], margin: float) -> int:
    """How many of the points lie in the box, or within the margin of it."""
    low, high = np.array(box[:2]) - margin, np.array(box[2:]) + margin
    return int(((points >= low) & (points <= high)).all(axis=1).sum())


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
