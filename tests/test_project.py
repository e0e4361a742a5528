"""Rules that hold over the whole project: what it may import, what it must never do, how long a file may be."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ["app.py", "jedi", "explorer", "pages", "benchmarks", "tests"]


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        path = ROOT / folder
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def offending_lines(pattern: str, paths: Iterator[Path]) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if found.search(line)
    ]


# Written so that this file does not contain what it bans.
BANNED = {
    "unpickling": r"\b(?:import|from) (?:c?pickle|dill|cloudpickle|shelve|marshal)\b|\bpickle\.\w|read_pickle",
    "torch's own files": r"\btorch\.(?:load|save|jit\.load)\b",
    "object arrays": r"allow_pickle\s*=\s*" + "True",
    "joblib": r"\b(?:import|from) joblib\b|joblib\.load",
    "evaluated text": r"(?<![.\w])(?:eval|exec)\(",
    "a shell": r"shell\s*=\s*" + "True|os" + r"\.system\(",
}


@pytest.mark.parametrize("pattern", BANNED.values(), ids=BANNED.keys())
def test_nothing_can_run_code_from_a_file(pattern: str) -> None:
    program = ["app.py", "jedi", "explorer", "pages", "benchmarks"]
    assert offending_lines(pattern, python_files(*program)) == []


def test_text_never_becomes_html() -> None:
    pattern = r"st\.html\(|unsafe_allow_html"
    allowed = {"explorer/chrome.py", "explorer/train/style.py", "explorer/analyse/style.py"}  # constant style sheets
    found = offending_lines(pattern, python_files("app.py", "explorer", "pages"))
    assert [line for line in found if line.split(":")[0] not in allowed] == []


def test_the_science_knows_nothing_of_the_interface() -> None:
    assert offending_lines(r"^\s*(?:import|from) (?:streamlit|plotly|explorer)\b", python_files("jedi")) == []


def test_only_the_interface_knows_streamlit() -> None:
    pattern = r"^\s*(?:import|from) streamlit\b"
    assert offending_lines(pattern, python_files("benchmarks")) == []


@pytest.mark.parametrize("statement", ["import jedi", "import jedi; jedi.load", "import jedi.cli"])
def test_importing_brings_in_no_heavy_library(statement: str) -> None:
    check = "import sys; print([m for m in ('torch', 'numba', 'sklearn', 'umap', 'streamlit') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {check}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in python_files(*SOURCES)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_the_requirements_are_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines()]
        loose = [line for line in lines if line and line != "-r requirements.txt" and "==" not in line]
        assert loose == [], name


def test_the_server_listens_to_this_machine_alone_and_tells_strangers_nothing() -> None:
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "localhost"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["enableCORS"] is True
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False


def test_every_page_can_be_the_first_address_of_a_server() -> None:
    """Streamlit asks for a file `pages/NAME.py` until its first navigation; see the files' docstring."""
    folders = {path.parent.name for path in (ROOT / "pages").glob("*/page.py")}
    files = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert folders == files
