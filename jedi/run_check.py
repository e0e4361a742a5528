"""Whether the parts of a model fit together: what a file says is not believed before this."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from jedi.errors import JediError

SIZES = ("neurons", "units", "rank", "embedding_dim", "width", "hidden_layers", "stride", "bins")
MOST_BINS = 10_000_000  # no tensor bounds the bins: without a limit one number in a file would fill the memory
SPLITS = ("train", "held-out", "left-out")
_DTYPES = {"recorded.scores": np.dtype(np.float16), "recorded.mask": np.dtype(np.uint8)}


def check_run(config: Mapping[str, Any], tensors: Mapping[str, np.ndarray], trials: pd.DataFrame, name: str) -> None:
    """Raise JediError, which says `name`, where sizes, tensors or tables of a model are not what they must be."""
    architecture, dt = config["architecture"], config["dataset"]["dt"]
    _check_sizes(architecture, name)
    if not _is_number(dt) or dt <= 0:
        raise JediError(f"{name}: a bin of {dt!r} s; expected a positive number")
    if "split" not in trials or not trials["split"].isin(SPLITS).all():
        raise JediError(f"{name}: its trials lack a column split of {', '.join(SPLITS)}")
    if not (trials["split"] == "train").any():
        raise JediError(f"{name}: none of its trials was trained on")
    for tensor, shape in _shapes(architecture, len(trials)).items():
        if tensor not in tensors:
            raise JediError(f"{name} lacks the tensor {tensor}: it is not a complete model")
        _check_tensor(tensors[tensor], tensor, shape, name)
    for tensor, shape in _shapes_where_there(architecture, len(trials), tensors).items():
        if tensor in tensors:
            _check_tensor(tensors[tensor], tensor, shape, name)
    if not (tensors["scale.sd"] > 0).all() or not (tensors["context_sd"] > 0).all():
        raise JediError(f"{name}: scale.sd and context_sd must be above zero")


def _check_sizes(a: Mapping[str, Any], name: str) -> None:
    for key in SIZES:
        if type(a[key]) is not int or not (0 if key == "hidden_layers" else 1) <= a[key] <= MOST_BINS:
            raise JediError(f"{name}: {key} is {a[key]!r}; expected a whole number from 1")
    if not _is_number(a["dt_over_tau"]) or not 0 < a["dt_over_tau"] <= 1:
        raise JediError(f"{name}: dt_over_tau is {a['dt_over_tau']!r}; expected a number above 0, at most 1")
    if a["initial_state"] not in ("trial", "context") or type(a["readout"]) is not bool:
        raise JediError(f"{name}: initial_state must be trial or context, and readout true or false")
    if not a["readout"] and a["units"] != a["neurons"]:
        raise JediError(f"{name}: {a['units']} units and {a['neurons']} neurons, but no readout between them")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _shapes(a: Mapping[str, Any], trials: int) -> dict[str, tuple[int, ...]]:
    """Tensors without which there is no model."""
    dimensions, units, neurons = a["embedding_dim"], a["units"], a["neurons"]
    sizes = [dimensions, *[a["width"]] * a["hidden_layers"], 2 * a["rank"] * units + units]
    shapes: dict[str, tuple[int, ...]] = {
        "input_scale": (dimensions,),
        "contexts": (trials, dimensions),
        "context_sd": (dimensions,),
        "scale.mean": (neurons,),
        "scale.sd": (neurons,),
    }
    for i, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        shapes |= {f"hyper.{i}.weight": (outputs, inputs), f"hyper.{i}.bias": (outputs,)}
    if a["initial_state"] == "trial":
        shapes["initial_states"] = (trials, units)
    else:
        shapes |= {"initial.weight": (units, dimensions), "initial.bias": (units,)}
    if a["readout"]:
        shapes |= {"readout.weight": (neurons, units), "readout.bias": (neurons,)}
    return shapes


def _shapes_where_there(
    a: Mapping[str, Any], trials: int, tensors: Mapping[str, np.ndarray]
) -> dict[str, tuple[int, ...]]:
    """Tensors that only some models have, or only some questions need."""
    dimensions, neurons = a["embedding_dim"], a["neurons"]
    kept = len(tensors["axes.variance"]) if "axes.variance" in tensors and tensors["axes.variance"].ndim == 1 else 0
    return {
        "context_log_sd": (dimensions,),
        "neuron_weight": (neurons,),
        "axes.mean": (neurons,),
        "axes.components": (kept, neurons),
        "axes.variance": (kept,),
        "map.mean": (dimensions,),
        "map.components": (dimensions, dimensions),
        "map.variance": (dimensions,),
        "recorded.scores": (trials, a["bins"], kept),
        "recorded.mask": (trials, a["bins"]),
        "recorded.residual": (trials,),
    }


def _check_tensor(values: np.ndarray, tensor: str, shape: tuple[int, ...], name: str) -> None:
    if values.shape != shape:
        raise JediError(f"{name}: {tensor} has shape {values.shape}, expected {shape}")
    dtype = _DTYPES.get(tensor, np.dtype(np.float32))
    if values.dtype != dtype or not np.isfinite(values).all():
        raise JediError(f"{name}: {tensor} must hold finite {dtype} numbers")
