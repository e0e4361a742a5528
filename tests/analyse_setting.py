"""The demo model at a place, as the Analyse page has it."""

from __future__ import annotations

from pathlib import Path

from explorer.analyse.places import Place, find
from explorer.analyse.setting import Setting
from explorer.models import Model
from jedi.run import Run

DEMO = Path(__file__).resolve().parents[1] / "demos" / "multitask.safetensors"


def setting(run: Run, model: Model, place: Place, to: Place | None = None) -> Setting:
    """A model at a place, towards another where one is given."""
    return Setting(model, run, find(place, run), None if to is None else find(to, run), "test")


def demo_setting(run: Run, place: Place, to: Place | None = None) -> Setting:
    """The demo at a place."""
    return setting(run, Model("demo:multitask", "multitask (demo)", DEMO), place, to)
