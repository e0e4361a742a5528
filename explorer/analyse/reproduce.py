"""The command and the Python that give what the page shows, ready to be copied."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from explorer.analyse.places import Point, classes_of
from explorer.analyse.setting import Setting
from explorer.models import Model

ROOT = Path(__file__).resolve().parents[2]


def run_argument(model: Model) -> str:
    """What names the model on the command line and for `jedi.load`: a run's name, or a file's path."""
    if not model.key.startswith("demo:"):
        return model.key
    return os.path.relpath(model.path, ROOT) if model.path.is_relative_to(ROOT) else str(model.path)


def command(setting: Setting, name: str, *options: str, trajectory: bool = False) -> str | None:
    """`python -m jedi NAME` with this model and place; None where the command line cannot say the place.

    With `trajectory` the command needs a first state, which a model that takes it from the trials has for these alone.
    """
    here = setting.here
    if here.place.trial is not None and here.place.context is None:
        place = ["--trial", str(here.trial)]
    elif trajectory and setting.run.initial_kind == "trial":
        return None
    else:
        place = ["--embedding", ",".join(repr(float(value)) for value in here.context)]
    if place[1].startswith("-"):
        place = [f"{place[0]}={place[1]}"]
    return shlex.join(["python", "-m", "jedi", name, run_argument(setting.model), *place, *options])


def path_command(setting: Setting, *options: str) -> str | None:
    """`python -m jedi bifurcation` between two trials; None where an end is no trial's context."""
    here, there = setting.here, setting.there
    if there is None or any(p.place.context is not None or p.place.centre is not None for p in (here, there)):
        return None
    ends = ["--from", str(here.trial), "--to", str(there.trial)]
    return shlex.join(["python", "-m", "jedi", "bifurcation", run_argument(setting.model), *ends, *options])


def python(setting: Setting, lines: Sequence[str], *, trajectory: bool = True, there: bool = False) -> str:
    """A script that loads the model, finds the place and then does `lines`.

    They may use `run`, `context` and `w`, the weights; with `trajectory` also `x0` and `x`; with `there` also `other`,
    the second place's context.
    """
    imports, found = _context_lines(setting, setting.here, "context")
    script = ["import numpy as np", "import jedi", "from jedi import dynamics", *imports, ""]
    script += [f"run = jedi.load({run_argument(setting.model)!r})", *found, "w = run.weights(context)"]
    if trajectory:
        script += [f"x0 = run.initial_state(context=context, trial={setting.here.trial})"]
        script += ["x = run.rollout(context, x0)"]
    if there and setting.there is not None:
        more, second = _context_lines(setting, setting.there, "other")
        script[3:3] = [line for line in more if line not in imports]
        script += second
    return "\n".join([*script, *lines])


def _context_lines(setting: Setting, point: Point, name: str) -> tuple[list[str], list[str]]:
    place = point.place
    if place.context is not None:
        return [], [f"{name} = np.array({[float(value) for value in place.context]})"]
    if place.centre is None:
        return [], [f"{name} = run.contexts[{point.trial}]"]
    classes = classes_of(setting.run)
    label = classes.label if classes else ""
    trained = " & run.training" if setting.run.training[point.rows].all() else ""
    return ["from jedi.columns import class_labels"], [
        f"codes, names = class_labels({label!r}, run.trials[{label!r}])",
        f"rows = (codes == names.index({place.centre!r})){trained}",
        f"{name} = run.contexts[rows].mean(0, dtype=float)",
    ]
