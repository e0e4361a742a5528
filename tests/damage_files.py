"""Read a file damaged at random places many times, each in a forked process: `python -m tests.damage_files FILE ...`.

Prints one JSON object: how often it was read, refused, failed otherwise (with the traceback), or ended the process
(the HDF5 library itself may loop or crash on damaged bytes: imports have a process of their own for that).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

from jedi.dataset import load_dataset
from jedi.errors import JediError
from jedi.recordings import import_recording


def main(path: Path, seed: int, times: int) -> None:
    """Damage and read `times` times."""
    whole = path.read_bytes()
    random = np.random.default_rng(seed)
    damaged = path.with_name("damaged" + path.suffix)
    outcomes: Counter[str] = Counter()
    for _ in range(times):
        raw = bytearray(whole)
        region = len(raw) if random.random() < 0.5 else min(len(raw), 6000)  # the first bytes hold the structure
        for place in random.integers(0, region, random.integers(1, 20)):
            raw[place] = random.integers(0, 256)
        cut = int(random.integers(1, len(raw))) if random.random() < 0.1 else len(raw)
        damaged.write_bytes(raw[:cut])
        outcomes[outcome(damaged)] += 1
    sys.stdout.write(json.dumps(outcomes))


def outcome(path: Path) -> str:
    """`read`, `refused`, `ended` or a traceback."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(2)
        os.write(writing, attempt(path).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return said or f"ended by signal {os.waitstatus_to_exitcode(status)}"


def attempt(path: Path) -> str:
    """Read the file once."""
    try:
        import_recording(path) if path.suffix in (".nwb", ".npz") else load_dataset(path)
    except JediError as error:
        return "refused" if "\n" not in str(error) else f"more than one line: {error}"
    except MemoryError:
        return "refused"
    except BaseException:  # noqa: BLE001 - what it was is the result
        return "".join(traceback.format_exc().splitlines(keepends=True)[-6:])
    return "read"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
