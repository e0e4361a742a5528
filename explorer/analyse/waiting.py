"""A question's value, or what stands in its place until it is there: how far it is, or why it cannot be had."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from explorer import computing
from explorer.analyse.questions import Question
from explorer.computing import Answer
from explorer.markup import plain

T = TypeVar("T")

PATIENCE_SECONDS = 0.3  # what takes no longer comes without an interlude
EVERY_SECONDS = 0.5


def ask(question: Question[T], patience_seconds: float = PATIENCE_SECONDS) -> Answer[T]:
    """What is known by now."""
    return computing.ask(question.key, question.compute, group=question.group, patience_seconds=patience_seconds)


def obtain(question: Question[T]) -> T | None:
    """The value; None where there is none yet, and then what is going on, or went wrong, is shown in its place."""
    answer = ask(question)
    if answer.pending:
        wait_for(question)
    elif answer.error:
        _refused(question, answer.error)
    return answer.value


def wait_for(question: Question[T], *, small: bool = False) -> None:
    """Say how far it is, twice a second; the page is drawn again as soon as it is there."""
    st.fragment(_watch, run_every=EVERY_SECONDS)(question, small)


def _watch(question: Question[T], small: bool) -> None:
    answer = ask(question, 0.0)
    if not answer.pending:
        st.rerun(scope="app")
    told = f" \N{MIDDLE DOT} {plain(answer.progress)}" if answer.progress else ""
    with st.container(key=f"analyse-{'beside' if small else 'waiting'}"):
        st.markdown(f"**{plain(question.doing)}** :gray[\N{MIDDLE DOT} {answer.seconds:.1f} s{told}]")


def _refused(question: Question[T], error: str) -> None:
    with st.container(key="analyse-refused"):
        st.markdown(f":red[**{plain(question.doing)}: not possible**]  \n{plain(error)}")
        st.button("Try again", key="try-again", on_click=computing.forget, args=(question.key,))
