"""Which context of a run a command is about, and the states that the run generates there."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jedi.errors import JediError

Trial = Annotated[int | None, typer.Option(help="Row of the trial, counted from 0.")]
Embedding = Annotated[str | None, typer.Option(help="A context, by commas.")]


def context_of(run: Any, trial: int | None, embedding: str | None) -> Any:
    """The context (D,) that --trial or --embedding names; `JediError` where neither or both do."""
    import numpy as np

    if (trial is None) == (embedding is None):
        raise JediError("give one of --trial K and --embedding v1,v2,...")
    if trial is not None:
        return context_of_trial(run, trial, "--trial")
    try:
        values = np.array([float(part) for part in (embedding or "").split(",")])
    except ValueError as error:
        raise JediError(f"--embedding {embedding!r} is not numbers by commas") from error
    if len(values) != run.embedding_dim or not np.isfinite(values).all():
        raise JediError(f"--embedding has {len(values)} values; expected {run.embedding_dim} finite ones")
    return values


def context_of_trial(run: Any, trial: int, option: str) -> Any:
    """The context (D,) of a trial that `option` names; `JediError` where there is no such trial."""
    if not 0 <= trial < len(run.contexts):
        raise JediError(f"{option} {trial}: the run has trials 0 to {len(run.contexts) - 1}")
    return run.contexts[trial]


def start_of(run: Any, context: Any, trial: int | None) -> Any:
    """The first state (M,) at a context; `JediError` where it has none."""
    if run.initial_kind == "trial" and trial is None:
        raise JediError("this model's first states are given by the trials: say --trial K instead of --embedding")
    return run.initial_state(context=context, trial=trial)


def trajectory_of(run: Any, context: Any, trial: int | None) -> Any:
    """States (steps, M) generated at a context from its own start; `JediError` where it has none."""
    return run.rollout(context, start_of(run, context, trial))
