"""What the Analyse page asks of the library, hands over and says how to get: the same numbers each way."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from analyse_setting import DEMO, demo_setting, setting
from packed_fixture import packed
from plotly import graph_objects as go

from explorer.analyse import bifurcations, fixed_points, planes, questions, reproduce, view, window_size
from explorer.analyse.handing import as_csv, as_npz, file_name
from explorer.analyse.places import Place
from explorer.analyse.view import OPTIONS, SECTIONS
from explorer.figures.dynamics.comparison import two_planes
from explorer.figures.theme import DARK, LIGHT
from explorer.models import Model
from jedi import dynamics
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


@pytest.fixture(scope="module")
def found(demo: Run) -> questions.FixedPointsHere:
    return questions.fixed_points(demo_setting(demo, Place(trial=3)), 5.0).compute()


def test_the_page_s_fixed_points_are_the_library_s_in_double_precision(
    demo: Run, found: questions.FixedPointsHere
) -> None:
    w = demo.weights(demo.contexts[3])
    x = demo.rollout(demo.contexts[3], demo.initial_state(trial=3))
    alone = dynamics.fixed_points(w, demo.dt_over_tau, near=x, slow_speed=found.slow_speed)
    assert found.fixed.completeness == alone.completeness == "proved"
    assert (found.fixed.x == alone.x).all()
    assert (found.states == x).all()


def test_the_csv_holds_all_digits_and_the_page_s_own_columns(demo: Run, found: questions.FixedPointsHere) -> None:
    here = demo_setting(demo, Place(trial=3))
    table = pd.read_csv(io.BytesIO(as_csv(found.fixed, 0.1, {"beside": np.arange(len(found.fixed))})))
    state = table[[f"x_{n + 1}" for n in range(demo.units)]].to_numpy()
    assert (state == found.fixed.x).all()
    assert list(table["beside"]) == list(range(len(found.fixed)))
    assert len(fixed_points.rows(here, found)) == len(table)


def test_times_per_tau_are_told_in_seconds_too(demo: Run) -> None:
    modes = dynamics.modes(demo.weights(demo.contexts[3]), demo.dt_over_tau)
    table = pd.read_csv(io.BytesIO(as_csv(modes, demo.dt / demo.dt_over_tau)))
    assert table["frequency_hz"].to_numpy() == pytest.approx(modes.frequencies_hz(demo.dt), rel=1e-12)
    assert table["time_constant_s"].to_numpy() == pytest.approx(modes.time_constants_s(demo.dt), rel=1e-12)


def test_the_npz_opens_without_objects(found: questions.FixedPointsHere) -> None:
    with np.load(io.BytesIO(as_npz(found.fixed)), allow_pickle=False) as arrays:
        assert (arrays["x"] == found.fixed.x).all()
        assert str(arrays["completeness"]) == "proved"


def test_file_names_hold_nothing_but_plain_letters(demo: Run) -> None:
    assert (
        file_name(demo_setting(demo, Place(centre="ramp")), "fixed-points") == "multitask-centre-of-ramp-fixed-points"
    )


@pytest.mark.parametrize("place", [Place(trial=3), Place(centre="sine"), Place(trial=5, context=(0.1,) * 32)])
def test_the_python_that_is_shown_gives_the_page_s_numbers(demo: Run, place: Place, tmp_path: Path) -> None:
    here = demo_setting(demo, place)
    page = questions.fixed_points(here, 5.0).compute()
    _, script = fixed_points._lines(here, page, 5.0)
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nfound.x.tofile({str(tmp_path / 'x')!r})"], capture_output=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (np.fromfile(tmp_path / "x").reshape(page.fixed.x.shape) == page.fixed.x).all()


def test_the_command_that_is_shown_names_the_model_and_the_place(demo: Run, small_model: Model) -> None:
    trial = demo_setting(demo, Place(trial=3), Place(trial=9))
    assert reproduce.command(trial, "lyapunov", "--steps", "100", trajectory=True) == (
        "python -m jedi lyapunov demos/multitask.safetensors --trial 3 --steps 100"
    )
    assert reproduce.path_command(trial) == ("python -m jedi bifurcation demos/multitask.safetensors --from 3 --to 9")
    probe = demo_setting(demo, Place(trial=3, context=(-0.1,) * 32), Place(trial=9))
    command = reproduce.command(probe, "spectrum")
    assert command is not None
    assert "--embedding=-0.1,-0.1" in command
    assert reproduce.command(probe, "lyapunov", trajectory=True) is None
    assert reproduce.path_command(probe) is None
    odd = replace(trial, model=Model("it's; rm", "it's", small_model.path))
    assert "'it'\"'\"'s; rm'" in str(reproduce.command(odd, "spectrum"))


def test_the_command_gives_the_page_s_numbers(demo: Run, found: questions.FixedPointsHere) -> None:
    import json
    import shlex

    command, _ = fixed_points._lines(demo_setting(demo, Place(trial=3)), found, 5.0)
    assert command is not None
    words_of = [sys.executable, *shlex.split(command)[1:], "--json"]
    done = subprocess.run(words_of, capture_output=True, text=True, check=True, cwd=ROOT)
    assert (np.array(json.loads(done.stdout)["x"]) == found.fixed.x).all()


def test_questions_of_different_places_models_and_options_are_kept_apart(demo: Run, small_model: Model) -> None:
    here, there = demo_setting(demo, Place(trial=3)), demo_setting(demo, Place(trial=4))
    other = setting(load(small_model.path), small_model, Place(trial=3))
    probe = demo_setting(demo, Place(trial=4, context=tuple(map(float, demo.contexts[3]))))
    asked = [questions.fixed_points(s, seconds).key for s in (here, there, other, probe) for seconds in (5.0, 30.0)]
    asked += [questions.lyapunov(here, "attractor", 10, steps).key for steps in (100, 200)]
    asked += [questions.modes(here, at, "").key for at in (None, np.zeros(200), np.ones(200))]
    assert len(set(asked)) == len(asked)
    assert questions.lyapunov(here, "trial", 10, 100).key == questions.lyapunov(here, "trial", 10, 200).key


def test_the_diagram_s_main_direction_separates_branches_and_one_overlap_is_itself() -> None:
    branch = SimpleNamespace(k=np.array([[0.0, 1.0], [0.0, 5.0]]))
    drawn = SimpleNamespace(branches=[branch])
    assert bifurcations.direction(drawn, "norm") is None
    assert np.abs(bifurcations.direction(drawn, "main")) == pytest.approx([0, 1])
    assert list(bifurcations.direction(drawn, "1")) == [1, 0]
    assert bifurcations.direction(SimpleNamespace(branches=[]), "main") is None


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_two_sets_of_fixed_points_are_drawn_in_their_colours_with_lines_between_matches(
    demo: Run, found: questions.FixedPointsHere, colours: Any
) -> None:
    other = questions.fixed_points(demo_setting(demo, Place(centre="square")), 1.0).compute()
    matched = dynamics.compare(found.fixed, other.fixed).matching.pairs
    plane = planes.recorded_plane(demo)
    figure = two_planes(
        (found.fixed, other.fixed), (found.states, other.states), matched, plane.axes, plane.centre, colours,
        names=("<b>one</b>", "other"), dt=demo.dt,
    )  # fmt: skip
    assert isinstance(figure, go.Figure)
    assert sum(trace.name == "match" for trace in figure.data) == len(matched)
    assert "<b>one" not in figure.to_json().replace("\\u003c", "<")
    assert figure.layout.yaxis.scaleanchor == "x"


def test_every_section_has_a_function_and_every_option_a_section() -> None:
    from explorer.analyse import page

    assert list(page.SHOWN) == list(SECTIONS)
    assert {option.section for option in OPTIONS.values()} <= set(SECTIONS)
    assert view.FIRST in SECTIONS


@pytest.mark.parametrize(
    ("size", "height"), [((1440, 900), 722), ((390, 0), 460), ((1440, 300), 380), ((3000, 9000), 1600), (None, 722)]
)
def test_a_figure_is_as_high_as_the_window_has_room_for(
    size: tuple[int, int] | None, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {} if size is None else {"analyse-window": size}
    monkeypatch.setattr(window_size.st, "session_state", state)
    assert window_size.figure_height() == height


def test_style_and_script_stack_the_panels_at_the_same_width() -> None:
    folder = ROOT / "explorer" / "analyse"
    assert f"window.innerWidth < {window_size.STACKED} ?" in (folder / "window_size.js").read_text("utf-8")
    assert "max-width: {STACKED - 1}px" in (folder / "style.py").read_text("utf-8")
