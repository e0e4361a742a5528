"""Boxes shared among threads: each works off a stack of its own and gives half of it to whoever has none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jedi.dynamics.bounds import Bounded, Singles
from jedi.dynamics.proof_kernel import work_off, workspace

_SLICE = 2048  # boxes between two looks at the clock: some milliseconds
_STACK = 8192
_HANDED_BACK = 64
_TOO_MANY = 500  # boxes too small to decide: about fixed points that touch there are no end of them

Box = tuple[np.ndarray, np.ndarray]
# A box that was handed back: the known fixed points, and one more where it holds one unknown so far.
Resolve = Callable[[Box, Singles], Singles]


@dataclass(eq=False)
class Cover:
    """The state of a covering, shared by its threads under one lock."""

    bounds: Bounded
    known: Singles
    resolve: Resolve
    smallest: float
    deadline: float  # by time.monotonic()
    stop: threading.Event
    progress: Callable[[float, int], None] | None
    whole: float  # logarithm of the start box's volume
    waiting: list[Box] = field(default_factory=list)  # (n, R) low and high ends
    boxes: int = 0
    undecided: list[Box] = field(default_factory=list)  # too small to go on with
    busy: int = 0
    idle: int = 0
    held: dict[int, float] = field(default_factory=dict)  # share of the volume on each thread's own stack
    reason: str = ""
    failure: BaseException | None = None
    lock: threading.Condition = field(default_factory=threading.Condition)
    told: float = 0.0

    @property
    def left(self) -> float:
        """Share of the start box's volume that is still to do."""
        return float(sum(self.share(*boxes) for boxes in self.waiting) + sum(self.held.values()))

    def share(self, low: np.ndarray, high: np.ndarray) -> float:
        """These boxes' share of the start box's volume."""
        return float(np.exp(np.log(np.maximum(high - low, 1e-300)).sum(1) - self.whole).sum())


def work_through(cover: Cover, threads: int) -> None:
    """Work off everything that waits, until it is done, time is up or someone stops it."""
    _work(cover, most=_SLICE)  # most networks need no second thread
    if not cover.waiting or cover.reason:
        _decide_late(cover)
        return
    team = [threading.Thread(target=_run, args=(cover,), name=f"jedi-proof-{i}", daemon=True) for i in range(threads)]
    for member in team:
        member.start()
    for member in team:
        member.join()
    if cover.failure is not None:
        raise cover.failure
    _decide_late(cover)


def _decide_late(cover: Cover) -> None:
    """Leave out small boxes about fixed points that became known only after them."""
    cover.undecided = [box for box in cover.undecided if not cover.known.around(*box)]


def _run(cover: Cover) -> None:
    try:
        _work(cover)
    except BaseException as failure:  # noqa: BLE001 (raised again by the thread that asked)
        with cover.lock:
            cover.failure, cover.reason = failure, "failed"
            cover.lock.notify_all()


def _take(cover: Cover) -> Box | None:
    """Boxes to do; None when all is done or stopped. Waits while others may yet give some."""
    with cover.lock:
        while not cover.waiting:
            if cover.busy == 0 or cover.reason:
                return None
            cover.idle += 1
            cover.lock.wait()
            cover.idle -= 1
        if cover.reason:
            return None
        cover.busy += 1
        return cover.waiting.pop()


def _work(cover: Cover, most: int | None = None) -> None:
    """Work off boxes; with `most`, only about so many, by this thread alone."""
    equations, rank = cover.bounds.equations, len(cover.bounds.extent)
    room = workspace(rank, equations.u.shape[1])
    weight, reach = equations.abs_v.sum(0), equations.abs_u.max(1)
    low, high = np.empty((2, _STACK + 2 * _HANDED_BACK, rank))
    found_low, found_high = np.empty((2, _HANDED_BACK, rank))
    while (taken := _take(cover)) is not None:
        top = len(taken[0])
        low[:top], high[:top] = taken
        while top and not cover.reason:
            known = cover.known
            top, boxes, found = work_off(
                equations, room, weight, reach, cover.smallest, known.roots, known.low, known.high,
                low[:_STACK], high[:_STACK], top, most or _SLICE, found_low, found_high,
            )  # fmt: skip
            top = _account(cover, low, high, top, boxes, found_low[:found], found_high[:found])
            if most is not None:
                break
        with cover.lock:
            if top:
                cover.waiting.append((low[:top].copy(), high[:top].copy()))
            cover.held.pop(threading.get_ident(), None)
            cover.busy -= 1
            cover.lock.notify_all()
        if most is not None:
            return


def _account(
    cover: Cover, low: np.ndarray, high: np.ndarray, top: int, boxes: int, found_low: np.ndarray, found_high: np.ndarray
) -> int:
    """Count, deal with what was handed back, share and look at the clock; returns the new top of the stack."""
    with cover.lock:
        cover.boxes += boxes
        handed_back = list(zip(found_low.copy(), found_high.copy(), strict=True))
        for box in handed_back:
            cover.known = cover.resolve(box, cover.known)
        for box in handed_back:
            if cover.known.around(*box):
                continue
            if ((box[1] - box[0]) * cover.bounds.equations.abs_u.max(1) < cover.smallest).all():
                cover.undecided.append(box)
                if len(cover.undecided) >= _TOO_MANY:
                    cover.reason = cover.reason or "fixed points too near each other to tell apart"
            else:
                top = _cut(low, high, top, box)
        if cover.idle and top > 1:  # the bottom of the stack holds the largest boxes
            half = (top + 1) // 2
            cover.waiting.append((low[:half].copy(), high[:half].copy()))
            low[: top - half], high[: top - half] = low[half:top].copy(), high[half:top].copy()
            top -= half
            cover.lock.notify()
        elif top > _STACK // 2:
            cover.waiting.append((low[: top // 2].copy(), high[: top // 2].copy()))
            low[: top - top // 2], high[: top - top // 2] = low[top // 2 : top].copy(), high[top // 2 : top].copy()
            top -= top // 2
        cover.held[threading.get_ident()] = cover.share(low[:top], high[:top])
        now = time.monotonic()
        if cover.stop.is_set():
            cover.reason = cover.reason or "stopped"
        elif now > cover.deadline:
            cover.reason = cover.reason or "out of time"
        if cover.progress is not None and now > cover.told + 0.2:
            cover.told = now
            cover.progress(cover.left, cover.boxes)
        return top


def _cut(low: np.ndarray, high: np.ndarray, top: int, box: tuple[np.ndarray, np.ndarray]) -> int:
    """Both halves of a box on the stack."""
    widest = int(np.argmax(box[1] - box[0]))
    middle = (box[0][widest] + box[1][widest]) / 2
    for half in range(2):
        low[top], high[top] = box
        (high if half == 0 else low)[top, widest] = middle
        top += 1
    return top
