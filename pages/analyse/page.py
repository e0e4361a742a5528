"""Analyse: what the network generated at one place of the embedding does."""

from __future__ import annotations

from explorer import chrome
from explorer.analyse import page, style

chrome.whole_window()
style.sheet()
page.show()
