"""What a run answers: NumPy in float64, the same as the model that was trained; files checked before use."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save
from small_data import rotations, rotations_file

import jedi
from jedi import tensor_file
from jedi.architecture import Architecture
from jedi.config import TrainConfig
from jedi.errors import JediError
from jedi.inference import infer_contexts
from jedi.model import JediModel
from jedi.packed import pack, packed_bytes
from jedi.run import Run, on_bins
from jedi.run_folder import delete_run, list_runs, run_path, write_status
from jedi.training import train


@pytest.fixture(scope="module", params=["clean", "single-trial"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    config = TrainConfig(preset=request.param, rank=3, embedding_dim=4, steps=60, hold_out=0.25)
    return train(rotations_file(folder), folder / request.param, config)


def test_numpy_and_pytorch_generate_the_same_trials(run: Run) -> None:
    model = JediModel.from_tensors(Architecture(**run.architecture), run.tensors)
    starts = run.initial_states
    with torch.no_grad():
        expected = model(torch.from_numpy(run.contexts), None if starts is None else torch.from_numpy(starts)).numpy()
    assert np.allclose(run.generate(run.contexts, starts), expected, atol=1e-4)
    one = run.rollout(run.contexts[2], run.initial_state(run.contexts[2], trial=2))
    on_grid = on_bins(run.observe_scaled(one)[None], run.bins, run.stride)
    assert np.allclose(on_grid[0], expected[2], atol=1e-4)


def test_weights_are_factors_of_j_and_drive_the_rollout(run: Run) -> None:
    w = run.weights(run.contexts[0])
    assert w.U.shape == (run.units, 3)
    assert w.bias is not None
    assert w.bias.shape == (run.units,)
    x = run.rollout(run.contexts[0], np.full(run.units, 0.3), 5)
    a = run.dt_over_tau
    assert np.allclose(x[1], (1 - a) * x[0] + a * (w.J @ np.tanh(x[0]) + w.bias), atol=1e-12)


def test_observations_are_in_the_recordings_units(run: Run) -> None:
    x = np.random.default_rng(0).normal(size=(7, run.units))
    assert np.allclose(run.scaled(run.observe(x)), run.observe_scaled(x), atol=1e-6)


def test_a_context_of_the_wrong_size_is_named(run: Run) -> None:
    with pytest.raises(JediError, match=r"has 4 numbers, not shape \(3,\)"):
        run.weights(np.zeros(3))


def test_inference_ignores_what_is_hidden(run: Run) -> None:
    dataset = rotations()
    shown = dataset.recorded.copy()
    shown[:, 20:] = False
    seen = np.arange(dataset.N) < 9
    changed = dataset.activity.copy()
    changed[:, 20:] += 100
    changed[:, :, 9:] -= 100
    starts = run.initial_states
    found = [infer_contexts(run, a, shown, neurons=seen, initial_states=starts) for a in (dataset.activity, changed)]
    assert np.array_equal(found[0], found[1])


def test_packed_and_loaded_again_it_gives_the_same_answers(run: Run, tmp_path: Path) -> None:
    folder = Path(run.config["dataset"]["path"]).parent / run.name
    again = jedi.load(pack(folder, tmp_path / "m.safetensors"))
    context = run.contexts[1]
    assert np.array_equal(again.weights(context).J, run.weights(context).J)
    assert again.trials["turn"].tolist() == run.trials["turn"].tolist()
    assert again.dt == run.dt
    assert again.bins == run.bins
    assert str(folder).encode() not in (tmp_path / "m.safetensors").read_bytes()
    dataset = rotations()
    scores = again.tensors["recorded.scores"].astype(float)
    rebuilt = scores @ again.tensors["axes.components"] + again.tensors["axes.mean"]
    missed = np.square(rebuilt - run.scaled(dataset.activity)).sum((1, 2))
    assert np.allclose(missed, again.tensors["recorded.residual"], rtol=0.05, atol=0.02)


def test_packing_after_the_dataset_changed_is_refused(tmp_path: Path) -> None:
    train(rotations_file(tmp_path), tmp_path / "run", TrainConfig(steps=4, embedding_dim=4))
    rotations_file(tmp_path, seed=5)
    with pytest.raises(JediError, match="has changed since"):
        packed_bytes(tmp_path / "run")


def _packed(run: Run) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    return tensor_file.from_bytes(packed_bytes(Path(run.config["dataset"]["path"]).parent / run.name))


@pytest.mark.parametrize(
    ("tensor", "change", "message"),
    [
        ("hyper.0.weight", lambda t: t[:, :-1], "hyper.0.weight has shape"),
        ("contexts", lambda t: t[:-1], "contexts has shape"),
        ("contexts", lambda t: t * np.nan, "finite float32"),
        ("scale.sd", lambda t: t.astype(np.float64), "finite float32"),
        ("scale.sd", lambda t: t * 0, "above zero"),
        ("axes.mean", lambda t: t[:-1], "axes.mean has shape"),
        ("axes.components", lambda t: t[:-1], "axes.components has shape"),
        ("map.components", lambda t: t[:-1], "map.components has shape"),
        ("neuron_weight", lambda t: t[:-1], "neuron_weight has shape"),
        ("recorded.mask", lambda t: t[:, :-1], "recorded.mask has shape"),
        ("recorded.mask", None, "lacks the tensor recorded.mask"),
        ("hyper.2.bias", None, "lacks the tensor hyper.2.bias"),
    ],
)
def test_a_packed_file_with_wrong_tensors_is_refused(run: Run, tmp_path: Path, tensor, change, message: str) -> None:  # type: ignore[no-untyped-def]
    tensors, document = _packed(run)
    if change is None:
        del tensors[tensor]
    else:
        tensors[tensor] = change(tensors[tensor])
    tensor_file.write(tmp_path / "bad.safetensors", tensors, document)
    with pytest.raises(JediError, match=message):
        jedi.load(tmp_path / "bad.safetensors")


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("model", "bins"), 10**9, "bins is 1000000000"),
        (("model", "bins"), 41, r"recorded.\w+ has shape"),
        (("model", "stride"), 0, "stride is 0"),
        (("model", "rank"), "5", "rank is '5'"),
        (("model", "rank"), -1, "rank is -1"),
        (("model", "hidden_layers"), 10**6, "lacks the tensor|has shape"),
        (("model", "dt_over_tau"), float("nan"), "dt_over_tau is nan"),
        (("model", "initial_state"), "elsewhere", "initial_state must be"),
        (("model",), None, "not a complete packed model"),
        (("dataset", "dt"), 0, "a bin of 0 s"),
        (("dataset", "trials"), 10**12, "not a complete packed model"),
        (("trials",), [], "lack a column split"),
        (("trials",), [{"name": "split", "values": ["test"] * 24}], "lack a column split"),
        (("trials",), [{"name": "split", "values": ["held-out"] * 24}], "none of its trials was trained on"),
        (("neurons",), [{"name": "area", "values": ["M1"]}], "not a complete packed model"),
        (("figures",), 3, "not a complete packed model"),
        (("config",), "none", "not a complete packed model"),
        (("format_version",), 2, "format_version 2"),
        (("format_version",), "new", "format_version"),
    ],
)
def test_a_packed_file_whose_header_is_wrong_is_refused(
    run: Run, tmp_path: Path, where: tuple[str, ...], value: object, message: str
) -> None:
    tensors, document = _packed(run)
    part: dict[str, object] = document
    for key in where[:-1]:
        part = part[key]  # type: ignore[assignment]
    part[where[-1]] = value
    text = json.dumps(document)  # with NaN, which a writer of ours refuses
    (tmp_path / "bad.safetensors").write_bytes(save(tensors, {"jedi": text}))
    with pytest.raises(JediError, match=message) as raised:
        jedi.load(tmp_path / "bad.safetensors")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a safetensors file, or is cut short"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        (struct.pack("<Q", 1 << 60) + b"{}", "not a safetensors file, or is cut short"),
        (struct.pack("<Q", 2) + b"{}", "damaged or not a model"),
        (save({"a": np.zeros(3, np.float32)}), "damaged or not a model"),
        (save({"a": np.zeros(3, np.float32)}, {"jedi": json.dumps({"format_version": 2})}), "format_version 2"),
        (save({"a": np.zeros(3, np.float32)}, {"jedi": json.dumps({"format_version": 1})}), "not a complete packed"),
    ],
)
def test_files_that_are_no_model_are_refused_with_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(JediError, match=message) as raised:
        jedi.load(tmp_path / "m.safetensors")
    assert "\n" not in str(raised.value)


def test_a_tensor_that_declares_terabytes_is_refused_without_allocating(run: Run, tmp_path: Path) -> None:
    data = packed_bytes(Path(run.config["dataset"]["path"]).parent / run.name)
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header["contexts"]["shape"] = [1 << 40, 4]
    text = json.dumps(header).encode()
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])
    with pytest.raises(JediError, match="damaged"):
        jedi.load(tmp_path / "m.safetensors")


def test_tensor_files_of_equal_content_are_equal_bytes() -> None:
    tensors = {name: np.arange(4, dtype=np.float32) for name in "zyxabc"}
    first = tensor_file.to_bytes(tensors, {"b": 1, "a": [1, 2]})
    assert first == tensor_file.to_bytes(dict(reversed(tensors.items())), {"a": [1, 2], "b": 1})
    assert load(first).keys() == tensors.keys()


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/b", "a\\b", "", ".hidden", "CON", "nul.txt", "x" * 300, "<script>", "a\0b", "a.", "é"],
)
def test_run_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(JediError, match="cannot be used"):
        run_path(name)


def test_a_link_out_of_the_runs_folder_is_refused(tmp_path: Path) -> None:
    runs = Path(os.environ["JEDI_RUNS"])
    runs.mkdir(parents=True)
    (runs / "out").symlink_to(tmp_path)
    with pytest.raises(JediError, match="leads out of the runs folder"):
        run_path("out")


def test_runs_are_listed_newest_first_and_a_running_one_is_not_deleted() -> None:
    for name in ("a", "b"):
        write_status(run_path(name), "done")
    os.utime(run_path("a") / "status.json", (1, 1))
    assert list_runs() == ["b", "a"]
    delete_run(run_path("b"))
    write_status(run_path("a"), "running")
    with pytest.raises(JediError, match="still training"):
        delete_run(run_path("a"))
    assert list_runs() == ["a"]
