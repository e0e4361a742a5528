"""What stands in the place of a result: how far it is, or why it cannot be had, and then the result itself."""

from __future__ import annotations

import threading
import time
from typing import Any
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from explorer import computing
from explorer.analyse.questions import Question
from jedi.errors import JediError


def page() -> None:
    """One question and its value, as a section shows it."""
    import streamlit as st

    from explorer.analyse import waiting

    value = waiting.obtain(st.session_state["question"])
    if value is not None:
        st.markdown(f"value {value}")


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.value) for element in app.markdown)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page)


def ask(app: AppTest, question: Question[Any]) -> str:
    app.session_state["question"] = question
    return shown(app.run(timeout=30))


def test_what_is_known_quickly_comes_without_an_interlude(app: AppTest) -> None:
    assert ask(app, Question("quick", lambda: 3, "page", "Counting")) == "value 3"


def test_while_it_is_pending_the_page_says_what_and_how_far_and_then_shows_it(app: AppTest) -> None:
    go = threading.Event()

    def slow() -> int:
        computing.progress("12 boxes")
        assert go.wait(20)
        return 7

    said = ask(app, Question("slow", slow, "page", "Proving"))
    assert said.startswith("**Proving**")
    assert " s " in said
    assert "12 boxes" in said
    go.set()
    deadline = time.monotonic() + 20
    while "value 7" not in shown(app.run(timeout=30)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_refusal_is_said_letter_by_letter_and_can_be_tried_again(app: AppTest) -> None:
    answers: list[Any] = [JediError("no *bold* <b>fixed</b> point"), 5]

    def refuse_once() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    said = ask(app, Question("refused", refuse_once, "page", "Comparing"))
    assert "Comparing: not possible" in said
    assert r"no \*bold\* \<b\>fixed\</b\> point" in said
    app.button[0].click()
    assert shown(app.run(timeout=30)) == "value 5"


def test_a_defect_is_told_without_its_details(app: AppTest) -> None:
    with patch.object(computing._log, "exception"):
        said = ask(app, Question("defect", lambda: 1 / 0, "page", "Comparing"))
    assert "ZeroDivisionError" in said
    assert "division by zero" not in said
