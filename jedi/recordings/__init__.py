"""Recordings into datasets: NWB files and NPZ archives, read as if they were hostile.

`import_recording` and `describe_recording` work in this process, on files that are trusted; `import_in_process` and
`describe_in_process` in one of their own, with limits on memory and time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from jedi.dataset import Dataset, load_dataset
from jedi.recordings.describe import describe_recording, recording_form
from jedi.recordings.npz import import_npz
from jedi.recordings.nwb import import_nwb
from jedi.recordings.options import ImportOptions, options_from
from jedi.recordings.process import describe_in_process, import_in_process

__all__ = [
    "ImportOptions",
    "describe_in_process",
    "describe_recording",
    "import_in_process",
    "import_recording",
    "recording_form",
]


def import_recording(
    path: str | os.PathLike[str],
    options: ImportOptions | None = None,
    *,
    on_progress: Callable[[str], None] = lambda text: None,
    **changes: Any,
) -> Dataset:
    """The dataset that the options cut out of a recording; `changes` are fields of `ImportOptions`.

    What was chosen, dropped and masked stands in `dataset.source["report"]`, as sentences in its `lines`. A file that
    is a dataset already is returned as it is. Raises `JediError` where nothing can be made of the file.

    ```
    dataset = import_recording("session.nwb", align="go_cue_time", window=(-0.3, 0.7), smooth=0.04)
    ```
    """
    chosen = options_from({**options.record(), **changes} if options is not None else changes)
    form = recording_form(path)
    if form == "dataset":
        return load_dataset(path)
    return import_npz(path, chosen, on_progress) if form == "npz" else import_nwb(path, chosen, on_progress)
