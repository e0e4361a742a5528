"""The command line: what it prints where, what it returns, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import jedi
from jedi.cli import main
from jedi.config import TrainConfig
from jedi.dataset import Dataset, load_dataset
from jedi.run_folder import run_path
from jedi.synthetic import simulate_multitask
from jedi.training import train

ROOT = Path(__file__).resolve().parents[1]
STEPS = "60"


@pytest.fixture(scope="module")
def dataset_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "d.h5"
    simulate_multitask(neurons=20, trials=5, seed=0, steps=40).save(path)
    return path


@pytest.fixture(scope="module")
def trained(dataset_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "r"
    train(dataset_file, folder, TrainConfig(steps=int(STEPS)))
    return folder


@pytest.fixture
def run(trained: Path) -> str:
    """The name of a trained run, a fresh copy for each test."""
    shutil.copytree(trained, run_path("r"))
    return "r"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Stdout, which must be one JSON object and nothing else."""
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr with which a command refuses; nothing on stdout, exit code 2."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    last = err.strip().splitlines()[-1]
    assert out == ""
    assert last.startswith("error: ")
    assert "Traceback" not in err
    return last


def test_help_is_there_for_every_command_within_a_second() -> None:
    commands = ["simulate", "import", "info", "train", "evaluate", "embed", "weights", "pack"]
    commands += ["spectrum", "fixed-points", "lyapunov", "bifurcation", "figure"]
    overview = ""
    fastest = np.inf
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "jedi", "--help"], cwd=ROOT, capture_output=True, text=True)
        fastest, overview = min(fastest, time.perf_counter() - began), done.stdout
    assert fastest < 2  # one second on an idle machine
    assert all(f"\n  {command} " in overview for command in commands)


def test_without_a_command_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) in (0, 2)
    out, err = capsys.readouterr()
    assert "Commands:" in out + err
    assert "error: \n" not in err


def test_simulate_gives_the_same_dataset_for_the_same_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hashes = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        options = ["--trials", "2", "--neurons", "15", "--kinds", "sine,ramp", "--seed", seed, "--json"]
        assert main(["simulate", "multitask", "--out", str(tmp_path / name), *options]) == 0
        assert told(capsys)["trials"] == 4
        hashes.append(load_dataset(tmp_path / name).content_hash())
    assert hashes[0] == hashes[1] != hashes[2]


def test_simulate_repeat_stores_a_second_noise_draw(tmp_path: Path) -> None:
    out = tmp_path / "d.h5"
    assert main(["simulate", "multitask", "--out", str(out), "--trials", "2", "--neurons", "15", "--repeat"]) == 0
    dataset = load_dataset(out)
    assert dataset.truth["repeat"].shape == dataset.activity.shape
    assert not np.array_equal(dataset.truth["repeat"], dataset.activity)


def test_train_reports_and_leaves_a_run(dataset_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", str(dataset_file), "--run", "r", "--steps", STEPS, "--hold-out", "0.25", "--json"]
    assert main(arguments) == 0
    report = told(capsys)
    assert report["state"] == "done"
    assert report["preset"] == "clean"
    assert jedi.load("r").trials["split"].value_counts()["held-out"] == 5
    assert refused(arguments, capsys).endswith("--resume to go on with it")


def test_train_passes_every_option_on(dataset_file: Path) -> None:
    options = {
        "rank": 3,
        "embedding-dim": 4,
        "steps": 30,
        "batch": 6,
        "normalise": "z-score",
        "seed": 7,
        "split-seed": 8,
    }
    flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
    arguments = ["train", str(dataset_file), "--run", "r", "--preset", "clean", "--device", "cpu", *flags]
    assert main([*arguments, "--permute-contexts"]) == 0
    config = jedi.load("r").config["config"]
    expected = {key.replace("-", "_"): value for key, value in options.items()}
    assert {key: config[key] for key in expected} == expected
    assert (config["preset"], config["device"], config["permute_contexts"]) == ("clean", "cpu", True)


def test_a_resumed_run_keeps_its_settings_and_refuses_others(
    dataset_file: Path, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(dataset_file), "--run", run, "--resume"]) == 0
    capsys.readouterr()
    assert "seed" in refused(["train", str(dataset_file), "--run", run, "--resume", "--seed", "3"], capsys)


def test_evaluate_keeps_its_figures_in_the_run(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", run, "--json"]) == 0
    figures = told(capsys)
    assert {"r2", "r2_held_out", "r2_cosmooth", "baselines", "controls", "ceilings"} <= set(figures)
    assert json.loads((run_path(run) / "figures.json").read_text("utf-8")) == figures
    assert jedi.load(run).figures["r2"] == figures["r2"]


def test_evaluate_prints_a_table_for_people(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", run]) == 0
    printed = capsys.readouterr().out
    assert "co-smoothing" in printed
    assert max(map(len, printed.splitlines())) > 80  # not squeezed where there is no terminal


def test_embed_finds_the_contexts_of_new_trials(
    dataset_file: Path, run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["embed", run, str(dataset_file), "--out", str(tmp_path / "e.h5"), "--json"]) == 0
    report = told(capsys)
    with h5py.File(tmp_path / "e.h5") as file:
        assert file["contexts"].shape == (20, jedi.load(run).embedding_dim)
        assert file["context_sd"].shape == file["contexts"].shape
        assert np.allclose(file["r2"], report["r2_by_trial"])
        assert file["trials/kind"].asstr()[0] == "sine"


def test_embed_refuses_other_neurons(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.h5"
    simulate_multitask(neurons=21, trials=2, seed=0, steps=40).save(other)
    line = refused(["embed", run, str(other), "--out", str(tmp_path / "e.h5")], capsys)
    assert "21 neurons" in line
    assert "20 neurons" in line
    assert not (tmp_path / "e.h5").exists()


def test_spectrum_gives_the_eigenvalues_of_the_jacobian_at_the_origin(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spectrum", run, "--trial", "3", "--json"]) == 0
    report = told(capsys)
    loaded = jedi.load(run)
    a = loaded.dt_over_tau
    jacobian = (1 - a) * np.eye(loaded.units) + a * loaded.weights(loaded.contexts[3]).J
    expected = np.abs(np.linalg.eigvals(jacobian)).max()
    assert report["spectral_radius"] == pytest.approx(expected, abs=1e-9)
    assert report["rest"] == {"value": 1 - a, "count": loaded.units - loaded.rank}


def test_spectrum_and_weights_take_a_context_as_numbers(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = jedi.load(run).contexts[2]
    numbers = ",".join(repr(float(value)) for value in context)
    assert main(["spectrum", run, "--embedding", numbers, "--json"]) == 0
    by_numbers = told(capsys)["eigenvalues"]
    assert main(["spectrum", run, "--trial", "2", "--json"]) == 0
    assert np.allclose(by_numbers, told(capsys)["eigenvalues"])
    assert main(["weights", run, "--embedding", numbers, "--out", str(tmp_path / "w.npz")]) == 0
    with np.load(tmp_path / "w.npz") as stored:
        assert np.allclose(stored["U"], jedi.load(run).weights(context).U)
        assert stored["dt_over_tau"] == jedi.load(run).dt_over_tau


def test_spectrum_along_a_trajectory_has_one_a_step(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spectrum", run, "--trial", "0", "--at", "trajectory", "--json"]) == 0
    loaded = jedi.load(run)
    assert np.shape(told(capsys)["eigenvalues"]) == (loaded.steps, loaded.rank, 2)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--trial", "99"], "trials 0 to 19"),
        (["--trial", "-1"], "trials 0 to 19"),
        ([], "one of --trial K and --embedding"),
        (["--trial", "0", "--embedding", "1"], "one of --trial K and --embedding"),
        (["--embedding", "1,2"], "2 values"),
        (["--embedding", "a,b"], "not numbers"),
        (["--trial", "0", "--at", "nowhere"], "expected origin or trajectory"),
        (["--trial", "0", "--of", "K"], "expected jacobian or J"),
    ],
)
def test_spectrum_refuses_what_it_cannot_place(
    run: str, arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in refused(["spectrum", run, *arguments], capsys)


def test_a_packed_run_answers_as_the_run_does(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = tmp_path / "m.safetensors"
    assert main(["pack", run, "--out", str(packed), "--json"]) == 0
    assert told(capsys)["bytes"] == packed.stat().st_size
    answers = []
    for name in (run, str(packed)):
        assert main(["spectrum", name, "--trial", "1", "--json"]) == 0
        answers.append(told(capsys)["eigenvalues"])
    assert answers[0] == answers[1]


def test_info_knows_datasets_runs_and_packed_models(
    dataset_file: Path, run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pack", run, "--out", str(tmp_path / "m.safetensors")]) == 0
    capsys.readouterr()
    for name, form in ((str(dataset_file), "dataset"), (run, "run"), (str(tmp_path / "m.safetensors"), "run")):
        assert main(["info", name, "--json"]) == 0
        facts = told(capsys)
        assert facts["form"] == form
        assert facts["neurons"] == 20
        assert main(["info", name]) == 0
        assert "neurons" in capsys.readouterr().out


def test_figures_that_are_not_numbers_become_null(capsys: pytest.CaptureFixture[str]) -> None:
    from jedi.commands.output import emit

    emit({"a": float("nan"), "b": np.float32(0.5), "c": [np.inf, 1 + 2j], "d": np.arange(2), "e": np.True_})
    assert told(capsys) == {"a": None, "b": 0.5, "c": [None, [1.0, 2.0]], "d": [0, 1], "e": True}


@pytest.mark.parametrize("name", ["../x", "/absolute", "nul\0", "CON", "a" * 300, "<script>", "", ".hidden", "a/b"])
def test_a_run_name_that_could_lead_elsewhere_is_refused(
    dataset_file: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(["train", str(dataset_file), "--run", name, "--steps", "5"], capsys)
    assert "cannot be used" in line
    assert "\0" not in line


@pytest.mark.parametrize(
    ("option", "value"),
    [("--hold-out", "2"), ("--rank", "0"), ("--preset", "best"), ("--normalise", "minmax"), ("--steps", "0")],
)
def test_an_option_of_training_out_of_range_is_named(
    dataset_file: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert option in refused(["train", str(dataset_file), "--run", "r", option, value], capsys)
    assert not run_path("r").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "r", "--seed", "-1"],
        ["evaluate", "r", "--classes", "1"],
        ["embed", "r", "d.h5", "--out", "e.h5", "--seed", str(2**40)],
        ["simulate", "multitask", "--out", "s.h5", "--seed", "-1"],
        ["import", "f.nwb", "--out", "d.h5", "--memory", "nan"],
        ["import", "f.nwb", "--out", "d.h5", "--seconds", "-5"],
    ],
)
def test_a_number_out_of_range_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments[-2] in refused(arguments, capsys)


def test_unfit_data_leave_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    single = simulate_multitask(neurons=10, trials=1, kinds=["sine"], seed=0, steps=20)
    single.save(tmp_path / "single.h5")
    assert "single trial" in refused(["train", str(tmp_path / "single.h5"), "--run", "r"], capsys)
    (tmp_path / "cut.h5").write_bytes((tmp_path / "single.h5").read_bytes()[:1000])
    assert "cut.h5" in refused(["train", str(tmp_path / "cut.h5"), "--run", "r"], capsys)
    (tmp_path / "pointer.h5").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "git lfs pull" in refused(["info", str(tmp_path / "pointer.h5")], capsys)
    assert "no such file" in refused(["train", str(tmp_path / "none.h5"), "--run", "r"], capsys)
    assert not run_path("r").exists()


def test_activity_that_is_not_a_number_is_refused_where_it_stands(tmp_path: Path) -> None:
    good = simulate_multitask(neurons=10, trials=2, seed=0, steps=20)
    activity = good.activity.copy()
    activity[3, 7, 5] = np.nan
    with pytest.raises(jedi.JediError, match="trial 3"):
        replace(good, activity=activity)
    assert isinstance(good, Dataset)


def test_an_unknown_run_names_the_folder_that_was_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert "runs are looked for in" in refused(["evaluate", "nothing"], capsys)


@pytest.mark.parametrize("where", ["none.h5", "folder/none.h5", "folder/none.safetensors", "../none", "none/"])
@pytest.mark.parametrize("command", ["info", "evaluate", "pack"])
def test_a_path_where_nothing_is_is_called_so(command: str, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", "p.safetensors"] if command == "pack" else []
    assert f"no run, folder or file '{where}'" in refused([command, where, *out], capsys)


def test_a_folder_that_is_no_run_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "not a run" in refused(["evaluate", str(tmp_path)], capsys)


def test_usage_errors_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "dataset" in refused(["train"], capsys)
    assert "--nonsense" in refused(["info", "--nonsense", "x"], capsys)
    assert "conquer" in refused(["conquer"], capsys)


def test_an_output_that_cannot_be_written_is_one_line(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")  # as /dev/null, it is no file: a renamed one would take its place
    before = sorted(tmp_path.iterdir())
    for out in (tmp_path / "file" / "w.npz", tmp_path, tmp_path / "pipe"):
        for command in (["weights", run, "--trial", "0"], ["pack", run], ["simulate", "multitask", "--trials", "2"]):
            assert str(out) in refused([*command, "--out", str(out)], capsys)
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "pipe").is_fifo()
