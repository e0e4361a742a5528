"""Two places side by side: which fixed points correspond, how far apart they are, and the spectra."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse import layout, questions, reproduce, words
from explorer.analyse.controls import option_segments
from explorer.analyse.fixed_points import known_points
from explorer.analyse.handing import hand_over
from explorer.analyse.memory import Memory
from explorer.analyse.numbers import text
from explorer.analyse.places import Point
from explorer.analyse.planes import recorded_plane
from explorer.analyse.questions import Compared, FixedPointsHere
from explorer.analyse.setting import Setting
from explorer.analyse.waiting import obtain
from explorer.figures.dynamics import complex_plane
from explorer.figures.dynamics.comparison import two_planes
from explorer.markup import plain

_FIGURES = {"states": "states", "origin": "spectra at the origin"}
MATCH_HELP = (
    "Stable points are paired with stable ones and all others with others, one to one, so that the sum of their "
    "distances is the least possible (optimal assignment). Distances are Euclidean in the units of the states. "
    "Hausdorff: the largest distance from a fixed point of either network to the nearest of the other. Wasserstein: "
    "what it costs to move one set onto the other, a point weighing 1 over their number. Spectral: the mean |λ − λ'| "
    "over optimally paired eigenvalues."
)


def show(setting: Setting, memory: Memory) -> None:
    """The section."""
    there = setting.there
    if there is None:
        return
    with layout.panels() as (picture, panel):
        with picture:
            with layout.title("Compare", f"{setting.here.name} and {there.name}"):
                which = option_segments(memory, "compare", "Figure", _FIGURES)
            here = known_points(setting)
            if here is None:
                return
            known = known_points(setting, there, "fixed points there")
            if known is None:
                return
            found = obtain(questions.comparison(setting, here, there, known))
            if found is None:
                return
            names = (setting.here.name, there.name)
            if which == "states":
                plane = recorded_plane(setting.run)
                figure = two_planes(
                    (here.fixed, known.fixed), (here.states, known.states), found.points.matching.pairs, plane.axes,
                    plane.centre, layout.colours(), names=names, axis_names=plane.names, dt=setting.run.dt,
                )  # fmt: skip
            else:
                figure = complex_plane(
                    list(zip(names, found.origins, strict=True)), layout.colours(), dt=setting.run.dt
                )
            layout.draw(figure, f"comparison-{which}", f"{names[0]} and {names[1]}")
        with panel:
            _say(setting, there, here, known, found)


def _say(setting: Setting, there: Point, here: FixedPointsHere, known: FixedPointsHere, found: Compared) -> None:
    matching = found.points.matching
    said = f"**{pairs_words(len(matching.pairs))}**"
    for place, fixed, left in (
        (setting.here, here.fixed, matching.unmatched_a),
        (there, known.fixed, matching.unmatched_b),
    ):
        without = f", {len(left)} without a partner" if len(left) else ""
        said += f"  \n{plain(place.name).capitalize()}: {words.kinds(fixed) or 'none'}{without} ({fixed.completeness})."
    st.markdown(said, help=MATCH_HELP)
    with st.container(horizontal=True, key="analyse-facts"):
        layout.fact("Hausdorff distance", text(found.points.hausdorff, 4))
        layout.fact("Wasserstein distance", text(found.points.wasserstein, 4))
        layout.fact("Spectral, at the origin", text(found.origin_distance, 3))
    layout.table(rows(here.fixed, found.points), "Matched fixed points", "kinds")
    lines = [
        "v = run.weights(other)",
        f"a = dynamics.fixed_points(w, run.dt_over_tau, near=x, slow_speed={here.slow_speed!r})",
        f"y = run.rollout(other, run.initial_state(context=other, trial={there.trial}))",
        f"b = dynamics.fixed_points(v, run.dt_over_tau, near=y, slow_speed={known.slow_speed!r})",
        "found = dynamics.compare(a, b)",
        "print(found.hausdorff, found.wasserstein, found.matching.distances)",
        "spectra = [dynamics.spectrum(weights, run.dt_over_tau) for weights in (w, v)]",
        "print(dynamics.spectral_distance(*spectra))",
    ]
    script = reproduce.python(setting, lines, there=True)
    hand_over(setting, found.points, f"and {there.name.removeprefix('the ')} compared", None, script)


def rows(fixed: Any, compared: Any) -> list[dict[str, str]]:
    """A row a pair."""
    matching = compared.matching
    return [
        {
            "": f"{i + 1} and {j + 1}",
            "kind": str(fixed.kind[i]),
            "distance": text(distance, 4),
            "per unit": text(distance / np.sqrt(fixed.x.shape[1]), 3),
            "spectral distance": text(spectral, 3),
        }
        for (i, j), distance, spectral in zip(
            matching.pairs.tolist(), matching.distances, compared.spectral_distances, strict=True
        )
    ]


def pairs_words(number: int) -> str:
    """How many fixed points have a partner."""
    if number == 0:
        return "No fixed point has a partner."
    return f"{number} pair{'' if number == 1 else 's'} of fixed points correspond{'s' if number == 1 else ''}."
