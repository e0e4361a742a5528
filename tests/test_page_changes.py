"""The guard of page changes: what a page that is being left still asks for is not done."""

from __future__ import annotations

import inspect

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from explorer import page_changes


class Session:
    """Stands for a visitor's session."""


@pytest.fixture
def done() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def ask(done: list[tuple[str, str]]) -> object:
    """`ask(session, page, fragment)`; what is passed on lands in `done`."""

    def original(session: Session, state: ClientState | None) -> None:
        done.append(("", "") if state is None else (state.page_script_hash, state.fragment_id))

    request = page_changes.guarded(original)
    return lambda session, page, fragment="": request(
        session, None if page is None else ClientState(page_script_hash=page, fragment_id=fragment)
    )


def test_a_fragment_of_the_page_that_is_left_is_dropped_and_those_of_the_new_page_pass(ask, done) -> None:  # type: ignore[no-untyped-def]
    session = Session()
    ask(session, "explore")
    ask(session, "explore", "f1")
    ask(session, "analyse")
    ask(session, "explore", "f1")
    ask(session, "analyse", "f2")
    ask(session, "explore")
    ask(session, "explore", "f1")
    assert done == [
        ("explore", ""), ("explore", "f1"), ("analyse", ""), ("analyse", "f2"), ("explore", ""), ("explore", "f1"),
    ]  # fmt: skip


def test_visitors_do_not_stand_in_each_other_s_way(ask, done) -> None:  # type: ignore[no-untyped-def]
    one, other = Session(), Session()
    ask(one, "explore")
    ask(other, "train")
    ask(one, "explore", "f")
    ask(other, "train", "f")
    assert len(done) == 4


def test_the_first_page_has_no_name_yet_and_lets_all_pass(ask, done) -> None:  # type: ignore[no-untyped-def]
    session = Session()
    ask(session, "")
    ask(session, "explore", "f")
    ask(session, None)
    assert done == [("", ""), ("explore", "f"), ("", "")]


def test_streamlit_is_guarded_once_and_still_takes_what_it_took() -> None:
    page_changes.guard()
    first = AppSession.request_rerun
    page_changes.guard()
    assert AppSession.request_rerun is first
    assert list(inspect.signature(first).parameters) == ["self", "client_state"]
