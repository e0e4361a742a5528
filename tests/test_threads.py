"""Several visitors at once, on the thread layer that aborts when two threads enter it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from small_data import rotations_file

from jedi.config import TrainConfig
from jedi.training import train

ROOT = Path(__file__).resolve().parents[1]

VISITORS = """
import sys, threading
import numpy as np
import jedi
from jedi import kernels
from jedi.packed import packed_bytes

kernels._WORTH_A_THREAD = 0
expected, failed = None, []

def visit():
    try:
        for _ in range(20):
            run = jedi.load(sys.argv[1])
            run.generate(run.contexts, run.initial_states)
            packed_bytes(sys.argv[1])
    except BaseException as e:
        failed.append(e)
        raise

threads = [threading.Thread(target=visit) for _ in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
sys.exit(len(failed))
"""


def test_three_visitors_at_once_are_safe_on_the_workqueue_layer(tmp_path: Path) -> None:
    train(rotations_file(tmp_path), tmp_path / "run", TrainConfig(preset="clean", rank=2, embedding_dim=3, steps=8))
    environment = os.environ | {"NUMBA_THREADING_LAYER": "workqueue", "JEDI_THREADS": "3", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", VISITORS, tmp_path / "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_code_of_ours_enters_numbas_thread_layer() -> None:
    for path in [*ROOT.glob("jedi/**/*.py"), *ROOT.glob("explorer/**/*.py"), *ROOT.glob("pages/**/*.py")]:
        assert not re.search(r"parallel\s*=\s*True|prange", path.read_text("utf-8")), path
