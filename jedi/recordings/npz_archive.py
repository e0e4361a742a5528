"""The arrays of an NPZ archive: every header is checked before anything is allocated, and objects are never loaded."""

from __future__ import annotations

import ast
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jedi.errors import JediError
from jedi.safe_hdf5 import DEFAULT_BUDGET, FREE_BYTES, LARGEST_RATIO, shape_text, size_text

Array = npt.NDArray[Any]
Header = tuple[tuple[int, ...], bool, np.dtype[Any]]  # shape, Fortran order, type

MOST_MEMBERS = 10_000
LONGEST_HEADER = 1 << 16


def read_archive(path: Path) -> dict[str, Array]:
    """All arrays of numbers or text in the archive, after a check of every header before any allocation."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked_members(archive, path)
            headers: dict[str, Header] = {}
            for member in members:
                with archive.open(member) as file:
                    headers[member.filename] = _header(file, member, path.name)
            return {member.filename[:-4]: _array(archive, member, headers[member.filename]) for member in members}
    except JediError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise JediError(f"{path.name!r} is a damaged NPZ file: {str(error) or type(error).__name__}") from error


def archive_shapes(path: Path) -> dict[str, str]:
    """Name: shape and type of each array, from the headers alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = {}
            for member in _checked_members(archive, path):
                with archive.open(member) as file:
                    shape, _, dtype = _header(file, member, path.name)
                found[member.filename[:-4]] = f"{shape_text(shape)} {dtype}"
            return found
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise JediError(f"{path.name!r} is a damaged NPZ file: {error}") from error


def _checked_members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise JediError(f"{path.name!r} holds {len(members):,} arrays, at most {MOST_MEMBERS:,} are read")
    size = path.stat().st_size
    free, budget = FREE_BYTES, DEFAULT_BUDGET
    for member in members:
        where = f"{path.name!r}: {member.filename!r}"
        if not member.filename.endswith(".npy"):
            raise JediError(f"{where} is not an array (.npy): this zip file is no NPZ file")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise JediError(f"{where} is packed in a way that numpy does not use: save it with numpy.savez")
        if member.compress_size > size:
            raise JediError(f"{where} says that it takes {member.compress_size:,} bytes in a file of {size:,}")
        free -= max(0, member.file_size - LARGEST_RATIO * member.compress_size)
        budget -= member.file_size
        if free < 0 or budget < 0:
            raise JediError(
                f"{where} declares {size_text(member.file_size)} and stores {size_text(member.compress_size)}: more "
                f"than is read from one file (at most {size_text(DEFAULT_BUDGET)}, and {LARGEST_RATIO} times what is "
                "stored)"
            )
    return members


def _header(file: Any, member: zipfile.ZipInfo, name: str) -> Header:
    """Shape, order and type from the header of an NPY file, whose size must fit the member's."""
    where = f"{name!r}: {member.filename!r}"
    magic = file.read(8)
    if len(magic) < 8 or magic[:6] != b"\x93NUMPY" or magic[6] not in (1, 2, 3):
        raise JediError(f"{where} is not an NPY array")
    width = 2 if magic[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > LONGEST_HEADER:
        raise JediError(f"{where} has a header of {length:,} bytes: file refused")
    try:
        facts = ast.literal_eval(file.read(length).decode("latin1"))
        shape, order, kind = facts["shape"], facts["fortran_order"], facts["descr"]
        dtype = np.dtype(kind)
        right = isinstance(kind, str) and all(type(n) is int and n >= 0 for n in shape) and type(order) is bool
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise JediError(f"{where} has a header that cannot be read") from error
    if dtype.hasobject:
        raise JediError(f"{where} holds Python objects, which are never loaded: save plain numbers or text")
    if not right or dtype.kind not in "biufSU" or len(shape) > 8:
        raise JediError(f"{where} holds values of type {dtype}; expected numbers or text")
    declared = dtype.itemsize
    for n in shape:
        declared *= n
    there = member.file_size - 8 - width - length
    if declared != there:
        raise JediError(
            f"{where} declares {size_text(declared)} ({shape_text(shape)} {dtype}) but holds {size_text(max(0, there))}"
        )
    return tuple(shape), order, dtype


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: Header) -> Array:
    shape, fortran, dtype = header
    with archive.open(member) as file:
        _header(file, member, archive.filename or "")
        flat = np.frombuffer(bytearray(file.read()), dtype)
    if flat.size != int(np.prod(shape, dtype=np.int64)):
        raise JediError(f"{Path(archive.filename or '').name!r}: {member.filename!r} is truncated")
    return flat.reshape(shape, order="F" if fortran else "C")
