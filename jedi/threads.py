"""How PyTorch's own threads are kept from standing in the way of the rollout's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """PyTorch on one thread within; the rollout's slices still share the cores.

    Matrices here are small, and PyTorch's threads wait for each other by spinning: with a second busy process on
    two cores a training step took ten times as long with two threads as with one. Sums are also taken in one
    order on every machine.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
