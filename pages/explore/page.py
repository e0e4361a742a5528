"""Explore: the embedding under the hand, and everything that a point of it means."""

from __future__ import annotations

from explorer import chrome, explore

chrome.whole_window()
explore.show()
