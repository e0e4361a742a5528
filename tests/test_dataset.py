"""A dataset survives its file, and nothing else passes for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jedi.dataset import KINDS, Dataset, load_dataset
from jedi.errors import JediError


def example(trial_count: int = 5, /, **changes: Any) -> Dataset:
    random = np.random.default_rng(0)
    trials, bins, neurons = trial_count, 7, 3
    fields: dict[str, Any] = {
        "activity": random.poisson(2.0, (trials, bins, neurons)),
        "recorded": np.arange(bins) < random.integers(2, bins + 1, trials)[:, None],
        "dt": 0.01,
        "kind": "counts",
        "trials": pd.DataFrame(
            {"direction": random.uniform(-3, 3, trials), "result": ["R", "F", "", "R", "ü"][:trials]}
        ),
        "neurons": pd.DataFrame({"area": ["M1"] * neurons}),
        "behaviour": {"hand": random.normal(size=(trials, bins, 2))},
        "events": {"go": np.full(trials, 0.03)},
        "truth": {
            "U": random.normal(size=(neurons, 2)),
            "x0": random.normal(size=(trials, neurons)),
            "dt_over_tau": 0.1,
        },
        "label": "direction",
        "name": "an example",
        "source": {"file": "a.nwb", "options": {"window": (-0.3, 0.7)}},
        "steps": ({"step": "smooth", "sd": 0.04, "kernel": "gaussian", "reach": 0.16},),
    }
    return Dataset(**(fields | changes))


def assert_same(a: Dataset, b: Dataset) -> None:
    for key in ("dt", "kind", "unit", "label", "name", "source", "steps"):
        assert getattr(a, key) == getattr(b, key)
    np.testing.assert_array_equal(a.activity, b.activity)
    np.testing.assert_array_equal(a.recorded, b.recorded)
    pd.testing.assert_frame_equal(a.trials, b.trials)
    pd.testing.assert_frame_equal(a.neurons, b.neurons)
    for part in ("behaviour", "events", "truth"):
        left, right = getattr(a, part), getattr(b, part)
        assert left.keys() == right.keys()
        for key in left:
            np.testing.assert_array_equal(left[key], right[key])
            assert left[key].dtype == right[key].dtype
    assert a.content_hash() == b.content_hash()


def test_a_dataset_is_the_same_after_its_file(tmp_path: Path) -> None:
    dataset = example()
    dataset.save(tmp_path / "d.h5")
    assert_same(dataset, load_dataset(tmp_path / "d.h5"))
    assert [p.name for p in tmp_path.iterdir()] == ["d.h5"]


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
names = texts.filter(bool)


@st.composite
def fields_of_datasets(draw: st.DrawFn) -> dict[str, Any]:
    trials, bins, neurons = (draw(st.integers(1, n)) for n in (4, 5, 3))
    floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
    columns = st.one_of(
        hnp.arrays(np.float64, trials),
        hnp.arrays(np.int64, trials),
        hnp.arrays(np.bool_, trials),
        st.lists(texts, min_size=trials, max_size=trials),
    )
    table = draw(st.dictionaries(names, columns, max_size=3))
    label = draw(st.sampled_from([None, *table]))
    json_values = st.recursive(st.none() | st.booleans() | st.integers() | texts, st.lists, max_leaves=4)
    return {
        "activity": draw(hnp.arrays(np.float32, (trials, bins, neurons), elements=floats)),
        "recorded": draw(hnp.arrays(np.bool_, (trials, bins))),
        "dt": draw(st.floats(1e-6, 1e3)),
        "kind": draw(st.sampled_from(KINDS)),
        "unit": draw(texts),
        "trials": pd.DataFrame(table, index=range(trials)),
        "neurons": pd.DataFrame({"area": draw(st.lists(texts, min_size=neurons, max_size=neurons))}),
        "behaviour": draw(st.dictionaries(names, hnp.arrays(np.float32, (trials, bins, 2)), max_size=2)),
        "events": draw(st.dictionaries(names, hnp.arrays(np.float64, (trials,)), max_size=2)),
        "label": label,
        "name": draw(texts),
        "source": draw(st.dictionaries(texts, json_values, max_size=2)),
        "steps": tuple(draw(st.lists(st.dictionaries(texts, json_values, max_size=2), max_size=2))),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=fields_of_datasets())
def test_any_dataset_is_the_same_after_its_file(tmp_path: Path, fields: dict[str, Any]) -> None:
    dataset = Dataset(**fields)
    dataset.save(tmp_path / "d.h5")
    assert_same(dataset, load_dataset(tmp_path / "d.h5"))


def test_unrecorded_bins_hold_zero() -> None:
    activity = np.ones((2, 3, 1))
    activity[1, 2] = np.nan
    dataset = Dataset(activity, np.array([[1, 1, 0], [1, 1, 0]]), 0.1, "rates")
    np.testing.assert_array_equal(dataset.activity[:, :, 0], [[1, 1, 0], [1, 1, 0]])


def test_selection_takes_all_that_belongs_to_a_trial() -> None:
    dataset = example(3)  # as many neurons as trials: U keeps its rows
    chosen = dataset.select(np.array([2, 0]))
    np.testing.assert_array_equal(chosen.activity, dataset.activity[[2, 0]])
    assert list(chosen.trials["result"]) == ["", "R"]
    assert list(chosen.trials.index) == [0, 1]
    np.testing.assert_array_equal(chosen.truth["x0"], dataset.truth["x0"][[2, 0]])
    np.testing.assert_array_equal(chosen.truth["U"], dataset.truth["U"])
    np.testing.assert_array_equal(dataset.select(np.array([False, True, False])).activity, dataset.activity[1:2])


def test_the_hash_follows_the_numbers_and_not_the_name() -> None:
    dataset = example()
    assert example(name="b", source={}).content_hash() == dataset.content_hash()
    assert example(dt=0.02).content_hash() != dataset.content_hash()
    assert example(activity=dataset.activity + 1).content_hash() != dataset.content_hash()


def test_tables_hold_plain_columns() -> None:
    table = pd.DataFrame(
        {
            "category": pd.Categorical(["a", None, "b"]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "small": np.array([1, 2, 3], np.uint8),
            "mixed": np.array([1, "x", None], dtype=object),
        },
        index=[7, 8, 9],
    )
    trials = Dataset(np.zeros((3, 2, 1)), np.ones((3, 2), bool), 1.0, "state", trials=table).trials
    assert list(trials["category"]) == ["a", "", "b"]
    np.testing.assert_array_equal(trials["nullable"], [1, np.nan, 3])
    assert trials["small"].dtype == np.int64
    assert list(trials["mixed"]) == ["1", "x", ""]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activity": np.full((5, 7, 3), np.nan)}, r"trial 0, bin 0, neuron 0"),
        ({"activity": np.zeros((5, 7))}, r"shape \(5, 7\).*\(trials, bins, neurons\)"),
        ({"activity": np.full((5, 7, 3), "x")}, "expected numbers"),
        ({"activity": np.full((5, 7, 3), 1e300)}, "no finite numbers"),
        ({"recorded": np.ones((5, 6), bool)}, r"recorded has shape \(5, 6\)"),
        ({"dt": 0.0}, "dt is 0.0"),
        ({"dt": float("nan")}, "dt is nan"),
        ({"kind": "spikes"}, "expected one of counts, rates, fluorescence, state"),
        ({"label": "go"}, r"'go' is no trial column \(columns: direction, result\)"),
        ({"trials": pd.DataFrame({"a": [1]}), "label": None}, "trials has 1 rows; expected 5"),
        ({"events": {"go": np.zeros(4)}}, r"events 'go' has shape \(4,\)"),
        ({"truth": {"repeat": np.zeros((5, 7, 2))}}, "truth 'repeat' has shape"),
    ],
)
def test_wrong_fields_are_refused_with_what_was_found(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(JediError, match=message):
        example(**changes)


def spoil(path: Path, change: str) -> None:
    with h5py.File(path, "r+") as file:
        match change:
            case "newer":
                file.attrs["format_version"] = 2
            case "no version":
                del file.attrs["format_version"]
            case "NaN":
                file["activity"][1, 0, 2] = np.nan
            case "flat":
                del file["activity"]
                file["activity"] = np.zeros((5, 21))
            case "mask":
                del file["recorded"]
                file["recorded"] = np.ones((4, 7), bool)
            case "column":
                del file["trials/direction"]
                file["trials/direction"] = np.zeros(4)
            case "objects":
                del file["activity"]
                file.create_dataset("activity", (5, 7, 3), h5py.vlen_dtype(np.float32))
            case "references":
                del file["trials/direction"]
                file.create_dataset("trials/direction", (5,), h5py.ref_dtype)
            case "steps":
                file.attrs["steps"] = "{not JSON"
            case "dt":
                file.attrs["dt"] = "fast"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("newer", "format_version 2.*up to 1: update"),
        ("no version", "is not a dataset"),
        ("NaN", "trial 1, bin 0, neuron 2"),
        ("flat", r"shape \(5, 21\)"),
        ("mask", r"recorded has shape \(4, 7\); expected \(trials, bins\) = \(5, 7\)"),
        ("column", r"/trials/direction has shape \(4,\); expected \(5,\)"),
        ("objects", "objects of variable length"),
        ("references", "references, not numbers"),
        ("steps", "'steps' is no JSON"),
        ("dt", "'dt' is 'fast'; expected float"),
    ],
)
def test_spoiled_files_are_refused_in_one_line(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "d.h5"
    example().save(path)
    spoil(path, change)
    with pytest.raises(JediError, match=message) as caught:
        load_dataset(path)
    assert "d.h5" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    example().save(tmp_path / "d.h5")
    whole = (tmp_path / "d.h5").read_bytes()
    for length in np.linspace(0, len(whole) - 1, 12).astype(int):
        cut = tmp_path / "cut.h5"
        cut.write_bytes(whole[:length])
        with pytest.raises(JediError, match="cut"):
            load_dataset(cut)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            "this is a Git LFS pointer.*git lfs pull",
        ),
        (b"\n<!DOCTYPE html><html>", "this is a web page"),
        (b"plain text", "is not an HDF5 file"),
        (b"\x1f\x8b\x08", "gzip archive"),
    ],
)
def test_what_only_bears_the_name_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "d.h5"
    path.write_bytes(content)
    with pytest.raises(JediError, match=message):
        load_dataset(path)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(JediError, match="no such file"):
        load_dataset(tmp_path / "none.h5")
    with pytest.raises(JediError, match="is a folder"):
        load_dataset(tmp_path)
    with pytest.raises(JediError, match="no such file"):
        load_dataset("a\0b")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.h5"
    example().save(path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("jedi.dataset_file._write_table", fail)
    with pytest.raises(OSError, match="No space"):
        example(4).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["d.h5"]


def test_provenance_is_plain_json() -> None:
    dataset = example(source={"a": np.float32(0.5), "b": (1, np.int64(2)), "c": float("nan")})
    assert json.loads(json.dumps(dict(dataset.source))) == {"a": 0.5, "b": [1, 2], "c": None}
