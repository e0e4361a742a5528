"""Analyse, driven as a person would: one thing at a time, its numbers the library's, its address a link to it."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_server import Server
from packed_fixture import Sizes, packed, packed_with
from playwright.sync_api import BrowserContext, Page, expect
from scrubber_hand import Scrubber

from jedi import dynamics, tensor_file
from jedi.run import Run, load

ROOT = Path(__file__).resolve().parents[2]
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def demo() -> Run:
    return load(ROOT / "demos" / "multitask.safetensors")


def panel(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the panel beside the figure says so."""
    expect(page.locator(".st-key-analyse-panel")).to_contain_text(text, timeout=SLOW_MS)


def section(page: Page, name: str) -> None:
    page.get_by_role("radiogroup", name="Section").get_by_role("radio", name=name, exact=True).click()


def choose(page: Page, label: str, option: str) -> None:
    """Type a part of an option's name and take it, by the keyboard alone."""
    field = page.get_by_role("combobox", name=label, exact=True)
    field.fill(option)
    expect(page.get_by_role("option").first).to_contain_text(option)
    field.press("ArrowDown")
    field.press("Enter")


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def figure(page: Page) -> None:
    expect(page.locator(".st-key-analyse-figure .main-svg").first).to_be_visible(timeout=SLOW_MS)


def test_fixed_points_appear_with_their_proof_and_the_library_s_numbers(
    server: Server, page: Page, demo: Run, tmp_path: Path
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server.url}/analyse?run=demo:multitask&trial=3")
    panel(page, "Proved: no other fixed point exists.")
    panel(page, re.compile(r"Interval arithmetic covered the whole box .* \([\d,]+ boxes in .* s\)"))
    figure(page)
    expect(page.locator(".st-key-analyse-network")).to_contain_text("200 units, rank 5 · dt 10 ms, τ 100 ms, dt/τ 0.1")

    context = demo.contexts[3]
    states = demo.rollout(context, demo.initial_state(trial=3))
    found = dynamics.fixed_points(demo.weights(context), demo.dt_over_tau, near=states)
    table = pd.read_csv(downloaded(page, "CSV", tmp_path))
    true = table[table["kind"] != "slow"]
    assert (true[[f"x_{n + 1}" for n in range(demo.units)]].to_numpy() == found.x).all()
    assert list(true["kind"]) == [str(kind) for kind in found.kind]
    path = downloaded(page, "NPZ", tmp_path)
    assert path.name == "multitask-trial-3-fixed-points.npz"
    with np.load(path, allow_pickle=False) as arrays:
        assert (arrays["x"][: len(found)] == found.x).all()
        assert (arrays["eigenvalues"][: len(found)] == found.spectrum.eigenvalues).all()
    assert problems == []


def test_every_section_shows_one_figure_and_an_address_that_reload_keeps(demo_server: Server, page: Page) -> None:
    page.goto(f"{demo_server.url}/analyse?run=demo:multitask&trial=0")
    for name, key, said in (
        ("Spectrum", "spectrum", "Henrici"),
        ("Lyapunov", "lyapunov", "Kaplan-Yorke dimension"),
        ("Bifurcations", "bifurcations", "of fixed points"),
        ("Phase portrait", "portrait", "attractor"),
        ("Compare", "comparison", "Hausdorff distance"),
    ):
        section(page, name)
        panel(page, said)
        figure(page)
        expect(page.locator(".js-plotly-plot")).to_have_count(1)
        expect(page).to_have_url(re.compile(f"section={key}"))
        shown = page.locator(".st-key-analyse-panel table").first.inner_text()
        page.reload()
        panel(page, said)
        assert page.locator(".st-key-analyse-panel table").first.inner_text() == shown
        assert f"section={key}" in page.url


def test_a_place_is_chosen_by_the_keyboard_and_back_undoes_it(demo_server: Server, page: Page) -> None:
    page.goto(f"{demo_server.url}/analyse?run=demo:multitask&trial=3")
    panel(page, "Proved")
    choose(page, "Place", "centre of ramp")
    expect(page.locator(".st-key-analyse-title")).to_contain_text("the centre of ramp")
    panel(page, "Proved")
    expect(page).to_have_url(re.compile("centre=ramp"))
    assert "trial=" not in page.url
    page.go_back()
    expect(page.locator(".st-key-analyse-title")).to_contain_text("trial 3", timeout=SLOW_MS)
    assert "trial=3" in page.url
    expect(page.get_by_role("combobox", name="Place")).to_have_count(1)  # the old one goes with the end of the run
    expect(page.get_by_role("combobox", name="Place")).to_have_value(re.compile("trial 3"))


EQUAL = """() => {
  const layout = document.querySelector('.js-plotly-plot')?._fullLayout;
  if (!layout) return false;
  const scale = (axis) => axis._length / (axis.range[1] - axis.range[0]);
  return Math.abs(scale(layout.xaxis) / scale(layout.yaxis) - 1) < 0.005;
}"""


def test_circles_are_round_and_nothing_overflows_at_any_size_of_the_window(demo_server: Server, page: Page) -> None:
    page.goto(f"{demo_server.url}/analyse?run=demo:multitask&trial=0&section=spectrum")
    for width, height in ((1440, 900), (1100, 700), (700, 900), (390, 800), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(f"[class*='st-key-figure-spectrum-{width}-'] .main-svg").first).to_be_visible(
            timeout=SLOW_MS
        )
        page.wait_for_function(EQUAL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if (width, height) == (1440, 900):
            page.wait_for_function("document.querySelector('.stMain').scrollHeight <= 900")


def test_options_are_in_the_link_and_a_link_opens_as_the_first_request_to_a_fresh_server(
    server: Server, page: Page, demo: Run
) -> None:
    page.goto(f"{server.url}/analyse?run=demo:multitask&trial=5&section=lyapunov&exponents=3&steps=500")
    panel(page, "Largest exponent")
    found = dynamics.lyapunov(
        demo.weights(demo.contexts[5]), demo.initial_state(trial=5), 500, demo.dt_over_tau, demo.dt, n=3
    )
    rows = page.locator(".st-key-analyse-panel tbody tr")
    expect(rows).to_have_count(3)
    assert found.exponents is not None
    assert f"{found.exponents[1]:.4g}".replace("-", "\N{MINUS SIGN}") in rows.nth(1).inner_text()
    page.get_by_label("Steps").fill("600")
    page.get_by_label("Steps").press("Enter")
    expect(page.get_by_text("6 s", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("steps=600"))


def test_a_fixed_point_of_choice_is_linearised(demo_server: Server, page: Page, demo: Run, tmp_path: Path) -> None:
    page.goto(f"{demo_server.url}/analyse?run=demo:multitask&centre=square&section=spectrum&at=point&point=3")
    panel(page, "at fixed point 3")
    table = pd.read_csv(downloaded(page, "CSV", tmp_path))
    rows = np.flatnonzero((demo.trials["kind"] == "square").to_numpy() & demo.training)
    weights = demo.weights(demo.contexts[rows].mean(0, dtype=float))
    found = dynamics.fixed_points(weights, demo.dt_over_tau)
    modes = dynamics.modes(weights, demo.dt_over_tau, at=found.x[2])
    assert np.abs(table["eigenvalue_real"].to_numpy() - modes.eigenvalues.real).max() < 1e-12
    assert np.abs(table["frequency_hz"].to_numpy() - modes.frequencies_hz(demo.dt)).max() < 1e-9


def test_the_probe_comes_along_from_explore(demo_server: Server, page: Page) -> None:
    page.goto(demo_server.url)
    Scrubber(page).press(0.4, 0.6)
    expect(page).to_have_url(re.compile("probe="))
    probe = re.search(r"probe=([^&]+)", page.url)
    page.get_by_role("link", name="Analyse").click()
    expect(page.get_by_role("combobox", name="Place")).to_have_value("probe, as Explore left it", timeout=SLOW_MS)
    panel(page, re.compile("Proved|Consistent"))
    assert probe is not None
    expect(page).to_have_url(re.compile(re.escape(probe.group(0))))
    page.get_by_role("link", name="Explore here").click()
    expect(page.get_by_test_id("scrubber")).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(probe.group(0))))


def test_what_is_not_there_is_said_in_place(demo_server: Server, page: Page) -> None:
    page.goto(f"{demo_server.url}/analyse?run=nowhere")
    expect(page.get_by_text("no run 'nowhere'")).to_be_visible()
    page.goto(f"{demo_server.url}/analyse?run=demo:multitask&trial=4000")
    expect(page.get_by_text("there is no trial 4000: the model has trials 0 to 159")).to_be_visible()
    choose(page, "Place", "centre of sine")
    panel(page, "Proved")


def test_text_from_a_file_is_shown_letter_by_letter(
    start_server: Callable[..., Server], page: Page, models: Path
) -> None:
    hostile = "<img src=x onerror=window.pwned=1> **b** $x$ :red[r]"
    names = [hostile if k % 3 == 0 else "other" for k in range(24)]
    columns = [{"name": "kind", "values": names}, {"name": "split", "values": ["train"] * 24}]
    (models / "multitask.safetensors").write_bytes(packed(Sizes(), columns))
    page.goto(f"{start_server(env={'JEDI_DEMOS': str(models)}).url}/analyse?section=comparison")
    panel(page, "Hausdorff distance")
    assert page.evaluate("window.pwned") is None
    expect(page.locator(".stMain img")).to_have_count(0)


def test_a_running_proof_stands_in_nobody_s_way(
    start_server: Callable[..., Server], page: Page, context: BrowserContext, models: Path
) -> None:
    """Rank 9 with strong weights: more boxes than any budget of this test lasts for."""
    sizes = Sizes(units=40, neurons=40, rank=9, width=16)
    usual = tensor_file.from_bytes(packed(sizes))[0]["hyper.2.weight"]
    (models / "multitask.safetensors").write_bytes(packed_with("hyper.2.weight", 5 * usual, sizes))
    server = start_server(env={"JEDI_DEMOS": str(models)})
    page.goto(f"{server.url}/analyse?trial=0&proof=120")
    beside = page.locator(".st-key-analyse-beside, .st-key-analyse-waiting")
    expect(beside).to_contain_text("boxes", timeout=SLOW_MS)
    slowest = 0.0
    for _ in range(10):
        before = time.monotonic()
        with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=10):
            pass
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.1)
    assert slowest < 1.0
    other = context.new_page()
    other.goto(server.url)
    hand = Scrubber(other)
    first = hand.context
    before = time.monotonic()
    hand.press(0.3, 0.3)
    assert time.monotonic() - before < 5.0
    assert not np.array_equal(hand.context, first)
    expect(beside).to_contain_text("boxes")  # still at it
