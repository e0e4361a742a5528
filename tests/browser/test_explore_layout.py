"""Explore on every ground and width, with data that strain it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_server import Server
from packed_fixture import Sizes, default_columns, packed
from playwright.sync_api import Browser, Page
from scrubber_hand import Scrubber

PANELS = ["Embedding", "Trajectory", "Eigenspectrum", "Activity", "Morph A → B", "Dimensions"]


def boxes(page: Page) -> dict[str, dict[str, float]]:
    """Where the panels lie."""
    found: dict[str, dict[str, float]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('[data-testid=scrubber] section')].map(section => {
          const { x, y, width: w, height: h } = section.getBoundingClientRect();
          return [section.getAttribute('aria-label'), { x, y, w, h }];
        }))"""
    )
    return found


def overflow(page: Page) -> dict[str, float]:
    """By how many pixels the page can be scrolled, each way."""
    scrolled: dict[str, float] = page.evaluate(
        """() => { const m = document.querySelector('.stMain');
          return { x: m.scrollWidth - m.clientWidth, y: m.scrollHeight - m.clientHeight }; }"""
    )
    return scrolled


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_instrument_fits_1440_by_900_in_the_theme_of_the_system(
    demo_server: Server, browser: Browser, screenshots: Path, scheme: Any
) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme) as window:
        page = window.new_page()
        page.goto(demo_server.url)
        scrubber = Scrubber(page)
        scrubber.rest()
        assert overflow(page) == {"x": 0, "y": 0}
        found = boxes(page)
        assert set(found) == {*PANELS, "Figures"}
        assert all(box["y"] + box["h"] <= 900.5 and box["w"] > 100 and box["h"] > 90 for box in found.values())
        assert found["Embedding"]["h"] == max(box["h"] for box in found.values())
        assert ("jx-dark" in (scrubber.root.get_attribute("class") or "")) == (scheme == "dark")
        page.screenshot(path=screenshots / f"explore-{scheme}.png")


@pytest.mark.parametrize("width", [390, 600])
def test_a_narrow_window_has_one_column_that_begins_with_map_trajectory_and_spectrum(
    demo_server: Server, page: Page, screenshots: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(demo_server.url)
    Scrubber(page).rest()
    found = boxes(page)
    assert overflow(page)["x"] == 0
    assert len({box["x"] for box in found.values()}) == 1
    assert sorted(found, key=lambda name: found[name]["y"])[:3] == ["Embedding", "Trajectory", "Eigenspectrum"]
    page.screenshot(path=screenshots / f"explore-{width}.png", full_page=True)


def test_a_middle_window_keeps_the_map_beside_the_trajectory(demo_server: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(demo_server.url)
    Scrubber(page).rest()
    found = boxes(page)
    assert overflow(page)["x"] == 0
    assert found["Embedding"]["y"] == found["Trajectory"]["y"]


def test_the_drawing_follows_a_change_of_theme_and_of_size(demo_server: Server, page: Page) -> None:
    page.goto(demo_server.url)
    scrubber = Scrubber(page)
    page.emulate_media(color_scheme="dark")
    scrubber.wait("root.classList.contains('jx-dark')")
    page.set_viewport_size({"width": 1600, "height": 1000})
    scrubber.rest()
    width = scrubber.map.evaluate("canvas => [canvas.width, canvas.clientWidth]")
    assert width[0] == width[1]


def only(values: list[Any], name: str = "c") -> list[dict[str, Any]]:
    """A trial table of one categorical column beside the split, or of the split alone."""
    split = {"name": "split", "form": "categorical", "values": ["train"] * len(values)}
    return [split] if name == "split" else [{"name": name, "form": "categorical", "values": values}, split]


STRAINS = {
    "forty categories": (Sizes(trials=120), only([f"c{k % 40}" for k in range(120)])),
    "one trial a class": (Sizes(trials=6, components=2), only(list("abcdef"))),
    "missing labels": (Sizes(trials=12), only([None] * 12)),
    "no column but the split": (Sizes(trials=12), only(["train"] * 12, "split")),
    "ten thousand contexts": (Sizes(trials=10_000, bins=10, neurons=6, units=6), default_columns(10_000)),
    "two bins": (Sizes(bins=2), default_columns(24)),
    "fifty dimensions, three trials": (Sizes(trials=3, embedding_dim=50, components=2), default_columns(3)),
}


@pytest.mark.parametrize("strain", STRAINS)
def test_data_that_strain_the_page_are_shown(show: Callable[[bytes], None], page: Page, strain: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    show(packed(*STRAINS[strain]))
    scrubber = Scrubber(page)
    before = scrubber.read("frames")
    scrubber.press(0.6, 0.4)
    assert scrubber.read("frames") > before
    assert len(scrubber.read("eigenvalues")) == 2
    assert errors == []
    assert page.get_by_role("alert").is_hidden()


def test_without_any_model_the_page_says_so(start_server: Callable[..., Server], page: Page, models: Path) -> None:
    page.goto(start_server(env={"JEDI_DEMOS": str(models)}).url)
    page.get_by_text("There is no model yet").wait_for()
