"""JEDI: one hypernetwork turns each trial's context embedding into the weights of a recurrent network.

`jedi.load` and all that a `Run` answers need NumPy alone; PyTorch is imported when a model is trained.
"""

from jedi import dynamics
from jedi.errors import JediError
from jedi.run import Run, load
from jedi.weights import FullRankWeights, LowRankWeights

__all__ = ["FullRankWeights", "JediError", "LowRankWeights", "Run", "dynamics", "load"]
