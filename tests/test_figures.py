"""Figures of the pages: what they show, in whose colours, and that text stays text."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.figures.theme import DARK, LIGHT, Palette, palette
from explorer.figures.training import coloured_groups, context_map, curves, principal_plane
from explorer.markup import duration, plain

ROOT = Path(__file__).resolve().parents[1]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_either_ground(colours: Palette) -> None:
    for ground in (colours.ground, colours.panel):
        assert contrast(colours.ink, ground) >= 7
        assert contrast(colours.muted, ground) >= 4.5


def test_the_theme_the_figures_and_the_component_have_the_same_colours() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    script = (ROOT / "explorer" / "scrubber" / "src" / "theme.js").read_text("utf-8")
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        assert config[name]["backgroundColor"] == colours.ground
        assert config[name]["textColor"] == colours.ink
        assert config[name]["borderColor"] == colours.hairline
        assert tuple(config[name]["chartCategoricalColors"]) == colours.categories
        tokens = re.search(rf"{name}: \{{(.*?)\n  \}}", script, re.DOTALL)
        assert tokens is not None
        found = dict(re.findall(r"(\w+): '(#\w+)'", tokens[1]))
        assert (found["ink"], found["muted"], found["warning"]) == (colours.ink, colours.muted, colours.warning)
        categories = re.search(r"categories: \[(.*?)\]", tokens[1])
        assert categories is not None
        assert tuple(re.findall(r"#\w+", categories[1])) == colours.categories


def test_an_unknown_theme_is_light() -> None:
    assert palette(None) is palette("light") is LIGHT
    assert palette("dark") is DARK


def test_curves_keep_the_last_epoch_and_no_more_points_than_can_be_told_apart() -> None:
    metrics = [{"epoch": e, "loss": 1 / e, "r2": 1 - 1 / e} for e in range(1, 4001)]
    loss, r2 = curves(metrics, LIGHT).data
    assert len(r2.x) <= 602
    assert (r2.x[-1], r2.y[-1]) == (4000, 1 - 1 / 4000)
    assert loss.y[-1] == 1 / 4000
    assert len(curves([], LIGHT).data[0].x) == 0


def test_the_plane_keeps_the_variance_and_never_flips() -> None:
    rng = np.random.default_rng(0)
    contexts = rng.standard_normal((50, 4)) * [3, 1, 0.1, 0.1]
    plane, shares = principal_plane(contexts)
    assert shares[0] > 0.8
    assert np.allclose(principal_plane(contexts[::-1])[0], plane[::-1])
    assert principal_plane(np.zeros((3, 4)))[1].tolist() == [0, 0]
    assert principal_plane(np.ones((4, 1)))[0].shape == (4, 2)


def test_points_are_coloured_as_explore_colours_them() -> None:
    labels = pd.Series(["b", "a", "b", None], name="kind")
    groups = coloured_groups(labels, 4, LIGHT)
    assert [(name, rows.tolist()) for name, rows, _ in groups] == [("a", [1]), ("b", [0, 2]), ("missing", [3])]
    assert [marker["color"] for _, _, marker in groups] == [*LIGHT.categories[:2], LIGHT.missing]


def test_opposite_directions_are_half_a_turn_apart() -> None:
    ((_, rows, marker),) = coloured_groups(pd.Series([-np.pi / 2, np.pi / 2, 0.1], name="target_dir"), 3, DARK)
    assert rows.tolist() == [0, 1, 2]
    assert abs(marker["color"][0] - marker["color"][1]) == pytest.approx(0.5)


def test_the_legend_names_categories_and_gives_quantities_and_angles_a_bar_with_its_ends() -> None:
    kinds = pd.Series(["b", "<i>a</i>", "b", None], name="kind")
    (named,) = context_map(np.eye(4), kinds, LIGHT).layout.annotations
    assert re.findall(r"</span> ([^<\N{NO-BREAK SPACE}]+)", named.text) == ["&lt;i&gt;a&lt;/i&gt;", "b", "missing"]
    angles = context_map(np.eye(3), pd.Series([-1.0, 2.0, 0.1], name="target_dir"), DARK)
    assert angles.data[0].marker.colorbar.ticktext == ("\N{MINUS SIGN}π", "0", "π rad")
    assert angles.layout.annotations == ()
    speeds = context_map(np.eye(5), pd.Series([-1.5, 0.25, np.nan, 2.0, 0.7], name="speed"), LIGHT)
    assert speeds.data[0].marker.colorbar.ticktext == ("\N{MINUS SIGN}1.5", "0.25", "2")
    assert "missing" in speeds.layout.annotations[0].text
    assert context_map(np.eye(3), None, LIGHT).layout.annotations == ()
    many = context_map(np.eye(40), pd.Series([f"c{i:02d}" for i in range(40)], name="cell"), LIGHT)
    assert many.layout.annotations[0].text.endswith("28 more")


def test_forty_categories_have_forty_colours() -> None:
    labels = pd.Series([f"c{i:02d}" for i in range(40)], name="cell")
    colours = {marker["color"] for _, _, marker in coloured_groups(labels, 40, LIGHT)}
    assert len(colours) == 40


def test_names_from_files_are_shown_letter_by_letter() -> None:
    labels = pd.Series(["<b>x</b>", "%{customdata}"], name="kind")
    names = [trace.name for trace in context_map(np.eye(2), labels, LIGHT).data]
    assert not any("<" in name or "%{" in name for name in names)
    assert plain("*a* [b](c) <i> $x$ :red[y]") == r"\*a\* \[b\]\(c\) \<i\> \$x\$ \:red\[y\]"
    assert plain("two\nlines") == "two lines"
    assert len(plain("x" * 1000)) == 300


def test_durations_read_as_people_say_them() -> None:
    assert [duration(s) for s in (7.6, 65, 4210)] == ["8 s", "1 min 05 s", "1 h 10 min"]
