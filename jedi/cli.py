"""The command line: `python -m jedi COMMAND`.

Commands live in `jedi/commands/`, a file a group. Each imports what it needs when it runs, so that `--help` is
instant. Figures go to stdout (as one JSON object with `--json`), everything else to stderr; the exit code is 0, or
2 with one line for input that cannot be used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from typer._click.exceptions import ClickException  # typer itself exports only its subclasses

from jedi.commands import analysis, data, dynamics, figure, models
from jedi.errors import JediError

app = typer.Typer(
    name="jedi",
    help="Fit JEDI models to neural activity and look into the dynamics that they found.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data.register(app)
models.register(app)
dynamics.register(app)
analysis.register(app)
figure.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Defects of the program keep their traceback."""
    try:
        code = app(args=arguments, prog_name="python -m jedi", standalone_mode=False)
    except ClickException as error:
        return _failed(f"{error.format_message()} (--help lists what there is)", 2)
    except JediError as error:
        return _failed(str(error), 2)
    except OSError as error:
        return _failed(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), 1)
    except MemoryError:
        return _failed("not enough memory for this", 1)
    except (typer.Abort, KeyboardInterrupt):
        return _failed("stopped", 130)
    return code if isinstance(code, int) else 0


def _failed(message: str, code: int) -> int:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
    return code
