"""Computations in the background: asked for, looked at again, kept; no page ever waits for one.

One desk serves all visitors. Whoever asks for what is known has it at once; what is not known yet is computed by a few
threads, and whoever asks again is told how far it is. A page that asks for something else takes its last wish back:
what had not begun is dropped, and what has begun is told to stop, unless somebody else still wants it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st

from jedi.errors import JediError
from jedi.kernels import thread_count

T = TypeVar("T")

KEPT = 128  # results; the largest are a few megabytes
FORGOTTEN_SECONDS = 90.0  # a wish that nobody has repeated for so long, and that has not begun, is dropped
_log = logging.getLogger(__name__)
_here = threading.local()  # the job that this thread works on


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What is known by now: a value, an error in one plain sentence, or neither yet."""

    value: T | None = None
    error: str = ""
    pending: bool = False
    seconds: float = 0.0  # that it took; while pending, since it was asked for
    progress: str = ""  # how far it is, in words, while pending


class Abandoned(Exception):
    """Raised out of `progress` where nobody wants the result any more."""


@dataclass(eq=False)
class _Job:
    key: Hashable
    compute: Callable[[], Any]
    asked: float
    wanted: float  # when it was last asked for
    groups: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)
    begun: bool = False
    listens: bool = False  # it may end early, with less than it was asked for
    text: str = ""


class Desk:
    """Jobs that wait, the threads that do them, and the results."""

    def __init__(self, workers: int, kept: int = KEPT, forgotten: float = FORGOTTEN_SECONDS) -> None:
        self._changed = threading.Condition()
        self._jobs: dict[Hashable, _Job] = {}  # wanted, and not known yet
        self._waiting: deque[_Job] = deque()
        self._wishes: dict[str, _Job] = {}  # a group's latest
        self._known: OrderedDict[Hashable, Answer[Any]] = OrderedDict()
        self._kept, self._forgotten = kept, forgotten
        for i in range(workers):  # daemons: a server that stops does not wait for a proof
            threading.Thread(target=self._work, name=f"jedi-desk-{i}", daemon=True).start()

    def ask(
        self, key: Hashable, compute: Callable[[], T], *, group: str = "", patience_seconds: float = 0.0
    ) -> Answer[T]:
        """What is known of `key`; if nothing, it will be computed. See the function `ask`."""
        with self._changed:
            if (known := self._of(key)) is not None:
                self._take_back(group, None)
                return known
            now = time.monotonic()
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(key, compute, now, now)
                self._waiting.append(job)
                self._changed.notify_all()
            job.wanted = now
            self._take_back(group, job)
            if patience_seconds > 0:
                self._changed.wait_for(lambda: key in self._known, patience_seconds)
            return self._of(key) or Answer(pending=True, seconds=time.monotonic() - job.asked, progress=job.text)

    def forget(self, key: Hashable) -> None:
        """Drop a result, so that the next who asks has it computed anew."""
        with self._changed:
            self._known.pop(key, None)

    def _of(self, key: Hashable) -> Answer[Any] | None:
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
        return known

    def _take_back(self, group: str, wish: _Job | None) -> None:
        """A group wants this now, and no longer what it wanted before. A job without a group is always wanted."""
        if wish is not None:
            wish.groups.add(group)
        if not group:
            return
        before = self._wishes.pop(group, None)
        if wish is not None:
            self._wishes[group] = wish
        if before is None or before is wish:
            return
        before.groups.discard(group)
        if before.groups or self._jobs.get(before.key) is not before:
            return
        del self._jobs[before.key]
        before.stop.set()
        if not before.begun:
            self._waiting.remove(before)

    def _next(self) -> _Job:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: bool(self._waiting))
                job = self._waiting.popleft()
                if time.monotonic() - job.wanted <= self._forgotten:
                    job.begun = True
                    return job
                self._leave(job)

    def _leave(self, job: _Job) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        for group in job.groups:
            if self._wishes.get(group) is job:
                del self._wishes[group]

    def _work(self) -> None:
        while True:
            job = self._next()
            answer = self._done(job)
            with self._changed:
                if answer is not None and not (job.listens and job.stop.is_set()):
                    self._known[job.key] = answer
                    while len(self._known) > self._kept:
                        self._known.popitem(last=False)
                self._leave(job)
                self._changed.notify_all()

    @staticmethod
    def _done(job: _Job) -> Answer[Any] | None:
        began = time.monotonic()
        _here.job = job
        try:
            value = job.compute()
        except Abandoned:
            return None
        except JediError as error:
            return Answer(error=str(error), seconds=time.monotonic() - began)
        except Exception as error:  # noqa: BLE001  (a thread that ends takes everyone's computations with it)
            _log.exception("a computation failed")
            said = f"This could not be computed: {type(error).__name__}. The server's log says where."
            return Answer(error=said, seconds=time.monotonic() - began)
        finally:
            _here.job = None
        return Answer(value=value, seconds=time.monotonic() - began)


@st.cache_resource(show_spinner=False)
def _desk() -> Desk:
    return Desk(max(2, thread_count()))  # two at least: a long proof keeps nobody else waiting


def ask(key: Hashable, compute: Callable[[], T], *, group: str = "", patience_seconds: float = 0.0) -> Answer[T]:
    """What is known of `key`: its value, its error, or that it is pending. If nothing, `compute` is put to work.

    Args:
        key: says all that the result depends on: the model's path and stamp, the context, what is computed, options.
        compute: runs in another thread, without Streamlit's session; it may call `progress` and `stop_event`.
        group: who asks, such as a session's page and section. A group wants one thing at a time: the one it asked for
            before is dropped or stopped unless another group wants it. Without a group nothing is dropped.
        patience_seconds: wait at most so long for the result, so that quick ones come without an interlude.
    """
    return _desk().ask(key, compute, group=group, patience_seconds=patience_seconds)


def forget(key: Hashable) -> None:
    """Drop what is known of `key`, an error for instance, so that it can be tried again."""
    _desk().forget(key)


def progress(text: str) -> None:
    """From within a computation: say how far it is. Ends it, by an exception, where nobody wants it any more."""
    job: _Job | None = getattr(_here, "job", None)
    if job is not None:
        if job.stop.is_set():
            raise Abandoned
        job.text = text


def stop_event() -> threading.Event:
    """From within a computation: set as soon as nobody wants its result any more; an incomplete one is not kept."""
    job: _Job | None = getattr(_here, "job", None)
    if job is None:
        return threading.Event()
    job.listens = True
    return job.stop


def reporter() -> Callable[[str], None]:
    """From within a computation: a function that says how far it is from any thread, and never raises."""
    job: _Job | None = getattr(_here, "job", None)

    def say(text: str) -> None:
        if job is not None:
            job.text = text

    return say
