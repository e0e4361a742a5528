"""The recurrent weights that a context generates, as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jedi.figures.style import Width, journal, new_figure, tidy
from jedi.weights import FullRankWeights, LowRankWeights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 0.995  # of the weights lie within the colour scale: a few large ones would fade the rest


def weights_figure(weights: LowRankWeights | FullRankWeights, *, width: Width = "single") -> Figure:
    """J with both axes sorted by the leading left singular vector; diverging colours, zero is white."""
    j = np.asarray(weights.J, float)
    leading = np.linalg.svd(j)[0][:, 0]
    order = np.argsort(leading * (1 if leading.sum() >= 0 else -1), kind="stable")
    limit = float(np.quantile(np.abs(j), SHOWN)) or 1.0
    with journal():
        figure = new_figure(width, 66.0 if width == "single" else 140.0, square=True)
        plot = figure.add_subplot()
        image = plot.imshow(
            j[np.ix_(order, order)], cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest",
            extent=(0.5, len(j) + 0.5, len(j) + 0.5, 0.5),
        )  # fmt: skip
        bar = figure.colorbar(image, ax=plot, fraction=0.04, pad=0.02, shrink=0.6, extend="both", anchor=(0.0, 1.0))
        bar.set_label("weight J", labelpad=2)
        bar.outline.set_linewidth(0.4)
        for spine in plot.spines.values():
            spine.set_visible(True)
        tidy(plot, "from unit (sorted)", "to unit (sorted)")
    return figure
