"""A guard against a race of Streamlit's: a fragment of the page that one leaves must not take the window back.

A fragment that runs by itself (`run_every`, a component's trigger) may ask for its rerun in the moment between a click
on another page and that page's arrival. Streamlit 1.67 then starts a run under the old page's name after the new
page's: the browser clears its window for a fragment that no longer is, and the new page stays empty or breaks ("Bad
delta path index"). Such a request is dropped here, as Streamlit itself drops those of fragments that are gone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession

_asked: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # of each session the page that it last asked for


def guard() -> None:
    """Put the guard in place, once in a server's life."""
    if not hasattr(AppSession.request_rerun, "__wrapped__"):
        AppSession.request_rerun = guarded(AppSession.request_rerun)  # type: ignore[method-assign]


def guarded(request_rerun: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """`request_rerun` that ignores fragments of any page but the one asked for last.

    A page that was asked for without its name (the first one, by its address) lets all pass.
    """

    @functools.wraps(request_rerun)
    def request(session: Any, client_state: Any) -> None:
        if client_state is not None:
            if not client_state.fragment_id:
                _asked[session] = client_state.page_script_hash
            elif _asked.get(session, "") not in ("", client_state.page_script_hash):
                return
        request_rerun(session, client_state)

    return request
