"""What a column of the trial table is: groups, an angle or a quantity; colours and scores follow from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from jedi.errors import JediError

Form = Literal["categorical", "cyclic", "continuous"]

ANGLE_WORDS = {
    "dir", "direction", "directions", "angle", "angles", "theta", "phi", "phase",
    "heading", "orientation", "azimuth", "bearing", "rad", "radians",
}  # fmt: skip
MOST_GROUPS = 12  # whole numbers with no more distinct values than this are groups; colours run out beyond


def column_form(name: str, values: Sequence[object] | np.ndarray | pd.Series) -> Form:
    """`categorical`, `cyclic` or `continuous`: how the column is to be coloured and scored.

    Text and truth values are categorical. A column is cyclic only if its name says that it is an angle *and* its
    values fit: within 2 pi on either side of zero, not all whole numbers (those are codes). Degrees are not guessed
    and nothing is converted: such a column is continuous. Other numbers are categorical where they are whole, at
    most 12 different ones, and stored as integers (or as floats only because some are missing). Missing values
    (None, NaN, empty text) have no say.
    """
    column, present = pd.Series(values), _present(values)
    if present.empty or pd.api.types.is_bool_dtype(present) or not pd.api.types.is_numeric_dtype(present):
        return "categorical"
    numbers = present.to_numpy(dtype=float)
    whole = bool(np.all(numbers == np.round(numbers)))
    if is_angle(name, numbers):
        return "cyclic"
    stored_whole = pd.api.types.is_integer_dtype(present) or len(present) < len(column)
    if whole and stored_whole and len(np.unique(numbers)) <= MOST_GROUPS:
        return "categorical"
    return "continuous"


def is_angle(name: str, numbers: Float[np.ndarray, " K"]) -> bool:
    """Whether a column is an angle in radians: by a word of its name, and values that can be one.

    `target_dir`, `reachDirection` and `theta` qualify; `target_dir_deg`, values beyond 2 pi and whole numbers do not.
    """
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    numbers = numbers[np.isfinite(numbers)]
    fits = numbers.size > 0 and bool(np.all(np.abs(numbers) <= 2 * np.pi + 1e-9))
    return fits and bool(words & ANGLE_WORDS) and not np.all(numbers == np.round(numbers))


def sectors(angles_rad: Float[np.ndarray, " K"], classes: int) -> Int[np.ndarray, " K"]:
    """The sector, 0 to classes - 1, of each angle: the circle cut in equal parts from -pi; -1 where it is missing.

    A sector holds its lower edge: with four classes -pi is in 0, -pi/2 in 1, 0 in 2, pi/2 in 3, and pi again in 0.
    """
    if classes < 2:
        raise JediError(f"cannot cut a circle in {classes} class(es): give 2 or more with --classes")
    angles = np.asarray(angles_rad, dtype=float)
    missing = ~np.isfinite(angles)
    turns = np.mod((np.where(missing, 0.0, angles) + np.pi) / (2 * np.pi), 1.0)
    return np.where(missing, -1, np.minimum(np.floor(turns * classes), classes - 1)).astype(np.int64)


def class_labels(
    name: str, values: Sequence[object] | np.ndarray | pd.Series, classes: int = 4
) -> tuple[Int[np.ndarray, " K"], list[str]]:
    """The class of every trial, counted from 0 (-1 where it is missing), and the classes' names.

    Angles are cut in sectors from -pi, quantities at equal counts, groups are taken as they are, in order.
    """
    form = column_form(name, values)
    column = pd.Series(values)
    if form == "categorical":
        distinct = sorted(_present(values).unique().tolist(), key=lambda group: (str(type(group)), group))
        codes = column.map({group: i for i, group in enumerate(distinct)})
        return codes.fillna(-1).to_numpy(dtype=np.int64), [str(group) for group in distinct]
    numbers = column.to_numpy(dtype=float)
    if form == "cyclic":
        edges = np.linspace(-180, 180, classes + 1)
        return sectors(numbers, classes), [f"{a:.0f} to {b:.0f} deg" for a, b in pairwise(edges)]
    present = numbers[np.isfinite(numbers)]
    cuts = np.quantile(present, np.linspace(0, 1, classes + 1))
    found = np.searchsorted(cuts[1:-1], numbers, side="right")
    names = [f"{a:.3g} to {b:.3g}" for a, b in pairwise(cuts)]
    return np.where(np.isfinite(numbers), found, -1).astype(np.int64), names


def _present(values: Sequence[object] | np.ndarray | pd.Series) -> pd.Series:
    """The values that are there, in the narrowest type that holds them."""
    column = pd.Series(values)
    present = column[column.notna() & (column != "")]
    return present.infer_objects() if pd.api.types.is_object_dtype(present) else present
