"""The desk in the background: nobody waits, nothing is done twice, and what nobody wants any more is let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer import computing
from explorer.computing import Answer, Desk
from jedi.errors import JediError

LONG = 10.0  # seconds; no test that passes waits for so long


def settled(desk: Desk, key: object, compute: Callable[[], Any], group: str = "") -> Answer[Any]:
    """Ask until there is an answer."""
    deadline = time.monotonic() + LONG
    while (answer := desk.ask(key, compute, group=group)).pending:
        assert time.monotonic() < deadline, "no answer"
        time.sleep(0.002)
    return answer


class Held:
    """A computation that lasts until it is let go, and counts how often it began and ended."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        self.began.set()
        assert self.go.wait(LONG)
        return "done"


@pytest.fixture
def held() -> Iterator[Held]:
    one = Held()
    yield one
    one.go.set()


def test_asking_never_waits_and_the_result_is_kept(held: Held) -> None:
    desk = Desk(1)
    before = time.monotonic()
    first = desk.ask("key", held)
    assert time.monotonic() - before < 1.0
    assert first.pending
    assert first.value is None
    assert held.began.wait(LONG)
    assert desk.ask("key", held).seconds > 0
    held.go.set()
    found = settled(desk, "key", held)
    assert (found.value, found.error, found.pending) == ("done", "", False)
    assert desk.ask("key", held) is found
    assert held.times == 1


def test_two_who_ask_for_the_same_share_one_computation(held: Held) -> None:
    desk = Desk(2)
    desk.ask("key", held, group="a")
    desk.ask("key", held, group="b")
    held.go.set()
    assert settled(desk, "key", held, "a").value == settled(desk, "key", held, "b").value == "done"
    assert held.times == 1


def test_only_the_newest_wish_of_a_group_is_computed_and_others_keep_theirs(held: Held) -> None:
    desk = Desk(1)
    done: list[str] = []
    desk.ask("busy", held)
    assert held.began.wait(LONG)
    for key in ("one", "two", "three"):
        desk.ask(key, lambda key=key: done.append(key), group="page")
        desk.ask("other", lambda: done.append("other"), group="another page")
    held.go.set()
    settled(desk, "three", lambda: None, "page")
    settled(desk, "other", lambda: None, "another page")
    assert sorted(done) == ["other", "three"]


def test_what_runs_is_told_to_stop_when_nobody_wants_it_and_is_not_kept(held: Held) -> None:
    desk = Desk(1)
    stopped = threading.Event()

    def proof() -> str:
        stop = computing.stop_event()
        held.began.set()
        assert stop.wait(LONG)
        stopped.set()
        return "incomplete"

    desk.ask("proof", proof, group="page")
    assert held.began.wait(LONG)
    desk.ask("next", lambda: "next", group="page")
    assert settled(desk, "next", lambda: "next", "page").value == "next"
    assert stopped.is_set()
    assert settled(desk, "proof", lambda: "complete").value == "complete"


def test_what_another_group_still_wants_goes_on(held: Held) -> None:
    desk = Desk(2)

    def proof() -> str:
        stop = computing.stop_event()
        held()
        return "stopped" if stop.is_set() else "complete"

    desk.ask("proof", proof, group="one")
    desk.ask("proof", proof, group="two")
    desk.ask("next", lambda: "next", group="one")
    settled(desk, "next", lambda: "next", "one")
    held.go.set()
    assert settled(desk, "proof", proof, "two").value == "complete"
    assert held.times == 1


def test_telling_progress_ends_what_nobody_wants(held: Held) -> None:
    desk = Desk(1)
    ended = threading.Event()

    def diagram() -> str:
        try:
            held()
            computing.progress("half")
        finally:
            ended.set()
        return "never"

    desk.ask("diagram", diagram, group="page")
    assert held.began.wait(LONG)
    desk.ask("next", lambda: "next", group="page")
    held.go.set()
    assert ended.wait(LONG)
    settled(desk, "next", lambda: "next", "page")
    assert settled(desk, "diagram", lambda: "anew").value == "anew"


def test_progress_is_seen_while_it_is_pending(held: Held) -> None:
    desk = Desk(1)

    def work() -> str:
        computing.progress("half of it")
        say = computing.reporter()
        other = threading.Thread(target=say, args=("three quarters",))
        assert desk.ask("key", work).progress == "half of it"
        other.start()
        other.join()
        return held()

    desk.ask("key", work)
    assert held.began.wait(LONG)
    assert desk.ask("key", work).progress == "three quarters"


def test_outside_a_computation_progress_and_stop_do_nothing() -> None:
    computing.progress("nobody listens")
    computing.reporter()("nobody listens")
    assert not computing.stop_event().is_set()


def test_an_error_is_said_as_it_is_kept_and_can_be_tried_again() -> None:
    desk = Desk(1)
    times = []

    def refuse() -> None:
        times.append(1)
        raise JediError("the weights hold a number that is not finite")

    found = settled(desk, "key", refuse)
    assert found == Answer(error="the weights hold a number that is not finite", seconds=found.seconds)
    settled(desk, "key", refuse)
    assert len(times) == 1
    desk.forget("key")
    assert settled(desk, "key", lambda: "good").value == "good"


def test_a_defect_is_logged_and_takes_no_thread_with_it(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(1)
    found = settled(desk, "key", lambda: 1 / 0)
    assert "ZeroDivisionError" in found.error
    assert "division by zero" not in found.error
    assert "division by zero" in caplog.text
    assert settled(desk, "next", lambda: "next").value == "next"


def test_the_results_kept_are_bounded_and_the_latest_looked_at_stay() -> None:
    desk = Desk(1, kept=3)
    for key in range(3):
        settled(desk, key, lambda key=key: key)
    assert settled(desk, 0, lambda: "anew").value == 0
    settled(desk, 3, lambda: 3)
    assert settled(desk, 0, lambda: "anew").value == 0
    assert settled(desk, 1, lambda: "anew").value == "anew"


def test_a_wish_of_somebody_who_has_left_is_not_computed(held: Held) -> None:
    desk = Desk(1, forgotten=0.05)
    done = []
    desk.ask("busy", held)
    assert held.began.wait(LONG)
    desk.ask("left", lambda: done.append(1), group="closed window")
    time.sleep(0.1)
    held.go.set()
    assert settled(desk, "next", lambda: "next").value == "next"
    assert done == []


def test_a_little_patience_spares_the_interlude() -> None:
    desk = Desk(1)
    found = desk.ask("key", lambda: "quick", patience_seconds=LONG)
    assert found.value == "quick"


def test_patience_ends(held: Held) -> None:
    desk = Desk(1)
    before = time.monotonic()
    assert desk.ask("key", held, patience_seconds=0.05).pending
    assert 0.05 <= time.monotonic() - before < LONG


def test_a_long_computation_keeps_nobody_else_waiting(held: Held) -> None:
    desk = computing._desk()
    desk.ask(("long", id(held)), held)
    assert held.began.wait(LONG)
    assert settled(desk, ("short", id(held)), lambda: "short").value == "short"
