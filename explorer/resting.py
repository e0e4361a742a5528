"""What Python finds while the hand rests on Explore: the fixed points at the probe and the diagram of the morph's path.

Both are computed in the background and handed to the live component by a second, invisible one; the model is not sent
again, and nothing waits for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.computing import Answer, ask, progress, stop_event
from explorer.models import Model, model_run, model_stamp
from explorer.resting_messages import diagram_message, fixed_points_message
from explorer.scrubber import courier
from explorer.state import decode_context
from jedi.run import Run

PROOF_SECONDS = 1.0  # for a proof that no fixed point is missing; a longer one is for Analyse
PATIENCE_SECONDS = 0.25  # until the browser is told to ask again: most answers are there by then
_ASKED = "explore-resting-asked"  # for whom and how often the browser has asked again
_SESSION = "explore-resting-session"

Context = tuple[float, ...]


@dataclass(frozen=True)
class Rest:
    """Where the probe and the pins rest, as the component has told it."""

    token: str  # the component's own, for the model it shows
    context: Context  # (D,)
    trial: int
    pins: tuple[Context, Context] | None  # the ends of the path, A and B
    pins_told: tuple[int | str | None, ...] = ()  # as they came, to go back with the diagram


def read_rest(shown: Mapping[str, Any] | None, run: Run) -> Rest | None:
    """The resting view of the component; None where there is none yet, or anything in it is malformed."""
    if not isinstance(shown, Mapping):
        return None
    context, trial, token, told = (shown.get(name) for name in ("context", "trial", "model", "pins"))
    if not isinstance(context, list) or not isinstance(token, str) or not isinstance(told, list) or len(told) != 2:
        return None
    if not isinstance(trial, int) or not 0 <= trial < len(run.contexts):
        return None
    try:
        place = tuple(float(value) for value in context)
    except (TypeError, ValueError):
        return None
    if len(place) != run.embedding_dim or not np.isfinite(place).all():
        return None
    first, second = (_pin(one, run) for one in told)
    return Rest(token[:20], place, trial, (first, second) if first and second else None, tuple(told))


def _pin(told: object, run: Run) -> Context | None:
    """A pin from a trial's number, or from a context as addresses have it."""
    if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < len(run.contexts):
        return tuple(float(value) for value in run.contexts[told])
    context = decode_context(told) if isinstance(told, str) else None
    return context if context and len(context) == run.embedding_dim else None


def answer_resting(model: Model, run: Run, rest: Rest, session: str) -> dict[str, Any]:
    """The message for the component: what is known by now, what is still pending, and what went wrong."""
    place = (str(model.path), model_stamp(model), rest.context, "fixed points", PROOF_SECONDS)
    asked: dict[str, Answer[dict[str, Any]]] = {
        "fixed": ask(
            place, lambda: _fixed_points(run, rest), group=f"{session} fixed", patience_seconds=PATIENCE_SECONDS
        )
    }
    if rest.pins is not None and rest.pins[0] != rest.pins[1]:
        pins = rest.pins
        path = (str(model.path), model_stamp(model), pins, "diagram on PC 1")
        asked["diagram"] = ask(path, lambda: _diagram(run, pins), group=f"{session} diagram")
    return {
        "model": rest.token,
        "context": list(rest.context),
        "pins": list(rest.pins_told),
        **{name: answer.value for name, answer in asked.items()},
        "pending": [name for name, answer in asked.items() if answer.pending],
        "progress": {name: answer.progress for name, answer in asked.items() if answer.pending},
        "problems": {name: answer.error for name, answer in asked.items() if answer.error},
    }


def _fixed_points(run: Run, rest: Rest) -> dict[str, Any]:
    from jedi.dynamics import fixed_points  # compiled code, loaded by the first who asks
    from jedi.dynamics.slow_points import usual_slow_speed

    context = np.array(rest.context)
    visited = run.rollout(context, run.initial_state(context=context, trial=rest.trial))
    weights = run.weights(context)
    found = fixed_points(
        weights,
        run.dt_over_tau,
        near=visited,
        proof_seconds=PROOF_SECONDS,
        slow_speed=usual_slow_speed(weights, visited),
        stop=stop_event(),
    )
    return fixed_points_message(found, run)


def _diagram(run: Run, pins: tuple[Context, Context]) -> dict[str, Any]:
    from jedi.dynamics.bifurcation import bifurcations

    start, end = (np.array(pin) for pin in pins)

    def context_at(part: float) -> np.ndarray:
        return np.asarray(start + part * (end - start))

    def tell(_doing: str, share: float) -> None:
        progress(f"{100 * share:.0f} %")

    found = bifurcations(lambda part: run.weights(context_at(part)), run.dt_over_tau, progress=tell)
    return diagram_message(found, run, context_at)


def hand_over(model: Model, shown: Mapping[str, Any] | None) -> None:
    """Answer the resting component; runs again by itself, alone, while something is pending."""
    rest = read_rest(shown, model_run(model))
    if rest is not None:
        st.fragment(_carry)(model, rest)


def _carry(model: Model, rest: Rest) -> None:
    before, times = st.session_state.get(_ASKED, (None, 0))
    times = times + 1 if before == rest else 0
    st.session_state[_ASKED] = (rest, times)
    session = st.session_state.setdefault(_SESSION, f"explore {np.random.default_rng().integers(1 << 62)}")
    message = answer_resting(model, model_run(model), rest, session)
    courier({**message, "asked": times}, key=f"courier-{model.key}")
