"""HDF5 files from anywhere, read without following them elsewhere.

An HDF5 file can name other files (external links, external storage, virtual datasets) and can declare terabytes in a
kilobyte. `opened` walks the hard links and refuses the first; `SafeFile` reads arrays only after their declared size
was compared with what is stored and with a budget, so that nothing is allocated on the word of the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from jedi.errors import JediError
from jedi.file_form import file_form

DEFAULT_BUDGET = 4 << 30  # bytes that may be read from one file, all arrays together
FREE_BYTES = 256 << 20  # declared bytes a file that storage need not justify: sparse counts under gzip
LARGEST_RATIO = 200  # declared bytes that one stored byte justifies
LARGEST_TEXT = 64 << 20  # bytes of strings in one column
MOST_OBJECTS = 200_000
_FILTERS = {
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
    h5py.h5z.FILTER_NBIT,
    h5py.h5z.FILTER_SCALEOFFSET,
    h5py.h5z.FILTER_LZF,
}


class SafeFile:
    """An open HDF5 file whose links were checked, and the bytes that may still be read from it."""

    def __init__(self, file: h5py.File, name: str, size: int, budget: int, groups: list[str]) -> None:
        self.file = file
        self.name = name
        self.size = size  # bytes on disk
        self.budget = budget
        self.free = FREE_BYTES
        self.groups = groups  # paths of all groups

    def group(self, path: str) -> h5py.Group | None:
        """The group at `path`, or None."""
        found = self._get(path)
        return found if isinstance(found, h5py.Group) else None

    def dataset(self, path: str) -> h5py.Dataset | None:
        """The dataset at `path`, or None."""
        found = self._get(path)
        return found if isinstance(found, h5py.Dataset) else None

    def _get(self, path: str) -> Any:
        try:
            return self.file.get(path)
        except (KeyError, OSError, RuntimeError, ValueError) as error:  # a dangling or cyclic soft link
            raise JediError(f"{self.name!r}: link {path!r} leads nowhere") from error

    def check(self, dataset: h5py.Dataset, itemsize: int | None = None) -> int:
        """Take the declared bytes of a dataset off the budget, or refuse; returns them."""
        where = f"{self.name!r}: {dataset.name!r}"
        unknown = _unknown_filter(dataset)
        if unknown is not None:
            raise JediError(f"{where} is compressed by filter {unknown}, which is not read here: repack it with gzip")
        if dataset.shape is None:
            raise JediError(f"{where} is empty")
        stored = int(dataset.id.get_storage_size())
        if stored > self.size:
            raise JediError(f"{where} says that it stores {stored:,} bytes in a file of {self.size:,}")
        declared = _product(dataset.shape) * max(int(dataset.dtype.itemsize), itemsize or 0)
        chunk = _product(dataset.chunks) * int(dataset.dtype.itemsize) if dataset.chunks else 0
        largest = max(declared, chunk)
        unjustified = max(0, largest - LARGEST_RATIO * stored)
        if unjustified > self.free or largest > self.budget:
            raise JediError(
                f"{where} declares {size_text(largest)} ({shape_text(dataset.shape)}) and stores {size_text(stored)}: "
                f"more than is read from one file (at most {size_text(self.budget)}, and {LARGEST_RATIO} times what is "
                "stored)"
            )
        self.budget -= declared
        self.free -= unjustified
        return declared

    def numbers(self, dataset: h5py.Dataset, dtype: Any = None) -> npt.NDArray[Any]:
        """All of a dataset of numbers or booleans, after the check of its size."""
        if not is_numeric(dataset):
            raise JediError(f"{self.name!r}: {dataset.name!r} holds {kind_of(dataset)}, not numbers")
        self.check(dataset, np.dtype(dtype).itemsize if dtype is not None else None)
        values = np.asarray(self._read(dataset, ()))
        return values if dtype is None else values.astype(dtype, copy=False)

    def strings(self, dataset: h5py.Dataset) -> npt.NDArray[Any]:
        """All of a dataset of text (variable or fixed length), as an object array of str without NUL characters.

        Read in slices: a million rows may all point at the same large string.
        """
        if not is_text(dataset):
            raise JediError(f"{self.name!r}: {dataset.name!r} holds {kind_of(dataset)}, not text")
        self.check(dataset)
        if dataset.ndim == 0:
            return np.array(text_of(self._read(dataset, ())), dtype=object)
        rows = max(1, min(4096, LARGEST_TEXT // max(1, self.size)))
        parts: list[npt.NDArray[Any]] = []
        total = 0
        for start in range(0, dataset.shape[0], rows):
            raw = np.asarray(self._read(dataset, np.s_[start : start + rows]), dtype=object)
            part = np.empty(raw.shape, dtype=object)
            for at in np.ndindex(raw.shape):
                part[at] = text_of(raw[at])
                total += len(part[at])
            if total > LARGEST_TEXT:
                raise JediError(f"{self.name!r}: {dataset.name!r} holds more than {size_text(LARGEST_TEXT)} of text")
            parts.append(part)
        return np.concatenate(parts) if parts else np.empty(dataset.shape, dtype=object)

    def slab(self, dataset: h5py.Dataset, start: int, stop: int) -> npt.NDArray[Any]:
        """Rows `start` to `stop` of a dataset that was checked before."""
        return np.asarray(self._read(dataset, np.s_[start:stop]))

    def _read(self, dataset: h5py.Dataset, where: Any) -> Any:
        try:
            return dataset[where]
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise JediError(f"{self.name!r}: {dataset.name!r} cannot be read: {_first_line(error)}") from error

    def attribute(self, owner: h5py.Group | h5py.Dataset, key: str) -> Any:
        """An attribute as str, number or array; None where it is missing.

        MatNWB and others write a text as an array of one byte string: that is the text, too.
        """
        if key not in owner.attrs:
            return None
        try:
            handle = owner.attrs.get_id(key)
            if 0 in handle.shape:
                return np.empty(0)
            if handle.get_storage_size() > FREE_BYTES:
                raise JediError(f"{self.name!r}: attribute {key!r} of {owner.name!r} is too large")
            value = owner.attrs[key]
        except (OSError, RuntimeError, TypeError, KeyError) as error:
            raise JediError(f"{self.name!r}: attribute {key!r} of {owner.name!r} cannot be read") from error
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(())[()]
        if isinstance(value, bytes | str):
            return text_of(value)
        if isinstance(value, np.generic):
            return value.item()
        return value


@contextmanager
def opened(path: str | os.PathLike[str], budget: int = DEFAULT_BUDGET) -> Iterator[SafeFile]:
    """An HDF5 file, open for reading, all of whose links stay inside it.

    Raises `JediError`: not HDF5, truncated, an external link or external storage or a virtual dataset anywhere in
    it, a link of unknown type, more than 200,000 objects.
    """
    name = Path(path).name
    if file_form(path) != "hdf5":
        raise JediError(f"{name!r} is not an HDF5 file (its first bytes are not those of HDF5)")
    try:
        file = h5py.File(path, "r")
    except (OSError, RuntimeError, ValueError) as error:
        message = _first_line(error)
        if "truncated" in message:
            raise JediError(f"{name!r} is truncated: copy or download it again") from error
        raise JediError(f"{name!r} is a damaged HDF5 file or in use: {message}") from error
    with file:
        try:
            groups = refuse_outside_links(file, name)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            if isinstance(error, JediError):
                raise
            raise JediError(f"{name!r} is a damaged HDF5 file: {_first_line(error)}") from error
        try:
            yield SafeFile(file, name, Path(path).stat().st_size, budget, groups)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
            if isinstance(error, JediError) or not _raised_by_h5py(error):
                raise
            raise JediError(f"{name!r} is a damaged HDF5 file: {_first_line(error)}") from error


def refuse_outside_links(file: h5py.File, name: str) -> list[str]:
    """The paths of all groups, or `JediError` where anything in the file leads out of it.

    Follows hard links only, each object once, so that a group inside itself does no harm.
    """
    paths = ["/"]
    waiting: list[tuple[h5py.Group, str]] = [(file["/"], "")]
    seen = {_address(file["/"])}
    while waiting:
        group, path = waiting.pop()
        for key in group.id:  # names as bytes, nothing opened yet
            where = f"{path}/{key.decode('utf-8', 'replace')}"
            link = group.id.links.get_info(key)
            if link.type == h5py.h5l.TYPE_SOFT:
                continue
            if link.type == h5py.h5l.TYPE_EXTERNAL:
                raise JediError(f"{name!r}: {where!r} is an external link to another file: not followed, file refused")
            if link.type != h5py.h5l.TYPE_HARD:
                raise JediError(f"{name!r}: {where!r} is a link of unknown type: file refused")
            child = h5py.h5o.open(group.id, key)
            address = _address(child)
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS:
                raise JediError(f"{name!r} holds more than {MOST_OBJECTS:,} objects: file refused")
            if isinstance(child, h5py.h5g.GroupID):
                waiting.append((h5py.Group(child), where))
                paths.append(where)
            elif isinstance(child, h5py.h5d.DatasetID):
                _refuse_outside_storage(child, where, name)
    return paths


def _refuse_outside_storage(dataset: h5py.h5d.DatasetID, where: str, name: str) -> None:
    creation = dataset.get_create_plist()
    if creation.get_external_count() > 0:
        raise JediError(f"{name!r}: {where!r} keeps its values in another file (external storage): file refused")
    if creation.get_layout() == h5py.h5d.VIRTUAL:
        raise JediError(f"{name!r}: {where!r} is a virtual dataset made of other files: file refused")


def is_numeric(dataset: h5py.Dataset) -> bool:
    """Whether a dataset holds real numbers or booleans."""
    return dataset.dtype.kind in "biuf" and dataset.dtype.itemsize <= 8


def is_text(dataset: h5py.Dataset) -> bool:
    """Whether a dataset holds strings."""
    return h5py.check_string_dtype(dataset.dtype) is not None


def kind_of(dataset: h5py.Dataset) -> str:
    """What a dataset holds, in words for an error."""
    if is_text(dataset):
        return "text"
    if h5py.check_ref_dtype(dataset.dtype) is not None:
        return "references"
    if dataset.dtype.kind == "O":
        return "objects of variable length"
    if dataset.dtype.kind == "V":
        return "records of several fields"
    return f"values of type {dataset.dtype}"


def text_of(value: Any) -> str:
    """A str without NUL characters, from bytes or str."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).replace("\0", "")


def _unknown_filter(dataset: h5py.Dataset) -> str | None:
    creation = dataset.id.get_create_plist()
    for n in range(creation.get_nfilters()):
        code, _, _, label = creation.get_filter(n)
        if code not in _FILTERS:
            return f"{code} ({label.decode('utf-8', 'replace')})" if label else str(code)
    return None


def _address(thing: Any) -> tuple[int, int]:
    info = h5py.h5o.get_info(thing.id if isinstance(thing, h5py.Group) else thing)
    return int(info.fileno), int(info.addr)


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= int(n)
    return total


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as `4 x 3`."""
    return " x ".join(str(n) for n in shape) or "scalar"


def size_text(count: int) -> str:
    """A number of bytes in words."""
    for unit, scale in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count} bytes"


def _raised_by_h5py(error: BaseException) -> bool:
    """Whether an exception comes out of h5py, on which bytes of the file decide, and not out of this program."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and "h5py" in trace.tb_frame.f_code.co_filename


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
