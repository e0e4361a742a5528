"""`spectrum`, `weights` and `pack`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jedi.commands.options import AsJson, RunName
from jedi.commands.output import emit, log, say, table
from jedi.errors import JediError

Trial = Annotated[int | None, typer.Option(help="Row of the trial, counted from 0.")]
Embedding = Annotated[str | None, typer.Option(help="A context, by commas.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("spectrum")(spectrum)
    app.command("weights")(weights)
    app.command("pack")(pack)


def context_of(run: Any, trial: int | None, embedding: str | None) -> Any:
    """The context (D,) that --trial or --embedding names; `JediError` where neither or both do."""
    import numpy as np

    if (trial is None) == (embedding is None):
        raise JediError("give one of --trial K and --embedding v1,v2,...")
    if trial is not None:
        if not 0 <= trial < len(run.contexts):
            raise JediError(f"--trial {trial}: the run has trials 0 to {len(run.contexts) - 1}")
        return run.contexts[trial]
    try:
        values = np.array([float(part) for part in (embedding or "").split(",")])
    except ValueError as error:
        raise JediError(f"--embedding {embedding!r} is not numbers by commas") from error
    if len(values) != run.embedding_dim or not np.isfinite(values).all():
        raise JediError(f"--embedding has {len(values)} values; expected {run.embedding_dim} finite ones")
    return values


def trajectory_of(run: Any, context: Any, trial: int | None) -> Any:
    """States (steps, M) generated at a context from its own start; `JediError` where it has none."""
    if run.initial_kind == "trial" and trial is None:
        raise JediError("this model's first states are given by the trials: say --trial K instead of --embedding")
    return run.rollout(context, run.initial_state(context=context, trial=trial))


def spectrum(
    run: RunName,
    trial: Trial = None,
    embedding: Embedding = None,
    at: Annotated[str, typer.Option(help="origin, or trajectory: at every model step.")] = "origin",
    of: Annotated[str, typer.Option(help="jacobian (of the discrete-time step) or J.")] = "jacobian",
    as_json: AsJson = False,
) -> None:
    """Eigenvalues of the dynamics that a context generates."""
    import jedi
    from jedi import dynamics

    if at not in ("origin", "trajectory"):
        raise JediError(f"--at {at!r}: expected origin or trajectory")
    if of not in ("jacobian", "J"):
        raise JediError(f"--of {of!r}: expected jacobian or J")
    loaded = jedi.load(run)
    context = context_of(loaded, trial, embedding)
    states = trajectory_of(loaded, context, trial) if at == "trajectory" else None
    if of == "J" and states is not None:
        raise JediError("the eigenvalues of J are the same everywhere: leave out --at trajectory")
    found = dynamics.spectrum(loaded.weights(context), loaded.dt_over_tau, states, of)  # type: ignore[arg-type]
    facts = {
        "run": loaded.name,
        "of": of,
        "at": at,
        "trial": trial,
        "context": context,
        "dt_s": loaded.dt,
        "eigenvalues": _pairs(found.eigenvalues),
        "rest": {"value": found.rest, "count": found.rest_count},
        "spectral_radius": found.spectral_radius,
    }
    if of == "jacobian":
        facts["frequencies_hz"] = found.frequencies_hz(loaded.dt)
        facts["time_constants_s"] = found.time_constants_s(loaded.dt)
    if as_json:
        emit(facts)
        return
    say(f"eigenvalues of {'the discrete-time Jacobian' if of == 'jacobian' else 'J'}, at {at}")
    say(_spectrum_table(found, loaded.dt) if states is None else _radii(found, loaded.dt))


def _pairs(values: Any) -> Any:
    """Complex numbers as [real, imaginary]."""
    import numpy as np

    return np.stack([values.real, values.imag], axis=-1)


def _spectrum_table(found: Any, dt: float) -> str:
    rows: list[list[str]] = []
    steps = found.of == "jacobian"
    frequencies = found.frequencies_hz(dt) if steps else [None] * len(found.eigenvalues)
    constants = found.time_constants_s(dt) if steps else [None] * len(found.eigenvalues)
    for value, frequency, constant in zip(found.eigenvalues, frequencies, constants, strict=True):
        row = [f"{value.real:+.6f} {value.imag:+.6f}i", f"{abs(value):.6f}"]
        rows.append(row + ([f"{frequency:.3f}", f"{constant:.4g}"] if steps else []))
    rows.append([f"{found.rest:+.6f}, {found.rest_count} times", f"{abs(found.rest):.6f}"] + ["", ""] * steps)
    return table(rows, ["eigenvalue", "modulus", *(["frequency (Hz)", "time constant (s)"] if steps else [])])


def _radii(found: Any, dt: float) -> str:
    rows = [[f"{step * dt:.3f}", f"{radius:.6f}"] for step, radius in enumerate(found.spectral_radius)]
    return table(rows, ["time (s)", "spectral radius"])


def weights(
    run: RunName,
    out: Annotated[Path, typer.Option(help="The weights, an NPZ file: U, V, bias, dt_over_tau, dt, context.")],
    trial: Trial = None,
    embedding: Embedding = None,
) -> None:
    """The weights that the hypernetwork generates at a context."""
    import numpy as np

    import jedi
    from jedi.atomic import replacing

    loaded = jedi.load(run)
    context = context_of(loaded, trial, embedding)
    generated = loaded.weights(context)
    arrays = {"U": generated.U, "V": generated.V, "context": context}
    if generated.bias is not None:
        arrays["bias"] = generated.bias
    with replacing(out) as temporary, temporary.open("wb") as file:
        np.savez(file, dt_over_tau=loaded.dt_over_tau, dt=loaded.dt, **arrays)
    log(f"wrote {out}")


def pack(
    run: RunName,
    out: Annotated[Path, typer.Option(help="The packed model, a .safetensors file.")],
    dataset: Annotated[Path | None, typer.Option(help="The dataset, where it is no longer where it was.")] = None,
    as_json: AsJson = False,
) -> None:
    """One file to share: the model, its contexts, its trial table and the recorded trials, compressed."""
    from jedi.dataset import load_dataset
    from jedi.packed import pack as packed

    written = packed(run, out, None if dataset is None else load_dataset(dataset))
    if as_json:
        emit({"file": str(written), "bytes": written.stat().st_size})
    else:
        say(f"wrote {written}, {written.stat().st_size / 1e6:.2f} MB")
