"""Datasets at the edge of what can be trained on: they train, evaluate and embed, or are refused and leave nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_data import rotations

from jedi.commands.output import plain
from jedi.config import TrainConfig
from jedi.dataset import Dataset
from jedi.embedding import embed_trials
from jedi.errors import JediError
from jedi.evaluation import evaluate
from jedi.packed import packed_bytes
from jedi.training import train

SMALL: dict[str, int] = {"trials": 10, "bins": 30, "neurons": 6}


def constant_neuron() -> Dataset:
    """As silent units are, in a recording imported without a minimum rate."""
    dataset = rotations(**SMALL)
    return replace(dataset, activity=np.where(np.arange(6) == 2, np.float32(1), dataset.activity))


def recorded_late() -> Dataset:
    """Nothing in the bins over which the first rollouts of `clean` go."""
    return masked(lambda mask: mask[:, :24].fill(False))


def unequal() -> Dataset:
    """Trials of unequal length, one of a single bin, one of none."""

    def cut(mask: np.ndarray) -> None:
        for trial, row in enumerate(mask):
            row[30 - 2 * trial :] = False
        mask[3, 1:], mask[5] = False, False

    return masked(cut)


def masked(cut: Callable[[np.ndarray], None]) -> Dataset:
    dataset = rotations(**SMALL)
    mask = dataset.recorded.copy()
    cut(mask)
    return replace(dataset, recorded=mask)


def one_neuron() -> Dataset:
    dataset = rotations(**SMALL)
    return replace(dataset, activity=dataset.activity[:, :, :1], neurons=pd.DataFrame(index=range(1)))


def labelled(values: list[object]) -> Dataset:
    return replace(rotations(**SMALL), trials=pd.DataFrame({"turn": values}))


ODD: dict[str, Callable[[], Dataset]] = {
    "two trials": lambda: rotations(2, 30, 6),
    "three trials": lambda: rotations(3, 30, 6),
    "one neuron": one_neuron,
    "a constant neuron": constant_neuron,
    "recorded late": recorded_late,
    "unequal trials": unequal,
    "equal trials": lambda: rotations(**SMALL).select(np.zeros(10, int)),
    "one class a trial": lambda: labelled([f"c{k}" for k in range(10)]),
    "one class": lambda: labelled(["a"] * 10),
    "labels all missing": lambda: labelled([np.nan] * 10),
    "labels partly missing": lambda: labelled(["a", None, "b", ""] * 2 + ["a", "b"]),
}


@pytest.mark.parametrize("preset", ["clean", "single-trial"])
@pytest.mark.parametrize("name", ODD)
def test_it_trains_evaluates_packs_and_embeds(tmp_path: Path, name: str, preset: str) -> None:
    dataset = ODD[name]()
    dataset.save(tmp_path / "d.h5")
    run = train(tmp_path / "d.h5", tmp_path / "run", TrainConfig.model_validate({"preset": preset, "steps": 12}))
    figures = json.loads(json.dumps(plain(evaluate(run, dataset)), allow_nan=False))
    assert figures["r2"] is None or figures["r2"] <= 1
    embedding = embed_trials(run, dataset)
    nothing = ~dataset.recorded.any(1)
    assert np.array_equal(np.isnan(embedding.sd).all(1), nothing)
    assert np.isnan(embedding.r2[nothing]).all()
    assert np.isfinite(embedding.contexts).all()
    assert all(np.isfinite(values.astype(float)).all() for values in run.tensors.values())
    assert packed_bytes(tmp_path / "run")


@pytest.mark.parametrize(
    ("dataset", "wishes", "message"),
    [
        (lambda: rotations(1, 30, 6), {}, "a single trial"),
        (lambda: rotations(10, 2, 6), {}, "trials have 2 bins"),
        (lambda: masked(lambda mask: mask.fill(False)), {}, "10 of 10 have no recorded bin"),
        (lambda: masked(lambda mask: mask[1:].fill(False)), {"hold_out": 0.0}, "9 of 10 have no recorded bin"),
        (lambda: replace(rotations(**SMALL), activity=np.ones((10, 30, 6), np.float32)), {}, "nothing to learn from"),
        (lambda: rotations(**SMALL), {"preset": "clean", "rank": 7}, "rank 7 exceeds the 6 units"),
        (lambda: rotations(**SMALL), {"embedding_dim": 9}, "embedding dimension 9 is not below the 8"),
        (lambda: rotations(**SMALL), {"device": "abacus"}, "device 'abacus' cannot be used"),
    ],
)
def test_it_is_refused_and_leaves_nothing(
    tmp_path: Path, dataset: Callable[[], Dataset], wishes: dict[str, object], message: str
) -> None:
    dataset().save(tmp_path / "d.h5")
    with pytest.raises(JediError, match=message):
        train(tmp_path / "d.h5", tmp_path / "run", TrainConfig.model_validate(wishes))
    assert [path.name for path in tmp_path.iterdir()] == ["d.h5"]
