"""One process at a time in a run's folder, by a lock that the system lifts when the process ends, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jedi.errors import JediError

LOCK = "lock"
PATIENCE_SECONDS = 0.3  # one who only looks whether a lock is held, holds it for a moment


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """The run's folder, made if need be, for this process alone; JediError where another process has it.

    A folder made here that holds nothing else in the end is removed again. Where the disk knows no locks (some
    network folders), there is none.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := _lock(handle)) is False:
            if time.monotonic() > deadline:
                raise JediError(f"run {folder.name!r} is at work in another process: wait for it, or take another name")
            time.sleep(0.02)
        if found is None:
            (folder / LOCK).unlink(missing_ok=True)
        yield
        made = False
    finally:
        os.close(handle)
        if made:
            _remove_if_empty(folder)


def is_claimed(folder: Path) -> bool | None:
    """Whether a process has the run's folder; None where no lock tells."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        found = _lock(handle)
        return None if found is None else not found
    finally:
        os.close(handle)


def _remove_if_empty(folder: Path) -> None:
    if [path.name for path in folder.iterdir()] == [LOCK]:
        (folder / LOCK).unlink()
        folder.rmdir()


if os.name == "nt":
    import msvcrt

    def _lock(handle: int) -> bool | None:
        """Take the lock of an open file if it is free; closing the file lifts it. None: there are no locks here."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool | None:
        """Take the lock of an open file if it is free; closing the file lifts it. None: there are no locks here."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
