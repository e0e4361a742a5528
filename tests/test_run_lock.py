"""One process at a time in a run's folder, and a status that follows from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_data import rotations_file

import jedi
from jedi.config import TrainConfig
from jedi.errors import JediError
from jedi.run_folder import delete_run, read_status, run_path, write_status
from jedi.run_lock import claimed, is_claimed
from jedi.training import train

ROOT = Path(__file__).resolve().parents[1]
SMALL = TrainConfig(preset="clean", rank=3, embedding_dim=4, batch=6, steps=20)


def test_of_four_trainings_started_with_one_name_one_wins(tmp_path: Path) -> None:
    data, go = rotations_file(tmp_path), tmp_path / "go"
    # All are past their imports, and wait for the word, before any begins.
    script = (
        "import sys, time; from pathlib import Path; from jedi.cli import main; import jedi.training\n"
        "Path(sys.argv[1], sys.argv[2]).touch()\n"
        "while not Path(sys.argv[1], 'go').exists(): time.sleep(0.001)\n"
        "sys.exit(main(['train', sys.argv[3], '--run', 'one', '--steps', '300', '--rank', '3']))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path, f"ready{i}", data], env=environment, stderr=-1, text=True
        )
        for i in range(4)
    ]
    while len(list(tmp_path.glob("ready*"))) < 4:
        time.sleep(0.01)
    go.touch()
    errors = [process.communicate()[1].strip().splitlines()[-1] for process in rivals]
    assert sorted(process.returncode for process in rivals) == [0, 2, 2, 2]
    for process, line in zip(rivals, errors, strict=True):
        assert process.returncode == 0 or line.startswith("error: run 'one' "), line
    epochs = [metrics["epoch"] for metrics in jedi.load("one").metrics]
    assert epochs == [*range(1, len(epochs) + 1)]  # one log, written by one


def test_a_run_at_work_is_neither_resumed_nor_deleted_nor_begun_again(tmp_path: Path) -> None:
    data, folder = rotations_file(tmp_path), tmp_path / "run"
    train(data, folder, SMALL)
    before = (folder / "model.safetensors").read_bytes()
    with claimed(folder):
        with pytest.raises(JediError, match="at work in another process"):
            train(data, folder, resume=True)
        with pytest.raises(JediError, match="exists"):
            train(data, folder, SMALL)
        with pytest.raises(JediError, match="still training"):
            delete_run(folder)
    assert (folder / "model.safetensors").read_bytes() == before
    assert read_status(folder)["state"] == "done"
    delete_run(folder)


def test_what_is_running_is_told_by_the_lock_and_not_by_a_process_number() -> None:
    folder = run_path("r")
    with claimed(folder):
        write_status(folder, "running")
        old = json.loads((folder / "status.json").read_text()) | {"heartbeat": 0.0, "pid": 2**22 + 1}
        (folder / "status.json").write_text(json.dumps(old))  # an epoch may take minutes
        assert read_status(folder)["state"] == "running"
    write_status(folder, "running")  # this process lives and has just said so, but has no claim
    assert read_status(folder)["state"] == "crashed"


def test_a_claim_that_comes_to_nothing_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError), claimed(run_path("r")):
        raise ZeroDivisionError
    assert not run_path("r").exists()
    assert is_claimed(run_path("r")) is None


def test_to_look_whether_a_run_is_claimed_hinders_no_one(tmp_path: Path) -> None:
    with claimed(tmp_path / "r"):
        (tmp_path / "r" / "config.json").touch()
    assert is_claimed(tmp_path / "r") is False
    with claimed(tmp_path / "r"):
        assert is_claimed(tmp_path / "r") is True
