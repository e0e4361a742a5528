"""Which models Explore offers, and what it says of those that it cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from packed_fixture import packed, packed_with

from explorer import models
from jedi.errors import JediError
from jedi.run_folder import write_status


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(models, "DEMOS", tmp_path / "demos")
    monkeypatch.setenv("JEDI_RUNS", str(tmp_path / "runs"))
    (tmp_path / "demos").mkdir()
    for name in ("another", "multitask"):
        (tmp_path / "demos" / f"{name}.safetensors").write_bytes(packed())
    yield
    models._packed.clear()
    models._facts.clear()


def add_run(tmp_path: Path, name: str, state: str, *, model: bool) -> None:
    folder = tmp_path / "runs" / name
    folder.mkdir(parents=True)
    write_status(folder, state)
    if model:
        (folder / "model.safetensors").write_bytes(b"")


def test_the_multi_task_demo_comes_first_and_runs_with_a_model_follow(tmp_path: Path) -> None:
    add_run(tmp_path, "mine", "done", model=True)
    add_run(tmp_path, "young", "running", model=False)
    assert [model.key for model in models.list_models()] == ["demo:multitask", "demo:another", "mine"]


def test_a_demo_may_be_asked_for_by_its_bare_name_unless_a_run_has_it(tmp_path: Path) -> None:
    assert models.find_model("another", models.list_models()).key == "demo:another"
    add_run(tmp_path, "another", "done", model=True)
    assert models.find_model("another", models.list_models()).key == "another"


def test_what_cannot_be_shown_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(JediError, match=r"no run 'x' \(there are: multitask \(demo\), another \(demo\)\)"):
        models.find_model("x", models.list_models())
    add_run(tmp_path, "young", "running", model=False)
    with pytest.raises(JediError, match="is training and has saved no model yet"):
        models.find_model("young", models.list_models())
    add_run(tmp_path, "broken", "failed", model=False)
    with pytest.raises(JediError, match=r"holds no model \(failed\)"):
        models.find_model("broken", models.list_models())


def test_a_model_on_one_line() -> None:
    assert models.describe(models.list_models()[0]) == "multitask (demo) · 24 trials · 12 neurons · rank 2 · R² 0.90"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    model = models.list_models()[0]
    first = models.model_bytes(model)
    assert models.model_bytes(model) is first
    model.path.write_bytes(packed(seed=1))
    assert models.model_bytes(model) == packed(seed=1)


def test_a_model_beyond_the_browsers_limit_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_BYTES", 1000)
    with pytest.raises(JediError, match="too large for the browser: 0 MB packed, the limit is 0 MB"):
        models.model_bytes(models.list_models()[0])


def test_a_file_with_a_wrong_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demos" / "multitask.safetensors").write_bytes(packed_with("scale.sd", np.ones(3, np.float32)))
    with pytest.raises(JediError, match=r"scale.sd has shape \(3,\), expected \(12,\)"):
        models.model_bytes(models.list_models()[0])
