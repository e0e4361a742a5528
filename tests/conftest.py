"""What every test stands on: one thread a worker, folders of its own, shapes checked at run time."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Before NumPy, Numba or PyTorch are imported: the workers of pytest-xdist share the cores.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


# No deadlines: the first example of a test compiles. The same examples every time: a run that fails can be looked into.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def _checkable_modules() -> list[str]:
    """The modules of `jedi` whose annotations can be checked: all but those that Numba compiles."""
    compiled = re.compile(r"^\s*(import numba|from numba\b)", re.MULTILINE)
    paths = sorted((ROOT / "jedi").rglob("*.py"))
    free = [path for path in paths if path.name != "__init__.py" and not compiled.search(path.read_text("utf-8"))]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in free]


if not os.environ.get("JEDI_NO_TYPECHECK"):
    from jaxtyping import install_import_hook

    install_import_hook(_checkable_modules(), "beartype.beartype")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and datasets of a test never land in the repository."""
    folder = tmp_path_factory.mktemp("jedi")
    monkeypatch.setenv("JEDI_RUNS", str(folder / "runs"))
    monkeypatch.setenv("JEDI_DATA", str(folder / "datasets"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings; the test is skipped where it is not at hand."""
    folder = os.environ.get("JEDI_REAL_DATA")
    if not folder:
        pytest.skip("JEDI_REAL_DATA does not name the folder of real recordings")
    path = Path(folder)
    if not path.is_dir():
        pytest.skip(f"JEDI_REAL_DATA is {folder}, which is not a folder")
    return path
