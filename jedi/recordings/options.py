"""What a person may ask of an import."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from jedi.errors import JediError


@dataclass(frozen=True)
class ImportOptions:
    """Each `None` is chosen from the recording, and the report says what was chosen."""

    align: str | None = None  # event column at time 0; None: the cue or onset column of the table, else start_time
    table: str | None = None  # interval table, by name or path; None: trials, else the longest
    window: tuple[float, float] | None = None  # s around the event; None: -0.3 to 0.7, from start_time the usual length
    bin: float = 0.01  # s
    smooth: float | None = None  # SD of the Gaussian kernel, s; None or 0: no smoothing, spike counts
    causal: bool = False  # a half Gaussian that looks back only
    areas: tuple[str, ...] = ()  # keep these areas; empty: all
    min_rate: float | None = None  # spikes/s over recorded time; None: 0.5, or just not silent if that loses half
    max_trials: int | None = None  # keep this many, evenly spread over the session
    drop_incomplete: bool = False  # leave out windows with unrecorded bins, which are masked otherwise
    label: str | None = None  # trial column to colour and score by; None: an angle, else groups, else none
    name: str | None = None  # of the dataset; None: the file's

    def __post_init__(self) -> None:
        if self.window is not None:
            window = _numbers(self.window, "window")
            if len(window) != 2 or not window[0] < window[1]:
                raise JediError(f"window is {_plain(self.window)}; expected two times in s, the first one earlier")
            object.__setattr__(self, "window", window)
        object.__setattr__(self, "bin", _numbers((self.bin,), "bin")[0])
        if self.bin <= 0:
            raise JediError(f"bin is {self.bin:g} s; expected a positive width, for instance 0.01")
        for key in ("smooth", "min_rate"):
            value = getattr(self, key)
            if value is not None:
                (value,) = _numbers((value,), key)
                if value < 0:
                    raise JediError(f"{key} is {value:g}; expected 0 or more")
                object.__setattr__(self, key, value)
        if self.smooth == 0:
            object.__setattr__(self, "smooth", None)
        if self.max_trials is not None and (not isinstance(self.max_trials, int) or self.max_trials < 1):
            raise JediError(f"max_trials is {self.max_trials!r}; expected a whole number from 1")
        given: Any = self.areas
        areas = (given,) if isinstance(given, str) else tuple(str(area) for area in given)
        object.__setattr__(self, "areas", areas)

    def record(self) -> dict[str, Any]:
        """The options as JSON has them."""
        return asdict(self)


def options_from(wishes: ImportOptions | Mapping[str, Any] | None) -> ImportOptions:
    """Options from a mapping of some of the fields; `JediError` for a name that is none."""
    if isinstance(wishes, ImportOptions):
        return wishes
    known = [field.name for field in fields(ImportOptions)]
    given = {key: value for key, value in dict(wishes or {}).items() if value is not None}
    unknown = [key for key in given if key not in known]
    if unknown:
        raise JediError(f"no import option {unknown[0]!r} (there are: {', '.join(known)})")
    if "window" in given:
        given["window"] = _numbers(given["window"], "window")
    for key in ("bin", "smooth", "min_rate"):
        if key in given:
            (given[key],) = _numbers((given[key],), key)
    if "areas" in given:
        given["areas"] = (given["areas"],) if isinstance(given["areas"], str) else tuple(given["areas"])
    return ImportOptions(**given)


def _numbers(values: Any, key: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise JediError(f"{key} is {_plain(values)}; expected numbers of seconds") from error
    if not all(math.isfinite(number) for number in numbers):
        raise JediError(f"{key} is {_plain(values)}; expected finite numbers")
    return numbers


def _plain(values: Any) -> str:
    return " ".join(str(value) for value in values) if isinstance(values, list | tuple) else repr(values)
