"""Files appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jedi.errors import JediError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`: flushed and renamed onto it on success, removed on any failure.

    ```
    with replacing("d.h5") as temporary:
        write(temporary)
    ```
    A reader sees the old file or the new one, never a part, whenever the process is killed.

    Raises JediError where no file can be made there, or where what stands there is not a file: a folder, or a device
    such as /dev/null, which a renamed file would take the place of.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        raise JediError(f"{str(target)!r} is {'a folder' if target.is_dir() else 'no file'}: name the file to write")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Made here and not by tempfile, whose files are for one user only: a run may be shared with a group.
        temporary = target.parent / f".{target.name[:40]}.{secrets.token_hex(6)}.part"
        os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))
    except OSError as e:
        raise JediError(f"cannot write {str(target)!r}: {e.strerror} ({str(target.parent)!r})") from e
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write bytes atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
