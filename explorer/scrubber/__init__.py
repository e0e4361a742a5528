"""The live component, as the pages call it: a packed model in, the view at rest out, and messages to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from explorer.scrubber.buffer import with_view

_BUNDLES = Path(__file__).parent / "dist"


@cache
def component(name: str = "scrubber") -> ComponentRenderer:
    """The committed JavaScript, its style inside, made known to Streamlit once."""
    code = (_BUNDLES / f"{name}.js").read_text(encoding="utf-8")
    script = f"// {name}.js\n{code}"  # a single line would be taken for a path
    return st.components.v2.component(f"jedi_{name}", js=script, isolate_styles=False)


def scrubber(
    model: bytes, *, key: str, view: Mapping[str, Any] | None = None, on_view: Callable[[], None] | None = None
) -> Mapping[str, Any] | None:
    """Mount the component; everything between two rests of the hand happens in the browser.

    model: a packed model (safetensors bytes), sent once: Streamlit keeps equal messages in the browser.
    view: where to begin, `{"context": [...], "trial": 3, "colour": "direction"}`, each of them optional. It travels
    in the buffer, so the caller keeps it as it was at the first mount.
    Returns the view at rest, or None before the hand moved.
    """
    result = component()(key=key, data=with_view(model, view or {}), on_view_change=on_view or (lambda: None))
    shown: Mapping[str, Any] | None = result.get("view")
    return shown


def courier(message: Mapping[str, Any], *, key: str) -> None:
    """Hand a small message to the mounted component, by an invisible one on the same page.

    A message to the component itself would bring its code and its model again. While `message["pending"]` is not empty
    and the hand rests, the browser asks again: the fragment that called this then runs once more.
    """
    component("courier")(key=key, data=dict(message), on_again_change=lambda: None)
