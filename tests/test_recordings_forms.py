"""The forms that recordings come in: pynwb's and MatNWB's files, NPZ archives, and what only bears such a name."""

from __future__ import annotations

import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from jedi.dataset import Dataset, load_dataset
from jedi.errors import JediError
from jedi.recordings import describe_recording, import_recording
from tests.nwb_files import poisson, rows, write_nwb

WISH: dict[str, Any] = {"align": "go_cue_time", "window": (-0.3, 0.7), "bin": 0.01, "smooth": 0.04}


def written_by_pynwb(path: Path) -> Path:
    """Two units on electrodes of two areas, ten trials, observed from 0 to 30 s."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb's own
        import pynwb

        file = pynwb.NWBFile("a session", "id", datetime(2020, 1, 1, tzinfo=UTC))
        device = file.create_device("probe")
        for area in ("M1", "PMd"):
            group = file.create_electrode_group(area, area, area, device)
            file.add_electrode(location=area, group=group)
        file.add_unit_column("quality", "of sorting")
        for n in (0, 1):
            file.add_unit(
                spike_times=poisson(20, 30, n), electrodes=[n], quality=0.5 + n, obs_intervals=np.array([[0.0, 30.0]])
            )
        file.add_trial_column("go_cue_time", "cue")
        file.add_trial_column("target_pos", "where")
        file.add_trial_column("result", "how it ended")
        for k in range(10):
            start = 2.0 + 2 * k
            file.add_trial(
                start_time=start, stop_time=start + 1, go_cue_time=start + 0.3, target_pos=[k, -k], result="RF"[k % 2]
            )
        with pynwb.NWBHDF5IO(path, "w") as io:
            io.write(file)
    return path


def assert_same(a: Dataset, b: Dataset) -> None:
    np.testing.assert_array_equal(a.activity, b.activity)
    np.testing.assert_array_equal(a.recorded, b.recorded)
    assert a.trials.equals(b.trials)
    assert a.neurons.equals(b.neurons)
    assert a.content_hash() == b.content_hash()


def test_a_file_by_pynwb_is_read_without_it(tmp_path: Path) -> None:
    path = written_by_pynwb(tmp_path / "p.nwb")
    dataset = import_recording(path, **WISH)
    assert dataset.shape == (10, 100, 2)
    assert list(dataset.neurons["area"]) == ["M1", "PMd"]
    assert list(dataset.neurons["quality"]) == [0.5, 1.5]
    assert list(dataset.trials["target_pos_1"]) == [-k for k in range(10)]
    assert list(dataset.trials["result"]) == ["R", "F"] * 5
    assert dataset.source["report"]["recorded_time"]["rule"] == "obs_intervals"
    plain = write_nwb(
        tmp_path / "h.nwb",
        [poisson(20, 30, 0), poisson(20, 30, 1)],
        rows(2.0 + 2 * np.arange(10), go_cue_time=2.3 + 2 * np.arange(10)),
        observed=[[[0, 30]], [[0, 30]]],
    )
    np.testing.assert_array_equal(dataset.activity, import_recording(plain, **WISH).activity)


def test_texts_as_arrays_and_no_session_date_change_nothing(tmp_path: Path) -> None:
    good, odd = written_by_pynwb(tmp_path / "p.nwb"), tmp_path / "m.nwb"
    odd.write_bytes(good.read_bytes())
    with h5py.File(odd, "r+") as file:

        def to_arrays(_: str, thing: Any) -> None:
            for key in ("neurodata_type", "namespace", "description"):
                if key in thing.attrs:
                    value = thing.attrs[key]
                    del thing.attrs[key]
                    thing.attrs[key] = np.array([value.encode()])

        file.visititems(to_arrays)
        del file["session_start_time"]
        file["session_start_time"] = "n/a"
    assert_same(import_recording(good, **WISH), import_recording(odd, **WISH))


def test_the_area_can_stand_at_the_electrode_group_alone(tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb", [poisson(20, 30, 0), poisson(20, 30, 1)], rows(np.arange(2, 22, 2.0)))
    with h5py.File(path, "r+") as file:
        references = file["units"].create_dataset("electrode_group", (2,), h5py.ref_dtype)
        for n, area in enumerate(("M1", "PMd")):
            group = file.create_group(f"general/extracellular_ephys/array{n}")
            group.attrs["location"] = np.array([area.encode()])
            references[n] = group.ref
    assert list(import_recording(path).neurons["area"]) == ["M1", "PMd"]


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def test_an_archive_of_arrays_becomes_a_dataset(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    counts = random.poisson(1.0, (6, 20, 4))
    path = npz(
        tmp_path / "a.npz",
        activity=np.asfortranarray(counts),
        dt=0.02,
        lengths=np.array([20, 20, 15, 20, 20, 8]),
        direction=random.uniform(-3, 3, 6),
        result=np.array(list("RFRFRF")),
        area=np.array(["M1", "M1", "PMd", "PMd"]),
        hand=random.normal(size=(6, 20, 2)),
        odd=np.zeros((3, 3)),
    )
    dataset = import_recording(path)
    assert (dataset.kind, dataset.dt, dataset.label) == ("counts", 0.02, "direction")
    np.testing.assert_array_equal(dataset.recorded.sum(axis=1), [20, 20, 15, 20, 20, 8])
    np.testing.assert_array_equal(dataset.activity, np.where(dataset.recorded[:, :, None], counts, 0))
    assert list(dataset.neurons["area"]) == ["M1", "M1", "PMd", "PMd"]
    assert dataset.behaviour["hand"].shape == (6, 20, 2)
    said = " ".join(dataset.source["report"]["lines"])
    assert "odd (3 x 3)" in said
    assert "taken as counts: all are whole" in said
    assert "14 % of bins not recorded (masked), in 2 of 6 trials" in said
    assert import_recording(path, areas=("PMd",), max_trials=3).shape == (3, 20, 2)
    assert describe_recording(path)["arrays"]["activity"] == "6 x 20 x 4 int64"


def test_smoothing_of_an_archive_stays_within_a_trial(tmp_path: Path) -> None:
    counts = np.zeros((2, 30, 1))
    counts[0] = 5.0
    dataset = import_recording(npz(tmp_path / "a.npz", activity=counts, dt=0.01), smooth=0.03, min_rate=0.0)
    np.testing.assert_allclose(dataset.activity[0], 500.0, rtol=1e-6)
    np.testing.assert_array_equal(dataset.activity[1], 0)
    assert dataset.steps[-1]["where"] == "within each trial"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"activity": np.zeros((2, 3, 4))}, "has no array 'dt'"),
        ({"activity": np.zeros((2, 3)), "dt": 0.1}, r"shape \(2, 3\).*\(trials, bins, neurons\)"),
        ({"activity": np.full((2, 3, 4), np.nan), "dt": 0.1}, "trial 0, bin 0, neuron 0"),
        ({"activity": np.zeros((2, 3, 4)), "dt": -1.0}, "dt"),
        ({"activity": np.zeros((2, 3, 4)), "dt": 0.1, "lengths": np.array([3, 4])}, "lengths go from 3 to 4"),
        ({"activity": np.zeros((2, 3, 4)), "dt": 0.1, "kind": "spikes"}, "kind is 'spikes'"),
        ({"activity": np.zeros((2, 3, 4)), "dt": 0.1, "label": "go"}, "no trial column 'go'"),
    ],
)
def test_archives_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(JediError, match=message):
        import_recording(npz(tmp_path / "a.npz", **arrays))


def test_options_of_spike_trains_do_not_pass_unseen_for_arrays(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", activity=np.ones((2, 3, 4)), dt=0.1)
    with pytest.raises(JediError, match="option align does not apply"):
        import_recording(path, align="go_cue_time")


def test_a_dataset_passes_through(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", activity=np.ones((2, 3, 4)), dt=0.1)
    first = import_recording(path)
    first.save(tmp_path / "d.h5")
    assert import_recording(tmp_path / "d.h5").content_hash() == first.content_hash()
    assert describe_recording(tmp_path / "d.h5")["format"] == "dataset"


@pytest.mark.parametrize("suffix", [".h5", ".npz", ".mat", ".nwb"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS pointer: fetch the file with git lfs"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "this is a web page"),
        (b"time,neuron\n0,1\n", "is not a recording that can be read"),
        (b"", "is empty"),
    ],
)  # fmt: skip
def test_files_that_only_bear_the_name_are_refused(tmp_path: Path, suffix: str, content: bytes, message: str) -> None:
    path = tmp_path / f"session{suffix}"
    path.write_bytes(content)
    for read in (import_recording, describe_recording):
        with pytest.raises(JediError, match=message):
            read(path)


def test_hdf5_that_is_no_nwb_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file["spikes"] = np.zeros(3)
    with pytest.raises(JediError, match=r"not an NWB file \(no /units and no /intervals; it has: spikes\)"):
        import_recording(path)


def test_an_nwb_file_without_units_or_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JediError, match="has no interval table"):
        import_recording(write_nwb(tmp_path / "a.nwb", [poisson(20, 30)]))
    path = write_nwb(tmp_path / "b.nwb", [poisson(20, 30)], rows([1.0, 2.0]))
    with h5py.File(path, "r+") as file:
        del file["units"]
    with pytest.raises(JediError, match="has no sorted units"):
        import_recording(path)


def test_a_truncated_recording_is_refused(tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb", [poisson(20, 30)], rows([1.0, 2.0]))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(JediError, match=r"'a.nwb' is truncated"):
        import_recording(path)


def test_a_real_session_of_reaches(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "perich2018_mm_s1.nwb"
    begun = time.process_time()
    dataset = import_recording(path, areas=("M1", "PMd"), min_rate=1.0, **WISH)
    assert time.process_time() - begun < 5  # s of one core, types checked at run time
    report = dataset.source["report"]
    assert dataset.shape == (498, 100, 137)
    assert report["neurons"]["areas"] == {"M1": 67, "PMd": 94}
    assert report["recorded_time"]["rule"] == "rows"
    assert report["trials"]["complete_in_own_row"] == 448
    assert abs(report["trials"]["complete"] - 484) <= 1  # one reach lacks a third of its last bin
    assert report["trials"]["overlapping"] == 290
    assert dataset.recorded.all(axis=1).sum() == report["trials"]["complete"]
    assert dataset.label == "target_dir"
    assert np.isfinite(dataset.activity).all()
    # No edge sinks: the mean over trials, neurons and ten bins varies by less than a third.
    blocks = dataset.activity.mean(axis=(0, 2)).reshape(10, 10).mean(axis=1)
    assert blocks.min() > 0.67 * blocks.max()
    dataset.save(tmp_path / "d.h5")
    assert load_dataset(tmp_path / "d.h5").content_hash() == dataset.content_hash()
    complete = import_recording(path, areas=("M1", "PMd"), min_rate=1.0, drop_incomplete=True, max_trials=160, **WISH)
    assert complete.K == 160
    assert complete.recorded.all()


def test_counts_of_a_real_session_are_those_of_histograms(real_data: Path) -> None:
    path = real_data / "perich2018_mm_s1.nwb"
    dataset = import_recording(path, align="go_cue_time", window=(-0.3, 0.7), bin=0.01, min_rate=1.0)
    with h5py.File(path) as file:
        ends = np.concatenate([[0], file["units/spike_times_index"][:]]).astype(int)
        spikes, cues = file["units/spike_times"][:], file["intervals/trials/go_cue_time"][:]
    for n, k in [(0, 0), (5, 497), (70, 250), (136, 31)]:
        unit = dataset.neurons["id"][n]
        times = spikes[ends[unit] : ends[unit + 1]]
        expected, _ = np.histogram(times, cues[k] - 0.3 + 0.01 * np.arange(101))
        expected = np.where(dataset.recorded[k], expected, 0)
        np.testing.assert_array_equal(dataset.activity[k, :, n], expected)
