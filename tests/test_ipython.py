"""The package's name is that of IPython's completion library: a session in this folder starts and completes names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def said(script: str) -> str:
    """What a fresh interpreter, started in the repository, prints last."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_a_session_that_takes_this_package_for_the_library_is_told_to_do_without() -> None:
    session = (
        "import sys, types\n"
        "completer = types.SimpleNamespace(use_jedi=True)\n"
        "shell = types.SimpleNamespace(Completer=completer)\n"
        "sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: shell)\n"
    )
    assert said(session + "import jedi; print(completer.use_jedi)") == "False"
    assert said(session + "shell = None\nimport jedi; print(completer.use_jedi)") == "True"  # a script: no session


def test_what_ipython_8_asks_of_the_library_as_it_starts_fails_as_a_missing_library_does() -> None:
    script = (
        "try:\n    import jedi\n    jedi.settings.case_insensitive_completion = False\n"
        "except ImportError as e:\n    print(e)"
    )
    assert "not the completion library" in said(script)


def test_importing_the_package_imports_neither_pytorch_nor_ipython() -> None:
    assert said("import sys, jedi; print({'torch', 'numba', 'IPython', 'streamlit'} & set(sys.modules))") == "set()"


def test_ipython_completes_names_once_the_package_is_imported() -> None:
    pytest.importorskip("IPython")
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('import jedi; numbers = [1]')\n"
        "print(shell.complete('numbers.app')[1], shell.complete('jedi.loa')[1])"
    )
    assert said(script) == "['.append'] ['.load']"
