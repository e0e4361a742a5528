"""Following a curve of solutions by pseudo-arclength, without jumping to another one.

n equations F(z) = 0 in n + 1 unknowns z, the last of which is the path parameter s in [0, 1]. From a point with unit
tangent t a step predicts z + h t and corrects it by Newton's method in the plane across t (Keller 1977; Allgower and
Georg 2003, Introduction to Numerical Continuation Methods, chapters 2, 6 and 8). A step is refused, and tried again at
half its length, where it may have landed on another curve:

- a correction is long against the step, or Newton's method contracts by less than a third: two solutions are near;
- the tangent turns by more than a quarter, or the chord disagrees with the tangents at its ends;
- det [DF; t^T] changes its sign. Along one curve it does so at branch points only, so that one must be found there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from jedi.errors import JediError

CLOSE = 1e-8  # of Newton's last correction; the error after it is its square
MOST_CORRECTIONS = 8
CONTRACTION = 0.3
SAFE_FLIP = 2e-4  # a step as short as this that changes the sign of the determinant passed a degenerate branch point


@runtime_checkable
class System(Protocol):
    """n equations in n + 1 unknowns."""

    def evaluate(self, z: Float[np.ndarray, " N1"]) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "N N1"]]:
        """F and its derivative."""

    def accepted(self, z: Float[np.ndarray, " N1"]) -> None:
        """Told every point that a curve has reached."""


@dataclass
class Budget:
    """How many steps are left to all curves together."""

    most: int
    used: int = 0
    told: Callable[[int], None] = field(default=lambda used: None)

    def spend(self) -> bool:
        """One step; False where none is left."""
        if self.used >= self.most:
            return False
        self.used += 1
        if self.used % 25 == 0:
            self.told(self.used)
        return True


@dataclass(frozen=True)
class Lengths:
    """Steps of the arclength of z."""

    first: float = 0.01
    smallest: float = 1e-6
    largest: float = 0.04
    turn: float = 0.25  # rad that the tangent may turn in a step; half of it is aimed at

    def __post_init__(self) -> None:
        if not 0 < self.smallest <= self.first <= self.largest:
            raise JediError(f"steps of {self.smallest:g} to {self.largest:g} that start at {self.first:g} cannot be")


@dataclass(frozen=True, eq=False)
class Trace:
    """S points of a curve in their order, unit tangents along it, and why it ended."""

    z: Float[np.ndarray, "S N1"]
    t: Float[np.ndarray, "S N1"]
    orientation: Int[np.ndarray, " S"]  # sign of det [DF; t^T]
    ended: str

    def backwards(self) -> Trace:
        """The same points from the last to the first."""
        return Trace(self.z[::-1], -self.t[::-1], -self.orientation[::-1], self.ended)


def correct(
    system: System,
    guess: Float[np.ndarray, " N1"],
    across: Float[np.ndarray, " N1"],
    far: float,
    contraction: float = CONTRACTION,
) -> tuple[Float[np.ndarray, " N1"], Float[np.ndarray, "N N1"]] | None:
    """The solution in the plane through `guess` across a direction, and DF there.

    None where Newton's method leaves a ball of radius `far`, or contracts too little from one step to the next.
    """
    z, before = guess, np.inf
    for _ in range(MOST_CORRECTIONS):
        value, derivative = system.evaluate(z)
        try:
            change = np.linalg.solve(np.vstack([derivative, across]), np.append(-value, across @ (guess - z)))
        except np.linalg.LinAlgError:
            return None
        size = float(np.linalg.norm(change))
        limit = CLOSE * (1 + float(np.linalg.norm(z)))
        if not size <= far or (size > contraction * before and size > limit):
            return None
        z = z + change
        if np.linalg.norm(z - guess) > far:
            return None
        if size <= limit:
            return z, derivative
        before = size
    return None


def tangent(derivative: Float[np.ndarray, "N N1"], along: Float[np.ndarray, " N1"]) -> Float[np.ndarray, " N1"] | None:
    """The unit null vector of DF that points along a direction; None where that direction leaves it undetermined."""
    end = np.zeros(len(along))
    end[-1] = 1.0
    try:
        found = np.linalg.solve(np.vstack([derivative, along]), end)
    except np.linalg.LinAlgError:
        return None
    size = float(np.linalg.norm(found))
    return found / size if np.isfinite(size) and size > 0 else None


def first_tangent(derivative: Float[np.ndarray, "N N1"]) -> Float[np.ndarray, " N1"]:
    """A unit null vector of DF, towards larger s."""
    found = np.linalg.svd(derivative)[2][-1]
    return np.asarray(-found if found[-1] < 0 else found)


def follow(
    system: System,
    z: Float[np.ndarray, " N1"],
    t: Float[np.ndarray, " N1"],
    lengths: Lengths,
    budget: Budget,
    passes: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], bool] | None = None,
    stop: Callable[[np.ndarray], str] | None = None,
) -> Trace:
    """The curve from solution z along its tangent t, until s leaves [0, 1], it closes, or it cannot be followed.

    Args:
        passes: asked with both ends of a step and their tangents whether a branch point lies between them; without it
            the sign of the determinant is not looked at.
        stop: asked at each point; a reason ends the curve there.
    """
    here = _Point(z, t, _sign(system.evaluate(z)[1], t))
    points, h, ended = [here], lengths.first, ""
    while not ended:
        if not budget.spend():
            ended = f"the limit of {budget.most:,} steps was reached"
            break
        after = None
        for length in _attempts(h, lengths):
            after = _step(system, here, length, lengths.turn, passes)
            if after is not None:
                break
        if after is None:
            ended = "left the path" if _outwards(here) else "step too small"
            break
        turned = float(np.arccos(np.clip(here.t @ after.t, -1, 1)))
        h = min(lengths.largest, max(length * min(1.5, 0.5 * lengths.turn / max(turned, 1e-9)), 4 * lengths.smallest))
        if len(points) > 2 and _closes(system, points[0], here, after):
            points.append(points[0])
            ended = "closed"
            break
        points.append(after)
        here = after
        system.accepted(here.z)
        if here.z[-1] in (0.0, 1.0) and _outwards(here):
            ended = "left the path"
        elif stop is not None:
            ended = stop(here.z)
    return Trace(np.stack([p.z for p in points]), np.stack([p.t for p in points]), _signs(points), ended)


@dataclass(frozen=True, eq=False)
class _Point:
    z: np.ndarray
    t: np.ndarray
    orientation: int


def _signs(points: list[_Point]) -> np.ndarray:
    return np.array([p.orientation for p in points])


def _sign(derivative: np.ndarray, t: np.ndarray) -> int:
    return int(np.linalg.slogdet(np.vstack([derivative, t]))[0])


def _outwards(point: _Point) -> bool:
    """At an end of the path, on the way out."""
    return bool((point.z[-1] <= 0 and point.t[-1] <= 0) or (point.z[-1] >= 1 and point.t[-1] >= 0))


def _attempts(h: float, lengths: Lengths) -> Iterator[float]:
    """Shorter and shorter steps; after a few also longer ones, which pass over the singular point that was hit."""
    yield from (h, h / 2, h / 4, h / 8)
    yield from (length for length in (2 * h, 3 * h) if length < 2 * lengths.largest)
    h /= 16
    while h >= lengths.smallest:
        yield h
        h /= 2


def _step(
    system: System,
    here: _Point,
    h: float,
    turn: float,
    passes: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], bool] | None,
) -> _Point | None:
    guess, across = here.z + h * here.t, here.t
    end = min(max(guess[-1], 0.0), 1.0)
    if end != guess[-1]:  # the last step: exactly onto the end of the path
        h = (end - here.z[-1]) / here.t[-1]
        if h <= 0:
            return None
        guess, across = _onto(here.z + h * here.t, end), _last(len(guess))
    found = correct(system, guess, across, 0.25 * h)
    if found is not None and not 0 <= found[0][-1] <= 1:  # it bent across the end
        end = min(max(found[0][-1], 0.0), 1.0)
        share = (end - here.z[-1]) / (found[0][-1] - here.z[-1])
        guess = _onto(here.z + share * (found[0] - here.z), end)
        found = correct(system, guess, _last(len(guess)), 0.25 * h)
    if found is None:
        return None
    z, derivative = found
    if end in (0.0, 1.0) and abs(z[-1] - end) < 1e-12:
        z = _onto(z, end)
    t = tangent(derivative, here.t)
    chord = z - here.z
    length = float(np.linalg.norm(chord))
    if t is None or length == 0 or here.t @ t < np.cos(turn):
        return None
    if np.linalg.norm(chord - length * (here.t + t) / 2) > 0.1 * length:
        return None
    after = _Point(z, t, _sign(derivative, t))
    flips = passes is not None and after.orientation != here.orientation
    if flips and passes is not None and length > SAFE_FLIP and not passes(here.z, here.t, z, t):
        return None
    return after


def _onto(z: np.ndarray, s: float) -> np.ndarray:
    moved = z.copy()
    moved[-1] = s
    return moved


def _last(size: int) -> np.ndarray:
    direction = np.zeros(size)
    direction[-1] = 1.0
    return direction


def _closes(system: System, first: _Point, before: _Point, after: _Point) -> bool:
    """Whether the step from `before` to `after` went through the first point."""
    length = float(np.linalg.norm(after.z - before.z))
    if min(np.linalg.norm(before.z - first.z), np.linalg.norm(after.z - first.z)) > length or first.t @ after.t < 0.5:
        return False
    gone, left = (before.z - first.z) @ first.t, (after.z - first.z) @ first.t
    if not gone < 0 <= left:
        return False
    guess = before.z + (after.z - before.z) * (gone / (gone - left))
    found = correct(system, guess, first.t, 0.25 * length)
    return found is not None and bool(np.linalg.norm(found[0] - first.z) < 1e-6 * (1 + np.linalg.norm(first.z)))
