"""The network under analysis: a model at a place, with what its results are kept under."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.analyse.places import Point
from explorer.markup import count, plain
from explorer.models import Model, model_stamp
from jedi.run import Run

TAU = "\N{GREEK SMALL LETTER TAU}"


@dataclass(frozen=True, eq=False)
class Setting:
    """A model at one place, and the second place where there is one."""

    model: Model
    run: Run
    here: Point
    there: Point | None
    session: str  # who asks, for the background's groups

    def key(self, *what: Hashable, point: Point | None = None) -> Hashable:
        """A key for a result here, or at another point of the same model."""
        at = point or self.here
        return (str(self.model.path), model_stamp(self.model), at.context.tobytes(), at.trial, "analyse", *what)

    def weights(self, point: Point | None = None) -> Any:
        """The weights that the hypernetwork generates here, or at another point."""
        return self.run.weights((point or self.here).context)

    def trajectory(self, point: Point | None = None) -> np.ndarray:
        """(S, M) the states generated here, or at another point, a model step apart."""
        at = point or self.here
        return self.run.rollout(at.context, self.start(at))

    def start(self, point: Point | None = None) -> np.ndarray:
        """(M,) the first state: the learned map of the context, or a trial's own."""
        at = point or self.here
        return self.run.initial_state(context=at.context, trial=at.trial)


def network_line(setting: Setting) -> str:
    """Which network this is, and for which step its stability is told: one line of Markdown."""
    run = setting.run
    tau = run.dt / run.dt_over_tau
    size = f"{run.units} units" if run.architecture["readout"] else count(run.units, "unit")
    neurons = f" read out to {count(run.neuron_count, 'neuron')}" if run.architecture["readout"] else ""
    parts = [
        f"{size}{neurons}, rank {run.rank}",
        f"dt {milliseconds(run.dt)}, {TAU} {milliseconds(tau)}, dt/{TAU} {run.dt_over_tau:.4g}",
    ]
    if run.initial_kind == "trial" and setting.here.place.trial != setting.here.trial:
        parts.append(f"from the first state of trial {setting.here.trial}")
    return " \N{MIDDLE DOT} ".join(plain(part) for part in parts)


def milliseconds(seconds: float) -> str:
    """A duration in ms, without digits that mean nothing."""
    return f"{seconds * 1000:.4g} ms"
