"""What Explore is told about the dynamics where the hand rests: the library's numbers, in the drawing's axes."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from packed_fixture import Sizes, packed

from explorer import resting
from explorer.computing import Answer
from explorer.models import Model
from explorer.resting_messages import MOST_OF_A_BRANCH, diagram_message, fixed_points_message, scores, thinned
from explorer.state import encode_context
from jedi.dynamics import fixed_points, spectrum
from jedi.run import Run, load


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "model.safetensors"
    path.write_bytes(packed())
    return Model("model", "model", path)


@pytest.fixture
def run(model: Model) -> Run:
    return load(model.path)


def told(run: Run, **changes: Any) -> dict[str, Any]:
    """A resting view as the component sends it."""
    return {"context": run.contexts[2].tolist(), "trial": 2, "model": "abc", "pins": [0, 1], "colour": None} | changes


def test_the_resting_view_is_read_with_pins_by_trial_or_to_the_last_bit(run: Run) -> None:
    pin = run.contexts[4].astype(float) + 1 / 3
    rest = resting.read_rest(told(run, pins=[5, encode_context(pin.tolist())]), run)
    assert rest is not None
    assert rest.pins is not None
    assert rest.context == tuple(map(float, run.contexts[2]))
    assert rest.pins[0] == tuple(map(float, run.contexts[5]))
    assert rest.pins[1] == tuple(pin)


@pytest.mark.parametrize(
    "change",
    [
        {"context": [1.0]},
        {"context": [1.0, float("nan"), 0.0]},
        {"context": [1.0, "x", 0.0]},
        {"context": None},
        {"trial": 10_000},
        {"trial": -1},
        {"trial": "2"},
        {"model": 3},
        {"pins": [0]},
        {"pins": None},
    ],
)
def test_a_resting_view_that_is_not_of_this_model_is_not_answered(run: Run, change: dict[str, Any]) -> None:
    assert resting.read_rest(told(run, **change), run) is None
    assert resting.read_rest(None, run) is None


@pytest.mark.parametrize("pin", [None, -1, 10_000, True, "", "AAAA", 1.5, {"a": 1}])
def test_without_two_pins_of_this_model_there_is_a_probe_but_no_path(run: Run, pin: Any) -> None:
    rest = resting.read_rest(told(run, pins=[0, pin]), run)
    assert rest is not None
    assert rest.pins is None


def test_the_fixed_points_told_are_those_of_the_library_and_json(run: Run) -> None:
    context = run.contexts[2].astype(float)
    rest = resting.read_rest(told(run), run)
    assert rest is not None
    message = json.loads(json.dumps(resting._fixed_points(run, rest)))
    w = run.weights(context)
    u, v, bias = (np.asarray(part) for part in (w.U, w.V, w.bias))
    assert message["completeness"] == "proved"
    assert "proved complete" in message["sentence"]
    assert message["points"]
    for point in message["points"]:
        x = u @ np.array(point["k"]) + bias
        assert np.abs(-x + u @ (v.T @ np.tanh(x)) + bias).max() < 1e-10
        pairs = np.array(point["eigenvalues"])
        found = np.sort_complex(pairs[:, 0] + 1j * pairs[:, 1])
        assert np.abs(found - np.sort_complex(spectrum(w, run.dt_over_tau, at=x).eigenvalues)).max() < 1e-10
        expected = run.tensors["axes.components"][:3].astype(float) @ (x - run.tensors["axes.mean"])
        assert np.abs(np.array(point["scores"]) - expected).max() < 1e-9
        assert point["unstable"] == (np.abs(found) > 1).sum()


def test_scores_of_a_model_with_a_readout_and_fewer_than_three_axes_are_filled_with_zeros(tmp_path: Path) -> None:
    path = tmp_path / "latent.safetensors"
    path.write_bytes(packed(Sizes(units=7, readout=True, initial_state="context", components=2)))
    run = load(path)
    x = np.random.default_rng(0).normal(size=(4, 7))
    found = scores(run, x)
    activity = run.observe_scaled(x) - run.tensors["axes.mean"]
    assert np.abs(found[:, :2] - activity @ run.tensors["axes.components"].astype(float).T).max() < 1e-12
    assert not found[:, 2].any()


@pytest.mark.parametrize(
    ("completeness", "words"),
    [
        ("proved", "1 fixed point, proved complete"),
        ("consistent", "1 fixed point, no sign of more"),
        ("incomplete", "1 fixed point, some are missing"),
        ("unknown", "1 fixed point, perhaps not all"),
    ],
)
def test_what_is_claimed_of_the_set_is_said_and_no_more(run: Run, completeness: str, words: str) -> None:
    w = run.weights(run.contexts[2].astype(float))
    found = fixed_points(w, proof_seconds=0.0)
    changed = SimpleNamespace(**{name: getattr(found, name) for name in vars(found)}, index_sum=1)
    changed.completeness, changed.proof = completeness, None
    changed.kind = np.array(["stable"] + ["slow"] * (len(found) - 1))
    message = fixed_points_message(changed, run)
    assert message["sentence"].startswith(words)
    assert "covered" not in message["details"]


def test_a_diagram_is_told_on_the_first_axis_of_the_drawing_with_frequencies_in_hertz(run: Run) -> None:
    start, end = (run.contexts[k].astype(float) for k in (0, 1))

    def context_at(part: float) -> np.ndarray:
        return np.asarray(start + part * (end - start))

    rng = np.random.default_rng(0)
    at, k = np.linspace(0, 1, 500), rng.normal(size=(500, run.rank))
    stable = at < 0.4
    event = SimpleNamespace(kind="hopf", of="map", at=0.4, k=k[200], branch=0, frequency_per_tau=0.25)
    cycle = SimpleNamespace(at=0.5, k=k[:20], stable=True)
    found = SimpleNamespace(
        branches=(SimpleNamespace(at=at, k=k, stable=stable),),
        bifurcations=(event,),
        cycles=(cycle,),
        complete="so far",
    )
    message = json.loads(json.dumps(diagram_message(found, run, context_at)))

    def height(part: float, overlaps: np.ndarray) -> float:
        w = run.weights(context_at(part))
        return float(scores(run, np.asarray(w.U) @ overlaps + np.asarray(w.bias))[0])

    (told_branch,) = message["branches"]
    assert len(told_branch["at"]) <= MOST_OF_A_BRANCH + 5
    for part, y, kept in zip(*(told_branch[name] for name in ("at", "y", "stable")), strict=True):
        index = int(np.abs(at - part).argmin())
        assert y == pytest.approx(height(at[index], k[index]), rel=1e-5)
        assert kept == int(stable[index])
    assert message["bifurcations"][0]["frequency"] == pytest.approx(0.25 * run.dt_over_tau / run.dt)
    heights = [height(0.5, overlaps) for overlaps in k[:20]]
    assert message["cycles"][0]["low"] == pytest.approx(min(heights), rel=1e-5)
    assert message["cycles"][0]["high"] == pytest.approx(max(heights), rel=1e-5)


def test_thinning_a_branch_keeps_its_ends_and_both_sides_of_every_change() -> None:
    stable = np.zeros(1001, bool)
    stable[301:702] = True
    kept = set(thinned(stable, most=20).tolist())
    assert {0, 1000, 300, 301, 701, 702} <= kept
    assert len(kept) <= 27
    assert thinned(np.ones(1, bool)).tolist() == [0]


def test_the_answer_says_what_is_there_what_is_pending_and_what_failed(
    run: Run, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Hashable, str]] = []

    def ask(
        key: Hashable, compute: Callable[[], Any], *, group: str = "", patience_seconds: float = 0.0
    ) -> Answer[Any]:
        assert patience_seconds < 0.5
        asked.append((key, group))
        if "fixed" in group:
            return Answer(value={"points": []}, error="", pending=False, seconds=0.1)
        return Answer(value=None, error="", pending=True, seconds=0.0)

    monkeypatch.setattr(resting, "ask", ask)
    rest = resting.read_rest(told(run), run)
    assert rest is not None
    message = resting.answer_resting(model, run, rest, "me")
    assert message["fixed"] == {"points": []}
    assert message["diagram"] is None
    assert message["pending"] == ["diagram"]
    assert message["problems"] == {}
    assert message["model"] == "abc"
    assert message["pins"] == [0, 1]
    assert message["context"] == told(run)["context"]
    assert len({group for _, group in asked}) == 2, "neither displaces the other"
    other = resting.read_rest(told(run, context=run.contexts[3].tolist()), run)
    assert other is not None
    resting.answer_resting(model, run, other, "me")
    keys = [key for key, _ in asked]
    assert keys[0] != keys[2]
    assert keys[1] == keys[3], "a path's diagram does not depend on the probe"
