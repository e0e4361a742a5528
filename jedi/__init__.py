"""JEDI: one hypernetwork turns each trial's context embedding into the weights of a recurrent network.

`jedi.load` and all that a `Run` answers need NumPy alone; PyTorch is imported when a model is trained, the compiler
behind `jedi.dynamics` when dynamics are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from jedi.errors import JediError
from jedi.ipython_completer import complete_without_the_other_jedi
from jedi.run import Run, load
from jedi.weights import FullRankWeights, LowRankWeights

if TYPE_CHECKING:
    from jedi import dynamics

__all__ = ["FullRankWeights", "JediError", "LowRankWeights", "Run", "dynamics", "load"]

complete_without_the_other_jedi()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    if name == "dynamics":
        return import_module("jedi.dynamics")
    if name == "settings":  # IPython 8 asks for it as it starts, and does without where the import fails
        raise ImportError("this is the package of JEDI Explorer, not the completion library called jedi")
    raise AttributeError(f"module 'jedi' has no attribute {name!r}")
