"""Where runs live, what they may be called, and the small files that say how one is doing."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from jedi.atomic import write_text
from jedi.errors import JediError
from jedi.run_lock import is_claimed

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10))}
STALE_AFTER_SECONDS = 60.0


def runs_folder() -> Path:
    """`$JEDI_RUNS`, or `runs/` of the repository."""
    chosen = os.environ.get("JEDI_RUNS")
    return Path(chosen) if chosen else Path(__file__).resolve().parent.parent / "runs"


def run_path(name: str) -> Path:
    """The folder of the run so called; JediError where the name could leave the runs folder or trouble a disk."""
    if not _NAME.fullmatch(name) or name.split(".")[0].lower() in _RESERVED or name.endswith("."):
        shown = ascii(name[:60])
        raise JediError(f"run name {shown} cannot be used: take 1 to 80 letters, digits, '.', '_' or '-'")
    folder = runs_folder() / name
    if folder.is_symlink() or folder.resolve().parent != runs_folder().resolve():
        raise JediError(f"run name {name!r} leads out of the runs folder: rename or remove that link")
    return folder


def list_runs() -> list[str]:
    """Names of the runs, the one last written to first."""
    root = runs_folder()
    if not root.is_dir():
        return []
    found = [p for p in root.iterdir() if p.is_dir() and not p.is_symlink() and (p / "status.json").exists()]
    found = [p for p in found if _NAME.fullmatch(p.name)]
    return [p.name for p in sorted(found, key=lambda p: (p / "status.json").stat().st_mtime, reverse=True)]


def write_status(folder: Path, state: str, **facts: Any) -> None:
    """Replace `status.json`: queued, running, stopped, done or failed, with pid and heartbeat."""
    status = {"state": state, "pid": os.getpid(), "heartbeat": time.time(), "reason": "", **facts}
    write_text(folder / "status.json", json.dumps(status, indent=1))


def read_status(folder: Path) -> dict[str, Any]:
    """What `status.json` says; a run whose process is gone is `crashed`, not running.

    The lock of its folder tells; where the disk knows no locks, its process number and a minute of silence do.
    """
    try:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        assert isinstance(status, dict)
    except (OSError, ValueError, AssertionError):
        return {"state": "unknown", "reason": "status.json is missing or unreadable"}
    if status.get("state") == "running" and not _alive(folder, status):
        status |= {"state": "crashed", "reason": "its process ended without a word: resume it from its last checkpoint"}
    return status


def _alive(folder: Path, status: dict[str, Any]) -> bool:
    claimed = is_claimed(folder)
    if claimed is not None:
        return claimed
    if time.time() - float(status.get("heartbeat", 0)) > STALE_AFTER_SECONDS:
        return False
    if os.name == "nt":  # os.kill would end the process there; the heartbeat must do
        return True
    try:
        pid = int(status["pid"])
        if Path(f"/proc/{pid}/stat").exists():
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        os.kill(pid, 0)
    except (KeyError, ValueError, OSError, IndexError):
        return False
    return True


def request_stop(folder: Path) -> None:
    """Ask a training process to stop at the end of its epoch."""
    write_text(folder / "stop", "")


def delete_run(folder: Path) -> None:
    """Remove a run that is not running; JediError where it is."""
    if read_status(folder)["state"] == "running" or is_claimed(folder):
        raise JediError(f"run {folder.name!r} is still training: stop it first")
    shutil.rmtree(folder)
