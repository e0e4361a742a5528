"""What an import cuts out of a recording: windows, bins, areas, columns, recorded time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.recordings import describe_recording, import_recording
from tests.nwb_files import poisson, rows, write_nwb


def lines(dataset: Dataset) -> list[str]:
    return list(dataset.source["report"]["lines"])


def busy(path: Path, trials: dict[str, Any] | None = None, **more: Any) -> Path:
    """Two units firing throughout 0 to 30 s."""
    return write_nwb(path, [poisson(20, 30, seed) for seed in (0, 1)], trials or rows(np.arange(2, 22, 2.0)), **more)


def test_equal_windows_have_equal_bins_and_a_spike_on_an_edge_falls_in_the_bin_it_opens(tmp_path: Path) -> None:
    starts = 0.1 * np.arange(1000)
    path = write_nwb(tmp_path / "g1.nwb", [np.sort(np.concatenate([starts, starts + 1]))], rows(starts))
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), bin=0.02)
    assert dataset.shape == (1000, 50, 1)
    # Every window holds the edges 0 to 0.9 s after its start, two spikes each once k >= 10, and not the one at 1 s.
    expected = np.zeros((1000, 50))
    for k in range(1000):
        for n in range(10):
            expected[k, 5 * n] = (1 if k + n < 1000 else 0) + (1 if k + n >= 10 else 0)
    np.testing.assert_array_equal(dataset.activity[:, :, 0], expected)


def test_a_spike_at_the_end_of_an_isolated_window_is_in_no_bin(tmp_path: Path) -> None:
    starts = 0.1 * np.arange(1000) + 10.0 * np.arange(1000)
    path = write_nwb(tmp_path / "g1.nwb", [np.sort(np.concatenate([starts, starts + 1]))], rows(starts))
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), bin=0.02, min_rate=0.0)
    assert dataset.T == 50
    np.testing.assert_array_equal(dataset.activity[:, 0, 0], 1)
    assert dataset.activity.sum() == 1000


@pytest.mark.parametrize("clock", [0.0, 86_400.0, 1.7e9])
def test_edges_hold_on_any_clock(tmp_path: Path, clock: float) -> None:
    starts = clock + 0.1 * np.arange(200)
    path = write_nwb(tmp_path / "clock.nwb", [starts], rows(starts))
    dataset = import_recording(path, align="start_time", window=(-0.05, 0.05), bin=0.01)
    np.testing.assert_array_equal(dataset.activity[:, :, 0], np.tile(np.arange(10) == 5, (200, 1)))


def test_counts_are_those_of_a_histogram(tmp_path: Path) -> None:
    path = busy(tmp_path / "a.nwb")
    dataset = import_recording(path, align="start_time", window=(-0.5, 1.0), bin=0.05)
    assert (dataset.kind, dataset.unit) == ("counts", "spikes")
    for n in (0, 1):
        for k, start in enumerate(np.arange(2, 22, 2.0)):
            expected, _ = np.histogram(poisson(20, 30, n), start - 0.5 + 0.05 * np.arange(31))
            np.testing.assert_array_equal(dataset.activity[k, :, n], expected)
    np.testing.assert_allclose(dataset.trials["window_start"], np.arange(2, 22, 2.0) - 0.5)
    np.testing.assert_allclose(dataset.trials["window_stop"], np.arange(2, 22, 2.0) + 1.0)
    np.testing.assert_allclose(dataset.events["start_time"], 0.5)


def test_smoothing_is_that_of_the_whole_recording(tmp_path: Path) -> None:
    path = busy(tmp_path / "a.nwb")
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), bin=0.01, smooth=0.04)
    assert (dataset.kind, dataset.unit) == ("rates", "spikes/s")
    whole, _ = np.histogram(poisson(20, 30, 0), 0.01 * np.arange(3001))
    smooth = gaussian_filter1d(whole / 0.01, 4.0, truncate=4.0)
    for k, start in enumerate(range(2, 22, 2)):
        np.testing.assert_allclose(dataset.activity[k, :, 0], smooth[100 * start : 100 * start + 100], rtol=1e-5)
    assert dataset.steps[-1]["reach"] == 0.16
    assert dataset.steps[-1]["where"] == "the whole recording, before cutting"


def test_rates_do_not_sink_at_the_edge_of_recorded_time(tmp_path: Path) -> None:
    starts = np.arange(0, 400, 2.0)
    inside = [t for s in starts for t in s + np.random.default_rng(int(s)).uniform(0, 1, 50)]
    path = write_nwb(tmp_path / "rows.nwb", [np.sort(inside)], rows(starts))
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), bin=0.02, smooth=0.05)
    mean = dataset.activity.mean(axis=(0, 2))
    np.testing.assert_allclose(mean, 50, rtol=0.1)  # 200 trials, at most 10 % of bins' own noise


def test_a_symmetric_kernel_looks_ahead_and_a_causal_one_does_not(tmp_path: Path) -> None:
    cues = np.arange(5, 45, 4.0)
    burst = np.sort(np.concatenate([cue + 0.001 + 0.005 * np.arange(20) for cue in cues]))
    path = write_nwb(tmp_path / "g9.nwb", [np.concatenate([[0.0], burst, [60.0]])], rows(cues, cue_time=cues))
    wish: dict[str, Any] = {"align": "cue_time", "window": (-0.5, 0.5), "bin": 0.01, "smooth": 0.05}
    symmetric = import_recording(path, **wish)
    assert (symmetric.activity[:, 45:50] > 0).all()
    assert symmetric.steps[-1]["kernel"] == "gaussian"
    assert symmetric.steps[-1]["symmetric"] is True
    assert any("before the event" in line for line in lines(symmetric))
    causal = import_recording(path, causal=True, **wish)
    assert (causal.activity[:, :50] == 0).all()
    assert (causal.activity[:, 50] > 0).all()
    assert causal.steps[-1]["kernel"] == "causal"
    assert causal.steps[-1]["symmetric"] is False


def test_trials_that_begin_and_end_at_zero_are_refused(tmp_path: Path) -> None:
    path = busy(tmp_path / "g2.nwb", rows(np.zeros(5), 0.0))
    with pytest.raises(JediError, match="trials have no duration"):
        import_recording(path, align="start_time", window=(0.0, 1.0))


def test_a_row_that_ends_before_it_begins_is_named_and_dropped(tmp_path: Path) -> None:
    table = rows(np.arange(2, 22, 2.0))
    table["stop_time"][7] = table["start_time"][7] - 1
    dataset = import_recording(busy(tmp_path / "g2.nwb", table), align="start_time", window=(0.0, 1.0))
    assert dataset.K == 9
    assert 7 not in set(dataset.trials["id"])
    assert "1 of 10 dropped: stop_time before start_time (row 7, counted from 0)" in lines(dataset)


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_row_without_a_stop_is_kept_and_masked(tmp_path: Path, everywhere: bool) -> None:
    table = rows(np.arange(2, 22, 2.0))
    table["stop_time"][-1] = np.nan
    spikes = poisson(20, 30)
    if not everywhere:
        spikes = spikes[(spikes >= 2) & (spikes % 2 < 1) & (spikes < 21)]
    path = write_nwb(tmp_path / "g2.nwb", [spikes], table)
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0))
    assert dataset.K == 10
    assert dataset.recorded[:9].all()
    assert not dataset.recorded[9].any()
    assert "1 row has no stop_time: masked" in lines(dataset)


def test_columns_of_several_numbers_are_split_and_ragged_or_short_ones_named(tmp_path: Path) -> None:
    table = rows(
        np.arange(2, 22, 2.0),
        target_pos=np.arange(20.0).reshape(10, 2),
        lick_times=np.arange(25.0),
        lick_times_index=np.arange(1, 11),
        short=np.arange(9.0),
        result=["R", "F"] * 5,
    )
    dataset = import_recording(busy(tmp_path / "g4.nwb", table), align="start_time", window=(0.0, 1.0))
    assert dataset.K == 10
    np.testing.assert_array_equal(dataset.trials["target_pos_0"], np.arange(0, 20, 2))
    np.testing.assert_array_equal(dataset.trials["target_pos_1"], np.arange(1, 20, 2))
    assert list(dataset.trials["result"]) == ["R", "F"] * 5
    left_out = dataset.source["report"]["left_out_columns"]
    assert left_out == {"lick_times": "several values a row, their number varies", "short": "9 rows of 10"}
    assert any("lick_times" in line and "short" in line for line in lines(dataset))


def test_dropped_trials_are_explained_and_nothing_is_converted(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    failed = np.zeros(500, bool)
    failed[random.choice(500, 114, replace=False)] = True
    starts = np.arange(500) * 2.0
    direction = np.where(np.arange(500) % 2, random.uniform(-3, 3, 500), random.uniform(-180, 180, 500))
    direction[:20], direction[20:30] = np.arange(20) % 7 - 3, np.nan
    table = rows(
        starts,
        movement_time=np.where(failed, np.nan, starts + 0.5),
        target_dir=direction,
        result=np.where(failed, "F", "R"),
        block=np.arange(500) // 100,
    )
    path = write_nwb(tmp_path / "g5.nwb", [poisson(5, 1001)], table)
    dataset = import_recording(path, align="movement_time", window=(-0.2, 0.2))
    assert "114 of 500 dropped: movement_time missing; by result: F 114 of 114" in lines(dataset)
    assert dataset.K == 386
    np.testing.assert_array_equal(dataset.trials["target_dir"], direction[~failed])

    (facts,) = describe_recording(path)["tables"]
    columns = {column["name"]: column for column in facts["columns"]}
    assert columns["target_dir"]["missing"] == 10
    assert columns["target_dir"]["min"] == np.nanmin(direction)
    assert columns["target_dir"]["max"] == np.nanmax(direction)
    assert columns["target_dir"]["distinct"] == len(np.unique(direction[np.isfinite(direction)]))
    assert columns["movement_time"]["missing"] == 114
    assert columns["result"] == {"name": "result", "form": "text", "distinct": 2, "missing": 0, "values": ["F", "R"]}


def test_an_unknown_column_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    table = rows(np.arange(2, 22, 2.0), go_cue_time=np.arange(2, 22, 2.0) + 0.2, target_dir=np.zeros(10))
    path = busy(tmp_path / "a.nwb", table)
    with pytest.raises(JediError) as caught:
        import_recording(path, align="go_cue")
    assert str(caught.value) == (
        "no column 'go_cue' in interval table 'trials' (its columns: start_time, stop_time, go_cue_time, target_dir); "
        "use --align go_cue_time"
    )


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"window": (100.0, 101.0)}, "lies outside the recording in all 10 trials"),
        ({"window": (1.0, 0.0)}, "window is 1.0 0.0"),
        ({"window": (0.0, 1e9)}, "gives 100,000,000,000 bins"),
        ({"bin": 0.0}, "bin is 0 s"),
        ({"bin": float("nan")}, "bin is nan; expected finite"),
        ({"bin": 2.0, "window": (0.0, 1.0)}, "gives 0 bins"),
        ({"areas": ("M1",)}, "no units in area 'M1'.*names none"),
        ({"table": "reaches"}, r"no interval table 'reaches' \(its tables: trials\)"),
        ({"label": "direction"}, "no trial column 'direction' to label by"),
        ({"min_rate": 1000.0}, "no unit fires 1000 spikes/s"),
        ({"align": "result"}, "holds no times"),
        ({"colour": "red"}, "no import option 'colour'"),
        ({"max_trials": 0}, "max_trials is 0"),
        ({"smooth": -1.0}, "smooth is -1"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused_in_one_line(tmp_path: Path, wish: dict[str, Any], message: str) -> None:
    path = busy(tmp_path / "a.nwb", rows(np.arange(2, 22, 2.0), result=["R"] * 10))
    with pytest.raises(JediError, match=message) as caught:
        import_recording(path, **wish)
    assert "\n" not in str(caught.value)


def test_what_is_chosen_for_the_person_is_said(tmp_path: Path) -> None:
    starts = np.arange(2, 22, 2.0)
    table = rows(starts, go_cue_time=starts + 0.3, target_dir=np.linspace(-3, 3, 10), result=["R", "F"] * 5)
    dataset = import_recording(busy(tmp_path / "a.nwb", table))
    assert dataset.T == 100
    np.testing.assert_allclose(dataset.trials["window_start"], starts)
    assert dataset.label == "target_dir"
    said = " ".join(lines(dataset))
    for part in ("aligned on go_cue_time", "window -0.3 to 0.7 s", "labelled by target_dir", "first to the last spike"):
        assert part in said
    assert import_recording(busy(tmp_path / "b.nwb", rows(starts, 0.8))).T == 80  # rows alone: as long as they are


def test_time_outside_the_rows_is_masked_where_no_unit_spikes_there(tmp_path: Path) -> None:
    spikes = poisson(40, 30)
    spikes = spikes[(spikes >= 2) & (spikes % 2 < 1) & (spikes < 21)]
    path = write_nwb(tmp_path / "rows.nwb", [spikes], rows(np.arange(2, 22, 2.0)))
    dataset = import_recording(path, align="start_time", window=(-0.5, 1.0), bin=0.1)
    np.testing.assert_array_equal(dataset.recorded, np.tile(np.arange(15) >= 5, (10, 1)))
    assert dataset.source["report"]["recorded_time"]["rule"] == "rows"
    assert "33 % of bins not recorded (masked), in 10 of 10 trials" in lines(dataset)
    with pytest.raises(JediError, match="none of 10 windows is recorded to the end"):
        import_recording(path, align="start_time", window=(-0.5, 1.0), bin=0.1, drop_incomplete=True)


def test_the_recording_runs_from_the_first_to_the_last_spike_otherwise(tmp_path: Path) -> None:
    dataset = import_recording(
        write_nwb(tmp_path / "a.nwb", [np.arange(4, 10.01, 0.1)], rows(np.arange(0, 14, 2.0))),
        align="start_time", window=(0.0, 2.0), bin=0.5,
    )  # fmt: skip
    np.testing.assert_array_equal(dataset.recorded.all(axis=1), [False, False, True, True, True, False, False])
    assert dataset.source["report"]["trials"]["complete"] == 3
    dropped = import_recording(
        tmp_path / "a.nwb", align="start_time", window=(0.0, 2.0), bin=0.5, drop_incomplete=True, max_trials=2
    )
    assert list(dropped.trials["start_time"]) == [4, 8]


def test_obs_intervals_decide_where_they_are(tmp_path: Path) -> None:
    path = write_nwb(
        tmp_path / "obs.nwb",
        [poisson(20, 30, 0), poisson(20, 30, 1)],
        rows(np.arange(0, 20, 2.0)),
        observed=[[[0, 7], [9, 30]], [[1, 15]]],
    )
    dataset = import_recording(path, align="start_time", window=(0.0, 2.0), bin=1.0)
    seconds = np.arange(20)
    expected = (seconds >= 1) & (seconds < 15) & ~((seconds >= 7) & (seconds < 9))
    np.testing.assert_array_equal(dataset.recorded.ravel(), expected)
    assert dataset.source["report"]["recorded_time"] == {"rule": "obs_intervals", "seconds": 12.0}


def test_invalid_times_are_masked(tmp_path: Path) -> None:
    path = busy(tmp_path / "a.nwb", tables={"invalid_times": rows([4.0], 0.5)})
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), bin=0.1)
    np.testing.assert_array_equal(dataset.recorded[1], np.arange(10) >= 5)
    assert dataset.recorded[2:].all()


def test_overlapping_windows_are_counted(tmp_path: Path) -> None:
    path = busy(tmp_path / "a.nwb", rows([2, 2.5, 4, 6, 6.9, 8.0]))
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0))
    assert dataset.source["report"]["trials"]["overlapping"] == 2
    assert any(line.startswith("2 windows overlap the next") for line in lines(dataset))


def test_areas_come_from_a_column_of_the_units(tmp_path: Path) -> None:
    path = busy(tmp_path / "a.nwb", units={"location": ["M1", "PMd"], "quality": [0.5, 0.9]})
    dataset = import_recording(path, areas=("PMd",))
    assert list(dataset.neurons["area"]) == ["PMd"]
    assert list(dataset.neurons["quality"]) == [0.9]
    with pytest.raises(JediError, match=r"no units in area 'V1' \(areas: M1 \(1 units\), PMd \(1 units\)\)"):
        import_recording(path, areas=("V1",))


def test_quiet_units_are_left_out_by_their_rate_in_recorded_bins(tmp_path: Path) -> None:
    path = write_nwb(
        tmp_path / "a.nwb",
        [poisson(20, 30), np.array([0.0, 2.5, 30.0]), poisson(5, 30, 2)],
        rows(np.arange(2, 22, 2.0)),
    )
    dataset = import_recording(path, align="start_time", window=(0.0, 1.0), min_rate=1.0)
    assert list(dataset.neurons["id"]) == [0, 2]
    np.testing.assert_allclose(dataset.neurons["rate"], dataset.activity.sum(axis=(0, 1)) / 10)
    assert "1 of 3 units left out: below 1 spikes/s in the recorded bins" in lines(dataset)
    assert import_recording(path, align="start_time", window=(0.0, 1.0), min_rate=0.0).N == 3


def test_a_single_trial_is_a_dataset_and_is_said_to_be_one(tmp_path: Path) -> None:
    dataset = import_recording(busy(tmp_path / "a.nwb", rows([3.0])))
    assert dataset.K == 1
    assert any(line.startswith("a single trial") for line in lines(dataset))


def test_any_interval_table_can_be_used_and_the_longest_is_the_default(tmp_path: Path) -> None:
    path = write_nwb(
        tmp_path / "a.nwb",
        [poisson(20, 30)],
        tables={"epochs": rows(np.arange(20.0)), "reaches": rows([3.0, 6.0, 9.0]), "rests": rows([4.0, 7.0])},
    )
    assert import_recording(path).K == 3
    assert import_recording(path, table="rests").K == 2
    assert import_recording(path, table="intervals/epochs").K == 20


def test_times_that_are_no_numbers_are_left_out_and_unsorted_ones_sorted(tmp_path: Path) -> None:
    spikes = poisson(20, 30)
    shuffled = np.append(np.random.default_rng(0).permutation(spikes), np.nan)
    path = write_nwb(tmp_path / "a.nwb", [shuffled], rows(np.arange(2, 22, 2.0)))
    dataset = import_recording(path)
    np.testing.assert_array_equal(
        dataset.activity,
        import_recording(write_nwb(tmp_path / "b.nwb", [spikes], rows(np.arange(2, 22, 2.0)))).activity,
    )
    assert "1 spike times are no numbers and were left out" in lines(dataset)
