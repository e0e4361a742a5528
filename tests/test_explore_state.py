"""What Explore keeps in the address, and the buffer that its component gets."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed_fixture import packed
from safetensors.numpy import load

from explorer.scrubber.buffer import split_header, with_view
from explorer.state import ExploreView, decode_context, encode_context, read_view, write_view
from jedi.errors import JediError

numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=64)


@given(numbers)
def test_a_context_comes_back_from_the_address_to_the_last_bit(context: list[float]) -> None:
    text = encode_context(context)
    assert decode_context(text) == tuple(context)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=80))
def test_any_text_in_the_address_is_a_context_or_none(text: str) -> None:
    context = decode_context(text)
    assert context is None or all(np.isfinite(context))


@pytest.mark.parametrize("text", ["", "!", "AAAA", encode_context([float("nan")]), encode_context([0.0] * 2000)])
def test_what_is_not_a_context_is_none(text: str) -> None:
    assert decode_context(text) is None


def test_a_view_comes_back_from_the_address_and_other_parameters_stay() -> None:
    view = ExploreView("demo:multitask", (0.1, -2.5e-9), 17, "target_dir")
    parameters = {"other": "1"}
    write_view(view, parameters)
    assert read_view(parameters) == view
    write_view(ExploreView("second"), parameters)
    assert parameters == {"other": "1", "run": "second"}


@pytest.mark.parametrize("trial", ["-1", "1.5", "x", "9" * 40, "٣"])
def test_a_trial_that_is_none_is_left_out(trial: str) -> None:
    assert read_view({"trial": trial}).trial is None


@pytest.mark.parametrize(
    "moved", [None, "x", {"context": "abc"}, {"context": [float("nan")]}, {"trial": -1}, {"trial": True}, {"colour": 3}]
)
def test_a_malformed_answer_of_the_browser_changes_nothing(moved: object) -> None:
    view = ExploreView("a", (1.0,), 2, "kind")
    assert view.at(moved) == view  # type: ignore[arg-type]


def test_another_run_begins_anew_in_the_same_colour() -> None:
    view = ExploreView("a", (1.0,), 2, "kind")
    assert view.of_run("a") is view
    assert view.of_run("b") == ExploreView("b", None, None, "kind")


def test_the_buffer_is_the_same_model_with_the_view_in_its_header() -> None:
    model = packed()
    assert with_view(model, {}) is model
    buffer = with_view(model, {"context": [0.25, 1.0, -3.0], "trial": 4})
    header, start = split_header(buffer)
    assert start % 8 == 0
    assert json.loads(header["__metadata__"]["explore"]) == {"context": [0.25, 1.0, -3.0], "trial": 4}
    before, after = load(model), load(buffer)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("data", [b"", b"12345678", packed()[:100], b"\xff" * 64])
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(JediError, match="cut short"):
        with_view(data, {"trial": 1})
