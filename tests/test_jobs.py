"""Processes that the pages start: what is said of them, whatever became of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer import data_jobs, jobs, processes
from explorer.datasets import dataset_facts, dataset_path, free_name, list_datasets
from jedi.errors import JediError
from jedi.run_folder import run_path, write_status
from jedi.synthetic import simulate_multitask


def wait(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "d.h5"
    simulate_multitask(neurons=20, trials=5, seed=0, steps=40).save(path)
    return path


def test_a_run_is_started_stopped_resumed_and_deleted(dataset: Path) -> None:
    jobs.start_training(dataset, "r", {"steps": 1_000_000})
    assert jobs.run_state("r").state == "starting"
    with pytest.raises(JediError, match="exists"):
        jobs.start_training(dataset, "r", {})
    wait(lambda: jobs.run_state("r").state == "running" and len(jobs.read_metrics("r")) > 2)
    with pytest.raises(JediError, match="still training"):
        jobs.delete_training("r")
    jobs.stop_training("r")
    wait(lambda: jobs.run_state("r").state == "stopped")
    wait(lambda: processes.alive(run_path("r") / jobs.LOG) is False)
    epoch = jobs.run_state("r").epoch
    assert jobs.read_contexts("r") is not None
    jobs.resume_training("r")
    assert jobs.run_state("r").state == "starting"
    wait(lambda: len(jobs.read_metrics("r")) > epoch + 2)
    jobs.stop_training("r")
    wait(lambda: jobs.run_state("r").state == "stopped")
    wait(lambda: processes.alive(run_path("r") / jobs.LOG) is False)
    assert jobs.run_state("r").epoch > epoch
    jobs.delete_training("r")
    assert jobs.all_runs() == []


def test_a_run_that_could_not_begin_says_why_and_its_name_is_free_again(tmp_path: Path, dataset: Path) -> None:
    single = tmp_path / "single.h5"
    simulate_multitask(neurons=10, trials=1, kinds=["sine"], seed=0, steps=20).save(single)
    jobs.start_training(single, "r", {})
    wait(lambda: not jobs.run_state("r").active)
    state = jobs.run_state("r")
    assert state.state == "failed"
    assert "single trial" in state.reason
    assert [run.name for run in jobs.all_runs()] == ["r"]
    jobs.start_training(dataset, "r", {"steps": 20})
    wait(lambda: not jobs.run_state("r").active)
    assert jobs.run_state("r").state == "done", jobs.run_state("r").reason


def test_the_name_of_a_run_that_failed_on_its_way_is_not_free() -> None:
    folder = run_path("r")
    write_status(folder, "failed", reason="training diverged")
    (folder / "config.json").write_text("{}")
    with pytest.raises(JediError, match="exists"):
        jobs.start_training(folder / "config.json", "r", {})


def test_the_process_is_in_a_session_of_its_own(dataset: Path) -> None:
    jobs.start_training(dataset, "r", {"steps": 1_000_000})
    child = processes._children[run_path("r") / jobs.LOG]
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    child.kill()
    wait(lambda: not jobs.run_state("r").active)
    assert jobs.run_state("r").state == "failed"


def test_a_killed_run_has_crashed_and_can_be_resumed(dataset: Path) -> None:
    jobs.start_training(dataset, "r", {"steps": 1_000_000})
    wait(lambda: len(jobs.read_metrics("r")) > 2)
    processes._children[run_path("r") / jobs.LOG].kill()
    wait(lambda: jobs.run_state("r").state == "crashed")
    assert "resume" in jobs.run_state("r").reason
    jobs.resume_training("r")
    assert jobs.run_state("r").state == "starting"  # and not running, as its old status said: it could miss a stop
    wait(lambda: jobs.run_state("r").state == "running")
    jobs.stop_training("r")
    wait(lambda: jobs.run_state("r").state == "stopped")


def test_what_another_server_started_is_known_from_its_folder_alone(dataset: Path) -> None:
    folder = run_path("other")
    folder.mkdir(parents=True)
    (folder / jobs.LOG).write_text("")
    assert jobs.run_state("other").state == "starting"
    os.utime(folder / jobs.LOG, (1, 1))  # silent for long
    assert jobs.run_state("other").state == "failed"
    (folder / jobs.LOG).write_text("some lines\nerror: no room left\n")
    assert jobs.run_state("other").reason == "no room left"
    write_status(folder, "running", epoch=3, epochs=10)
    assert jobs.run_state("other") == jobs.RunState("other", "running", "", 3, 10)
    (folder / "stop").touch()
    assert jobs.run_state("other").state == "stopping"
    status = json.loads((folder / "status.json").read_text("utf-8"))
    (folder / "status.json").write_text(json.dumps(status | {"heartbeat": 0.0}))
    assert jobs.run_state("other").state == "crashed"


def test_folders_that_are_no_runs_are_passed_over() -> None:
    root = run_path("x").parent
    for name in ("ba d", ".hidden", "fine"):
        (root / name).mkdir(parents=True)
        (root / name / jobs.LOG).write_text("error: no")
    (root / "link").symlink_to(root.parent)
    assert [run.name for run in jobs.all_runs()] == ["fine"]


def test_relative_folders_mean_those_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JEDI_RUNS", "my-runs")
    monkeypatch.setenv("JEDI_DATA", "my-data")
    data_jobs.start_simulation("s", {"trials": 2, "neurons": 12})
    wait(lambda: data_jobs.data_job("s").state != "running")
    assert (tmp_path / "my-data" / "s.h5").is_file()
    jobs.start_training(dataset_path("s"), "r", {"steps": 10})
    wait(lambda: not jobs.run_state("r").active)
    assert (tmp_path / "my-runs" / "r" / "model.safetensors").is_file()


def test_a_line_that_is_being_written_is_left_for_the_next_look() -> None:
    folder = run_path("r")
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text('{"epoch": 1, "loss": 2.0}\n{"epoch": 2, "lo')
    assert [row["epoch"] for row in jobs.read_metrics("r")] == [1]


def test_time_left_follows_the_last_epochs() -> None:
    metrics = [{"epoch": e, "seconds": 10.0 if e < 5 else 10.0 + 2 * (e - 4)} for e in range(1, 31)]
    assert jobs.seconds_left(metrics, 40) == pytest.approx(20)
    assert jobs.seconds_left(metrics[:1], 40) is None
    assert jobs.seconds_left(metrics, 30) == 0


def test_options_become_arguments_without_a_shell() -> None:
    options = {
        "align": "a; rm -rf x",
        "window": (-0.3, 0.7),
        "area": ["M1", "PMd"],
        "causal": True,
        "label": None,
        "x": False,
    }
    assert processes.flags(options) == [
        "--align", "a; rm -rf x", "--window", "-0.3", "0.7", "--area", "M1", "--area", "PMd", "--causal",
    ]  # fmt: skip


def test_a_simulation_becomes_a_dataset_at_hand() -> None:
    data_jobs.start_simulation("s", {"trials": 2, "neurons": 12, "seed": 3})
    with pytest.raises(JediError, match="being made"):
        data_jobs.start_simulation("s", {})
    assert data_jobs.running_job() == "s"
    wait(lambda: data_jobs.data_job("s").state != "running")
    job = data_jobs.data_job("s")
    assert job.state == "done"
    assert job.report["neurons"] == 12
    assert list_datasets() == ["s"]
    assert data_jobs.running_job() is None
    with pytest.raises(JediError, match="exists"):
        data_jobs.start_simulation("s", {})
    facts = dataset_facts(dataset_path("s"))
    assert (facts.trials, facts.neurons, facts.preset) == (8, 12, "clean")


def test_a_recording_that_is_none_is_refused_with_its_reason(tmp_path: Path) -> None:
    page = tmp_path / "session.nwb"
    page.write_text("<!DOCTYPE html><html></html>")
    data_jobs.start_import(page, "x", {})
    wait(lambda: data_jobs.data_job("x").state != "running")
    assert data_jobs.data_job("x").state == "failed"
    assert "web page" in data_jobs.data_job("x").message
    assert list_datasets() == []
    data_jobs.forget_data_job("x")
    assert data_jobs.data_job("x") is None


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "x.", "a" * 81, "nul\0"])
def test_a_dataset_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(JediError, match="cannot be used"):
        dataset_path(name)


def test_a_free_name_is_a_usable_one() -> None:
    assert free_name("My session (1)", []) == "My-session-1"
    assert free_name("a", ["a", "a-2"]) == "a-3"
    assert free_name("///", []) == "run"
