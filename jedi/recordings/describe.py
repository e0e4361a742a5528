"""What a recording holds: tables, columns, areas, units; for a person who is about to import it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jedi.dataset import load_dataset
from jedi.errors import JediError
from jedi.file_form import file_form
from jedi.recordings.npz_archive import archive_shapes
from jedi.recordings.nwb_rows import EVENT_WINDOW, default_align
from jedi.recordings.nwb_tables import choose_table, read_table, table_paths
from jedi.recordings.nwb_units import read_units
from jedi.recordings.report import column_facts
from jedi.safe_hdf5 import opened


def recording_form(path: str | os.PathLike[str]) -> str:
    """`nwb`, `npz` or `dataset`; `JediError` for anything else."""
    form = file_form(path)
    name = Path(path).name
    if form == "zip":
        return "npz"
    if form == "hdf5":
        with opened(path) as safe:
            return "dataset" if "format_version" in safe.file.attrs else "nwb"
    if form in ("matlab5", "npy"):
        raise JediError(f"{name!r} is a {'MATLAB' if form == 'matlab5' else 'NPY'} file: save its arrays as NPZ first")
    raise JediError(f"{name!r} is not a recording that can be read: expected NWB (HDF5), NPZ or a dataset")


def describe_recording(path: str | os.PathLike[str]) -> dict[str, Any]:
    """JSON-able facts.

    NWB: `format`, `units`, `spikes`, `first_spike`, `last_spike` (s), `areas` {name: units}, `area_source`,
    `default_table`, and `tables`: for each `name`, `rows`, `columns` (see `report.column_facts`), `events` (columns
    that can be aligned on), `left_out` {column: why} and `default_align`. NPZ: `arrays` {name: shape and type}.
    A dataset: `trials`, `bins`, `neurons`, `dt`, `kind`, `columns`.
    """
    form = recording_form(path)
    if form == "npz":
        return {"format": "npz", "arrays": archive_shapes(Path(path))}
    if form == "dataset":
        dataset = load_dataset(path)
        facts = {"trials": dataset.K, "bins": dataset.T, "neurons": dataset.N, "dt": dataset.dt, "kind": dataset.kind}
        return {"format": "dataset", **facts, "label": dataset.label, "columns": column_facts(dataset.trials)}
    return _describe_nwb(path)


def _describe_nwb(path: str | os.PathLike[str]) -> dict[str, Any]:
    with opened(path) as safe:
        units = read_units(safe)
        tables = [read_table(safe, place, name) for name, place in table_paths(safe).items()]
        default = choose_table(safe, None)[0] if tables else None
    spikes = [times for times in units.spikes if len(times)]
    described = []
    for table in tables:
        events = [
            str(name)
            for name in table.columns.columns
            if name.endswith("_time") and pd.api.types.is_numeric_dtype(table.columns[name])
        ]
        described.append(
            {
                "name": table.name,
                "rows": len(table.columns),
                "events": events,
                "default_align": default_align(table),
                "columns": column_facts(table.columns),
                "left_out": table.left_out,
            }
        )
    return {
        "format": "nwb",
        "units": len(units.spikes),
        "spikes": int(np.sum([len(times) for times in spikes])),
        "first_spike": min((float(times[0]) for times in spikes), default=None),
        "last_spike": max((float(times[-1]) for times in spikes), default=None),
        "areas": units.areas,
        "area_source": units.area_source,
        "observed": units.observed is not None,
        "default_table": default,
        "default_window": list(EVENT_WINDOW),
        "tables": described,
    }
