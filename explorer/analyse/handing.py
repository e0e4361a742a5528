"""What can be taken away: the numbers as CSV and NPZ, and the lines that reproduce them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from explorer.analyse.setting import Setting


def hand_over(
    setting: Setting,
    result: Any,
    name: str,
    command: str | None,
    script: str,
    beside: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Two small buttons, the Python that gives the same, and the command on a line of its own.

    `beside` are further columns of the CSV that the page shows and the library's table has not.
    """
    file = file_name(setting, name)
    tau = setting.run.dt / setting.run.dt_over_tau
    with st.container(key="analyse-handing"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="analyse-buttons"):
            st.download_button(
                "CSV", lambda: as_csv(result, tau, beside), f"{file}.csv", "text/csv", on_click="ignore",
                key=f"csv-{name}", help="A table of the numbers with all digits, units in the columns' names.",
            )  # fmt: skip
            st.download_button(
                "NPZ", lambda: as_npz(result), f"{file}.npz", "application/octet-stream", on_click="ignore",
                key=f"npz-{name}", help="All arrays of the result in float64, for NumPy.",
            )  # fmt: skip
            with st.popover("Python", help="The script that gives these numbers, run from the repository's folder."):
                st.code(script, language="python")
        if command:
            st.code(command, language="bash")


def as_csv(result: Any, tau: float, beside: Mapping[str, np.ndarray] | None = None) -> bytes:
    """The table of a result, what it tells per time constant told in seconds (tau of them) as well."""
    from jedi.dynamics.export import to_table

    found = to_table(result)
    for name, in_tau, factor in (
        ("frequency_hz", "frequency_cycles_per_tau", 1 / tau),
        ("time_constant_s", "time_constant_tau", tau),
        ("period_s", "period_tau", tau),
    ):
        if in_tau in found and name not in found:
            found.insert(list(found.columns).index(in_tau), name, found[in_tau].astype(float) * factor)
    for name, values in (beside or {}).items():
        found.insert(2, name, values)
    return bytes(found.to_csv(index=False).encode())


def as_npz(result: Any) -> bytes:
    """The arrays of a result, compressed; none of them holds objects."""
    from jedi.dynamics.export import to_arrays

    file = io.BytesIO()
    arrays: dict[str, Any] = to_arrays(result)
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def file_name(setting: Setting, name: str) -> str:
    """A file's name that says model, place and what is in it."""
    words = f"{setting.model.title.removesuffix(' (demo)')} {setting.here.name.removeprefix('the ')} {name}"
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")[:80]
