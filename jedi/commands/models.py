"""`train`, `evaluate` and `embed`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from jedi.commands.options import LARGEST_SEED, AsJson, RunName
from jedi.commands.output import emit, log, say

WIDTH = 150  # columns of a table that goes to a file


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.command("embed")(embed)


def train(
    dataset: Annotated[Path, typer.Argument(help="A dataset (.h5).")],
    run: Annotated[str, typer.Option(help="Name of the run; its folder appears under runs/ (or $JEDI_RUNS).")],
    preset: Annotated[str, typer.Option(help="auto, clean or single-trial (docs/presets.md).")] = "auto",
    rank: Annotated[int | None, typer.Option(help="Rank R of the recurrence.")] = None,
    embedding_dim: Annotated[int | None, typer.Option(help="Dimension D of the contexts.")] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps.")] = None,
    batch: Annotated[int | None, typer.Option(help="Trials a step.")] = None,
    normalise: Annotated[str | None, typer.Option(help="none, z-score or soft; fitted on training trials.")] = None,
    jitter: Annotated[float | None, typer.Option(help="Noise on the contexts in training, in their SD.")] = None,
    hold_out: Annotated[float, typer.Option(help="Share of trials kept out of training.")] = 0.2,
    split_seed: Annotated[int, typer.Option(help="Which trials are held out.")] = 0,
    seed: Annotated[int, typer.Option(help="Initial parameters, order of trials, noise.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    patience: Annotated[int | None, typer.Option(help="Epochs without a better loss before an early stop.")] = None,
    permute_contexts: Annotated[bool, typer.Option(help="Control: start contexts shuffled over trials.")] = False,
    evaluate_after: Annotated[bool, typer.Option("--evaluate", help="Evaluate the model when it is done.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run, from its checkpoint.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on a dataset."""
    from jedi.commands.progress import EpochReporter
    from jedi.run_folder import run_path
    from jedi.training import train as train_run

    wishes = {
        "preset": preset, "rank": rank, "embedding_dim": embedding_dim, "steps": steps, "batch": batch,
        "normalise": normalise, "hold_out": hold_out, "split_seed": split_seed, "seed": seed, "device": device,
        "jitter": jitter, "patience": patience, "permute_contexts": permute_contexts,
    }  # fmt: skip
    config = training_config(wishes)
    folder = run_path(run)
    with EpochReporter() as reporter:
        trained = train_run(dataset, folder, config, resume=resume, on_epoch=reporter)
    figures = training_summary(trained, folder)
    if evaluate_after and figures["state"] == "done":
        evaluated(run)
    log(f"{figures['state']} after {figures['epochs']} epochs; the run is in {folder}")
    if as_json:
        emit(figures)
    else:
        say(
            f"R^2 in training, under noise on contexts, {figures['r2']:.3f}; all figures: python -m jedi evaluate {run}"
        )


def training_config(wishes: Mapping[str, Any]) -> Any:
    """A `TrainConfig` of what differs from its defaults (a resumed run keeps its own settings for the rest).

    Raises `JediError`, which names the option that cannot be used.
    """
    from pydantic import ValidationError

    from jedi.config import TrainConfig
    from jedi.errors import JediError

    try:
        defaults = TrainConfig().model_dump()
        return TrainConfig(**{name: value for name, value in wishes.items() if value != defaults[name]})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + "-".join(str(part) for part in first["loc"]).replace("_", "-")
        raise JediError(f"{option} {first.get('input')!r}: {first['msg'][0].lower()}{first['msg'][1:]}") from error


def training_summary(run: Any, folder: Path) -> dict[str, Any]:
    """What is worth knowing when training ends."""
    from jedi.run_folder import read_status

    status = read_status(folder)
    last = run.metrics[-1] if run.metrics else {}
    recipe = run.config.get("recipe", {})
    return {
        "run": run.name,
        "folder": str(folder),
        "state": status["state"],
        "reason": status.get("reason", ""),
        "preset": recipe.get("preset"),
        "preset_reason": recipe.get("reason"),
        "epochs": last.get("epoch"),
        "loss": last.get("loss"),
        "r2": last.get("r2"),
        "seconds": last.get("seconds"),
    }


def evaluate(
    run: RunName,
    dataset: Annotated[Path | None, typer.Option(help="The dataset, where it is no longer where it was.")] = None,
    label: Annotated[str | None, typer.Option(help="Trial column to score by; by default the dataset's own.")] = None,
    classes: Annotated[int, typer.Option(min=2, max=100, help="Classes that an angle or a quantity is cut into.")] = 4,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Splits, noise and folds.")] = 0,
    control: Annotated[bool, typer.Option(help="Also train the control: start contexts shuffled over trials.")] = False,
    as_json: AsJson = False,
) -> None:
    """Figures of merit, each with its baselines, floors and ceilings."""
    figures = evaluated(run, dataset, label=label, classes=classes, seed=seed, control=control)
    if as_json:
        emit(figures)
    else:
        from rich.console import Console

        from jedi.evaluation import format_figures

        console = Console()
        Console(width=console.width if console.is_terminal else WIDTH).print(format_figures(figures))


def evaluated(run: str, dataset: Path | None = None, **options: Any) -> dict[str, Any]:
    """The figures of a run; they are also kept in its folder, if it has one, as figures.json."""
    import json

    import jedi
    from jedi.atomic import write_text
    from jedi.commands.output import plain
    from jedi.dataset import load_dataset
    from jedi.evaluation import evaluate as figures_of
    from jedi.packed import dataset_of

    loaded = jedi.load(run)
    data = load_dataset(dataset) if dataset is not None else dataset_of(loaded)
    figures = figures_of(loaded, data, on_progress=lambda text, share: log(f"{share:4.0%}  {text}"), **options)
    folder = folder_of(run)
    if folder is not None:
        write_text(folder / "figures.json", json.dumps(plain(figures), allow_nan=False, indent=1))
    return figures


def folder_of(run: str) -> Path | None:
    """The folder of a run given by name or folder; None for a packed file."""
    from jedi.run_folder import run_path

    path = Path(run)
    if path.is_file():
        return None
    return path if path.is_dir() else run_path(run)


def embed(
    run: RunName,
    dataset: Annotated[Path, typer.Argument(help="A dataset (.h5) of the same neurons and bins.")],
    out: Annotated[Path, typer.Option(help="An HDF5 file: contexts, their SDs, the trials' R^2 and table.")],
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Start of the search.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Contexts of new trials, the hypernetwork frozen, with their fit and uncertainty."""
    import jedi
    from jedi.dataset import load_dataset
    from jedi.embedding import embed_trials, write_embedding

    loaded = jedi.load(run)
    found = embed_trials(loaded, load_dataset(dataset), seed=seed)
    write_embedding(found, out)
    log(f"wrote {out}")
    figures = {
        "run": loaded.name,
        "file": str(out),
        "trials": len(found.contexts),
        "r2": found.pooled_r2,
        "r2_by_trial": found.r2,
        "sd_over_spread": found.sd_over_spread,
        "distance_sd": found.distance_sd,
    }
    if as_json:
        emit(figures)
    else:
        known = f"contexts are known to {found.sd_over_spread:.2g} of the training contexts' SD"
        say(f"{len(found.contexts)} trials, R^2 {found.pooled_r2:.3f}; {known}")
