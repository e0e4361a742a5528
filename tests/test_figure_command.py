"""`figure` and the figures for papers: text that stays text, real fonts, the same bytes each time, refusals."""

from __future__ import annotations

import json
import re
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import dynamics_results as results
import numpy as np
import pytest

import jedi
from explorer.figures.dynamics import spectrum as on_screen
from explorer.figures.theme import LIGHT
from jedi import figures
from jedi.cli import main
from jedi.commands.figure import KINDS
from jedi.figures import style

DEMO = str(Path(__file__).resolve().parents[1] / "demos" / "multitask.safetensors")
SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    "fixed-points": ["PC 1 (state units)", "saddle (3)", "stability of the step, dt/τ = 0.1"],
    "spectrum": ["Re λ", "Im λ", "at the origin", "Jacobian of the step, dt/τ = 0.1"],
    "course": ["modulus |λ|", "frequency (Hz)", "time (s)"],
    "lyapunov": ["Lyapunov exponent (per s)", "below zero"],
    "bifurcation": ["path s, trial 43 (0) to trial 44 (1)", "overlap 2", "unstable", "limit cycles"],
    "phase-portrait": ["PC 2 (state units)", "saddle (3)"],
    "trajectory": ["time (s)", "PC 3", "start", "end"],
    "weights": ["weight J"],
}


def arguments(kind: str) -> list[str]:
    if kind == "bifurcation":
        return ["--from", "43", "--to", "44", "--height", "2"]
    return ["--trial", "43", *(["--steps", "500"] if kind == "lyapunov" else [])]


def texts(path: Path) -> list[str]:
    return ["".join(node.itertext()) for node in ET.parse(path).iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_a_real_model_has_its_words_as_text(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    assert main(["figure", DEMO, kind, "--out", str(out), *arguments(kind)]) == 0
    found = texts(out)
    assert set(WORDS[kind]) <= set(found)
    root = ET.parse(out).getroot()
    assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(85 / 25.4 * 72, abs=0.01)
    sizes = set(re.findall(r"font(?:-size)?: (?:\w+ )*?([\d.]+)px", out.read_text("utf-8")))
    assert sizes == {"7"}


def test_a_pdf_has_truetype_fonts_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    made = []
    for name in ("a.pdf", "b.pdf"):
        assert main(["figure", DEMO, "course", "--out", str(tmp_path / name), "--trial", "0"]) == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert b"/Subtype /Type0" in made[0]  # embedded TrueType, as fonttype 42 makes it
    assert b"/FontFile2" in made[0]
    assert b"/Type3" not in made[0]
    assert b"Date" not in made[0]


@pytest.mark.parametrize("form", style.FORMATS)
def test_a_figure_drawn_twice_is_the_same_file(form: str, tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.{form}"
        figures.save(figures.phase_portrait_figure(results.portrait(), results.fixed_points()), path)
        made.append(path.read_bytes())
    assert made[0] == made[1]


def test_a_png_of_two_columns_has_their_width_at_600_dots_an_inch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figure.png"
    options = ["--out", str(out), "--trial", "0", "--width", "double", "--steps", "300", "--json"]
    assert main(["figure", DEMO, "lyapunov", *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"file": str(out), "kind": "lyapunov", "width_mm": 180, "bytes": out.stat().st_size}
    header = out.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20], "big") == pytest.approx(180 / 25.4 * 600, abs=1)


def test_an_embedding_is_drawn_without_a_trajectory_where_the_model_has_no_first_state(tmp_path: Path) -> None:
    context = ",".join(str(value) for value in jedi.load(DEMO).contexts[43])
    out = tmp_path / "figure.svg"
    assert main(["figure", DEMO, "fixed-points", "--out", str(out), f"--embedding={context}"]) == 0
    assert "saddle (3)" in texts(out)
    assert "start" not in texts(out)
    assert main(["figure", DEMO, "spectrum", "--out", str(out), f"--embedding={context}", "--at", "fixed-point"]) == 0
    assert {"saddle point 1", "saddle point 3", "outside the circle"} <= set(texts(out))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["banana", "--out", "f.pdf", "--trial", "0"], "no figure 'banana'; there are fixed-points, spectrum"),
        (["spectrum", "--out", "f.jpg", "--trial", "0"], "a figure is written as .pdf, .svg or .png"),
        (["spectrum", "--out", "f.pdf"], "give one of --trial K and --embedding"),
        (["spectrum", "--out", "f.pdf", "--trial", "160"], "the run has trials 0 to 159"),
        (["spectrum", "--out", "f.pdf", "--trial", "0", "--width", "3"], "expected single or double"),
        (["spectrum", "--out", "f.pdf", "--trial", "0", "--at", "end"], "expected origin or fixed-point"),
        (["spectrum", "--out", "f.pdf", "--from", "0", "--to", "1"], "--from and --to belong to a bifurcation"),
        (["bifurcation", "--out", "f.pdf", "--from", "0"], "say --from K1 --to K2"),
        (["bifurcation", "--out", "f.pdf", "--from", "3", "--to", "3"], "there is no path between them"),
        (["bifurcation", "--out", "f.pdf", "--from", "3", "--to", "4", "--height", "6"], "overlaps 1 to 5"),
        (["bifurcation", "--out", "f.pdf", "--from", "3", "--to", "4", "--height", "x"], "expected norm"),
        (["trajectory", "--out", "f.pdf", "--embedding=" + ",".join(["0"] * 32)], "say --trial K"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["figure", DEMO, *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert not list(tmp_path.iterdir())


def test_paper_and_screen_have_the_same_colours() -> None:
    assert LIGHT.categories == style.CATEGORIES
    assert (LIGHT.ink, LIGHT.muted, LIGHT.warning) == (style.INK, style.MUTED, style.WARNING)
    assert style.HUES == on_screen._HUES


def test_every_figure_fits_its_page_in_either_width() -> None:
    fixed, found, states = results.fixed_points(), results.portrait(), results.trajectory()
    slow = replace(fixed, kind=np.array(["stable", "stable", "saddle", "saddle", "slow"]))
    sets = [(f"{kind} point {p + 1}", fixed.spectrum.eigenvalues[p]) for p, kind in enumerate(fixed.kind)]
    for width in ("single", "double"):
        made = {
            "fixed points": figures.fixed_points_figure(slow, found.axes, found.centre, states, width=width),
            "spectrum": figures.spectrum_figure(sets, dt_over_tau=0.1, width=width),
            "course": figures.course_figure(results.course(), 0.01, width=width),
            "lyapunov": figures.lyapunov_figure(results.lyapunov(None), width=width),
            "hopf": figures.bifurcation_figure(results.diagram(), np.array([1.0, 0.0]), width=width),
            "pitchfork": figures.bifurcation_figure(results.pitchfork(), width=width),
            "portrait": figures.phase_portrait_figure(found, fixed, states, width=width),
            "trajectory": figures.trajectory_figure(states, 0.01, width=width),
            "weights": figures.weights_figure(results.turning(), width=width),
        }
        for name, figure in made.items():
            with figures.journal():
                figure.draw_without_rendering()
                drawn = [axes.get_tightbbox() for axes in figure.axes]
                legends = [legend.get_window_extent() for legend in figure.legends]
            for box in drawn + legends:
                assert box.min.min() >= -1, (name, width)
                assert (box.max <= figure.bbox.max + 1).all(), (name, width)
            for legend in legends:  # outside the data
                assert all(legend.y1 <= box.y0 + 1 for box in drawn), (name, width)


def test_names_are_shown_letter_by_letter(tmp_path: Path) -> None:
    found = results.portrait()
    figure = figures.phase_portrait_figure(found, names=("$x_1$", "<b>&"))
    figures.save(figure, tmp_path / "f.svg")
    assert {"$x_1$ (state units)", "<b>& (state units)"} <= set(texts(tmp_path / "f.svg"))


def test_threads_draw_at_once_without_disturbing_each_other(tmp_path: Path) -> None:
    def draw(number: int) -> None:
        figures.save(figures.course_figure(results.course(), 0.01), tmp_path / f"{number}.svg")

    results.course()
    threads = [threading.Thread(target=draw, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
    assert len(list(tmp_path.iterdir())) == 4


def test_the_style_is_left_where_it_was() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with figures.journal():
        assert mpl.rcParams["pdf.fonttype"] == 42
    assert dict(mpl.rcParams) == before
