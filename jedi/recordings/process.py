"""Imports in a process of their own, with limits on memory and time.

The child reads one JSON request from its standard input and answers with JSON lines: progress, then a result or an
error. It writes into a folder made for it beside the target, so that nothing half-written is left whatever ends it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jedi.errors import JediError
from jedi.recordings.options import ImportOptions, options_from

MEMORY_BYTES = 4 << 30
SECONDS = 600.0
ROOT = Path(__file__).resolve().parents[2]


def import_in_process(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    options: ImportOptions | Mapping[str, Any] | None = None,
    *,
    memory_bytes: int = MEMORY_BYTES,
    seconds: float = SECONDS,
    on_progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Import `path` into the dataset `out` and return the report (`lines` are its sentences).

    Raises `JediError` with the child's line, or for a child that took more than `memory_bytes` of address space (not
    on Windows) or `seconds`; then `out` is as it was.
    """
    target = Path(out)
    if target.exists() and not target.is_file():
        raise JediError(f"{str(target)!r} is {'a folder' if target.is_dir() else 'no file'}: name the file to write")
    if target.exists() and Path(path).exists() and target.samefile(path):
        raise JediError(f"{target.name!r} would be written over itself: name another file to write")
    record = options_from(options).record()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".import-", suffix=".part", dir=target.parent))
    except OSError as e:
        raise JediError(f"cannot write {str(target)!r}: {e.strerror} ({str(target.parent)!r})") from e
    try:
        written = folder / "dataset.h5"
        request = {"do": "import", "path": os.fspath(path), "out": os.fspath(written), "options": record}
        report = _ask(request, memory_bytes, seconds, on_progress)
        written.replace(target)
        return report
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def describe_in_process(
    path: str | os.PathLike[str], *, memory_bytes: int = MEMORY_BYTES, seconds: float = 60.0
) -> dict[str, Any]:
    """`describe_recording` in a process of its own; raises `JediError` as `import_in_process` does."""
    return _ask({"do": "describe", "path": os.fspath(path)}, memory_bytes, seconds, None)


def _ask(
    request: dict[str, Any], memory_bytes: int, seconds: float, on_progress: Callable[[str], None] | None
) -> dict[str, Any]:
    """Start the child, pass its progress on, and return its result."""
    name = Path(request["path"]).name
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # address space
    child = subprocess.Popen(
        [sys.executable, "-m", "jedi.recordings", str(memory_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **single, "PYTHONPATH": str(ROOT), "HDF5_PLUGIN_PRELOAD": "::"},  # no filters from files
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    answer: dict[str, Any] = {}
    request["path"] = os.path.abspath(request["path"])  # noqa: PTH100 - resolve() would follow links
    if "out" in request:
        request["out"] = os.path.abspath(request["out"])  # noqa: PTH100
    complaints: list[str] = []
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        reader = threading.Thread(target=lambda stream: complaints.append(stream.read()), args=(child.stderr,))
        reader.start()
        try:
            child.stdin.write(json.dumps(request))
            child.stdin.close()
            for line in child.stdout:
                answer = _parsed(line) or answer
                if "progress" in answer and on_progress is not None:
                    on_progress(str(answer["progress"]))
        except BrokenPipeError:  # ended before it read the request: said below
            pass
        finally:
            if sys.exc_info()[0] is not None:
                child.kill()
            child.wait()
            timer.cancel()
            reader.join()
    if late.is_set():
        raise JediError(f"{name!r} was not read within {seconds:g} s: import stopped")
    if "error" in answer:
        raise JediError(str(answer["error"]))
    if "result" in answer and child.returncode == 0:
        result: dict[str, Any] = answer["result"]
        return result
    last = ("".join(complaints).strip().splitlines() or [f"exit code {child.returncode}"])[-1]
    if "MemoryError" in last or "Unable to allocate" in last:
        raise JediError(f"{name!r} needs more than {memory_bytes / 1e9:.2g} GB of memory: import stopped")
    if child.returncode < 0 and not complaints[0].strip():
        raise JediError(
            f"{name!r}: the import was killed by signal {-child.returncode}, for lack of memory most likely"
        )
    raise JediError(f"{name!r} could not be read, the import ended: {last[:200]}")


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
