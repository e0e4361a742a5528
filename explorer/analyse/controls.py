"""Choices that follow the view, and the view them.

A widget begins at the view's value by its own default, never by a value put into the session: of such a one the browser
is told once, and where the page is drawn twice in quick succession it is not told at all. To change a widget otherwise
than by hand, it is given another key: the memory's epoch is part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from explorer.analyse.memory import Memory
from explorer.analyse.view import OPTIONS


def select(
    memory: Memory,
    name: str,
    label: str,
    values: Sequence[str],
    value: str | None,
    *,
    show: Callable[[str], str] = str,
    width: int | None = None,
    of: str = "",
    placeholder: str | None = None,
) -> str | None:
    """A list to choose from; None where nothing is chosen yet. `of` says what the list belongs to."""
    index = list(values).index(value) if value in values else None
    key = memory.key(name, of)
    chosen: str | None = st.selectbox(
        label, values, index, key=key, format_func=show, label_visibility="collapsed", placeholder=placeholder,
        width=width or "stretch",
    )  # fmt: skip
    memory.drawn[key] = chosen
    return chosen


def option_select(
    memory: Memory,
    name: str,
    label: str,
    values: Sequence[str],
    show: Callable[[str], str],
    width: int,
    of: str = "",
) -> str:
    """An option of a section, from a list; kept in the view. A value that is not in the list is taken for the first."""
    value = memory.view.option(name)
    chosen = select(memory, name, label, values, value if value in values else values[0], show=show, width=width, of=of)
    return _kept(memory, name, chosen or values[0])


def segments(memory: Memory, name: str, label: str, names: dict[str, str], value: str) -> str:
    """One of a few, side by side; `names` are what the values are called."""
    key = memory.key(name)
    chosen = st.segmented_control(
        label, list(names), key=key, default=value, format_func=names.__getitem__, required=True,
        label_visibility="collapsed", width="content",
    )  # fmt: skip
    memory.drawn[key] = chosen
    return str(chosen or value)


def option_segments(memory: Memory, name: str, label: str, names: dict[str, str]) -> str:
    """An option of a section, of a few side by side; kept in the view."""
    return _kept(memory, name, segments(memory, name, label, names, memory.view.option(name)))


def option_whole(memory: Memory, name: str, label: str, most: int, *, step: int, of: str = "") -> int:
    """An option that is a whole number; kept in the view."""
    least, key = OPTIONS[name].least, memory.key(name, of)
    value = min(max(int(memory.view.option(name)), least), most)
    chosen: Any = st.number_input(label, least, most, value, key=key, step=step, width=130)
    memory.drawn[key] = chosen
    return int(_kept(memory, name, str(int(chosen))))


def _kept(memory: Memory, name: str, chosen: str) -> str:
    memory.view = memory.view.having(name, chosen)
    return chosen
