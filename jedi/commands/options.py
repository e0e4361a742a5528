"""Arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

LARGEST_SEED = 2**32 - 1  # what NumPy, scikit-learn and PyTorch all take

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
RunName = Annotated[
    str, typer.Argument(help="A name under runs/ (or $JEDI_RUNS), a run folder, or a packed .safetensors file.")
]
