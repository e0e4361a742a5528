"""What the Analyse page shows, as its address says it and back: run, place, section, and the section's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from explorer.analyse.places import Place, read_place, write_place

SECTIONS = {
    "fixed-points": "Fixed points",
    "spectrum": "Spectrum",
    "lyapunov": "Lyapunov",
    "bifurcations": "Bifurcations",
    "portrait": "Phase portrait",
    "comparison": "Compare",
}
FIRST = "fixed-points"
TOWARDS = ("bifurcations", "comparison")  # the sections that need a second place
_TO = {"trial": "to", "centre": "to-centre", "probe": "to-probe"}


@dataclass(frozen=True)
class Option:
    """A choice within a section. Its first value is the default, which an address leaves out."""

    section: str
    values: tuple[str, ...] = ()
    least: int = 0  # of a whole number, where there are no values to choose from
    most: int = 0
    default: str = ""

    @property
    def usual(self) -> str:
        return self.values[0] if self.values else self.default

    def allows(self, text: str) -> bool:
        if self.values:
            return text in self.values
        return text.isascii() and text.isdigit() and len(text) < 8 and self.least <= int(text) <= self.most


OPTIONS = {
    "proof": Option("fixed-points", ("5", "30", "120", "600")),  # seconds
    "at": Option("spectrum", ("origin", "point", "trial", "gains")),
    "point": Option("spectrum", least=1, most=9999, default="1"),  # a fixed point, counted from 1
    "range": Option("spectrum", ("circle", "near")),
    "along": Option("lyapunov", ("attractor", "trial")),
    "exponents": Option("lyapunov", least=1, most=1000, default="10"),
    "steps": Option("lyapunov", least=100, most=1_000_000, default="5000"),
    "figure": Option("lyapunov", ("spectrum", "convergence")),
    "height": Option("bifurcations", ("main", "norm", *(str(r) for r in range(1, 513)))),
    "plane": Option("portrait", ("trial", "trial-13", "trial-23", "recorded", "recorded-13", "weights")),
    "basins": Option("portrait", ("yes", "no")),
    "compare": Option("comparison", ("states", "origin")),
}


@dataclass(frozen=True)
class AnalyseView:
    """None: the page's own choice."""

    run: str | None = None
    place: Place | None = None
    to: Place | None = None
    section: str = FIRST
    options: Mapping[str, str] = field(default_factory=dict)  # those that differ from the default

    def option(self, name: str) -> str:
        """The value of an option."""
        return self.options.get(name, OPTIONS[name].usual)

    def having(self, name: str, value: str) -> AnalyseView:
        """This view with an option changed; what is not allowed changes nothing."""
        if not OPTIONS[name].allows(value):
            return self
        others = {key: kept for key, kept in self.options.items() if key != name}
        return replace(self, options=others if value == OPTIONS[name].usual else {**others, name: value})

    def of_run(self, run: str) -> AnalyseView:
        """This view if it is one of `run`, else the same section and options at that run's own beginning."""
        return self if self.run == run else replace(self, run=run, place=None, to=None)


def read_view(parameters: Mapping[str, str]) -> AnalyseView:
    """The view that an address asks for; what cannot be read is left out."""
    section = parameters.get("section", FIRST)
    view = AnalyseView(
        run=parameters.get("run") or None,
        place=read_place(parameters),
        to=read_place({name: parameters[other] for name, other in _TO.items() if other in parameters}),
        section=section if section in SECTIONS else FIRST,
    )
    for name in OPTIONS:
        view = view.having(name, parameters.get(name, ""))
    return view


def write_view(view: AnalyseView) -> dict[str, str]:
    """The parameters of a view: a second place and options only in the section that they belong to."""
    run = {} if view.run is None else {"run": view.run}
    section = {} if view.section == FIRST else {"section": view.section}
    to = {_TO[name]: value for name, value in write_place(view.to).items()} if view.section in TOWARDS else {}
    options = {name: value for name, value in view.options.items() if OPTIONS[name].section == view.section}
    return {**run, **write_place(view.place), **section, **to, **options}
