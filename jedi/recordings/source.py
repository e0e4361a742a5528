"""Where a dataset came from, for its record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jedi.recordings.options import ImportOptions

LARGEST_HASHED = 4 << 30  # bytes; hashing more takes longer than the import


def source_record(path: Path, importer: str, options: ImportOptions, report: Mapping[str, Any]) -> dict[str, Any]:
    """File name, size, SHA-256 (of files up to 4 GiB), importer, options and report."""
    size = path.stat().st_size
    digest = None
    if size <= LARGEST_HASHED:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "file": path.name,
        "bytes": size,
        "sha256": digest,
        "importer": importer,
        "options": options.record(),
        "report": dict(report),
    }
