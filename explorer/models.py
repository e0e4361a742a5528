"""The models that Explore can show: the demos of the repository, then the runs."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.jobs import run_state
from explorer.markup import count
from jedi.errors import JediError
from jedi.packed import packed_bytes
from jedi.run import Run, load
from jedi.run_folder import list_runs, run_path

DEMOS = Path(os.environ.get("JEDI_DEMOS") or Path(__file__).resolve().parents[1] / "demos")
FIRST_DEMO = "multitask"
MOST_BYTES = 150 << 20  # Streamlit sends no message above 200 MB, and a browser needs the same again


@dataclass(frozen=True)
class Model:
    """A model by the name that addresses carry: a run's name, or `demo:NAME`."""

    key: str
    title: str
    path: Path  # a packed file or a run folder


def list_models() -> list[Model]:
    """The demos, the multi-task one first, then the runs that hold a model, the newest first."""
    files = sorted(DEMOS.glob("*.safetensors"), key=lambda path: (path.stem != FIRST_DEMO, path.stem))
    demos = [Model(f"demo:{path.stem}", f"{path.stem} (demo)", path) for path in files]
    folders = [(name, run_path(name)) for name in list_runs()]
    runs = [Model(name, name, folder) for name, folder in folders if (folder / "model.safetensors").is_file()]
    return demos + runs


def find_model(key: str, models: list[Model]) -> Model:
    """The model so called; a demo may be asked for without `demo:`. JediError says what there is, or what goes on."""
    by_key = {model.key: model for model in models}
    found = by_key.get(key) or by_key.get(f"demo:{key}")
    if found is not None:
        return found
    state = run_state(key).state if key in list_runs() else None
    if state in ("starting", "running", "stopping"):
        raise JediError(f"run {key!r} is training and has saved no model yet: watch it under Train")
    if state is not None:
        raise JediError(f"run {key!r} holds no model ({state}): see under Train why")
    known = ", ".join(model.title for model in models) or "none yet"
    raise JediError(f"no run {key[:60]!a} (there are: {known})")


def model_bytes(model: Model) -> bytes:
    """The packed model; JediError where it cannot be read or is more than a browser takes."""
    data = _packed(str(model.path), _stamp(model.path))
    if len(data) > MOST_BYTES:
        size, limit = len(data) >> 20, MOST_BYTES >> 20
        raise JediError(f"{model.title} is too large for the browser: {size} MB packed, the limit is {limit} MB")
    return data


def model_run(model: Model) -> Run:
    """The model itself, loaded once; JediError where it cannot be read."""
    return _loaded(str(model.path), model_stamp(model))


def model_stamp(model: Model) -> tuple[int, ...]:
    """Changes whenever the model does: part of the key of everything computed from it."""
    return _stamp(model.path)


def describe(model: Model) -> str:
    """A model on one line: its name, sizes and figures where its file tells them."""
    facts = _facts(str(model.path), _stamp(model.path))
    return " \N{MIDDLE DOT} ".join([model.title, *facts])


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes whenever the model or its figures do."""
    names = ("model.safetensors", "figures.json", "trials.parquet")
    files = [path] if path.is_file() else [path / name for name in names]
    return tuple(n for f in files if f.exists() for n in (f.stat().st_mtime_ns, f.stat().st_size))


@st.cache_resource(max_entries=4, show_spinner=False)
def _packed(path: str, stamp: tuple[int, ...]) -> bytes:
    return packed_bytes(Path(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _loaded(path: str, stamp: tuple[int, ...]) -> Run:
    return load(path)


@st.cache_data(max_entries=256, show_spinner=False)
def _facts(path: str, stamp: tuple[int, ...]) -> list[str]:
    try:
        sizes, figures = _file_facts(Path(path)) if Path(path).is_file() else _folder_facts(Path(path))
        facts = [count(sizes["trials"], "trial"), count(sizes["neurons"], "neuron"), f"rank {sizes['rank']}"]
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return []
    if isinstance(figures.get("r2"), float):
        facts.append(f"R\N{SUPERSCRIPT TWO} {figures['r2']:.2f}")
    if isinstance(figures.get("r2_held_out"), float):
        facts.append(f"held-out {figures['r2_held_out']:.2f}")
    return facts


def _file_facts(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with path.open("rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(min(size, 64 << 20)))
    document = json.loads(header["__metadata__"]["jedi"])
    sizes = {"trials": header["contexts"]["shape"][0], **{k: document["model"][k] for k in ("neurons", "rank")}}
    return sizes, document.get("figures", {})


def _folder_facts(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    figures = path / "figures.json"
    sizes = {k: config["architecture"][k] for k in ("neurons", "rank")} | {"trials": config["dataset"]["trials"]}
    return sizes, json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
