"""`weights` and `pack`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jedi.commands.context import Embedding, Trial, context_of
from jedi.commands.options import AsJson, RunName
from jedi.commands.output import emit, log, say


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("weights")(weights)
    app.command("pack")(pack)


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
