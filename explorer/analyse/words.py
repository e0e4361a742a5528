"""What the results mean, in a sentence or two of plain Markdown."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.markup import count, plain
from jedi.figures.words import MINUS

PROOF_HELP = (
    "A network of rank R moves towards an R-dimensional sheet, on which a fixed point is R numbers, its overlaps, and "
    "the weights bound them: every fixed point lies in a known box. The proof cuts this box into smaller ones until "
    "each is shown, with every rounding error accounted for, to hold no fixed point, or to hold exactly one, which is "
    "in the list. It is a proof by computation, not a search that gave up: no other fixed point exists."
)
SEARCH_HELP = (
    "Newton's method from thousands of places: along the trajectory, where the network settles, and all over the box "
    "that holds every fixed point. It ends when a batch as large as all before brings nothing new and the index sum "
    "is +1, as it is over a complete set. Sets that lack points can pass these tests, so only a proof settles it."
)
MOST_PROVABLE_RANK = 12


def completeness(fixed: Any, rank: int) -> tuple[str, str]:
    """What is known about fixed points that are not listed, and a help text."""
    proof = fixed.proof
    if fixed.completeness == "proved":
        cost = f"{proof.boxes:,} box{'' if proof.boxes == 1 else 'es'} in {seconds(proof.seconds)}"
        others = "no fixed point exists" if len(fixed) == 0 else "no other fixed point exists"
        said = f"**Proved: {others}.** Interval arithmetic covered the whole box that could hold one ({cost})."
        if proof.missed:
            said += f" The search had missed {proof.missed} of them; the proof found them."
        return said, PROOF_HELP
    said = {
        "consistent": "**Consistent: no test contradicts that these are all.** ",
        "incomplete": "**Incomplete: at least one fixed point is missing.** ",
        "unknown": "**Unknown: there may be others.** ",
    }[fixed.completeness]
    return said + _because(fixed, rank), SEARCH_HELP if proof is None else f"{SEARCH_HELP}\n\n{PROOF_HELP}"


def _because(fixed: Any, rank: int) -> str:
    searched = f"{fixed.starts:,} starts of Newton's method, index sum {signed(fixed.index_sum)}"
    if fixed.completeness == "unknown":
        return f"At full rank nothing tells whether any is missing ({searched})."
    if fixed.proof is None:
        out_of_reach = f"; at rank {rank} a proof is out of reach" if rank > MOST_PROVABLE_RANK else ""
        return f"{searched[0].upper()}{searched[1:]}{out_of_reach}."
    covered = f"{100 * fixed.proof.covered:.3g} % of the volume"
    why = f": {plain(fixed.proof.reason)}" if fixed.proof.reason else ""
    boxes = f"{fixed.proof.boxes:,} boxes in {seconds(fixed.proof.seconds)}"
    return f"The proof came to {covered} ({boxes}){why}. {searched[0].upper()}{searched[1:]}."


def kinds(fixed: Any) -> str:
    """How many of each kind, as `2 stable, 1 saddle`."""
    named = [str(kind) for kind in fixed.kind]
    numbers = {kind: named.count(kind) for kind in ("stable", "saddle", "unstable", "slow")}
    said = {"saddle": count(numbers["saddle"], "saddle"), "slow": count(numbers["slow"], "slow point")}
    return ", ".join(said.get(kind, f"{number} {kind}") for kind, number in numbers.items() if number)


def verdicts(fixed: Any) -> str:
    """Where step and flow disagree about stability; empty where they do not."""
    true = np.asarray(fixed.kind) != "slow"
    differ = np.flatnonzero(true & ((fixed.n_unstable == 0) != (fixed.n_unstable_continuous == 0)))
    if not len(differ):
        return ""
    named = ", ".join(str(i + 1) for i in differ[:8])
    return f"Step and flow disagree about the stability of {named}: see both columns."


def seconds(value: float) -> str:
    """A computing time: two digits, or whole seconds from ten on."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.2g} s" if value >= 0.001 else "1 ms"


def signed(value: int) -> str:
    """`+1`, `−3`, `0`."""
    return f"+{value}" if value > 0 else str(value).replace("-", MINUS)
