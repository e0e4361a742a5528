"""`simulate`, `import` and `info`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jedi.commands.options import LARGEST_SEED, AsJson
from jedi.commands.output import emit, log, say, table
from jedi.errors import JediError


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("simulate")(simulate)
    app.command("import")(import_)
    app.command("info")(info)


def simulate(
    what: Annotated[str, typer.Argument(help="multitask: one network driven by several kinds of signal.")],
    out: Annotated[Path, typer.Option(help="The dataset, an HDF5 file.")],
    trials: Annotated[int, typer.Option(help="Trials of each kind.")] = 40,
    neurons: Annotated[int, typer.Option(help="Neurons N of the teacher.")] = 200,
    kinds: Annotated[str, typer.Option(help="Kinds of input, by commas.")] = "sine,square,ramp,const",
    noise: Annotated[float, typer.Option(help="SD of the process noise (times sqrt(dt / tau) a step).")] = 0.05,
    repeat: Annotated[bool, typer.Option("--repeat", help="Also a second noise draw, for the noise ceiling.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Teacher, trials and noise.")] = 0,
    as_json: AsJson = False,
) -> None:
    """A synthetic dataset, with the truth stored in it."""
    from jedi.synthetic import simulate_multitask

    if what != "multitask":
        raise JediError(f"nothing called {what!r} can be simulated; expected: multitask")
    names = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    dataset = simulate_multitask(neurons, trials, names, noise, repeat, seed)
    dataset.save(out)
    log(f"wrote {out}")
    _show(dataset_facts(dataset, out), as_json)


def import_(
    file: Annotated[Path, typer.Argument(help="A recording: NWB or NPZ.")],
    out: Annotated[Path, typer.Option(help="The dataset, an HDF5 file.")],
    align: Annotated[str | None, typer.Option(help="Event column at time 0 of a trial.")] = None,
    table_name: Annotated[str | None, typer.Option("--table", help="Interval table; by default trials.")] = None,
    window: Annotated[tuple[float, float] | None, typer.Option(help="Start and end around the event, s.")] = None,
    bin_s: Annotated[float | None, typer.Option("--bin", help="Width of a bin, s.")] = None,
    smooth: Annotated[float | None, typer.Option(help="SD of the Gaussian kernel, s; 0 leaves counts.")] = None,
    causal: Annotated[bool, typer.Option("--causal", help="A kernel that looks back only.")] = False,
    area: Annotated[list[str] | None, typer.Option(help="Keep the units of this area; may be repeated.")] = None,
    min_rate: Annotated[float | None, typer.Option(help="Leave out units that fire less, spikes/s.")] = None,
    max_trials: Annotated[int | None, typer.Option(help="Keep this many trials, evenly spread.")] = None,
    drop_incomplete: Annotated[bool, typer.Option("--drop-incomplete", help="Leave out incomplete windows.")] = False,
    label: Annotated[str | None, typer.Option(help="Trial column to colour and score by.")] = None,
    memory: Annotated[float, typer.Option(min=0.5, max=1e6, help="Most memory that the import may take, GB.")] = 4.0,
    seconds: Annotated[float, typer.Option(min=1, max=1e6, help="Most time that the import may take.")] = 600.0,
    as_json: AsJson = False,
) -> None:
    """A recording into a dataset, in a process of its own with limits on memory and time."""
    from jedi.recordings import import_in_process

    wishes: dict[str, Any] = {
        "align": align, "table": table_name, "window": window, "bin": bin_s, "smooth": smooth, "causal": causal or None,
        "areas": area or None, "min_rate": min_rate, "max_trials": max_trials,
        "drop_incomplete": drop_incomplete or None, "label": label,
    }  # fmt: skip
    options = {name: value for name, value in wishes.items() if value is not None}
    report = import_in_process(
        file, out, options, memory_bytes=int(memory * 1e9), seconds=seconds, on_progress=lambda text: log(str(text))
    )
    log(f"wrote {out}")
    if as_json:
        emit({"file": str(out), **report})
    else:
        trials, bins, neurons = report["shape"]
        say(f"{trials} trials of {bins} bins of {1000 * report['dt']:g} ms, {neurons} neurons, {report['kind']}")
        say("\n".join(str(line) for line in report.get("lines", [])))


def info(
    file: Annotated[str, typer.Argument(help="A dataset, a recording, a run or a packed model.")],
    as_json: AsJson = False,
) -> None:
    """What a dataset, a run, a model file or a recording holds."""
    _show(facts_of(file), as_json)


def facts_of(name: str) -> dict[str, Any]:
    """The facts of whatever `name` is."""
    path = Path(name)
    if path.suffix == ".safetensors" or (path / "config.json").is_file() or not path.exists():
        return run_facts(name)
    if path.suffix in (".h5", ".hdf5") and _is_dataset(path):
        from jedi.dataset import load_dataset

        return dataset_facts(load_dataset(path), path)
    from jedi.recordings import describe_in_process

    return {"form": "recording", "file": name, **dict(describe_in_process(path))}


def _is_dataset(path: Path) -> bool:
    from jedi.file_form import file_form
    from jedi.safe_hdf5 import opened

    if file_form(path) != "hdf5":
        return True  # let load_dataset say what is wrong
    with opened(path) as safe:
        return "format_version" in safe.file.attrs or not ("units" in safe.file or "nwb_version" in safe.file.attrs)


def run_facts(name: str) -> dict[str, Any]:
    """The facts of a run or a packed model."""
    import jedi

    run = jedi.load(name)
    splits = run.trials["split"].value_counts().to_dict() if "split" in run.trials else {}
    return {
        "form": "run",
        "name": run.name,
        "neurons": run.neuron_count,
        "units": run.units,
        "rank": run.rank,
        "embedding_dim": run.embedding_dim,
        "trials": {"all": len(run.trials), **{str(key): int(count) for key, count in splits.items()}},
        "columns": [str(column) for column in run.trials.columns],
        "bins": run.bins,
        "dt_s": run.data_dt,
        "initial_state": run.initial_kind,
        "epochs": len(run.metrics),
        "figures": dict(run.figures),
    }


def dataset_facts(dataset: Any, path: Path) -> dict[str, Any]:
    """The facts of a dataset."""
    recorded = float(dataset.recorded.mean())
    return {
        "form": "dataset",
        "file": str(path),
        "name": dataset.name,
        "trials": dataset.K,
        "bins": dataset.T,
        "neurons": dataset.N,
        "dt_s": dataset.dt,
        "kind": dataset.kind,
        "unit": dataset.unit,
        "label": dataset.label,
        "columns": [str(column) for column in dataset.trials.columns],
        "recorded": recorded,
        "truth": sorted(dataset.truth),
        "steps": [dict(step) for step in dataset.steps],
        "source": dict(dataset.source),
    }


def _show(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(facts)
        return
    rows: list[tuple[str, str]] = []
    for key, value in facts.items():
        rows += _rows(key.replace("_", " "), value)
    say(table(rows))


def _rows(key: str, value: Any) -> list[tuple[str, str]]:
    """A fact as lines to read; nested facts are indented."""
    if isinstance(value, dict) and {"form", "distinct", "missing"} <= set(value):
        return [(key, _column(value))]
    if isinstance(value, dict):
        return [(key, ""), *((f"  {k}", v) for name, item in value.items() for k, v in _rows(str(name), item))]
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        named = ((str(item.get("name") or item.get("step") or "-"), item) for item in value)
        return [(key, ""), *((f"  {k}", v) for name, item in named for k, v in _rows(name, item))]
    if isinstance(value, list | tuple):
        return [(key, ", ".join(str(item) for item in value))]
    return [(key, f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value))]


def _column(facts: dict[str, Any]) -> str:
    """A column of a table on one line: its range or its values, how many are distinct or missing."""
    values = facts.get("values")
    if values is not None and len(values) <= 6:
        shown = ", ".join(str(value) for value in values)
    elif facts.get("min") is not None:
        shown = f"{facts['min']:.4g} to {facts['max']:.4g}, {facts['distinct']} distinct"
    else:
        shown = f"{facts['form']}, {facts['distinct']} distinct"
    return shown + (f", {facts['missing']} missing" if facts["missing"] else "")
