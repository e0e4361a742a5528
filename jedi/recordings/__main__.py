"""The child process of `jedi.recordings.process`: limits itself, then does one import or description."""

from __future__ import annotations

import json
import sys
from typing import Any

from jedi.errors import JediError


def main() -> int:
    """Answer the request on standard input; the exit code is 0, or 2 for input that cannot be used."""
    limit_memory(int(sys.argv[1]))
    request = json.load(sys.stdin)
    try:
        result = answer(request)
    except JediError as error:
        say({"error": " ".join(str(error).split())})
        return 2
    say({"result": result})
    return 0


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The report of an import, or the description of a recording."""
    from jedi.recordings import describe_recording, import_recording
    from jedi.recordings.options import options_from

    if request["do"] == "describe":
        return describe_recording(request["path"])
    chosen = options_from(request["options"])
    dataset = import_recording(request["path"], chosen, on_progress=lambda text: say({"progress": text}))
    dataset.save(request["out"])
    report = dict(dataset.source.get("report", {})) or {"lines": ["a dataset already: copied as it is"]}
    facts = {"name": dataset.name, "shape": list(dataset.shape), "dt": dataset.dt, "kind": dataset.kind}
    return {**facts, "unit": dataset.unit, "label": dataset.label, "hash": dataset.content_hash(), **report}


def limit_memory(size: int) -> None:
    """Let no allocation take the process beyond `size` bytes of address space, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    size = size if most == resource.RLIM_INFINITY else min(size, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, most))
    except (ValueError, OSError):  # macOS refuses some values
        return


def say(message: dict[str, Any]) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
