from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exact_model import BINS, NEURONS, TRIALS, directed_trials, exact_run, unhashed, with_activity

import jedi.inference
from jedi.columns import sectors
from jedi.config import TrainConfig
from jedi.dataset import Dataset
from jedi.errors import JediError
from jedi.evaluation import evaluate
from jedi.evaluation import prediction as prediction_module
from jedi.evaluation.material import prepare
from jedi.evaluation.prediction import Baselines, cosmooth, forecast, gap_bins
from jedi.run import Run
from jedi.training import train


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return directed_trials()


@pytest.fixture(scope="module")
def run(dataset: Dataset) -> Run:
    return exact_run(dataset)


@pytest.fixture(scope="module")
def figures(run: Run, dataset: Dataset) -> dict[str, Any]:
    return evaluate(run, dataset)


def test_the_true_network_reaches_every_ceiling(figures: dict[str, Any]) -> None:
    ceilings = figures["ceilings"]
    assert figures["r2"] == pytest.approx(ceilings["r2"]["true_teacher"], abs=1e-5)
    assert figures["centre_r2"] == pytest.approx(ceilings["centre_r2"]["true_teacher_class_mean_input"], abs=1e-5)
    # inferred contexts also follow some of the noise of what they see; a forecast pays for that
    assert figures["r2_held_out"] >= ceilings["r2_held_out"]["true_teacher"]
    assert figures["r2_forecast"] == pytest.approx(ceilings["r2_forecast"]["true_teacher"], abs=0.01)
    # first states of unseen neurons are random here, so that a ridge estimate of them is worth nothing
    assert 0.5 < figures["r2_cosmooth"] < ceilings["r2_cosmooth"]["true_teacher"]


def test_the_fit_leaves_the_given_bin_out(figures: dict[str, Any], run: Run, dataset: Dataset) -> None:
    training = run.training
    x = dataset.activity[training].astype(float)
    y = run.generate(run.contexts[training], x[:, 0].astype(np.float32))
    mean = x.mean((0, 1))
    expected = 1 - ((x - y)[:, 1:] ** 2).sum() / ((x - mean)[:, 1:] ** 2).sum()
    assert figures["r2"] == pytest.approx(expected, abs=1e-6)


def test_contexts_that_are_directions_tell_the_direction(figures: dict[str, Any], run: Run, dataset: Dataset) -> None:
    assert figures["angle_error_deg"] < 1
    assert figures["angle_error_deg_held_out"] < 5
    assert figures["classification_accuracy"] > 0.85
    assert figures["classification_accuracy_held_out"] > 0.7
    codes = sectors(dataset.trials["direction"].to_numpy()[run.training], 4)
    assert figures["chance"] == pytest.approx(np.bincount(codes).max() / run.training.sum())
    assert figures["classes"][0] == "-180 to -90 deg"


def test_opposite_centres_exchange_badly(figures: dict[str, Any]) -> None:
    confusion = np.array(figures["confusion"])
    assert confusion.shape == (4, 4)
    assert figures["centre_r2"] == pytest.approx(np.diag(confusion).mean())
    assert (confusion.argmax(0) == np.arange(4)).all()  # each class is best served by its own centre
    assert confusion[0, 2] < 0 < confusion[0, 0]


def test_noise_on_contexts_costs_more_the_larger_it_is(figures: dict[str, Any]) -> None:
    noise = figures["noise_r2"]
    assert figures["r2"] > noise["0.5"] > noise["1"] > noise["2"]


def test_in_a_contracting_network_the_context_carries_the_trial(figures: dict[str, Any]) -> None:
    swap = figures["swap_r2"]
    assert swap["other_class"] > 0.3 > swap["other_class_against_start"]


def test_figures_are_plain_numbers_with_their_neighbours(figures: dict[str, Any]) -> None:
    json.dumps(figures, allow_nan=False)
    assert set(figures["baselines"]["r2_cosmooth"]) == {"mean_by_time", "ppca", "factor_analysis", "ridge"}
    assert {"mean_by_time", "ppca", "last_state_held"} <= set(figures["baselines"]["r2_forecast"])
    assert figures["controls"]["r2"] == {"permuted_contexts": None}
    low, high = figures["intervals"]["r2_cosmooth"]["minus_mean_by_time"]
    difference = figures["r2_cosmooth"] - figures["baselines"]["r2_cosmooth"]["mean_by_time"]
    assert low < difference < high
    assert figures["trials"] == {"train": 36, "held-out": 20, "left-out": 4}
    assert figures["controls"]["r2_cosmooth"]["context_of_another_trial"] < figures["r2_cosmooth"]


def test_the_same_seed_gives_the_same_figures(figures: dict[str, Any], run: Run, dataset: Dataset) -> None:
    assert evaluate(run, dataset) == figures


def test_left_out_trials_touch_nothing(figures: dict[str, Any], run: Run, dataset: Dataset) -> None:
    spoiled = dataset.activity.copy()
    spoiled[run.trials["split"] == "left-out"] = 1e4
    assert evaluate(unhashed(run), with_activity(dataset, spoiled)) == figures


def test_held_out_trials_touch_no_training_figure_and_no_baseline(run: Run, dataset: Dataset) -> None:
    held = (run.trials["split"] == "held-out").to_numpy()
    spoiled = dataset.activity.copy()
    spoiled[held] = np.random.default_rng(0).standard_normal(spoiled[held].shape)
    before, after = (prepare(unhashed(run), d) for d in (dataset, with_activity(dataset, spoiled)))
    np.testing.assert_array_equal(before.mean, after.mean)
    one, other = Baselines(before), Baselines(after)
    np.testing.assert_array_equal(one.mean_by_time, other.mean_by_time)
    for name in ("ppca", "factor_analysis"):
        for a, b in zip(one.factors[name], other.factors[name], strict=True):
            np.testing.assert_array_equal(a.loadings, b.loadings)
            np.testing.assert_array_equal(a.noise, b.noise)


class Seen:
    """Everything that inference was shown, and what it answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[dict[str, Any]] = []
        self.contexts: list[np.ndarray] = []
        original = jedi.inference.infer_contexts

        def watched(run: Run, activity: np.ndarray, recorded: np.ndarray, **options: Any) -> np.ndarray:
            self.shown.append({"activity": activity, "recorded": recorded, **options})
            self.contexts.append(original(run, activity, recorded, **options))
            return self.contexts[-1]

        monkeypatch.setattr(jedi.inference, "infer_contexts", watched)


def test_cosmoothing_never_sees_the_neurons_it_is_scored_on(
    run: Run, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = np.arange(NEURONS) >= 9
    monkeypatch.setattr(prediction_module, "neuron_splits", lambda *_: [~hidden])
    watch = Seen(monkeypatch)
    held = (run.trials["split"] == "held-out").to_numpy()
    spoiled = dataset.activity.copy()
    spoiled[np.ix_(held, np.arange(BINS), hidden)] = 1e3
    asked = []
    for data in (dataset, with_activity(dataset, spoiled)):
        material = prepare(unhashed(run), data)
        asked.append(cosmooth(material, Baselines(material), 0))
    first, second = watch.shown
    for key in ("activity", "recorded", "neurons", "initial_states"):
        np.testing.assert_array_equal(first[key], second[key])
    np.testing.assert_array_equal(*watch.contexts)
    assert np.ptp(first["activity"][:, :, hidden], axis=(0, 1)).max() == 0
    assert (asked[1].model[0].r2 or 0) < (asked[0].model[0].r2 or 0)  # it is scored on them, though


def test_forecast_never_sees_beyond_the_first_half(run: Run, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Seen(monkeypatch)
    held = (run.trials["split"] == "held-out").to_numpy()
    spoiled = dataset.activity.copy()
    spoiled[held, BINS // 2 :] = -1e3
    answers = []
    for data in (dataset, with_activity(dataset, spoiled)):
        material = prepare(unhashed(run), data)
        asked = forecast(material, Baselines(material), 0)
        answers.append(asked)
    first, second = watch.shown
    np.testing.assert_array_equal(first["activity"], second["activity"])
    assert not first["recorded"][:, BINS // 2 :].any()
    np.testing.assert_array_equal(*watch.contexts)
    # a baseline that saw the spoiled half would follow it
    for scores in answers[1].baselines.values():
        assert (scores[0].r2 or 0) < 0.1


def test_the_gap_is_three_smoothing_sds(run: Run, dataset: Dataset) -> None:
    assert gap_bins(prepare(run, dataset)) == 0
    smooth = {"step": "smooth", "sd": 0.04, "kernel": "gaussian"}
    smoothed = replace(dataset, steps=({"step": "bin", "width": 0.01}, smooth))
    assert gap_bins(prepare(unhashed(run), smoothed)) == 12


def test_unrecorded_bins_are_left_out_of_every_mean(run: Run, dataset: Dataset) -> None:
    recorded = np.random.default_rng(0).random((TRIALS, BINS)) < 0.8
    recorded[:, 0] = True
    recorded[::7, 25:] = False  # some trials end early
    masked = with_activity(dataset, dataset.activity, recorded)
    figures = evaluate(unhashed(run), masked)
    scored = recorded[run.training].copy()
    scored[:, 0] = False
    x, y = dataset.activity[run.training], run.generate(run.contexts[run.training], dataset.activity[run.training, 0])
    mean = x[recorded[run.training]].mean(0, dtype=float)
    assert figures["r2"] == pytest.approx(1 - ((x - y)[scored] ** 2).sum() / ((x - mean)[scored] ** 2).sum(), abs=1e-6)
    assert figures["r2_held_out"] > 0.9
    assert figures["baselines"]["r2_held_out"]["ppca"] > 0.5
    used = run.trials["split"] != "left-out"
    assert figures["unrecorded_bins"] == int((~recorded[used]).sum())


def test_a_start_from_the_context_is_scored_from_the_first_bin_on(dataset: Dataset) -> None:
    run = exact_run(dataset, "context")
    material = prepare(run, dataset)
    assert material.scored.all()
    figures = evaluate(run, dataset)
    training = run.training
    x, y = dataset.activity[training].astype(float), run.generate(run.contexts[training])
    assert figures["r2"] == pytest.approx(1 - ((x - y) ** 2).sum() / ((x - x.mean((0, 1))) ** 2).sum(), abs=1e-6)
    assert 0 < figures["r2_cosmooth"] <= 1


def test_ridge_gives_a_start_to_unseen_neurons(dataset: Dataset) -> None:
    # states that all lie in a plane: the first state of the others follows from the seen neurons
    rng = np.random.default_rng(0)
    plane = np.linalg.qr(rng.standard_normal((NEURONS, 3)))[0]
    flat = with_activity(dataset, (dataset.activity @ plane @ plane.T).astype(np.float32))
    material = prepare(unhashed(exact_run(dataset)), flat)
    watched: list[np.ndarray] = []
    material_infer = type(material).infer

    def infer(self: Any, rows: Any, seen: Any, neurons: Any = None, starts: Any = None, seed: int = 0) -> np.ndarray:
        watched.append(starts)
        return material_infer(self, rows, seen, neurons, starts, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(material), "infer", infer)
        cosmooth(material, Baselines(material), 0)
    truth = flat.activity[material.held_out, 0]
    assert len(watched) == 3
    assert max(np.abs(starts - truth).max() for starts in watched) < 0.05


def test_without_held_out_trials_their_figures_are_null(dataset: Dataset) -> None:
    figures = evaluate(exact_run(dataset, held_out=0, left_out=0), dataset)
    for key in ("r2_held_out", "r2_forecast", "r2_cosmooth", "classification_accuracy_held_out"):
        assert figures[key] is None
    assert figures["r2"] > 0.9
    json.dumps(figures, allow_nan=False)


def test_without_a_label_what_needs_one_is_null(run: Run) -> None:
    plain = directed_trials(label=None, trials=pd.DataFrame(index=pd.RangeIndex(TRIALS)))
    bare = replace(unhashed(run), trials=run.trials[["split"]])
    figures = evaluate(bare, plain)
    for key in ("classification_accuracy", "chance", "angle_error_deg", "centre_r2", "confusion", "label"):
        assert figures[key] is None
    assert figures["swap_r2"]["other_class"] is None
    assert figures["swap_r2"]["same_class"] is not None


def test_any_column_can_be_the_label(run: Run, dataset: Dataset) -> None:
    figures = evaluate(run, dataset, label="speed", classes=3)
    assert len(figures["confusion"]) == len(figures["classes"]) == 3
    assert figures["classification_accuracy"] < 0.6  # speed has no part in the contexts
    assert figures["angle_error_deg"] is None
    with pytest.raises(JediError, match=r"no trial column 'size'.*direction, speed"):
        evaluate(run, dataset, label="size")


def test_a_foreign_dataset_is_refused(run: Run, dataset: Dataset) -> None:
    with pytest.raises(JediError, match="trained on 60 trials x 40 bins x 12 neurons, the dataset has 59"):
        evaluate(run, dataset.select(slice(59)))
    with pytest.raises(JediError, match="hash"):
        evaluate(run, directed_trials(seed=1))


def test_data_without_truth_have_no_ceiling(run: Run) -> None:
    figures = evaluate(unhashed(run), directed_trials(truth={}))
    assert figures["ceilings"]["centre_r2"] == {"true_teacher_class_mean_input": None}
    assert figures["ceilings"]["r2"] == {"true_teacher": None, "second_noise_draw": None}


def test_progress_is_told_in_order(run: Run, dataset: Dataset) -> None:
    told: list[float] = []
    evaluate(run, dataset, on_progress=lambda _text, share: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_the_permuted_control_is_the_same_training_with_shuffled_starts(
    dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("control")
    dataset.save(folder / "d.h5")
    config = TrainConfig(preset="single-trial", steps=40, embedding_dim=2, hold_out=0.0)
    trained = train(folder / "d.h5", folder / "run", config)
    figures = evaluate(trained, dataset, control=True)
    control = figures["controls"]
    assert control["r2"]["permuted_contexts"] is not None
    assert control["classification_accuracy"]["permuted_contexts"] < figures["classification_accuracy"]
