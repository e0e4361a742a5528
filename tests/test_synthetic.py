from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from jedi.dataset import Dataset, load_dataset
from jedi.errors import JediError
from jedi.synthetic import draw_teacher, from_reference, input_signals, noise_ceiling, run_teacher, simulate_multitask
from jedi.synthetic.multitask import SIGNALS


@pytest.fixture(scope="module")
def reference_file() -> Path:
    folder = os.environ.get("JEDI_REAL_DATA")
    if not folder or not (path := Path(folder) / "multitask_reference.npz").is_file():
        pytest.skip("JEDI_REAL_DATA names no folder with multitask_reference.npz")
    return path


@pytest.fixture(scope="module")
def small() -> Dataset:
    return simulate_multitask(neurons=40, trials=6, repeat=True, seed=3)


def test_teacher_reproduces_the_reference_set_without_noise_to_1e_4(reference_file: Path) -> None:
    with np.load(reference_file) as stored:
        r = {name: stored[name] for name in stored.files}
    rows = r["noise_free_trials"]
    inputs = input_signals(r["kind"][rows].tolist(), r["amplitude"][rows])
    u = 1.8 * r["M"] / np.sqrt(200 * 5)
    states = run_teacher(u, r["V"], r["W"][:, None], inputs, r["x0"][rows], dt_over_tau=float(r["dt_over_tau"]))
    assert set(r["kind"][rows]) == {"sine", "square", "ramp", "const"}
    assert np.abs(states - r["noise_free"]).max() < 1e-4


def test_process_noise_has_the_size_of_the_reference_set(reference_file: Path) -> None:
    reference = from_reference(reference_file)
    t = reference.truth
    x, u = reference.activity.astype(float), t["input"]
    expected = 0.9 * x[:, :-1] + 0.1 * (np.tanh(x[:, :-1]) @ t["V"] @ t["U"].T + u[:, :-1] @ t["W"].T)
    # 0.05 sqrt(0.1); the activity is stored as float16, whose rounding adds about 1e-6 to the variance
    assert (x[:, 1:] - expected).std() == pytest.approx(0.05 * np.sqrt(0.1), rel=0.01)


def test_reference_set_is_a_dataset_with_its_truth_and_ceiling(reference_file: Path) -> None:
    reference = from_reference(reference_file)
    assert reference.shape == (160, 150, 200)
    assert (reference.dt, reference.label, float(reference.truth["dt_over_tau"])) == (0.01, "kind", 0.1)
    ceiling = noise_ceiling(reference)
    assert ceiling is not None
    assert ceiling.repeat == pytest.approx(0.996, abs=7e-4)  # both as the set's description states them
    assert ceiling.noise_free == pytest.approx(0.998, abs=7e-4)


def test_trials_are_those_asked_for(small: Dataset) -> None:
    assert small.shape == (24, 150, 40)
    assert small.dt == 0.01
    assert small.recorded.all()
    assert small.trials["kind"].tolist() == ["sine"] * 6 + ["square"] * 6 + ["ramp"] * 6 + ["const"] * 6
    assert small.trials["amplitude"].std() == pytest.approx(0.05, rel=0.5)
    assert small.label == "kind"
    t = small.truth
    assert [t[name].shape for name in ("U", "V", "W", "input", "x0")] == [
        (40, 5), (40, 5), (40, 1), (24, 150, 1), (24, 40),
    ]  # fmt: skip
    np.testing.assert_allclose(small.activity[:, 0], t["x0"], rtol=1e-6)
    np.testing.assert_allclose(t["input"][18, :, 0], small.trials["amplitude"][18])  # const


def test_stored_truth_regenerates_noise_free_trials() -> None:
    quiet = simulate_multitask(neurons=30, trials=2, noise=0.0, seed=1)
    t = quiet.truth
    states = run_teacher(t["U"], t["V"], t["W"], t["input"], t["x0"], dt_over_tau=float(t["dt_over_tau"]))
    np.testing.assert_allclose(states, quiet.activity, atol=1e-5)


def test_connectivity_has_the_stated_size() -> None:
    t = simulate_multitask(neurons=200, trials=1, kinds=("const",), seed=5).truth
    assert t["U"].std() * np.sqrt(200 * 5) / 1.8 == pytest.approx(1, abs=0.1)
    assert t["V"].std() == pytest.approx(1, abs=0.1)
    assert t["W"].std() == pytest.approx(1, abs=0.15)


def test_teacher_oscillates_undriven() -> None:
    teacher = draw_teacher(60, 5, 1.8, 0.1, np.random.default_rng(0))
    silence = np.zeros((1, 600, 1))
    states = run_teacher(teacher.U, teacher.V, teacher.W, silence, teacher.attractor[None], dt_over_tau=0.1)[0]
    assert states[300:].std(0).mean() > 0.3


def test_without_recurrence_the_state_decays_and_follows_the_input() -> None:
    u, v, w = np.zeros((3, 1)), np.zeros((3, 1)), np.ones((3, 1))
    states = run_teacher(u, v, w, np.ones((1, 50, 1)), np.zeros((1, 3)), dt_over_tau=0.1)
    np.testing.assert_allclose(states[0, :, 0], 1 - 0.9 ** np.arange(50), atol=1e-12)


def test_asking_for_a_repeat_or_other_noise_leaves_the_rest_as_it_was(small: Dataset) -> None:
    once = simulate_multitask(neurons=40, trials=6, seed=3)
    np.testing.assert_array_equal(once.activity, small.activity)
    quiet = simulate_multitask(neurons=40, trials=6, noise=0.0, seed=3)
    np.testing.assert_array_equal(quiet.truth["x0"], once.truth["x0"])
    assert np.abs(quiet.activity - once.activity).max() > 0.01


def test_same_seed_same_bytes_and_other_seed_other_teacher() -> None:
    first, again, other = (simulate_multitask(neurons=20, trials=1, seed=s) for s in (0, 0, 1))
    assert first.content_hash() == again.content_hash()
    assert not np.allclose(first.truth["U"], other.truth["U"])


def test_noise_ceiling_is_that_of_the_noise_free_run(small: Dataset) -> None:
    sd = small.activity.std((0, 1))
    ceiling = noise_ceiling(small, scale_sd=sd)
    t = small.truth
    free = run_teacher(t["U"], t["V"], t["W"], t["input"], t["x0"], dt_over_tau=0.1)
    x = small.activity
    by_truth = 1 - (((x - free) / sd) ** 2).sum() / (((x - x.mean((0, 1))) / sd) ** 2).sum()
    assert ceiling is not None
    assert ceiling.noise_free == pytest.approx(by_truth, abs=0.3 * (1 - by_truth))
    assert ceiling.repeat < ceiling.noise_free
    assert noise_ceiling(simulate_multitask(neurons=20, trials=1)) is None


def test_every_kind_of_signal_is_finite_and_different() -> None:
    signals = input_signals(list(SIGNALS), np.ones(len(SIGNALS)))[:, :, 0]
    assert np.abs(signals).max() <= 2
    assert (
        np.corrcoef(signals[[i for i, k in enumerate(SIGNALS) if k != "const"]]).max(
            initial=-1, where=~np.eye(7, dtype=bool)
        )
        < 0.95
    )
    sine, square, ramp = signals[:3]
    np.testing.assert_allclose(sine[[0, 50, 100]], 0, atol=1e-12)
    assert (square[:38] == 1).all()
    assert (square[38:75] == -1).all()
    np.testing.assert_allclose(ramp, 2 * np.arange(150) / 150)


def test_dataset_survives_its_file(small: Dataset, tmp_path: Path) -> None:
    small.save(tmp_path / "d.h5")
    assert load_dataset(tmp_path / "d.h5").content_hash() == small.content_hash()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kinds": ("sine", "saw")}, "no input of kind 'saw'"),
        ({"kinds": ()}, "one or more different kinds"),
        ({"kinds": ("sine", "sine")}, "different kinds"),
        ({"trials": 0}, "one or more trials"),
        ({"noise": -1.0}, "0 or more"),
        ({"noise": float("nan")}, "0 or more"),
        ({"neurons": 3}, "rank between"),
        ({"steps": 1}, "2 or more steps"),
    ],
)
def test_impossible_requests_are_refused_in_one_line(options: dict[str, object], says: str) -> None:
    with pytest.raises(JediError, match=says):
        simulate_multitask(**({"neurons": 20, "trials": 1} | options))
