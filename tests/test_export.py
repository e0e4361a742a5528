"""Results as tables and arrays: nothing is lost on the way through CSV and NPZ, and no file holds objects."""

from __future__ import annotations

import io
from typing import Any

import dynamics_results as results
import numpy as np
import pandas as pd
import pytest

from jedi import dynamics
from jedi.dynamics.export import to_arrays, to_table
from jedi.errors import JediError


def everything() -> dict[str, Any]:
    fixed = results.fixed_points()
    modes = dynamics.modes(results.bistable(), 0.1)
    moved = dynamics.fixed_points(results.network([[2.0, 0.1], [-0.1, 0.9]]), 0.1, proof_seconds=0.0)
    return {
        "fixed points": fixed,
        "spectrum": dynamics.spectrum(results.bistable(), 0.1),
        "spectra": fixed.spectrum,
        "modes": modes,
        "gains": dynamics.gain_spectrum(results.turning(), results.trajectory(), 0.1, 0.01),
        "alignment": dynamics.alignment(modes, results.directions().T),
        "course": results.course(),
        "phase": dynamics.phase_average(results.course(), 10, 40),
        "lyapunov": results.lyapunov(),
        "matching": dynamics.match_points(fixed.x, moved.x),
        "comparison": dynamics.compare(fixed, moved),
        "diagram": results.diagram(),
        "pitchfork": results.pitchfork(),
        "portrait": results.portrait(),
    }


KINDS = (
    "fixed points", "spectrum", "spectra", "modes", "gains", "alignment", "course", "phase", "lyapunov", "matching",
    "comparison", "diagram", "pitchfork", "portrait",
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    found = everything()
    assert tuple(found) == KINDS
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_comes_back_from_csv_to_the_last_digit(made: dict[str, Any], kind: str) -> None:
    table = to_table(made[kind])
    assert len(table) > 0
    back = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert list(back.columns) == list(table.columns)
    for name in table.columns:
        for before, after in zip(table[name], back[name], strict=True):
            assert (pd.isna(before) and pd.isna(after)) or before == after, name


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_come_back_from_npz_without_objects(made: dict[str, Any], kind: str) -> None:
    arrays = to_arrays(made[kind])
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as back:
        assert sorted(back.files) == sorted(arrays)
        for name, values in arrays.items():
            np.testing.assert_array_equal(back[name], values)


def test_names_are_plain_and_times_frequencies_and_rates_have_units(made: dict[str, Any]) -> None:
    units = {"time": ("_s", "_tau"), "frequency": ("_hz", "_per_tau", "_sd"), "period": ("_tau",), "speed": ("_tau",)}
    for result in made.values():
        for name in [*to_table(result).columns, *to_arrays(result)]:
            assert name.replace("_", "").isalnum(), name
            for word, ends in units.items():
                assert not name.startswith(word) or name.endswith(ends), name


def test_the_table_of_fixed_points_holds_their_numbers(made: dict[str, Any]) -> None:
    fixed, table = made["fixed points"], to_table(made["fixed points"])
    assert table["kind"].tolist() == ["stable", "stable", "saddle", "saddle", "unstable"]
    np.testing.assert_array_equal(table[["overlap_1", "overlap_2"]], fixed.k)
    np.testing.assert_array_equal(table[[f"x_{n + 1}" for n in range(results.UNITS)]], fixed.x)
    values = table["eigenvalue_2_real"] + 1j * table["eigenvalue_2_imaginary"]
    np.testing.assert_array_equal(values, fixed.spectrum.eigenvalues[:, 1])
    assert table["index"].sum() == 1


def test_a_spectrum_counts_every_eigenvalue_of_every_state(made: dict[str, Any]) -> None:
    one, several = to_table(made["spectrum"]), to_table(made["spectra"])
    assert one["count"].sum() == results.UNITS
    assert several.groupby("state")["count"].sum().tolist() == [results.UNITS] * 5
    assert one["modulus"].tolist() == np.hypot(one["real"], one["imaginary"]).tolist()


def test_seconds_appear_only_where_a_step_has_a_length() -> None:
    timed, untimed = to_table(results.lyapunov()), to_table(results.lyapunov(None))
    assert {"value_per_s", "standard_error_per_s"} <= set(timed.columns)
    np.testing.assert_allclose(timed["value_per_s"] * 0.01, timed["value_per_step"], rtol=1e-12)
    assert not [name for name in untimed.columns if name.endswith("_s")]
    assert "time_s" in to_table(results.course())
    assert not [name for name in to_table(results.course(None)).columns if name.endswith(("_s", "_hz"))]


def test_left_over_points_have_no_partner(made: dict[str, Any]) -> None:
    table = to_table(made["matching"])
    assert table["point_a"].tolist()[:3] == [p + 1 for p in made["matching"].pairs[:, 0]]
    assert table["point_b"].isna().sum() == len(made["matching"].unmatched_a) == 2
    assert table["distance"].isna().sum() == 2


def test_a_diagram_is_one_table_of_branches_events_and_cycles(made: dict[str, Any]) -> None:
    found, table = made["diagram"], to_table(made["diagram"])
    events = table[table["item"] == "bifurcation"]
    assert events[events["of"] == "flow"]["path_s"].to_list() == [pytest.approx(1 / 3, abs=1e-6)]
    assert (table["item"] == "branch").sum() == sum(len(branch.at) for branch in found.branches)
    cycles = table[table["item"] == "limit cycle"]
    assert len(cycles) == sum(len(cycle.k) for cycle in found.cycles) > 0
    assert (cycles["time_tau"] < cycles["period_tau"]).all()
    arrays = to_arrays(found)
    np.testing.assert_array_equal(arrays["branch_k"][arrays["branch"] == 0], found.branches[0].k)
    np.testing.assert_array_equal(arrays["cycle_k"][arrays["cycle"] == 1], found.cycles[1].k)


def test_a_portrait_has_a_row_a_place_and_its_nullclines_in_the_arrays(made: dict[str, Any]) -> None:
    found, table, arrays = made["portrait"], to_table(made["portrait"]), to_arrays(made["portrait"])
    assert len(table) == found.speed.size
    row = table.iloc[3 * len(found.across) + 7]
    assert (row["across"], row["up"]) == (found.across[7], found.up[3])
    assert row["flow_up_per_tau"] == found.flow[3, 7, 1]
    assert row["basin"] == found.basins[3, 7] + 1
    assert len(arrays["nullcline_up"]) == sum(len(curve) for curve in found.nullclines[1])


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(JediError, match="no table for a int"):
        to_table(3)
    with pytest.raises(JediError, match="no arrays for a str"):
        to_arrays("x")
