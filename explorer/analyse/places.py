"""Places of the embedding: a trial's context, the centre of a class, or the probe where Explore left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.state import decode_context, encode_context
from jedi.columns import class_labels
from jedi.errors import JediError
from jedi.run import Run

CENTRE, TRIAL, PROBE = "centre:", "trial:", "probe"


@dataclass(frozen=True)
class Place:
    """A trial, a class, or a context of its own; of the last, `trial` is the one whose first state it starts at."""

    trial: int | None = None
    centre: str | None = None
    context: tuple[float, ...] | None = None

    @property
    def key(self) -> str:
        """What stands for it in a list of places."""
        if self.context is not None:
            return PROBE
        return f"{CENTRE}{self.centre}" if self.centre is not None else f"{TRIAL}{self.trial or 0}"


@dataclass(frozen=True, eq=False)
class Point:
    """A place of a run, found."""

    place: Place
    name: str  # as it stands in a sentence: text from the file, not escaped
    context: np.ndarray  # (D,) float64
    trial: int  # whose first state starts the trajectory, where the model's first states are given by the trials
    rows: np.ndarray  # the trials whose mean it is


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of a run's label: of each trial its code (-1: none), and the classes' names."""

    label: str
    codes: np.ndarray  # (K,)
    names: list[str]

    def rows(self, name: str, run: Run) -> np.ndarray:
        """The training trials of the class so called; all of its trials where none was trained on."""
        of_class = self.codes == self.names.index(name)
        trained = of_class & run.training
        return np.flatnonzero(trained if trained.any() else of_class)


@lru_cache(maxsize=8)
def classes_of(run: Run) -> Classes | None:
    """The classes by the run's own label, as its evaluation has them; None where it has no label."""
    label = run.config["dataset"].get("label")
    if not label or label not in run.trials:
        return None
    codes, names = class_labels(label, run.trials[label])
    there = [name for i, name in enumerate(names) if (codes == i).any()]
    kept = {names.index(name): i for i, name in enumerate(there)}
    return Classes(str(label), np.array([kept.get(int(code), -1) for code in codes]), there)


def place_keys(run: Run, probe: Place | None) -> list[str]:
    """All places that can be chosen, in order: the probe where there is one, the classes' centres, the trials."""
    classes = classes_of(run)
    centres = [f"{CENTRE}{name}" for name in classes.names] if classes else []
    return [*([PROBE] if probe else []), *centres, *(f"{TRIAL}{k}" for k in range(len(run.contexts)))]


def place_of(key: str, probe: Place | None) -> Place:
    """The place that a key of `place_keys` stands for."""
    if key == PROBE and probe is not None:
        return probe
    if key.startswith(CENTRE):
        return Place(centre=key.removeprefix(CENTRE))
    return Place(trial=int(key.removeprefix(TRIAL)))


def key_name(key: str, run: Run) -> str:
    """A key of `place_keys` as a list shows it."""
    if key == PROBE:
        return "probe, as Explore left it"
    if key.startswith(CENTRE):
        return f"centre of {key.removeprefix(CENTRE)}"
    trial = int(key.removeprefix(TRIAL))
    classes = classes_of(run)
    code = int(classes.codes[trial]) if classes else -1
    of = f" \N{MIDDLE DOT} {classes.names[code]}" if classes and code >= 0 else ""
    split = str(run.trials["split"].iloc[trial])
    return f"trial {trial}{of}{'' if split == 'train' else f', {split}'}"


def find(place: Place, run: Run) -> Point:
    """The context that a place of this run means; `JediError` where there is none such."""
    if place.context is not None:
        return _probe(place, run)
    if place.centre is not None:
        return _centre(place, place.centre, run)
    trial = place.trial or 0
    if not 0 <= trial < len(run.contexts):
        raise JediError(f"there is no trial {trial}: the model has trials 0 to {len(run.contexts) - 1}")
    return Point(place, f"trial {trial}", run.contexts[trial].astype(np.float64), trial, np.array([trial]))


def _probe(place: Place, run: Run) -> Point:
    context = np.array(place.context, np.float64)
    if context.shape != (run.embedding_dim,):
        raise JediError(f"the probe has {context.size} numbers; a context of this model has {run.embedding_dim}")
    trial = place.trial if place.trial is not None else nearest_trial(context, run)
    if not 0 <= trial < len(run.contexts):
        raise JediError(f"there is no trial {trial}: the model has trials 0 to {len(run.contexts) - 1}")
    return Point(place, "the probe", context, trial, np.array([], int))


def _centre(place: Place, name: str, run: Run) -> Point:
    classes = classes_of(run)
    if classes is None:
        raise JediError("this model's trials have no label, so there are no classes with a centre: choose a trial")
    if name not in classes.names:
        raise JediError(f"no class {name[:60]!r} of {classes.label} (there are: {', '.join(classes.names[:12])})")
    rows = classes.rows(name, run)
    context = run.contexts[rows].mean(0, dtype=np.float64)
    return Point(place, f"the centre of {name}", context, nearest_trial(context, run, rows), rows)


def nearest_trial(context: np.ndarray, run: Run, rows: np.ndarray | None = None) -> int:
    """The trial, of `rows` if given, whose context (D,) is nearest."""
    among = np.arange(len(run.contexts)) if rows is None else rows
    return int(among[((run.contexts[among] - context) ** 2).sum(1).argmin()])


def snapped(context: tuple[float, ...], trial: int | None, run: Run) -> Place:
    """The probe of Explore: the trial itself where it rests on its context to the last bit."""
    near = nearest_trial(np.array(context), run) if len(context) == run.embedding_dim else None
    if near is not None and tuple(map(float, run.contexts[near])) == context and trial in (None, near):
        return Place(trial=near)
    return Place(trial=trial, context=context)


def other_place(place: Place, run: Run) -> Place:
    """Where a path from `place` leads to unless something else is chosen: another class's centre, else a trial."""
    classes = classes_of(run)
    here = find(place, run)
    if classes and len(classes.names) > 1:
        own = place.centre if place.centre is not None else classes.names[max(int(classes.codes[here.trial]), 0)]
        at = classes.names.index(own)
        return Place(centre=classes.names[(at + 1) % len(classes.names)])
    return Place(trial=0 if here.trial else len(run.contexts) - 1)


def read_place(parameters: Mapping[str, str]) -> Place | None:
    """The place that an address names by `probe`, `centre` and `trial`; None where it names none that can be read."""
    text = parameters.get("trial", "")
    trial = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    context = decode_context(parameters.get("probe", ""))
    if context is not None:
        return Place(trial=trial, context=context)
    if parameters.get("centre"):
        return Place(centre=parameters["centre"])
    return None if trial is None else Place(trial=trial)


def write_place(place: Place | None) -> dict[str, str]:
    """The parameters that `read_place` reads."""
    if place is None:
        return {}
    trial = {} if place.trial is None else {"trial": str(place.trial)}
    if place.context is not None:
        return {"probe": encode_context(place.context), **trial}
    return {"centre": place.centre} if place.centre is not None else trial
