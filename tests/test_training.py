"""Training: repeatable, resumable to the byte, moving only what it should, and clear when it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from small_data import rotations, rotations_file

import jedi
from jedi.config import TrainConfig
from jedi.errors import JediError
from jedi.learner import Learner
from jedi.optimiser import RowAdam, one_cycle
from jedi.run_folder import read_status, request_stop
from jedi.training import plan, train

ROOT = Path(__file__).resolve().parents[1]
SMALL = TrainConfig(preset="clean", rank=3, embedding_dim=4, batch=6, steps=160, hold_out=0.25)


def test_a_small_set_is_fitted_and_its_held_out_trials_are_inferred(tmp_path: Path) -> None:
    run = train(rotations_file(tmp_path), tmp_path / "run", SMALL.model_copy(update={"steps": 1200}))
    dataset = rotations()
    found = run.generate(run.contexts, run.initial_states)[:, 1:]
    shown = run.scaled(dataset.activity)[:, 1:]
    r2 = [1 - ((shown - found)[i] ** 2).sum() / (shown[i] ** 2).sum() for i in (run.training, ~run.training)]
    assert r2[0] > 0.95
    assert r2[1] > 0.95
    assert (run.trials["split"] == "held-out").sum() == 6
    assert read_status(tmp_path / "run")["state"] == "done"


def test_equal_runs_are_equal_bytes_and_another_seed_is_not(tmp_path: Path) -> None:
    data = rotations_file(tmp_path)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(data, tmp_path / name, SMALL.model_copy(update={"seed": seed}))
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("preset", ["clean", "single-trial"])
def test_killed_five_times_and_resumed_it_ends_in_the_same_bytes(tmp_path: Path, preset: str) -> None:
    """kill -9 at any moment; the learning rate of every epoch, and the model's bytes, are the uninterrupted run's."""
    data = rotations_file(tmp_path)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    call = [
        *(sys.executable, "-c"),
        "import sys; from jedi import training; from jedi.config import TrainConfig; "
        "training.CHECKPOINT_SECONDS = 0.05; "
        f"config = TrainConfig(preset={preset!r}, rank=3, embedding_dim=4, batch=6, steps=900); "
        "training.train(sys.argv[1], sys.argv[2], config, resume=sys.argv[3] == 'resume')",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([*call, data, whole, "start"], check=True, env=environment)
    rng, kills = np.random.default_rng(0), 0
    while kills < 5:
        before = _epochs_logged(broken)
        process = subprocess.Popen([*call, data, broken, "resume" if broken.exists() else "start"], env=environment)
        while _epochs_logged(broken) <= before and process.poll() is None:
            time.sleep(0.005)
        time.sleep(float(rng.uniform(0.02, 0.2)))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        assert read_status(broken)["state"] == "crashed"
    assert kills >= 3, "the run was over before it could be killed"
    subprocess.run([*call, data, broken, "resume"], check=True, env=environment)
    assert (whole / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()
    rates = [
        [json.loads(line)["lr"] for line in (f / "metrics.jsonl").read_text().splitlines()] for f in (whole, broken)
    ]
    assert rates[0] == rates[1]


def _epochs_logged(folder: Path) -> int:
    log = folder / "checkpoints" / "latest.safetensors"
    return json.loads((folder / "status.json").read_text())["epoch"] if log.exists() else 0


def test_resuming_with_another_length_is_refused(tmp_path: Path) -> None:
    data = rotations_file(tmp_path)
    train(data, tmp_path / "run", SMALL)
    with pytest.raises(JediError, match=r"started with other settings .steps."):
        train(data, tmp_path / "run", TrainConfig(steps=300), resume=True)


def test_a_taken_name_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    data = rotations_file(tmp_path)
    train(data, tmp_path / "run", SMALL)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")}
    with pytest.raises(JediError, match="exists: take another name, or --resume"):
        train(data, tmp_path / "run", SMALL)
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")}


def test_resuming_on_other_data_is_refused(tmp_path: Path) -> None:
    train(rotations_file(tmp_path), tmp_path / "run", SMALL)
    with pytest.raises(JediError, match="its content has changed"):
        train(rotations_file(tmp_path, seed=1), tmp_path / "run", resume=True)


def test_a_stop_is_honoured_and_the_run_can_be_explored_and_resumed(tmp_path: Path) -> None:
    data, folder = rotations_file(tmp_path), tmp_path / "run"
    train(data, folder, SMALL, on_epoch=lambda m: request_stop(folder) if m["epoch"] == 3 else None)
    assert read_status(folder)["state"] == "stopped"
    assert jedi.load(folder).contexts.shape == (24, 4)
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 3
    train(data, folder, resume=True)
    train(data, tmp_path / "whole", SMALL)
    assert (folder / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()


def test_divergence_keeps_the_last_good_checkpoint_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jedi import training

    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    folder = tmp_path / "run"
    step, calls = Learner.step, []

    def poisoned(self: Learner, *args: object) -> tuple[float, float, float]:
        calls.append(1)
        if len(calls) == 20:
            with torch.no_grad():
                self.model.hyper[-1].weight[0, 0] = torch.nan  # type: ignore[union-attr, index]
        return step(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "step", poisoned)
    with pytest.raises(JediError, match=r"diverged in epoch 7.*the model is that of epoch 6, its last good"):
        train(rotations_file(tmp_path), folder, SMALL)
    status = read_status(folder)
    assert status["state"] == "failed"
    assert "diverged" in status["reason"]
    kept, progress = training.read_checkpoint(folder) or ({}, {})
    assert progress["epoch"] == 6
    assert all(np.isfinite(t).all() for t in kept.values())
    assert np.array_equal(jedi.load(folder).contexts[jedi.load(folder).training], kept["contexts"])


def test_patience_ends_a_run_that_no_longer_improves(tmp_path: Path) -> None:
    config = SMALL.model_copy(update={"steps": 6000, "patience": 10, "jitter": 0.0})
    run = train(rotations_file(tmp_path), tmp_path / "run", config)
    assert len(run.metrics) < 2000


@pytest.mark.parametrize("ended", ["by patience", "by length"])
def test_killed_between_its_last_epoch_and_its_model_it_trains_no_further(tmp_path: Path, ended: str) -> None:
    config = SMALL.model_copy(update={"steps": 600, "jitter": 0.0, "patience": 3 if ended == "by patience" else None})
    data, folder = rotations_file(tmp_path), tmp_path / "run"
    run = train(data, folder, config)
    model = (folder / "model.safetensors").read_bytes()
    assert (len(run.metrics) < 200) == (ended == "by patience")
    (folder / "model.safetensors").unlink()
    again = train(data, folder, resume=True)
    assert again.metrics == run.metrics
    assert (folder / "model.safetensors").read_bytes() == model


def test_patience_compares_whole_rollouts_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short rollouts have smaller losses: against those no epoch of whole ones would ever be better."""
    from jedi import training

    def falling(learner: Learner, epoch: int, settled: object, seed: int) -> dict[str, object]:
        horizon = 20 if epoch <= 10 else 40
        loss = 0.01 if horizon == 20 else 1 - 0.01 * epoch
        return {"epoch": epoch, "loss": loss, "r2": 0.0, "lr": 0.0, "horizon": horizon}

    monkeypatch.setattr(training, "_epoch", falling)
    config = SMALL.model_copy(update={"steps": 120, "patience": 5})
    assert len(train(rotations_file(tmp_path), tmp_path / "run", config).metrics) == 40


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jedi import training

    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    data, folder = rotations_file(tmp_path), tmp_path / "run"
    train(data, folder, SMALL)
    model = (folder / "model.safetensors").read_bytes()
    latest = folder / "checkpoints" / "latest.safetensors"
    latest.write_bytes(latest.read_bytes()[:1000])
    train(data, folder, resume=True)
    assert (folder / "model.safetensors").read_bytes() == model
    for name in ("latest", "previous"):
        (folder / "checkpoints" / f"{name}.safetensors").write_bytes(b"")
    with pytest.raises(JediError, match="cut short"):
        train(data, folder, resume=True)


def test_only_the_contexts_of_the_batch_move() -> None:
    dataset = rotations()
    settled = plan(dataset, SMALL.model_copy(update={"hold_out": 0.0}))
    scaled = torch.from_numpy(settled.scaled())
    learner = Learner(scaled, torch.ones(scaled.shape[:2]), scaled[:, 0], settled.recipe, seed=0)
    generator = torch.Generator().manual_seed(0)
    learner.step(torch.arange(0, 12), 40, 0.3, generator)  # gives the first half momentum
    before = learner.contexts.clone()
    learner.step(torch.arange(12, 24), 40, 0.3, generator)
    moved = (learner.contexts != before).any(1)
    assert not moved[:12].any()
    assert moved[12:].all()


def test_row_adam_is_adam_where_every_row_is_in_every_batch() -> None:
    g = torch.Generator().manual_seed(0)
    start = torch.randn(5, 3, generator=g, dtype=torch.float64)
    rows, reference = start.clone(), start.clone().requires_grad_()
    mine, theirs = RowAdam(rows, (0.9, 0.99)), torch.optim.Adam([reference], lr=0.1, betas=(0.9, 0.99))
    for _ in range(20):
        gradient = torch.randn(5, 3, generator=g, dtype=torch.float64)
        reference.grad = gradient
        theirs.step()
        order = torch.randperm(5, generator=g)
        mine.step(order, gradient[order], 0.1)
    assert torch.allclose(rows, reference, atol=1e-12)


def test_one_cycle_rises_to_one_and_falls_to_nothing() -> None:
    shares = [one_cycle(step / 999) for step in range(1000)]
    assert max(shares) == pytest.approx(1, abs=1e-5)
    assert np.argmax(shares) in (299, 300)
    assert shares[0] == pytest.approx(1 / 25)
    assert shares[-1] == pytest.approx(4e-6)


@pytest.mark.parametrize(
    ("trials", "bins", "message"),
    [(1, 40, "a single trial; training needs at least 2"), (24, 2, "trials have 2 bins; training needs at least 3")],
)
def test_data_too_small_to_train_on_are_refused(tmp_path: Path, trials: int, bins: int, message: str) -> None:
    data = rotations_file(tmp_path, trials=trials, bins=bins)
    with pytest.raises(JediError, match=message):
        train(data, tmp_path / "run", SMALL)
    assert not (tmp_path / "run").exists()


def test_an_embedding_as_large_as_the_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JediError, match="embedding dimension 30 is not below the 18 training trials"):
        train(rotations_file(tmp_path), tmp_path / "run", SMALL.model_copy(update={"embedding_dim": 30}))
