"""The component's buffer: a packed model whose header also says where the probe begins."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from jedi.errors import JediError


def with_view(model: bytes, view: Mapping[str, Any]) -> bytes:
    """The same safetensors file with `view` as JSON under the metadata key `explore`; without a view, the same bytes.

    The header is padded so that the tensors keep their alignment to eight bytes. JediError where there is no header.
    """
    if not view:
        return model
    header, start = split_header(model)
    header.setdefault("__metadata__", {})["explore"] = json.dumps(view, sort_keys=True)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + model[start:]


def split_header(model: bytes) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file and where its tensors begin."""
    size = struct.unpack("<Q", model[:8])[0] if len(model) >= 8 else len(model)
    try:
        header = json.loads(model[8 : 8 + size]) if size <= len(model) - 8 else None
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise JediError("not a safetensors file, or cut short: expected a packed model (see `pack`)")
    return header, 8 + size
