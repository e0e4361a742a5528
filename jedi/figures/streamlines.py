"""Streamlines of a flow on a grid, evenly spread, and basins with smooth edges: geometry that figures draw."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

STEP = 0.35  # of a grid cell, a step along a streamline
LONGEST = 400  # steps, each way
SHORTEST = 12  # points; shorter pieces look like dirt


def streamlines(flow: Float[np.ndarray, "G H 2"], spread: int = 24, seeds: int = 20) -> list[Float[np.ndarray, "S 2"]]:
    """Lines along the flow (row = up, column = across), points (across, up) in grid cells from 0 to H - 1 and G - 1.

    Candidates start on a lattice of seeds x seeds points and are followed both ways, all together (midpoint rule on
    the direction of the bilinearly interpolated flow). They are accepted one by one, the longest first, and end where
    they would enter one of the spread x spread cells that another line has taken.
    """
    rows, columns = flow.shape[:2]
    along = np.linspace(0.02, 0.98, seeds)
    start = np.stack(np.meshgrid(along * (columns - 1), along * (rows - 1)), axis=-1).reshape(-1, 2)
    ways = [_followed(flow, start, sign) for sign in (-1.0, 1.0)]
    candidates = [
        np.concatenate([back[:0:-1], forth])
        for back, forth in zip(*([_until_lost(path) for path in way] for way in ways), strict=True)
    ]
    candidates.sort(key=len, reverse=True)
    size = np.array([columns - 1, rows - 1]) / spread
    taken = np.zeros((spread, spread), bool)
    accepted = []
    for line in candidates:
        cells = np.clip((line / size).astype(int), 0, spread - 1)
        free = ~taken[cells[:, 1], cells[:, 0]]
        piece = _longest_stretch(free)
        if piece.stop - piece.start >= SHORTEST:
            accepted.append(line[piece])
            taken[cells[piece, 1], cells[piece, 0]] = True
    return accepted


def _followed(flow: np.ndarray, start: np.ndarray, sign: float) -> np.ndarray:
    """Points (P, S, 2) from each start; NaN once a line has left the grid, come to rest or runs in small circles."""
    points = np.full((LONGEST, len(start), 2), np.nan)
    points[0] = start
    for i in range(1, LONGEST):
        here = points[i - 1]
        half = here + 0.5 * STEP * sign * _direction(flow, here)
        points[i] = here + STEP * sign * _direction(flow, half)
        # a line that no longer gets away from where it was has come to a fixed point or runs in circles
        if i > 8:
            points[i][np.linalg.norm(points[i] - points[i - 8], axis=1) < 2 * STEP] = np.nan
        if np.isnan(points[i]).all():
            break
    return points.swapaxes(0, 1)


def _direction(flow: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Unit vectors of the flow at points (P, 2); NaN outside the grid and where it rests."""
    rows, columns = flow.shape[:2]
    inside = (at >= 0).all(1) & (at[:, 0] <= columns - 1) & (at[:, 1] <= rows - 1)
    safe = np.where(inside[:, None], at, 0.0)
    corner = np.minimum(safe.astype(int), [columns - 2, rows - 2])
    (i, j), (s, t) = corner.T, (safe - corner).T[..., None]
    value = (1 - t) * ((1 - s) * flow[j, i] + s * flow[j, i + 1]) + t * (
        (1 - s) * flow[j + 1, i] + s * flow[j + 1, i + 1]
    )
    length = np.linalg.norm(value, axis=1)
    moving = inside & (length > 0)
    return np.where(moving[:, None], value / np.where(moving, length, 1.0)[:, None], np.nan)


def _until_lost(path: np.ndarray) -> np.ndarray:
    lost = np.isnan(path[:, 0])
    return path[: int(lost.argmax())] if lost.any() else path


def _longest_stretch(free: np.ndarray) -> slice:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(int)))
    if not len(edges):
        return slice(0, 0)
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    return slice(int(edges[2 * longest]), int(edges[2 * longest + 1]))


def smooth_labels(labels: Int[np.ndarray, "G H"], factor: int = 5) -> Int[np.ndarray, "g h"]:
    """Labels on a grid `factor` times as fine, with edges between the labels instead of along the cells.

    Each point takes the label whose indicator, bilinearly interpolated, is largest; grid points keep their own.
    """
    names = np.unique(labels)
    fine = [np.linspace(0, size - 1, (size - 1) * factor + 1) for size in labels.shape]
    shares = np.empty((len(names), len(fine[0]), len(fine[1])))
    for share, name in zip(shares, names, strict=True):
        part = (labels == name).astype(float)
        across = np.stack([np.interp(fine[1], np.arange(labels.shape[1]), row) for row in part])
        share[:] = np.stack([np.interp(fine[0], np.arange(labels.shape[0]), column) for column in across.T], axis=1)
    return np.asarray(names[shares.argmax(0)])
