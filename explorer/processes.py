"""Starting `python -m jedi ...` as a process that outlives the page, and asking how it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jedi.run_folder import runs_folder

ROOT = Path(__file__).resolve().parents[1]
QUIET_SECONDS = 60.0  # a process that has said nothing for so long, and is not ours to ask, did not start

_children: dict[Path, subprocess.Popen[bytes]] = {}  # of this server, by their log: kept so that they are reaped


def start(arguments: list[str], log: Path, output: Path | None = None) -> None:
    """Run `python -m jedi ...` in a session of its own; stderr goes to `log`, stdout to `output` (or the log)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    folder = str(runs_folder().absolute())  # the process starts elsewhere
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "JEDI_RUNS": folder}
    apart: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if os.name == "nt"
        else {"start_new_session": True}
    )
    with log.open("wb") as errors, (output or log).open("ab" if output is None else "wb") as results:
        _children[log] = subprocess.Popen(
            [sys.executable, "-m", "jedi", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=results,
            stderr=errors,
            **apart,
        )


def alive(log: Path) -> bool | None:
    """Whether the process that writes `log` lives; None where another server started it."""
    child = _children.get(log)
    return None if child is None else child.poll() is None


def flags(options: Mapping[str, object]) -> list[str]:
    """Options as arguments: None and False are left out, lists are repeated, tuples follow one another."""
    flags: list[str] = []
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        if value is None or value is False:
            continue
        if value is True:
            flags.append(flag)
        elif isinstance(value, tuple):
            flags += [flag, *map(str, value)]
        elif isinstance(value, list):
            flags += [part for item in value for part in (flag, str(item))]
        else:
            flags += [flag, str(value)]
    return flags


def last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
