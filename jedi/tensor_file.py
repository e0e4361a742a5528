"""Safetensors with one JSON document in the header: written to the same bytes, read with its sizes checked first."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from jedi.atomic import write_bytes
from jedi.errors import JediError

_HEADER_LIMIT = 64 << 20
_GIT_LFS = b"version https://git-lfs"


def to_bytes(tensors: Mapping[str, np.ndarray], document: Mapping[str, Any]) -> bytes:
    """One safetensors file. A single metadata key: several would come in an order that changes from run to run."""
    arrays = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    return save(arrays, metadata={"jedi": json.dumps(document, sort_keys=True, allow_nan=False)})


def write(path: str | os.PathLike[str], tensors: Mapping[str, np.ndarray], document: Mapping[str, Any]) -> None:
    """Write such a file atomically."""
    write_bytes(path, to_bytes(tensors, document))


def read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and JSON document of a file; JediError where it is not one of ours, cut short or inconsistent."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise JediError(f"cannot read {path}: {e.strerror}") from e
    return from_bytes(data, str(path))


def from_bytes(data: bytes, name: str = "model file") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """As `read`, from memory; nothing is allocated beyond what the file itself holds."""
    if data.startswith(_GIT_LFS):
        raise JediError(f"{name} is a Git LFS pointer: fetch the file with git lfs pull")
    size = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else -1
    if not 2 <= size <= min(_HEADER_LIMIT, len(data) - 8):
        raise JediError(f"{name} is not a safetensors file, or is cut short: expected one written by train or pack")
    try:
        header = json.loads(data[8 : 8 + size])
        document = json.loads(header["__metadata__"]["jedi"])
        tensors = load(data)
    except Exception as e:  # the parser's own errors are many and none is for a reader
        raise JediError(f"{name} is damaged or not a model of JEDI Explorer ({type(e).__name__})") from e
    if not isinstance(document, dict):
        raise JediError(f"{name} has no JSON object in its header")
    version = document.get("format_version", 0)
    if type(version) is not int or version > 1:
        raise JediError(f"{name} has format_version {version}; this program reads 1: update it")
    return tensors, document
