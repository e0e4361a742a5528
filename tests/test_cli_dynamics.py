"""The commands about dynamics: what they print agrees with the library, and what they refuse they refuse in a line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import jedi
from jedi.cli import main
from jedi.run import Run

DEMOS = Path(__file__).resolve().parents[1] / "demos"
MULTITASK, REACHING = str(DEMOS / "multitask.safetensors"), str(DEMOS / "reaching.safetensors")


@pytest.fixture(scope="module")
def run() -> Run:
    return jedi.load(MULTITASK)


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The JSON object that a command prints, alone, on stdout."""
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints for people."""
    assert main(arguments) == 0
    return capsys.readouterr().out


def complex_of(pairs: object) -> np.ndarray:
    values = np.array(pairs, dtype=float)
    return values[..., 0] + 1j * values[..., 1]


def test_fixed_points_are_at_rest_labelled_and_proved(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(["fixed-points", MULTITASK, "--trial", "3"], capsys)
    x = np.array(report["x"])
    weights = run.weights(run.contexts[3])
    flow = -x + np.tanh(x) @ weights.J.T + weights.bias
    assert np.abs(flow).max() < 1e-10
    assert report["completeness"] == "proved"
    assert report["proof"]["finished"]
    assert report["index_sum"] == 1 == sum(report["index"])
    assert len(report["kind"]) == len(x) == len(report["residual"])
    assert set(report["kind"]) <= {"stable", "saddle", "unstable"}
    radius = np.abs(complex_of(report["eigenvalues"])).max(axis=1)
    assert [kind == "stable" for kind in report["kind"]] == (radius < 1).tolist()
    text = said(["fixed-points", MULTITASK, "--trial", "3", "--proof-seconds", "0"], capsys)
    assert "time constant (s)" in text
    assert "not proved" in text
    assert "dt/tau = 0.1" in text


def test_fixed_points_are_the_same_for_every_seed(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        told(["fixed-points", MULTITASK, "--trial", "60", "--seed", seed], capsys)["x"] for seed in ("0", "1", "2")
    ]
    np.testing.assert_allclose(found[1], found[0], atol=1e-9)
    np.testing.assert_allclose(found[2], found[0], atol=1e-9)


def test_a_context_given_as_numbers_needs_no_first_state(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ",".join(repr(float(value)) for value in run.contexts[3])
    by_numbers = told(["fixed-points", MULTITASK, "--embedding", numbers], capsys)
    np.testing.assert_allclose(by_numbers["x"], told(["fixed-points", MULTITASK, "--trial", "3"], capsys)["x"])
    assert by_numbers["trial"] is None


def test_spectrum_at_fixed_points_is_that_of_their_jacobians(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(["spectrum", MULTITASK, "--trial", "60", "--at", "fixed-point"], capsys)
    points = told(["fixed-points", MULTITASK, "--trial", "60"], capsys)
    assert [point["kind"] for point in report["points"]] == points["kind"]
    assert report["completeness"] == points["completeness"]
    weights, a = run.weights(run.contexts[60]), run.dt_over_tau
    for x, values in zip(np.array(points["x"]), complex_of(report["eigenvalues"]), strict=True):
        jacobian = (1 - a) * np.eye(run.units) + a * weights.J * (1 - np.tanh(x) ** 2)
        dense = np.linalg.eigvals(jacobian)
        assert np.abs(dense[:, None] - values).min(axis=0).max() < 1e-8
    text = said(["spectrum", MULTITASK, "--trial", "60", "--at", "fixed-point"], capsys)
    for i, point in enumerate(report["points"]):
        assert f"fixed point {i} of {len(points['x'])}: {point['kind']}, index {point['index']:+d}" in text
    assert "frequency (Hz)" in text


def test_lyapunov_exponents_are_the_librarys_with_their_errors(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(["lyapunov", MULTITASK, "--trial", "3", "--steps", "2000"], capsys)
    expected = jedi.dynamics.lyapunov(
        run.weights(run.contexts[3]), run.initial_state(trial=3), 2000, run.dt_over_tau, run.dt
    )
    np.testing.assert_allclose(report["exponents_per_s"], expected.exponents)
    np.testing.assert_allclose(report["standard_error_per_s"], expected.standard_error)
    np.testing.assert_allclose(report["exponents_per_step"], np.array(report["exponents_per_s"]) * report["dt_s"])
    assert (report["steps"], report["discarded"], len(report["exponents_per_s"])) == (2000, 200, 10)
    text = said(["lyapunov", MULTITASK, "--trial", "3", "--steps", "2000", "--exponents", "200"], capsys)
    assert "nats/s" in text
    first, last = (int(number) for number in re.search(r"^(\d+) to (\d+) .*-10\.53", text, re.MULTILINE).groups())
    assert last - first + 1 == run.units - run.rank  # equal ones share a row
    assert "2,000 steps after 200 discarded" in text


def test_lyapunov_along_a_trial_is_of_its_own_states(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(["lyapunov", REACHING, "--trial", "1", "--along", "trial", "--exponents", "3"], capsys)
    reaching = jedi.load(REACHING)
    x = reaching.rollout(reaching.contexts[1], reaching.initial_state(trial=1))
    weights = reaching.weights(reaching.contexts[1])
    expected = jedi.dynamics.finite_time(weights, x, reaching.dt_over_tau, reaching.dt, 3)
    np.testing.assert_allclose(report["exponents_per_s"], expected.exponents)
    assert report["steps"] == reaching.steps - 1
    text = said(["lyapunov", REACHING, "--trial", "1", "--along", "trial"], capsys)
    assert "finite-time" in text


def test_the_seed_turns_the_vectors_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["lyapunov", MULTITASK, "--trial", "3", "--steps", "4000"]
    one, same, other = (told([*asked, "--seed", seed], capsys) for seed in ("0", "0", "1"))
    assert one == same
    np.testing.assert_allclose(other["exponents_per_step"], one["exponents_per_step"], atol=2e-3)


def test_branches_along_a_path_pass_through_the_fixed_points_at_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["bifurcation", MULTITASK, "--from", "0", "--to", "60"]
    report = told([*asked, "--no-cycles"], capsys)
    assert report["cycles"] == []
    for end, trial in ((0.0, "0"), (1.0, "60")):
        points = np.array(told(["fixed-points", MULTITASK, "--trial", trial], capsys)["overlaps"])
        ends = [
            np.array(branch["overlaps"])[i]
            for branch in report["branches"]
            for i in (0, -1)
            if abs(branch["at"][i] - end) < 1e-9
        ]
        assert len(ends) == len(points)
        distance = np.linalg.norm(points[:, None] - np.array(ends)[None], axis=2)
        assert distance.min(axis=1).max() < 1e-6 * np.abs(points).max()
    for event in report["bifurcations"]:
        assert 0 <= event["at"] <= 1
    text = said([*asked, "--searches", "3"], capsys)
    assert f"bifurcations: {len(report['bifurcations'])}" in text
    assert "families of limit cycles: 1" in text
    assert "period (s)" in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["fixed-points", MULTITASK], "one of --trial K and --embedding"),
        (["fixed-points", MULTITASK, "--trial", "999"], "trials 0 to "),
        (["fixed-points", "nowhere", "--trial", "0"], "no run, folder or file"),
        (["spectrum", MULTITASK, "--trial", "0", "--at", "fixed-point", "--of", "J"], "leave out --at fixed-point"),
        (["lyapunov", MULTITASK, "--trial", "0", "--along", "way"], "expected attractor or trial"),
        (["lyapunov", MULTITASK, "--trial", "0", "--exponents", "201"], "ask for 1 to 200"),
        (["lyapunov", MULTITASK, "--trial", "0", "--steps", "0"], "--steps"),
        (["lyapunov", MULTITASK, "--embedding", ",".join(["0"] * 32)], "--trial K instead"),
        (["bifurcation", MULTITASK, "--from", "0"], "--to"),
        (["bifurcation", MULTITASK, "--from", "0", "--to", "-1"], "--to -1: the run has trials 0 to"),
        (["bifurcation", MULTITASK, "--from", "5", "--to", "5"], "no path between them"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert expected in err


@pytest.mark.parametrize("command", ["fixed-points", "spectrum", "lyapunov", "bifurcation"])
def test_help_names_the_seed_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "--seed" in text
    assert "--json" in text
