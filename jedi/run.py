"""A trained model and what belongs to it, in NumPy: loading one, and asking it anything, needs no PyTorch.

Parameters are stored in float32; weights, states and observations are computed from them in float64.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from jedi import tensor_file
from jedi.errors import JediError
from jedi.run_check import SIZES, check_run
from jedi.run_folder import run_path, runs_folder
from jedi.weights import LowRankWeights, step

_ARCHITECTURE = (*SIZES, "readout", "initial_state", "dt_over_tau")


@dataclass(frozen=True, eq=False)
class Run:
    """K trials' contexts, the hypernetwork that makes weights of them, and the trials' table."""

    name: str
    config: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray]
    trials: pd.DataFrame  # column `split`: train, held-out or left-out
    neurons: pd.DataFrame = field(default_factory=pd.DataFrame)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_run(self.config, self.tensors, self.trials, self.name)

    @property
    def architecture(self) -> Mapping[str, Any]:
        """Sizes and forms of the model (see `jedi.architecture.Architecture`)."""
        architecture: Mapping[str, Any] = self.config["architecture"]
        return architecture

    @property
    def contexts(self) -> Float[np.ndarray, "K D"]:
        """Context embeddings, rows as in `trials`; those of trials not trained on were inferred afterwards."""
        return self.tensors["contexts"]

    @property
    def initial_states(self) -> Float[np.ndarray, "K M"] | None:
        """The trials' own first states, where the model takes them as given."""
        return self.tensors.get("initial_states")

    @property
    def embedding_dim(self) -> int:
        return int(self.architecture["embedding_dim"])

    @property
    def rank(self) -> int:
        return int(self.architecture["rank"])

    @property
    def units(self) -> int:
        return int(self.architecture["units"])

    @property
    def neuron_count(self) -> int:
        return int(self.architecture["neurons"])

    @property
    def initial_kind(self) -> str:
        """ "trial": first states are given with the trials; "context": a learned map of the context."""
        return str(self.architecture["initial_state"])

    @property
    def dt_over_tau(self) -> float:
        return float(self.architecture["dt_over_tau"])

    @property
    def stride(self) -> int:
        """Data bins a model step."""
        return int(self.architecture["stride"])

    @property
    def bins(self) -> int:
        """T, data bins a trial."""
        return int(self.architecture["bins"])

    @property
    def steps(self) -> int:
        """Model states that span a trial."""
        return -(-(self.bins - 1) // self.stride) + 1

    @property
    def data_dt(self) -> float:
        """Seconds a data bin."""
        return float(self.config["dataset"]["dt"])

    @property
    def dt(self) -> float:
        """Seconds a model step."""
        return self.data_dt * self.stride

    @property
    def training(self) -> np.ndarray:
        """(K,) True where a trial was trained on."""
        training: np.ndarray = self.trials["split"].to_numpy() == "train"
        return training

    @property
    def scale_mean(self) -> Float[np.ndarray, " N"]:
        return self.tensors["scale.mean"]

    @property
    def scale_sd(self) -> Float[np.ndarray, " N"]:
        return self.tensors["scale.sd"]

    def scaled(self, activity: Float[np.ndarray, "*B N"]) -> Float[np.ndarray, "*B N"]:
        """Activity in the units that the model's output is compared in."""
        scaled: np.ndarray = (activity - self.scale_mean) / self.scale_sd
        return scaled

    @cached_property
    def _double(self) -> dict[str, np.ndarray]:
        return {name: value.astype(np.float64) for name, value in self.tensors.items() if value.dtype == np.float32}

    def hypernetwork(self, contexts: Float[np.ndarray, "B D"]) -> Float[np.ndarray, "B O"]:
        """The hypernetwork's outputs, U (R, M), V (R, M) and bias (M) in a row."""
        h: np.ndarray = np.asarray(contexts, np.float64) * self._double["input_scale"]
        last = int(self.architecture["hidden_layers"])
        for i in range(last + 1):
            h = h @ self._double[f"hyper.{i}.weight"].T + self._double[f"hyper.{i}.bias"]
            h = np.tanh(h) if i < last else h
        return h

    def weights(self, context: Float[np.ndarray, " D"]) -> LowRankWeights:
        """The recurrent weights that the hypernetwork generates at a context."""
        context = np.asarray(context, np.float64)
        if context.shape != (self.embedding_dim,):
            raise JediError(f"a context of this model has {self.embedding_dim} numbers, not shape {context.shape}")
        u, v, bias = self._factors(context[None])
        return LowRankWeights(u[0].T, v[0].T, bias[0])

    def _factors(self, contexts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rank, units = self.rank, self.units
        u, v, bias = np.split(self.hypernetwork(contexts), [rank * units, 2 * rank * units], axis=1)
        return u.reshape(-1, rank, units), v.reshape(-1, rank, units), bias

    def initial_state(
        self, context: Float[np.ndarray, " D"] | None = None, trial: int | None = None
    ) -> Float[np.ndarray, " M"]:
        """The first state, as the run was trained: the trial's own, or the learned map of the context."""
        if self.initial_kind == "trial":
            if trial is None:
                raise JediError("this model's first states are given by the trials: say trial=K")
            given: np.ndarray = self._double["initial_states"][trial]
            return given
        if context is None:
            if trial is None:
                raise JediError("this model's first state is a map of the context: say context=... or trial=K")
            context = self.contexts[trial]
        start: np.ndarray = (
            self._double["initial.weight"] @ np.asarray(context, np.float64) + self._double["initial.bias"]
        )
        return start

    def rollout(
        self, context: Float[np.ndarray, " D"], x0: Float[np.ndarray, " M"], steps: int | None = None
    ) -> Float[np.ndarray, "S M"]:
        """States from x0 (included) under the weights generated at the context, a model step apart."""
        weights = self.weights(context)
        states = np.empty((self.steps if steps is None else steps, self.units))
        states[0] = x0
        for t in range(1, len(states)):
            states[t] = step(weights, states[t - 1], self.dt_over_tau)
        return states

    def observe_scaled(self, x: Float[np.ndarray, "*B M"]) -> Float[np.ndarray, "*B N"]:
        """Scaled activity of the neurons in state x."""
        x = np.asarray(x, np.float64)
        if not self.architecture["readout"]:
            return x
        seen: np.ndarray = x @ self._double["readout.weight"].T + self._double["readout.bias"]
        return seen

    def observe(self, x: Float[np.ndarray, "*B M"]) -> Float[np.ndarray, "*B N"]:
        """The neurons' activity in state x, in the recording's units."""
        activity: np.ndarray = self.observe_scaled(x) * self._double["scale.sd"] + self._double["scale.mean"]
        return activity

    def generate(
        self, contexts: Float[np.ndarray, "B D"], initial_states: Float[np.ndarray, "B M"] | None = None
    ) -> Float[np.ndarray, "B T N"]:
        """Scaled activity of many trials on the data's bins, float32, by the fused rollout."""
        from jedi import kernels

        contexts = np.asarray(contexts)
        u, v, bias = (np.ascontiguousarray(a, np.float32) for a in self._factors(contexts))
        if initial_states is None:
            if self.initial_kind == "trial":
                raise JediError("this model's first states are given by the trials: pass initial_states")
            initial_states = contexts @ self.tensors["initial.weight"].T + self.tensors["initial.bias"]
        states, _ = kernels.rollout(u, v, bias, np.asarray(initial_states, np.float32), self.steps, self.dt_over_tau)
        if self.architecture["readout"]:
            states = states @ self.tensors["readout.weight"].T + self.tensors["readout.bias"]
        return on_bins(states, self.bins, self.stride)


def on_bins(y: Float[np.ndarray, "B S N"], bins: int, stride: int) -> Float[np.ndarray, "B T N"]:
    """Values on data bins from values on model steps `stride` bins apart, by linear interpolation."""
    if stride == 1:
        return y[:, :bins]
    at = np.arange(bins)
    before, share = at // stride, ((at % stride) / stride).astype(y.dtype)[None, :, None]
    after = np.minimum(before + 1, y.shape[1] - 1)
    between: np.ndarray = y[:, before] * (1 - share) + y[:, after] * share
    return between


def load(where: str | os.PathLike[str]) -> Run:
    """A run by its name under the runs folder, by its folder, or from a packed file. Nothing is ever unpickled."""
    path = Path(where)
    if path.is_file():
        return from_packed(*tensor_file.read(path), path.stem)
    is_name = len(path.parts) == 1 and str(where) == path.name  # and no path, of which a folder must be there
    folder = run_path(str(where)) if is_name and not path.is_dir() else path
    if not folder.is_dir():
        raise JediError(f"no run, folder or file {str(where)!r} (runs are looked for in {runs_folder()})")
    if not (folder / "config.json").exists():
        raise JediError(f"folder {str(where)!r} is not a run: it holds no config.json")
    if not (folder / "model.safetensors").exists():
        raise JediError(
            f"run {folder.name!r} holds no model yet: it is still training, or stopped before its first save"
        )
    tensors, _ = tensor_file.read(folder / "model.safetensors")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        trials = pd.read_parquet(folder / "trials.parquet")
        neurons = pd.read_parquet(folder / "neurons.parquet")
        metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        figures = json.loads((folder / "figures.json").read_text()) if (folder / "figures.json").exists() else {}
        return Run(folder.name, config, tensors, trials, neurons, metrics, figures)
    except (OSError, ValueError, KeyError, TypeError) as e:
        if isinstance(e, JediError):
            raise
        raise JediError(f"run {folder.name!r} is damaged: {type(e).__name__} while reading its files") from e


def from_packed(tensors: Mapping[str, np.ndarray], document: Mapping[str, Any], name: str) -> Run:
    """The run that a packed file holds."""
    try:
        sizes = {key: document["model"][key] for key in _ARCHITECTURE}
        config = {**document["config"], "architecture": sizes, "dataset": document["dataset"]}
        if "recorded.mask" not in tensors:
            raise JediError(f"{name} lacks the tensor recorded.mask: it is not a complete packed model")
        rows = {"trials": int(document["dataset"]["trials"]), "neurons": int(sizes["neurons"])}
        tables = [_table(document[part], count) for part, count in rows.items()]
        return Run(name, config, tensors, tables[0], tables[1], figures=dict(document["figures"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as e:
        if isinstance(e, JediError):
            raise
        raise JediError(f"{name} is not a complete packed model: {type(e).__name__} in its header ({e})") from e


def _table(columns: Sequence[Mapping[str, Any]], rows: int) -> pd.DataFrame:
    """A packed table; ValueError where a column is no list of so many values."""
    values = {str(column["name"]): column["values"] for column in columns}
    for name, column in values.items():
        if not isinstance(column, list) or len(column) != rows:
            raise ValueError(f"column {name} does not hold {rows} values")
    return pd.DataFrame(values, pd.RangeIndex(rows))
