"""The address and the session: what Explore shows, as query parameters and back."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

_MOST_NUMBERS = 1024  # of a context in an address; longer ones are not read


@dataclass(frozen=True)
class ExploreView:
    """What the Explore page shows. None: the page's own choice."""

    run: str | None = None
    context: tuple[float, ...] | None = None  # (D,) the probe
    trial: int | None = None  # the trial last snapped to, whose first state starts the rollout
    colour: str | None = None  # trial column

    @property
    def begin(self) -> dict[str, Any]:
        """Where the component begins."""
        view = {"context": list(self.context or ()) or None, "trial": self.trial, "colour": self.colour}
        return {name: value for name, value in view.items() if value is not None}

    def of_run(self, run: str) -> ExploreView:
        """This view if it is one of `run`, else that run's own beginning, in the same colour."""
        return self if self.run == run else ExploreView(run=run, colour=self.colour)

    def at(self, moved: Mapping[str, Any] | None) -> ExploreView:
        """This view after the component has said where the probe rests; anything malformed changes nothing."""
        if not isinstance(moved, Mapping):
            return self
        context, trial, colour = moved.get("context"), moved.get("trial"), moved.get("colour")
        view = self
        if isinstance(context, list | tuple) and 0 < len(context) <= _MOST_NUMBERS and all(map(_is_number, context)):
            view = replace(view, context=tuple(float(v) for v in context))
        if isinstance(trial, int) and not isinstance(trial, bool) and trial >= 0:
            view = replace(view, trial=trial)
        return replace(view, colour=colour) if isinstance(colour, str) else view


def read_view(parameters: Mapping[str, str]) -> ExploreView:
    """The view that an address asks for: `run`, `probe`, `trial`, `colour`; what cannot be read is left out."""
    trial = parameters.get("trial", "")
    return ExploreView(
        run=parameters.get("run") or None,
        context=decode_context(parameters.get("probe", "")),
        trial=int(trial) if trial.isascii() and trial.isdigit() and len(trial) < 10 else None,
        colour=parameters.get("colour") or None,
    )


def write_view(view: ExploreView, parameters: MutableMapping[str, str]) -> None:
    """Put a view into the address; parameters of other pages stay."""
    wanted = {
        "run": view.run,
        "probe": encode_context(view.context) if view.context else None,
        "trial": None if view.trial is None else str(view.trial),
        "colour": view.colour,
    }
    for name, value in wanted.items():
        if value is None:
            parameters.pop(name, None)
        elif parameters.get(name) != value:
            parameters[name] = value


def encode_context(context: Sequence[float]) -> str:
    """Float64 numbers, little-endian, in URL-safe base64: the probe comes back to the last bit."""
    return base64.urlsafe_b64encode(struct.pack(f"<{len(context)}d", *context)).decode().rstrip("=")


def decode_context(text: str) -> tuple[float, ...] | None:
    """What `encode_context` wrote; None for anything else."""
    if not text or len(text) > 11 * _MOST_NUMBERS:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        context = struct.unpack(f"<{len(data) // 8}d", data)
    except (binascii.Error, struct.error, ValueError):
        return None
    return context if context and all(map(math.isfinite, context)) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
