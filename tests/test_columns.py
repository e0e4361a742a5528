from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedi.columns import class_labels, column_form, sectors
from jedi.errors import JediError


@pytest.mark.parametrize(
    ("name", "values", "form"),
    [
        ("target_dir", [-1.03, -2.37, 0.29, np.nan], "cyclic"),
        ("reachDirection", [0.0, 1.57, 3.14, 4.71], "cyclic"),
        ("theta", np.linspace(0, 6.28, 7), "cyclic"),
        ("target_dir_deg", [0.0, 45.5, 90.0], "continuous"),  # degrees: not converted, hence no angle
        ("target_dir", [-3.0, -1.0, 2.0, 3.0, np.nan], "categorical"),  # codes
        ("directory_size", [0.1, 0.2], "continuous"),
        ("reaction_time", [0.21, 0.35], "continuous"),
        ("frequency", [1.0, 2.0, 3.0], "continuous"),
        ("reach_number", [1, 2, 3, 4], "categorical"),
        ("trial", list(range(40)), "continuous"),
        ("result", ["R", "F", ""], "categorical"),
        ("correct", [True, False], "categorical"),
        ("mixed", pd.Series([1, None, 2], dtype=object), "categorical"),
        ("nothing", [np.nan, np.nan], "categorical"),
        ("phase", ["memory", "response"], "categorical"),
    ],
)
def test_form_of_a_column(name: str, values: object, form: str) -> None:
    assert column_form(name, values) == form  # type: ignore[arg-type]


def test_sectors_are_cut_from_minus_pi_and_hold_their_lower_edge() -> None:
    edges = np.array([-np.pi, -np.pi / 2, 0, np.pi / 2])
    np.testing.assert_array_equal(sectors(edges, 4), [0, 1, 2, 3])
    np.testing.assert_array_equal(sectors(edges - 1e-9, 4), [3, 0, 1, 2])
    np.testing.assert_array_equal(sectors(np.array([np.nan, np.pi]), 4), [-1, 0])


@given(st.floats(-7, 7), st.integers(2, 12))
def test_a_full_turn_changes_no_sector_except_at_an_edge(angle: float, classes: int) -> None:
    width = 2 * np.pi / classes
    from_edge = abs((angle + np.pi) / width - round((angle + np.pi) / width)) * width
    here, turned = sectors(np.array([angle, angle + 2 * np.pi]), classes)
    assert 0 <= here < classes
    assert here == turned or from_edge < 1e-9


def test_labels_of_each_form() -> None:
    codes, names = class_labels("kind", ["sine", "const", "sine", ""])
    assert (codes.tolist(), names) == ([1, 0, 1, -1], ["const", "sine"])
    codes, names = class_labels("reach_number", [1.0, 4.0, np.nan])
    assert codes.tolist() == [0, 1, -1]
    codes, names = class_labels("target_dir", [-3.0, -0.1, 0.1, 3.0], 4)
    assert codes.tolist() == [0, 1, 2, 3]
    assert names[0] == "-180 to -90 deg"
    codes, _ = class_labels("reaction_time", np.linspace(0.1, 0.9, 40), 4)
    assert np.bincount(codes).tolist() == [10, 10, 10, 10]


def test_one_sector_is_refused() -> None:
    with pytest.raises(JediError, match="2 or more"):
        sectors(np.zeros(3), 1)
