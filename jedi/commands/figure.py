"""`figure`: a result as a figure for a paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jedi.commands.context import Embedding, Trial, context_of, context_of_trial, start_of, trajectory_of
from jedi.commands.options import LARGEST_SEED, AsJson, RunName
from jedi.commands.output import emit, log
from jedi.errors import JediError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("figure")(figure)


@dataclass(frozen=True)
class Asked:
    """What the command line says, beside kind and file."""

    trial: int | None
    embedding: str | None
    start: int | None
    end: int | None
    width: Any
    at: str
    height: str
    steps: int
    seed: int


def figure(
    run: RunName,
    kind: Annotated[
        str,
        typer.Argument(
            help="fixed-points, spectrum, course (eigenvalues along the trial), lyapunov, bifurcation, phase-portrait, "
            "trajectory or weights."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The figure: .pdf, .svg (text stays text in both) or .png.")],
    trial: Trial = None,
    embedding: Embedding = None,
    start: Annotated[
        int | None, typer.Option("--from", help="bifurcation: row of the trial whose context the path begins at.")
    ] = None,
    end: Annotated[int | None, typer.Option("--to", help="Row of the trial whose context it ends at.")] = None,
    width: Annotated[str, typer.Option(help="single (85 mm) or double (180 mm).")] = "single",
    at: Annotated[str, typer.Option(help="spectrum: origin, or fixed-point: at every fixed point.")] = "origin",
    height: Annotated[str, typer.Option(help="bifurcation: norm of the overlaps, or the number of one.")] = "norm",
    steps: Annotated[int, typer.Option(min=1, help="lyapunov: model steps measured.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of searches and first directions.")] = 0,
    as_json: AsJson = False,
) -> None:
    """A result as a figure for a paper: a column's width, 7 pt, the app's colours."""
    import jedi
    from jedi.figures import save
    from jedi.figures.style import FORMATS, WIDTHS_MM

    if kind not in KINDS:
        raise JediError(f"no figure {kind!r}; there are {', '.join(KINDS)}")
    if out.suffix.lower().removeprefix(".") not in FORMATS:
        raise JediError(f"--out {out.name}: a figure is written as .pdf, .svg or .png")
    if width not in WIDTHS_MM:
        raise JediError(f"--width {width!r}: expected single or double")
    asked = Asked(trial, embedding, start, end, width, at, height, steps, seed)
    if kind != "bifurcation" and not (start is None and end is None):
        raise JediError(f"--from and --to belong to a bifurcation figure; say --trial K for {kind}")
    drawn = KINDS[kind](jedi.load(run), asked)
    save(drawn, out)
    if as_json:
        emit({"file": str(out), "kind": kind, "width_mm": WIDTHS_MM[width], "bytes": out.stat().st_size})
    else:
        log(f"wrote {out}")


def _fixed_points(run: Any, asked: Asked) -> Figure:
    from jedi.figures import fixed_points_figure
    from jedi.figures.planes import principal_axes

    context = context_of(run, asked.trial, asked.embedding)
    states = _states(run, context, asked)
    fixed = _search(run, context, states, asked)
    if states is None and not len(fixed):
        raise JediError("no fixed point was found, and without a trajectory there is nothing to draw")
    axes, centre, _ = principal_axes(fixed.x if states is None else states)
    return fixed_points_figure(fixed, axes, centre, states, width=asked.width)


def _spectrum(run: Any, asked: Asked) -> Figure:
    from jedi import dynamics
    from jedi.figures import spectrum_figure

    context = context_of(run, asked.trial, asked.embedding)
    if asked.at == "origin":
        found = dynamics.spectrum(run.weights(context), run.dt_over_tau)
        return spectrum_figure([("at the origin", found.eigenvalues)], dt_over_tau=run.dt_over_tau, width=asked.width)
    if asked.at != "fixed-point":
        raise JediError(f"--at {asked.at!r}: expected origin or fixed-point")
    fixed = _search(run, context, _states(run, context, asked), asked)
    if not len(fixed):
        raise JediError("no fixed point was found; say --at origin")
    values = [(f"{fixed.kind[p]} point {p + 1}", fixed.spectrum.eigenvalues[p]) for p in range(len(fixed))]
    return spectrum_figure(values, dt_over_tau=run.dt_over_tau, width=asked.width)


def _course(run: Any, asked: Asked) -> Figure:
    from jedi import dynamics
    from jedi.figures import course_figure

    context = context_of(run, asked.trial, asked.embedding)
    states = trajectory_of(run, context, asked.trial)
    found = dynamics.course(run.weights(context), states, run.dt_over_tau, run.dt)
    return course_figure(found, run.dt, width=asked.width)


def _lyapunov(run: Any, asked: Asked) -> Figure:
    from jedi import dynamics
    from jedi.figures import lyapunov_figure

    context = context_of(run, asked.trial, asked.embedding)
    first = start_of(run, context, asked.trial)
    found = dynamics.lyapunov(run.weights(context), first, asked.steps, run.dt_over_tau, run.dt, seed=asked.seed)
    return lyapunov_figure(found, width=asked.width)


def _bifurcation(run: Any, asked: Asked) -> Figure:
    import numpy as np

    from jedi import dynamics
    from jedi.figures import bifurcation_figure

    if asked.start is None or asked.end is None or not (asked.trial is None and asked.embedding is None):
        raise JediError("a bifurcation figure is of a path between two trials' contexts: say --from K1 --to K2")
    if asked.height != "norm" and not (asked.height.isascii() and asked.height.isdigit()):
        raise JediError(f"--height {asked.height!r}: expected norm, or the number of an overlap")
    if asked.height != "norm" and not 1 <= int(asked.height) <= run.rank:
        raise JediError(f"--height {asked.height}: the model has overlaps 1 to {run.rank}")
    project = None if asked.height == "norm" else np.eye(run.rank)[int(asked.height) - 1]
    first = context_of_trial(run, asked.start, "--from").astype(float)  # in float32 the path would have steps
    last = context_of_trial(run, asked.end, "--to").astype(float)
    if (first == last).all():
        raise JediError(f"trials {asked.start} and {asked.end} have the same context: there is no path between them")
    found = dynamics.bifurcations(
        lambda s: run.weights((1 - s) * first + s * last), run.dt_over_tau, asked.seed, _progress()
    )
    ends = (f"trial {asked.start}", f"trial {asked.end}")
    return bifurcation_figure(found, project, ends=ends, width=asked.width)


def _phase_portrait(run: Any, asked: Asked) -> Figure:
    from jedi.dynamics.phase_portrait import phase_portrait
    from jedi.figures import phase_portrait_figure

    context = context_of(run, asked.trial, asked.embedding)
    states = _states(run, context, asked)
    fixed = _search(run, context, states, asked)
    weights = run.weights(context)
    found = phase_portrait(weights, dt_over_tau=run.dt_over_tau, fixed=fixed, trajectory=states)
    names = ("PC 1", "PC 2") if states is not None and run.rank > 2 else ("y1", "y2")
    return phase_portrait_figure(found, fixed, states, names=names, width=asked.width)


def _trajectory(run: Any, asked: Asked) -> Figure:
    from jedi.figures import trajectory_figure

    states = trajectory_of(run, context_of(run, asked.trial, asked.embedding), asked.trial)
    return trajectory_figure(states, run.dt, width=asked.width)


def _weights(run: Any, asked: Asked) -> Figure:
    from jedi.figures import weights_figure

    return weights_figure(run.weights(context_of(run, asked.trial, asked.embedding)), width=asked.width)


KINDS: dict[str, Callable[[Any, Asked], Figure]] = {
    "fixed-points": _fixed_points,
    "spectrum": _spectrum,
    "course": _course,
    "lyapunov": _lyapunov,
    "bifurcation": _bifurcation,
    "phase-portrait": _phase_portrait,
    "trajectory": _trajectory,
    "weights": _weights,
}


def _states(run: Any, context: Any, asked: Asked) -> Any:
    """The states that the run generates at a context, or None where it has no first one there."""
    if run.initial_kind == "trial" and asked.trial is None:
        return None
    return trajectory_of(run, context, asked.trial)


def _search(run: Any, context: Any, states: Any, asked: Asked) -> Any:
    """Fixed points without a proof, which no figure shows."""
    from jedi import dynamics

    return dynamics.fixed_points(run.weights(context), run.dt_over_tau, asked.seed, 0.0, near=states)


def _progress() -> Callable[[str, float], None]:
    """Tells how far a computation is, at most every two seconds."""
    import time

    told = time.monotonic()

    def progress(text: str, share: float) -> None:
        nonlocal told
        if time.monotonic() - told > 2:
            told = time.monotonic()
            log(f"{100 * share:3.0f} %  {text}")

    return progress
