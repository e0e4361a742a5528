"""`fixed-points`, `spectrum`, `lyapunov` and `bifurcation`."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from jedi.commands import dynamics_tables as tables
from jedi.commands.context import Embedding, Trial, context_of, context_of_trial, start_of, trajectory_of
from jedi.commands.options import LARGEST_SEED, AsJson, RunName
from jedi.commands.output import emit, log, say
from jedi.errors import JediError

ProofSeconds = Annotated[
    float, typer.Option(min=0, help="Time for the proof that no fixed point is missing; 0 leaves it out.")
]
SearchSeed = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Starts of the search for fixed points.")]

LOG_EVERY_S = 2.0


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("fixed-points")(fixed_points)
    app.command("spectrum")(spectrum)
    app.command("lyapunov")(lyapunov)
    app.command("bifurcation")(bifurcation)


def fixed_points(
    run: RunName,
    trial: Trial = None,
    embedding: Embedding = None,
    seed: SearchSeed = 0,
    proof_seconds: ProofSeconds = 5.0,
    starts: Annotated[int | None, typer.Option(min=1, help="At most so many starts of Newton's method.")] = None,
    slow_speed: Annotated[
        float | None, typer.Option(min=0, help="Speed per tau up to which slow points are listed, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """All fixed points of the dynamics that a context generates, and whether none is missing."""
    import jedi

    loaded = jedi.load(run)
    context = context_of(loaded, trial, embedding)
    found = _fixed_points(loaded, context, trial, seed, proof_seconds, starts, slow_speed)
    if as_json:
        emit({**_about(loaded, trial, context), **tables.fixed_points_facts(found)})
        return
    say(tables.fixed_points_table(found, loaded.dt))


def spectrum(
    run: RunName,
    trial: Trial = None,
    embedding: Embedding = None,
    at: Annotated[
        str, typer.Option(help="origin; trajectory: at every model step; or fixed-point: at every fixed point.")
    ] = "origin",
    of: Annotated[str, typer.Option(help="jacobian (of the discrete-time step) or J.")] = "jacobian",
    seed: SearchSeed = 0,
    proof_seconds: ProofSeconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """Eigenvalues of the dynamics that a context generates."""
    import jedi
    from jedi import dynamics

    if at not in ("origin", "trajectory", "fixed-point"):
        raise JediError(f"--at {at!r}: expected origin or trajectory or fixed-point")
    if of not in ("jacobian", "J"):
        raise JediError(f"--of {of!r}: expected jacobian or J")
    if of == "J" and at != "origin":
        raise JediError(f"the eigenvalues of J are the same everywhere: leave out --at {at}")
    loaded = jedi.load(run)
    context = context_of(loaded, trial, embedding)
    points = _fixed_points(loaded, context, trial, seed, proof_seconds) if at == "fixed-point" else None
    if points is not None:
        found = points.spectrum
    else:
        states = trajectory_of(loaded, context, trial) if at == "trajectory" else None
        found = dynamics.spectrum(loaded.weights(context), loaded.dt_over_tau, states, of)  # type: ignore[arg-type]
    if as_json:
        facts = {**_about(loaded, trial, context), "at": at, **tables.spectrum_facts(found, loaded.dt)}
        if points is not None:
            facts["points"] = tables.labels(points)
            facts["completeness"] = points.completeness
        emit(facts)
        return
    say(f"eigenvalues of {'the discrete-time Jacobian' if of == 'jacobian' else 'J'}, at {at}")
    if points is not None:
        say(tables.spectra_table(points, loaded.dt))
    else:
        say(tables.spectrum_table(found, loaded.dt) if states is None else tables.radii_table(found, loaded.dt))


def lyapunov(
    run: RunName,
    trial: Trial = None,
    embedding: Embedding = None,
    along: Annotated[
        str, typer.Option(help="attractor: in the long run; or trial: finite-time exponents of the trial's own states.")
    ] = "attractor",
    steps: Annotated[int, typer.Option(min=1, help="Model steps measured on the attractor.")] = 5000,
    discard: Annotated[
        int | None, typer.Option(min=0, help="Model steps before those, a tenth of them where not said.")
    ] = None,
    exponents: Annotated[int | None, typer.Option(min=1, help="How many, 10 where not said.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="First directions of the vectors.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Lyapunov exponents of the dynamics that a context generates, with standard errors."""
    import jedi
    from jedi import dynamics

    if along not in ("attractor", "trial"):
        raise JediError(f"--along {along!r}: expected attractor or trial")
    loaded = jedi.load(run)
    context = context_of(loaded, trial, embedding)
    weights, a, dt = loaded.weights(context), loaded.dt_over_tau, loaded.dt
    if along == "trial":
        found = dynamics.finite_time(weights, trajectory_of(loaded, context, trial), a, dt, exponents)
    else:
        found = dynamics.lyapunov(
            weights, start_of(loaded, context, trial), steps, a, dt, exponents, discard=discard, seed=seed
        )
    if as_json:
        emit({**_about(loaded, trial, context), "along": along, **tables.lyapunov_facts(found)})
        return
    say(tables.lyapunov_table(found))


def bifurcation(
    run: RunName,
    start: Annotated[int, typer.Option("--from", help="Row of the trial whose context the path begins at.")],
    end: Annotated[int, typer.Option("--to", help="Row of the trial whose context it ends at.")],
    seed: SearchSeed = 0,
    searches: Annotated[int, typer.Option(min=2, help="Places on the path where all fixed points are searched.")] = 9,
    proof_seconds: Annotated[
        float, typer.Option(min=0, help="Time at each of them for the proof that none is missing.")
    ] = 0.0,
    cycles: Annotated[bool, typer.Option(help="Whether limit cycles are looked for.")] = True,
    as_json: AsJson = False,
) -> None:
    """Branches of fixed points, bifurcations and limit cycles on the straight path between two trials' contexts."""
    import jedi
    from jedi.dynamics.bifurcation import bifurcations

    loaded = jedi.load(run)
    first = context_of_trial(loaded, start, "--from").astype(float)  # in float32 the path would have steps
    last = context_of_trial(loaded, end, "--to").astype(float)
    if (first == last).all():
        raise JediError(f"trials {start} and {end} have the same context: there is no path between them")
    told = time.monotonic()

    def progress(text: str, share: float) -> None:
        nonlocal told
        if time.monotonic() - told > LOG_EVERY_S:
            told = time.monotonic()
            log(f"{100 * share:3.0f} %  {text}")

    found = bifurcations(
        lambda s: loaded.weights((1 - s) * first + s * last),
        loaded.dt_over_tau,
        seed,
        progress,
        searches=searches,
        proof_seconds=proof_seconds,
        cycles=cycles,
    )
    if as_json:
        about = {"run": loaded.name, "from": start, "to": end, "contexts": [first, last], "dt_s": loaded.dt}
        emit({**about, **tables.bifurcation_facts(found, loaded.dt)})
        return
    say(tables.bifurcation_table(found, loaded.dt, start, end))


def _about(run: Any, trial: int | None, context: Any) -> dict[str, Any]:
    return {
        "run": run.name,
        "trial": trial,
        "context": context,
        "dt_s": run.dt,
        "dt_over_tau": run.dt_over_tau,
    }


def _fixed_points(
    run: Any,
    context: Any,
    trial: int | None,
    seed: int,
    proof_seconds: float,
    starts: int | None = None,
    slow_speed: float | None = None,
) -> Any:
    """The fixed points at a context, the states that it generates among the starts where it has a first one."""
    from jedi import dynamics

    reached = trial is not None or run.initial_kind != "trial"
    near = trajectory_of(run, context, trial) if reached else None
    return dynamics.fixed_points(
        run.weights(context),
        run.dt_over_tau,
        seed,
        proof_seconds,
        starts=starts,
        near=near,
        slow_speed=slow_speed,
    )
