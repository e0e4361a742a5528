"""What the page asks of `jedi.dynamics`: a key, the computation, and who asks. Nothing here knows Streamlit.

Compiled code is imported by the thread that needs it, so that a page opens without it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from explorer import computing
from explorer.analyse.places import Point
from explorer.analyse.setting import Setting

T = TypeVar("T")

LONGER = "longer proof"  # the group of proofs for which the points found so far are shown meanwhile


@dataclass(frozen=True, eq=False)
class Question(Generic[T]):
    """One computation, as `computing.ask` takes it."""

    key: Hashable
    compute: Callable[[], T]
    group: str
    doing: str  # what is going on, in a few words, while nothing is known


@dataclass(frozen=True, eq=False)
class FixedPointsHere:
    """Fixed points with the trajectory that they were searched about."""

    fixed: Any  # jedi.dynamics.FixedPoints
    states: np.ndarray  # (S, M)
    slow_speed: float  # per tau


def fixed_points(
    setting: Setting, proof_seconds: float, *, point: Point | None = None, group: str = "fixed points"
) -> Question[FixedPointsHere]:
    """All fixed points here, or at another point."""

    def compute() -> FixedPointsHere:
        from jedi.dynamics import fixed_points as search
        from jedi.dynamics.slow_points import usual_slow_speed

        say, stop = computing.reporter(), computing.stop_event()
        weights, states = setting.weights(point), setting.trajectory(point)
        slow = usual_slow_speed(weights, states)
        found = search(
            weights,
            setting.run.dt_over_tau,
            near=states,
            proof_seconds=proof_seconds,
            slow_speed=slow,
            stop=stop,
            progress=lambda left, boxes: say(proof_progress(left, boxes)),
        )
        return FixedPointsHere(found, states, slow)

    key = setting.key("fixed points", proof_seconds, point=point)
    doing = "Searching for fixed points" if group != LONGER else "Proving that none is missing"
    return Question(key, compute, f"{setting.session} {group}", doing)


def proof_progress(left: float, boxes: int) -> str:
    """How far a proof is."""
    return f"{boxes:,} boxes, {100 * (1 - left):.4g} % of the volume covered"


def modes(setting: Setting, at: np.ndarray | None, name: str) -> Question[Any]:
    """The modes about a state (M,), the origin if None; `name` stands for it in the key."""

    def compute() -> Any:
        from jedi.dynamics import modes as linearised

        return linearised(setting.weights(), setting.run.dt_over_tau, at)

    state = None if at is None else at.tobytes()
    return Question(setting.key("modes", state), compute, f"{setting.session} spectrum", f"Linearising at {name}")


def course(setting: Setting) -> Question[Any]:
    """Eigenvalues along the trial."""

    def compute() -> Any:
        from jedi.dynamics import course as along

        return along(setting.weights(), setting.trajectory(), setting.run.dt_over_tau, setting.run.dt)

    return Question(setting.key("course"), compute, f"{setting.session} spectrum", "Linearising along the trial")


def gains(setting: Setting) -> Question[Any]:
    """Modes under the trial's describing-function gains."""

    def compute() -> Any:
        from jedi.dynamics import gain_spectrum

        return gain_spectrum(setting.weights(), setting.trajectory(), setting.run.dt_over_tau, setting.run.dt)

    return Question(setting.key("gains"), compute, f"{setting.session} spectrum", "Linearising under the trial's gains")


def lyapunov(setting: Setting, along: str, exponents: int, steps: int) -> Question[Any]:
    """Exponents on the attractor, or along the trial's own states (then `steps` says nothing)."""
    run = setting.run
    count = min(exponents, run.units)
    options = (along, count) if along == "trial" else (along, count, steps)

    def compute() -> Any:
        from jedi.dynamics import finite_time
        from jedi.dynamics import lyapunov as long_run

        if along == "trial":
            return finite_time(setting.weights(), setting.trajectory(), run.dt_over_tau, run.dt, count)
        return long_run(setting.weights(), setting.start(), steps, run.dt_over_tau, run.dt, count)

    key = setting.key("lyapunov", *options)
    return Question(key, compute, f"{setting.session} lyapunov", "Following neighbouring states")


def bifurcations(setting: Setting, there: Point) -> Question[Any]:
    """Branches, bifurcations and cycles on the straight path of contexts from here to there."""
    run, start, end = setting.run, setting.here.context, there.context

    def compute() -> Any:
        from jedi.dynamics import bifurcations as along

        def tell(text: str, share: float) -> None:
            computing.progress(f"{100 * share:.0f} %, {text}")

        return along(lambda s: run.weights((1 - s) * start + s * end), run.dt_over_tau, progress=tell)

    key = setting.key("bifurcations", end.tobytes())
    return Question(key, compute, f"{setting.session} bifurcations", "Following fixed points along the path")


def portrait(
    setting: Setting,
    known: FixedPointsHere,
    name: str,
    axes: np.ndarray | None,
    centre: np.ndarray | None,
    basins: bool,
) -> Question[Any]:
    """The flow on a plane of states; `name` stands for the plane in the key."""

    def compute() -> Any:
        from jedi.dynamics.phase_portrait import phase_portrait

        return phase_portrait(
            setting.weights(),
            axes,
            centre,
            basins=basins,
            dt_over_tau=setting.run.dt_over_tau,
            fixed=known.fixed,
            trajectory=known.states,
        )

    key = setting.key("portrait", name, basins)
    return Question(key, compute, f"{setting.session} portrait", "Drawing the flow")


@dataclass(frozen=True, eq=False)
class Compared:
    """Two networks side by side."""

    points: Any  # jedi.dynamics.Comparison
    origins: tuple[np.ndarray, np.ndarray]  # eigenvalues of the step at the origin, of the low-rank parts
    origin_distance: float  # mean |lambda - lambda'| over their optimal pairs


def comparison(setting: Setting, here: FixedPointsHere, there: Point, known: FixedPointsHere) -> Question[Compared]:
    """Fixed points and spectra here and there."""

    def compute() -> Compared:
        from jedi.dynamics import compare, spectral_distance, spectrum

        spectra = [spectrum(setting.weights(p), setting.run.dt_over_tau) for p in (setting.here, there)]
        first, second = spectra
        distance = spectral_distance(first, second)
        return Compared(compare(here.fixed, known.fixed), (first.eigenvalues, second.eigenvalues), distance)

    key = setting.key("comparison", there.context.tobytes(), there.trial)
    return Question(key, compute, f"{setting.session} comparison", "Comparing")
