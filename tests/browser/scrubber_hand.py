"""The component on a page, as a hand and an eye have it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from playwright.sync_api import Page


class Scrubber:
    """Reads the root's attributes and moves the pointer on the map."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("scrubber")
        self.map = page.get_by_test_id("scrubber-map")
        self.wait("root.dataset.resting === 'true'")

    def wait(self, condition: str) -> None:
        find = "document.querySelector('[data-testid=scrubber]')"
        self.page.wait_for_function(f"() => {{ const root = {find}; return root && ({condition}); }}")

    def read(self, name: str) -> Any:
        return json.loads(self.root.get_attribute(f"data-{name}") or "null")

    @property
    def context(self) -> np.ndarray:
        return np.array(self.read("context"))

    def rest(self) -> None:
        """Until the hand has rested: the attributes are those of the last frame, and the server has been told."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.wait("root.dataset.resting === 'true'")

    def place(self, u: float, v: float) -> tuple[float, float]:
        box = self.map.bounding_box()
        assert box is not None
        return box["x"] + u * box["width"], box["y"] + v * box["height"]

    def press(self, u: float, v: float) -> None:
        """Press at a place of the map, in parts of its width and height, move a little and let go: no click."""
        x, y = self.place(u, v)
        self.page.mouse.move(x - 9, y - 7)
        self.page.mouse.down()
        self.page.mouse.move(x, y, steps=3)
        self.page.mouse.up()
        self.rest()
