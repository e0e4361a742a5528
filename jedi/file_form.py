"""What a file is, from its first bytes: never from its name alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jedi.errors import JediError

_HDF5 = b"\x89HDF\r\n\x1a\n"
_LONGEST_USER_BLOCK = 1 << 16  # MATLAB 7.3 puts 512 bytes before the HDF5 signature


def file_form(path: str | os.PathLike[str]) -> str:
    """`hdf5`, `zip` (NPZ), `npy`, `matlab5` or `unknown`.

    Raises `JediError` where no content can be there at all: a missing file, a folder, a device, an empty file, a
    Git LFS pointer, a web page, a gzip archive.
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        raise JediError(f"no such file: {str(file)!r}") from error
    if stat.S_ISDIR(mode):
        raise JediError(f"{file.name!r} is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        raise JediError(f"{file.name!r} is not a regular file")
    try:
        with file.open("rb") as opened:
            head = opened.read(_LONGEST_USER_BLOCK + 8)
    except OSError as error:
        raise JediError(f"{file.name!r} cannot be read: {error.strerror}") from error
    _refuse_stand_ins(file.name, head)
    if _has_hdf5_signature(head):
        return "hdf5"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"MATLAB 5.0 MAT-file"):
        return "matlab5"
    return "unknown"


def _has_hdf5_signature(head: bytes) -> bool:
    offset = 0
    while offset + 8 <= len(head):
        if head[offset : offset + 8] == _HDF5:
            return True
        offset = max(512, 2 * offset)
    return False


def _refuse_stand_ins(name: str, head: bytes) -> None:
    """Raise where the bytes are a known stand-in for the file that was meant."""
    if not head:
        raise JediError(f"{name!r} is empty (0 bytes): copy or download it again")
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        raise JediError(f"{name!r}: this is a Git LFS pointer: fetch the file with git lfs pull")
    if start.startswith((b"<!doctype html", b"<html", b"<head")) or (start.startswith(b"<?xml") and b"<html" in start):
        raise JediError(f"{name!r}: this is a web page, not a recording: download the file itself")
    if head.startswith(b"\x1f\x8b"):
        raise JediError(f"{name!r} is a gzip archive: unpack it first")
