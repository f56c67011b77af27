"""Figures beside their targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured. `most` is the target: what it may be at most; None where there is none."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None

    @property
    def met(self) -> bool:
        return self.most is None or self.value <= self.most


@dataclass(slots=True)
class Setup:
    """What was measured of one setup, at one number of applications."""

    name: str
    applications: int
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str = "", most: float | None = None) -> None:
        """Keep one figure."""
        self.figures.append(Figure(name, value, unit, most))


def table(setups: Sequence[Setup]) -> list[str]:
    """The setups side by side, a line for each figure; `!` marks what misses its target."""
    names = list(dict.fromkeys(figure.name for setup in setups for figure in setup.figures))
    heads = [f"{setup.name} {setup.applications:,}" for setup in setups]
    lines = ["".join([f"{'':<46}{'target':>10}", *(f"{head:>19}" for head in heads)])]
    for name in names:
        known = [{figure.name: figure for figure in setup.figures}.get(name) for setup in setups]
        most = {f"{figure.most:g}" for figure in known if figure and figure.most is not None}
        cells = [f"{_said(figure):>19}" for figure in known]
        lines.append("".join([f"{name:<46}{'/'.join(sorted(most, key=float)):>10}", *cells]))
    return lines


def _said(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    value = f"{figure.value:.0f}" if figure.value >= 100 or figure.value == int(figure.value) else f"{figure.value:.1f}"
    return f"{'' if figure.met else '! '}{value} {figure.unit}".rstrip()


def missed(setups: Sequence[Setup]) -> list[str]:
    """Every figure above its target, and every number of queries that grows with the rows."""
    found = [
        f"{setup.name}, {setup.applications:,}: {figure.name}: {figure.value:g} {figure.unit}, at most {figure.most:g}"
        for setup in setups
        for figure in setup.figures
        if not figure.met
    ]
    return found + _growing(setups)


def _growing(setups: Sequence[Setup]) -> list[str]:
    seen: dict[tuple[str, str], set[float]] = {}
    for setup in setups:
        for figure in setup.figures:
            if figure.unit == "queries":
                seen.setdefault((setup.name, figure.name), set()).add(figure.value)
    return [
        f"{setup}: {name} grows with the rows: {sorted(values)}"
        for (setup, name), values in seen.items()
        if len(values) > 1
    ]
