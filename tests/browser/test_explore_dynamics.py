"""Explore while the hand rests: fixed points and the morph's diagram from Python, and what moves meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_server import Server
from packed_fixture import Sizes, packed
from playwright.sync_api import Page
from scrubber_hand import Scrubber

import jedi
from jedi.dynamics import fixed_points, spectrum
from jedi.run import Run

DEMOS = Path(__file__).resolve().parents[2] / "demos"
HOLD = """() => {
  window.held = [];
  document.addEventListener('jedi-resting', event => {
    if (event.detail === window.released) return;
    window.held.push(event.detail);
    event.stopImmediatePropagation();
  }, true);
}"""


def answered(scrubber: Scrubber) -> list[dict[str, Any]]:
    """The points told to scripts once Python's answer for this very place is drawn."""
    scrubber.rest()
    scrubber.wait("(root.dataset.completeness ?? 'followed') !== 'followed'")
    points: list[dict[str, Any]] = scrubber.read("fixed-points")
    return points


def worst_match(shown: list[dict[str, Any]], run: Run, context: np.ndarray, near: np.ndarray | None) -> float:
    """The largest distance of overlaps shown to the library's nearest fixed point, and of their eigenvalues."""
    w, a = run.weights(context), run.dt_over_tau
    found = fixed_points(w, a, near=near, proof_seconds=2.0)
    worst = 0.0
    for point in shown:
        k = np.array(point["k"])
        gaps = np.abs(found.k - k).max(1)
        nearest = int(gaps.argmin())
        assert point["kind"] == found.kind[nearest]
        expected = np.sort_complex(np.asarray(spectrum(w, a, at=found.x[nearest]).eigenvalues))
        pairs = np.array(point["eigenvalues"])
        eigenvalue_gap = np.abs(np.sort_complex(pairs[:, 0] + 1j * pairs[:, 1]) - expected).max()
        worst = max(worst, gaps[nearest], eigenvalue_gap)
    return worst


@pytest.mark.parametrize("demo", ["multitask", "reaching"])
def test_the_marks_are_the_librarys_fixed_points(demo_server: Server, page: Page, demo: str) -> None:
    run = jedi.load(DEMOS / f"{demo}.safetensors")
    page.goto(f"{demo_server.url}/?run=demo:{demo}")
    scrubber = Scrubber(page)
    for place in (None, (0.4, 0.4), (0.55, 0.3), (0.7, 0.6)):
        if place:
            scrubber.press(*place)
        shown = answered(scrubber)
        context, trial = scrubber.context, scrubber.read("trial")
        visited = run.rollout(context, run.initial_state(context=context, trial=trial))
        expected = fixed_points(run.weights(context), run.dt_over_tau, near=visited, proof_seconds=2.0)
        assert len([point for point in shown if point["kind"] != "slow"]) == len(expected)
        assert worst_match(shown, run, context, visited) < 1e-9
        known = scrubber.root.get_attribute("data-completeness")
        assert known == ("proved" if demo == "multitask" else expected.completeness)
    assert scrubber.root.get_by_text("fixed point", exact=False).first.is_visible()


def test_points_followed_in_the_browser_are_fixed_points_to_the_last_digits(demo_server: Server, page: Page) -> None:
    run = jedi.load(DEMOS / "multitask.safetensors")
    page.goto(f"{demo_server.url}/?run=demo:multitask&trial=43")
    scrubber = Scrubber(page)
    assert len(answered(scrubber)) == 3
    page.evaluate(HOLD)  # from here on Python's answers do not arrive
    scrubber.map.focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
        scrubber.rest()
        assert scrubber.root.get_attribute("data-completeness") == "followed"
        shown = scrubber.read("fixed-points")
        assert shown
        assert worst_match(shown, run, scrubber.context, None) < 1e-9
    assert "proved" not in (scrubber.root.locator(".jx-trajectory").inner_text())


def test_an_answer_for_a_place_that_the_probe_has_left_is_not_drawn(demo_server: Server, page: Page) -> None:
    page.goto(demo_server.url)
    scrubber = Scrubber(page)
    answered(scrubber)
    page.evaluate(HOLD)
    scrubber.press(0.3, 0.3)
    page.wait_for_function("() => window.held.some(message => message.fixed)")
    scrubber.press(0.7, 0.6)
    shown = scrubber.read("fixed-points")
    page.evaluate(
        """() => {
          window.released = window.held.find(message => message.fixed);
          const root = document.querySelector('[data-testid=scrubber]');
          root.dispatchEvent(new CustomEvent('jedi-resting', { detail: window.released }));
        }"""
    )
    page.wait_for_timeout(400)
    assert scrubber.root.get_attribute("data-completeness") == "followed"
    assert scrubber.read("fixed-points") == shown


def slow_to_prove() -> bytes:
    """A model whose proof takes all of its second: random weights of rank 8."""
    return packed(Sizes(units=40, neurons=40, rank=8, width=16))


def test_a_drag_while_a_proof_runs_is_drawn_and_ends_in_the_answer_for_its_end(
    show: Callable[[bytes], None], page: Page
) -> None:
    show(slow_to_prove())
    scrubber = Scrubber(page)
    scrubber.press(0.3, 0.3)
    page.wait_for_function("() => document.querySelector('.jx-trajectory').innerText.includes('looking for fixed')")
    before = scrubber.read("frames")
    x, y = scrubber.place(0.3, 0.3)
    page.mouse.move(x, y)
    page.mouse.down()
    moves = 40
    for i in range(moves):
        page.mouse.move(x + 3 * i, y + 2 * i)
    drawn = scrubber.read("frames") - before
    assert scrubber.root.get_attribute("data-completeness") is None
    page.mouse.up()
    assert drawn > moves / 4
    shown = answered(scrubber)
    for point in shown:
        assert point["residual"] < 1e-10


def test_once_everything_is_there_nothing_more_is_sent(demo_server: Server, page: Page) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page.goto(demo_server.url)
    scrubber = Scrubber(page)
    scrubber.press(0.35, 0.4)
    answered(scrubber)
    scrubber.root.get_by_role("button", name="branches", pressed=True).wait_for()
    page.wait_for_timeout(700)
    assert all(size < 2048 for size in sent[1:])
    sent.clear()
    page.wait_for_timeout(2500)
    assert sent == []
    scrubber.press(0.6, 0.5)  # the path's diagram is known: the probe's fixed points come with at most one question
    answered(scrubber)
    page.wait_for_timeout(1500)
    assert 1 <= len(sent) <= 4
    assert all(size < 2048 for size in sent)


def find_mark(page: Page) -> tuple[float, float]:
    """Where the pointer finds a fixed point in the trajectory view."""
    found: list[float] = page.evaluate(
        """() => {
          const canvas = document.querySelector('.jx-trajectory canvas');
          const box = canvas.getBoundingClientRect();
          for (let x = 8; x < box.width; x += 12) for (let y = 8; y < box.height; y += 12) {
            const place = { clientX: box.x + x, clientY: box.y + y, bubbles: true };
            canvas.dispatchEvent(new PointerEvent('pointermove', place));
            if (canvas.style.cursor === 'pointer') return [box.x + x, box.y + y];
          }
          return null;
        }"""
    )
    return found[0], found[1]


@pytest.mark.parametrize("flat", [False, True])
def test_a_click_on_a_mark_shows_its_spectrum_and_the_choice_goes_back_to_the_origin(
    demo_server: Server, page: Page, flat: bool
) -> None:
    page.goto(f"{demo_server.url}/?run=demo:multitask&trial=43")
    scrubber = Scrubber(page)
    shown = answered(scrubber)
    if flat:
        scrubber.root.get_by_role("button", name="2-D").click()
        page.wait_for_timeout(100)
    radius = scrubber.root.locator(".jx-figure").first
    before = radius.inner_text()
    x, y = find_mark(page)
    page.mouse.move(x, y)
    tooltip = scrubber.root.locator(".jx-tooltip")
    for words in ("residual", "continuous time", "at dt/τ = 0.100"):
        assert words in tooltip.inner_text()
    page.mouse.down()
    page.mouse.up()
    spectrum_panel = scrubber.root.locator(".jx-spectrum")
    spectrum_panel.get_by_text("about the saddle").wait_for()
    assert scrubber.root.get_by_role("button", name="fixed point", pressed=True).is_visible()
    radii = [max(np.hypot(*pair) for pair in point["eigenvalues"]) for point in shown]
    assert any(f"{value:.3f}" in radius.inner_text() for value in radii)
    scrubber.root.get_by_role("button", name="origin").click()
    spectrum_panel.get_by_text("about the origin").wait_for()
    assert radius.inner_text() == before
    scrubber.root.locator(".jx-trajectory canvas").focus()
    page.keyboard.press("Enter")
    spectrum_panel.get_by_text("about the saddle").wait_for()


def test_the_timeline_shows_branches_once_they_are_there_and_eigenvalues_on_demand(
    demo_server: Server, page: Page
) -> None:
    page.goto(demo_server.url)
    scrubber = Scrubber(page)
    branches = scrubber.root.get_by_role("button", name="branches")
    scrubber.root.get_by_role("button", name="branches", pressed=True).wait_for()
    picture = scrubber.root.locator(".jx-morph canvas")
    pixels = "canvas => canvas.toDataURL()"
    as_branches = picture.evaluate(pixels)
    scrubber.root.get_by_role("button", name="eigenvalues").click()
    scrubber.root.get_by_role("button", name="eigenvalues", pressed=True).wait_for()
    page.wait_for_timeout(100)
    assert picture.evaluate(pixels) != as_branches
    branches.click()
    page.wait_for_timeout(100)
    assert picture.evaluate(pixels) == as_branches
    scrubber.press(0.5, 0.3)
    page.keyboard.press("b")  # another path: its branches are not those of the old one
    scrubber.wait("document.querySelector('.jx-morph [aria-pressed=true]').textContent === 'eigenvalues'")
    scrubber.root.get_by_role("button", name="branches", pressed=True).wait_for()
