"""How training is going, on stderr: a bar in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

LOG_EVERY_S = 5.0


class EpochReporter:
    """Called with each epoch's metrics: shows epoch, R^2, loss, rate and the time left."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._started = time.monotonic()
        self._first_epoch: int | None = None
        self._last_line = -LOG_EVERY_S

    def __enter__(self) -> EpochReporter:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("epoch {task.completed}/{task.total}"),
                BarColumn(),
                TextColumn("{task.description}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, metrics: Mapping[str, Any]) -> None:
        epoch, total = int(metrics["epoch"]), int(metrics.get("epochs") or 0)
        text = f"R² {metrics['r2']:.3f}  loss {metrics['loss']:.4g}  {metrics['trials_per_s']:.0f} trials/s"
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task(text, total=total or None)
            self._bar.update(self._task, completed=epoch, description=text)
            return
        now = time.monotonic()
        if self._first_epoch is None:
            self._first_epoch, self._started = epoch, now
        if now - self._last_line >= LOG_EVERY_S or epoch == total:
            self._last_line = now
            done = epoch - self._first_epoch
            left = f"  {time_left_s(done, total - epoch, now - self._started):.0f} s left" if done and total else ""
            self._console.print(f"epoch {epoch}{f'/{total}' if total else ''}  {text}{left}", highlight=False)


def time_left_s(done: int, left: int, seconds: float) -> float:
    """Seconds that `left` epochs will take at the pace of the `done` ones."""
    return seconds / max(done, 1) * max(left, 0)
