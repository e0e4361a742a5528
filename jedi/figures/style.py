"""A journal's style: column widths, 7 pt sans, text that stays text, the app's colours on white.

Matplotlib's settings are global, so that everything that reads them happens inside `journal()`, one thread at a time.
pyplot, which keeps figures alive, is never imported.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jedi.errors import JediError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Width = Literal["single", "double"]
WIDTHS_MM: dict[str, float] = {"single": 85.0, "double": 180.0}
FORMATS = ("pdf", "svg", "png")
SANS = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")

# The tokens of the app's light theme (Okabe-Ito, tuned for white).
INK, MUTED, HAIRLINE, WARNING = "#16181d", "#6b7280", "#e5e7eb", "#D55E00"
CATEGORIES = ("#0072B2", "#D98200", "#009E73", "#C2609A", "#56B4E9", "#B8A800", "#7A52A3", "#6b7280")
HUES = (0, 5, 3, 2, 6, 1)  # of the categories: the first three, and the others, differ for every kind of sight
PLAIN = 3  # lines of as many hues are solid, the others dashed

POINTS_PER_MM = 72 / 25.4
LINE_MM = 3.6  # a line of the legend
_lock = threading.RLock()


@contextmanager
def journal() -> Iterator[None]:
    """The style, for as long as a figure is drawn or saved."""
    import matplotlib as mpl
    from matplotlib import font_manager

    with _lock:
        installed = {font.name for font in font_manager.fontManager.ttflist}
        settings: dict[str, Any] = {
            "font.family": "sans-serif",
            "font.sans-serif": [name for name in SANS if name in installed] or ["DejaVu Sans"],
            "font.size": 7,
            "axes.titlesize": 7,
            "axes.labelsize": 7,
            "xtick.labelsize": 7,
            "ytick.labelsize": 7,
            "legend.fontsize": 7,
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "jedi",
            "text.parse_math": False,  # names are shown letter by letter
            "axes.unicode_minus": True,
            "text.color": INK,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "axes.labelpad": 2.5,
            "lines.solid_capstyle": "butt",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "figure.constrained_layout.w_pad": 0.03,
            "figure.constrained_layout.h_pad": 0.03,
        }
        with mpl.rc_context(settings):  # type: ignore[arg-type]  # a dict of exactly its own keys
            yield


def new_figure(width: Width, height_mm: float, square: bool = False) -> Figure:
    """An empty figure of a column's width; `square` for one plot of equal axes with a colour bar."""
    from matplotlib.figure import Figure

    if width not in WIDTHS_MM:
        raise JediError(f"width {width!r}: expected single ({WIDTHS_MM['single']:.0f} mm) or double")
    return Figure(figsize=(WIDTHS_MM[width] / 25.4, height_mm / 25.4), layout="compressed" if square else "constrained")


def add_legend(figure: Figure, handles: Sequence[Artist], width: Width, note: str = "") -> None:
    """The marks' meaning, outside the data, and a note beneath; the figure grows by their height."""
    room = WIDTHS_MM[width] * POINTS_PER_MM - 10
    longest = max((22 + 3.6 * len(str(handle.get_label())) for handle in handles), default=room)
    columns = max(1, min(len(handles), int(room / longest)))
    rows = -(-len(handles) // columns) if handles else 0
    lines = rows + (1 if note else 0)
    if not lines:
        return
    figure.set_figheight(figure.get_figheight() + lines * LINE_MM / 25.4)
    figure.legend(
        handles=list(_by_rows(handles, columns)), loc="outside lower left", ncols=columns, frameon=False,
        handlelength=1.8, handletextpad=0.5, columnspacing=1.4, labelspacing=0.35, borderpad=0.2, borderaxespad=0.2,
        title=note or None, title_fontsize=7, alignment="left",
    )  # fmt: skip


def _by_rows(handles: Sequence[Artist], columns: int) -> Iterator[Artist]:
    """Matplotlib fills a legend column by column; so ordered, it reads row by row."""
    rows = [list(handles[i : i + columns]) for i in range(0, len(handles), columns)]
    for column in range(columns):
        for row in rows:
            if column < len(row):
                yield row[column]


def tidy(axes: Axes, x: str, y: str) -> None:
    """Axis titles, with what is measured in which unit."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def save(figure: Figure, path: Path) -> None:
    """Write PDF, SVG or PNG (600 dpi) by the name's ending; the same figure gives the same bytes."""
    from jedi.atomic import replacing

    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise JediError(f"{path.name}: a figure is written as .pdf, .svg or .png")
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "svg": {"Date": None, "Creator": None},
        "png": {"Software": None},
    }
    with journal(), replacing(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format=form, dpi=600, metadata=metadata[form], facecolor="white")
