"""Rounds A, B, C, A, B, C: what disturbs the machine for a while disturbs all alike. The figures are medians."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.contenders import Contender, Measured, measure

WARM_UP_SECONDS = 1


@dataclass(frozen=True)
class Run:
    """One line of a case's table: who is asked, and what. `units` is how much an answer does: lines of an operation."""

    contender: Contender
    path: str
    script: str
    variables: dict[str, str]
    label: str = ""
    units: int = 1

    @property
    def name(self) -> str:
        return self.label or self.contender.name


@dataclass(frozen=True)
class Goal:
    """One line's rate is at least so many times another's, or its CPU time at most so many times."""

    of: str
    to: str
    at_least: float = 0.0
    at_most_cpu: float = 0.0


@dataclass(frozen=True)
class Case:
    title: str
    runs: list[Run]
    goals: list[Goal]


@dataclass(frozen=True)
class Row:
    """A run's rounds."""

    run: Run
    rounds: list[Measured]

    @property
    def rates(self) -> list[float]:
        """Units a second, round by round."""
        return [measured.load.per_second * self.run.units for measured in self.rounds]

    def middle(self, figure: Callable[[Measured], float]) -> float:
        return median(figure(measured) for measured in self.rounds)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu(self) -> float:
        """Of server and database, in milliseconds per unit."""
        return self.middle(lambda measured: measured.server_cpu + measured.database_cpu) / self.run.units

    @property
    def refused(self) -> int:
        return sum(measured.load.refused for measured in self.rounds)


def play(case: Case, rounds: int, seconds: float) -> list[Row]:
    """All runs of the case, in turn."""
    for run in case.runs:
        measure(run.contender, run.path, run.script, WARM_UP_SECONDS, run.variables)
    measured: list[list[Measured]] = [[] for _ in case.runs]
    for _ in range(rounds):
        for mine, run in zip(measured, case.runs, strict=True):
            mine.append(measure(run.contender, run.path, run.script, seconds, run.variables))
    return [Row(run, mine) for run, mine in zip(case.runs, measured, strict=True)]


def table(rows: list[Row]) -> Iterable[list[str]]:
    """Header and lines; the ratio is to the first line, the product's."""
    yield [
        "", "per s", "product / this", "min..max per s", "p50 ms", "p99 ms",
        "server CPU ms", "PostgreSQL CPU ms", "CPU, product / this", "refused",
    ]  # fmt: skip
    for row in rows:
        server_cpu = row.middle(lambda measured: measured.server_cpu)
        yield [
            row.run.name,
            f"{row.rate:,.0f}",
            f"{rows[0].rate / row.rate:.2f}",
            f"{min(row.rates):,.0f}..{max(row.rates):,.0f}",
            f"{row.middle(lambda measured: measured.load.p50):.1f}",
            f"{row.middle(lambda measured: measured.load.p99):.1f}",
            f"{server_cpu:.2f}" if server_cpu else "",
            f"{row.middle(lambda measured: measured.database_cpu):.2f}",
            f"{rows[0].cpu / row.cpu:.1f}" if row.cpu else "",
            str(row.refused),
        ]


def verdicts(case: Case, rows: list[Row]) -> Iterable[str]:
    """A sentence for each goal: reached or not, and by how much."""
    by_name = {row.run.name: row for row in rows}
    for goal in case.goals:
        of, to = by_name[goal.of], by_name[goal.to]
        if goal.at_most_cpu:
            ratio, asked = of.cpu / to.cpu, f"at most {goal.at_most_cpu:g} x the CPU time of"
            is_reached = ratio <= goal.at_most_cpu
        else:
            ratio, asked = of.rate / to.rate, f"at least {goal.at_least:g} x"
            is_reached = ratio >= goal.at_least
        yield f"Goal: {goal.of} {asked} {goal.to}. {'Reached' if is_reached else '**Not reached**'}: {ratio:.2f} x."
