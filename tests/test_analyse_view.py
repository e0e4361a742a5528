"""The Analyse page without a browser: places, addresses, numbers and sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from analyse_setting import DEMO, demo_setting
from hypothesis import given
from hypothesis import strategies as st
from packed_fixture import Sizes, packed

from explorer.analyse import fixed_points, lyapunov, places, planes, words
from explorer.analyse.modes_table import mode_rows, pairs
from explorer.analyse.numbers import per_decay, small, text
from explorer.analyse.places import Place, find
from explorer.analyse.setting import network_line
from explorer.analyse.view import OPTIONS, SECTIONS, TOWARDS, AnalyseView, read_view, write_view
from explorer.models import Model
from jedi import dynamics
from jedi.errors import JediError
from jedi.run import Run, load

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def demo() -> Run:
    return load(DEMO)


@pytest.fixture
def small_model(tmp_path: Path) -> Model:
    path = tmp_path / "small.safetensors"
    path.write_bytes(packed())
    return Model("small", "small", path)


# Places


def test_a_trial_s_place_is_its_own_context_in_double_precision(demo: Run) -> None:
    point = find(Place(trial=8), demo)
    assert point.context.dtype == np.float64
    assert (point.context == demo.contexts[8]).all()
    assert point.trial == 8


def test_a_class_s_centre_is_the_mean_of_its_training_contexts_and_starts_at_the_nearest_of_them(demo: Run) -> None:
    rows = np.flatnonzero((demo.trials["kind"] == "ramp").to_numpy() & demo.training)
    point = find(Place(centre="ramp"), demo)
    assert (point.context == demo.contexts[rows].mean(0, dtype=float)).all()
    assert point.trial in rows
    assert np.linalg.norm(demo.contexts[point.trial] - point.context) == pytest.approx(
        np.linalg.norm(demo.contexts[rows] - point.context, axis=1).min(), rel=1e-12
    )


def test_the_probe_is_where_explore_left_it_to_the_last_bit(demo: Run) -> None:
    context = tuple((demo.contexts[3].astype(float) + 1 / 3).tolist())
    point = find(Place(trial=5, context=context), demo)
    assert tuple(point.context) == context
    assert point.trial == 5
    assert find(Place(context=context), demo).trial == places.nearest_trial(np.array(context), demo)


def test_a_probe_that_rests_on_a_trial_is_that_trial(demo: Run) -> None:
    context = tuple(map(float, demo.contexts[7]))
    assert places.snapped(context, 7, demo) == Place(trial=7)
    assert places.snapped(context, 6, demo) == Place(trial=6, context=context)
    moved = (context[0] + 1e-12, *context[1:])
    assert places.snapped(moved, 7, demo) == Place(trial=7, context=moved)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place(trial=160), "trials 0 to 159"),
        (Place(centre="circle"), "there are: const, ramp"),
        (Place(context=(1.0, 2.0)), "the probe has 2 numbers"),
        (Place(trial=999, context=(0.0,) * 32), "no trial 999"),
    ],
)
def test_a_place_that_is_not_there_is_refused_in_words(demo: Run, place: Place, said: str) -> None:
    with pytest.raises(JediError, match=said):
        find(place, demo)


def test_every_place_offered_can_be_found_and_has_a_name(demo: Run) -> None:
    probe = Place(trial=1, context=(0.0,) * 32)
    keys = places.place_keys(demo, probe)
    assert len(keys) == 1 + 4 + 160
    for key in keys:
        place = places.place_of(key, probe)
        assert place.key == key
        find(place, demo)
        assert places.key_name(key, demo)


def test_an_angle_s_classes_are_sectors() -> None:
    reaching = load(ROOT / "demos" / "reaching.safetensors")
    classes = places.classes_of(reaching)
    assert classes is not None
    assert len(classes.names) == 4
    point = find(Place(centre=classes.names[2]), reaching)
    angles = reaching.trials["target_dir"].to_numpy()[point.rows]
    assert ((angles >= 0) & (angles < np.pi / 2)).all()
    assert reaching.training[point.rows].all()


def test_a_path_leads_to_another_class_or_trial(demo: Run, small_model: Model) -> None:
    for place in (Place(trial=0), Place(centre="square")):
        other = places.other_place(place, demo)
        assert other.centre is not None
        assert other.centre not in (place.centre, str(demo.trials["kind"][0]) if place.trial == 0 else None)
    assert find(places.other_place(Place(trial=0), load(small_model.path)), load(small_model.path)) is not None


# The address

numbers = st.floats(allow_nan=False, allow_infinity=False)
some_place = st.one_of(
    st.builds(Place, trial=st.integers(0, 10_000)),
    st.builds(Place, centre=st.text(min_size=1, max_size=20)),
    st.builds(Place, trial=st.none() | st.integers(0, 999), context=st.lists(numbers, min_size=1).map(tuple)),
)


@given(
    st.builds(
        AnalyseView,
        run=st.none() | st.text(min_size=1, max_size=20),
        place=st.none() | some_place,
        to=st.none() | some_place,
        section=st.sampled_from(list(SECTIONS)),
    )
)
def test_a_view_comes_back_from_its_address(seen: AnalyseView) -> None:
    for name, option in OPTIONS.items():
        if option.section == seen.section:
            seen = seen.having(name, option.values[-1] if option.values else str(option.most))
    back = read_view(write_view(seen))
    assert back == (seen if seen.section in TOWARDS else replace(seen, to=None))


@given(st.dictionaries(st.sampled_from(["run", "trial", "probe", "section", "to", "to-probe", *OPTIONS]), st.text()))
def test_any_address_is_read_without_an_error(parameters: dict[str, str]) -> None:
    read = read_view(parameters)
    assert read.section in SECTIONS
    assert all(OPTIONS[name].allows(value) for name, value in read.options.items())


def test_defaults_and_other_sections_options_stay_out_of_the_address() -> None:
    seen = AnalyseView(run="r").having("proof", "30").having("steps", "20000").having("at", "origin")
    assert write_view(seen) == {"run": "r", "proof": "30"}
    assert write_view(replace(seen, section="lyapunov")) == {"run": "r", "section": "lyapunov", "steps": "20000"}


def test_another_run_keeps_the_section_and_leaves_the_place() -> None:
    seen = AnalyseView(run="a", place=Place(trial=3), to=Place(trial=4), section="spectrum")
    assert seen.of_run("b") == AnalyseView(run="b", section="spectrum")
    assert seen.of_run("a") == seen


@pytest.mark.parametrize("value", ["0", "7", "-1", "1.5", "x", "", "1e9"])
def test_options_refuse_what_they_do_not_have(value: str) -> None:
    seen = AnalyseView()
    assert seen.having("proof", value) == seen
    assert seen.having("steps", value) == seen


# Numbers


def test_the_slowest_mode_is_that_of_all_units_in_seconds() -> None:
    values = np.array([[0.5 + 0.1j, 0.5 - 0.1j], [1.02 * np.exp(0.3j), 1.02 * np.exp(-0.3j)]])
    spectrum = dynamics.Spectrum(values, 0.9, 3, "jacobian")
    constants, frequencies = fixed_points.slowest(spectrum, dt=0.01)
    assert constants == pytest.approx([-0.01 / np.log(0.9), -0.01 / np.log(1.02)], rel=1e-12)
    assert frequencies == pytest.approx([0.0, 0.3 / (2 * np.pi * 0.01)], rel=1e-12)
    assert per_decay(constants[1]).endswith("grows")


def test_the_distance_to_the_trial_is_that_of_the_nearest_state_per_unit() -> None:
    states = np.random.default_rng(0).normal(size=(20, 7)) + 100
    points = states[[4, 9]] + np.array([[0.5], [-2.0]]) * np.array([1, -1, 1, -1, 1, -1, 1])
    direct = np.linalg.norm(points[:, None] - states[None], axis=-1).min(1) / np.sqrt(7)
    assert planes.nearest_state(points, states) == pytest.approx(direct, rel=1e-9)
    assert planes.nearest_state(np.empty((0, 7)), states).shape == (0,)


@pytest.mark.parametrize("readout", [False, True])
def test_the_recorded_plane_shows_states_where_explore_does(tmp_path: Path, readout: bool) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(packed(Sizes(units=9, readout=True, initial_state="context") if readout else Sizes()))
    run = load(path)
    plane = planes.recorded_plane(run, 0, 2)
    x = np.random.default_rng(1).normal(size=(5, run.units))
    activity = run.observe_scaled(x) - run.tensors["axes.mean"]
    expected = activity @ run.tensors["axes.components"][[0, 2]].astype(float).T
    assert np.abs((x - plane.centre) @ plane.axes.T - expected).max() < 1e-9


def test_the_trial_s_plane_holds_most_of_its_variance_and_does_not_flip() -> None:
    rng = np.random.default_rng(2)
    states = rng.normal(size=(50, 3)) @ np.diag([5.0, 2.0, 0.1]) @ rng.normal(size=(3, 8))
    plane = planes.trial_plane(states)
    assert np.abs(plane.axes @ plane.axes.T - np.eye(2)).max() < 1e-12
    within = (states - plane.centre) @ plane.axes.T
    assert (within**2).sum() > 0.95 * ((states - plane.centre) ** 2).sum()
    assert (plane.axes[np.arange(2), np.abs(plane.axes).argmax(1)] > 0).all()
    assert np.allclose(planes.trial_plane(states[::-1]).axes, plane.axes)


def test_conjugate_pairs_share_a_row_and_real_twins_do_not() -> None:
    values = np.array([0.9 + 0.1j, 0.9 - 0.1j, 0.5, 0.5, 0.2 - 0.3j, 0.2 + 0.3j])
    assert pairs(values) == [[0, 1], [2], [3], [4, 5]]


def test_the_modes_table_tells_seconds_and_the_equal_rest(demo: Run) -> None:
    modes = dynamics.modes(demo.weights(demo.contexts[0]), demo.dt_over_tau)
    rows = mode_rows(modes, demo.dt)
    assert rows[-1][""] == "195 others"
    assert float(rows[-1]["time constant, s"]) == pytest.approx(-0.01 / np.log(0.9), rel=1e-2)
    i = [row[""].split(",")[0] for row in rows[:-1]].index("1")
    assert float(rows[i]["frequency, Hz"]) == pytest.approx(modes.frequencies_hz(0.01)[0], rel=5e-3)
    assert sum(len(row[""].split(",")) for row in rows[:-1]) == demo.rank


@pytest.mark.parametrize(
    ("value", "shown"), [(np.nan, "–"), (np.inf, "∞"), (-np.inf, "−∞"), (-0.12345, "−0.1235"), (0.0, "0")]
)
def test_numbers_are_shown_with_true_signs(value: float, shown: str) -> None:
    assert text(value) == shown


def test_residuals_are_powers_of_ten() -> None:
    assert (small(0.0), small(2.3e-16), small(4e-10)) == ("0", "2e−16", "4e−10")


# Words


def stub(**changes: Any) -> SimpleNamespace:
    """Fixed points as the sentences need them."""
    proof = SimpleNamespace(boxes=56_104, seconds=0.4, missed=0, covered=0.87, reason="time is up", finished=True)
    base = {
        "completeness": "proved", "proof": proof, "starts": 1280, "index_sum": 1, "kind": np.array(["stable"]),
        "n_unstable": np.array([0]), "n_unstable_continuous": np.array([0]), "__len__": lambda: 1,
    }  # fmt: skip
    return type("Fixed", (SimpleNamespace,), {"__len__": lambda self: len(self.kind)})(**(base | changes))


def test_a_proof_is_called_one_with_what_it_took() -> None:
    said, why = words.completeness(stub(), rank=5)
    assert said.startswith("**Proved: no other fixed point exists.**")
    assert "56,104 boxes in 0.4 s" in said
    assert "rounding error" in why


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"completeness": "consistent"}, ["Consistent", "87 % of the volume", "time is up", "index sum +1"]),
        ({"completeness": "consistent", "proof": None}, ["Consistent", "1,280 starts", "at rank 32 a proof is out"]),
        ({"completeness": "incomplete", "index_sum": 0}, ["Incomplete", "at least one", "index sum 0"]),
        ({"completeness": "unknown", "proof": None}, ["Unknown", "full rank"]),
    ],
)
def test_nothing_more_is_claimed_than_is_known(changes: dict[str, Any], parts: list[str]) -> None:
    said, _ = words.completeness(stub(**changes), rank=32)
    assert "Proved" not in said
    assert all(part in said for part in parts)


def test_what_the_proof_found_by_itself_is_told_as_missed_by_the_search() -> None:
    said, _ = words.completeness(stub(proof=SimpleNamespace(boxes=1, seconds=0.1, missed=2)), rank=5)
    assert "1 box in" in said
    assert "missed 2" in said


def test_where_step_and_flow_disagree_it_is_said() -> None:
    assert words.verdicts(stub()) == ""
    assert "of 1:" in words.verdicts(stub(n_unstable=np.array([1])))
    assert words.verdicts(stub(kind=np.array(["slow"]), n_unstable=np.array([1]))) == ""


def exponents(values: list[float], errors: list[float]) -> SimpleNamespace:
    return SimpleNamespace(exponents=np.array(values), standard_error=np.array(errors))


@pytest.mark.parametrize(
    ("values", "errors", "said"),
    [
        ([0.5, 0.0, -3.0], [0.1, 0.1, 0.1], "Chaotic"),
        ([0.1, -3.0], [0.1, 0.1], "limit cycle"),
        ([0.1, -0.1, -3.0], [0.1, 0.1, 0.1], "torus"),
        ([-0.5, -3.0], [0.0, 0.0], "All exponents are negative"),
    ],
)
def test_exponents_are_called_chaotic_only_above_their_error(
    values: list[float], errors: list[float], said: str
) -> None:
    assert said in lyapunov.verdict(exponents(values, errors), "attractor")


def test_along_a_trial_growth_is_told_and_chaos_is_not() -> None:
    said = lyapunov.verdict(exponents([0.5, 0.2, -3.0], [0.0, 0.0, 0.0]), "trial")
    assert said.startswith("**2 directions grow")
    assert "haotic" not in said
    assert "No direction grows" in lyapunov.verdict(exponents([-0.5], [0.0]), "trial")


def test_the_network_is_named_with_the_step_that_stability_is_told_for(demo: Run) -> None:
    line = network_line(demo_setting(demo, Place(centre="ramp"))).replace("\\", "")
    assert "200 units, rank 5" in line
    assert "dt 10 ms, τ 100 ms, dt/τ 0.1" in line
    assert "from the first state of trial" in line
