"""What came of the setups, side by side, and whether it is what was to be shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_CONNECTIONS = 25
MOST_SPREAD = 3.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw. Times in milliseconds.

    `kept` are the reports that were answered with 200, `unanswered` the requests still under way when the clients left.
    """

    seconds: float
    statuses: Mapping[int, int]
    kept: int
    unanswered: int
    socket_errors: int
    p50: float
    p99: float
    longest: float

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    @property
    def pages_per_second(self) -> float:
        return self.statuses.get(200, 0) / self.seconds

    @property
    def broken(self) -> int:
        """Requests whose connection broke, or that waited in vain."""
        return max(self.socket_errors, self.unanswered)

    @property
    def failed(self) -> int:
        return self.answered - self.statuses.get(200, 0) + self.broken

    @property
    def spread(self) -> float:
        return ratio(self.p99, self.p50)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one setup: for the clients and in PostgreSQL, whose refusals are counted by what its log says."""

    name: str
    load: Load
    stored: int
    connections: int
    refusals: Mapping[str, int]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """The setups side by side; `rps` are pages and reports answered with 200 a second, the first setup's being 1."""
    columns = "{:<13}{:>9}{:>7}{:>8}{:>7}{:>8}{:>8}{:>9}{:>8}{:>13}{:>8}{:>8}"
    names = "setup requests 5xx sockets rps p50/ms p99/ms p99/p50 max/ms connections 200s rows".split()
    lines = [columns.format(*names)]
    for outcome in outcomes:
        load = outcome.load
        lines.append(
            columns.format(
                outcome.name,
                load.answered,
                sum(count for status, count in load.statuses.items() if status >= 500),
                load.broken,
                f"{ratio(load.pages_per_second, outcomes[0].load.pages_per_second):.2f}",
                f"{load.p50:.0f}",
                f"{load.p99:.0f}",
                f"{load.spread:.2f}",
                f"{load.longest:.0f}",
                outcome.connections,
                load.kept,
                outcome.stored,
            )
        )
    return lines


def answers(outcome: Outcome) -> list[str]:
    """How often each status was answered, and what PostgreSQL's log says of those it turned away."""
    counts = [f"{count} x {status}" for status, count in sorted(outcome.load.statuses.items())]
    refusals = [f"  PostgreSQL, {count} times: {message}" for message, count in outcome.refusals.items()]
    return [f"{outcome.name}: {', '.join(counts)}", *refusals]


def targets(pooled: Outcome, direct: Outcome) -> dict[str, bool]:
    """What is to be shown, and whether it was."""
    return {
        "With pgBouncer every request is answered with 200": pooled.load.failed == 0,
        f"With it PostgreSQL has at most {MOST_CONNECTIONS} connections": pooled.connections <= MOST_CONNECTIONS,
        f"With it p99 is within {MOST_SPREAD:g} times the median": pooled.load.spread <= MOST_SPREAD,
        "With it every report answered with 200 is a row, and no other is": pooled.load.kept == pooled.stored > 0,
        "Without it requests fail, for PostgreSQL refuses connections": direct.load.failed > 0 and any(direct.refusals),
        "Without it, too, a report answered with 200 is a row": direct.load.kept <= direct.stored,
    }


def ratio(one: float, other: float) -> float:
    """NaN, which meets no target, where there is nothing to compare with."""
    return one / other if other else math.nan
