"""Interleaved rounds (A, B, C, A, B, C), so that disturbances affect all contenders alike. Figures are medians.

Many short rounds are better than few long ones, because the speed of a virtual machine changes within seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks import environment
from benchmarks.contenders import Contender, Measurement, measure

WARM_UP_SECONDS = 1


@dataclass(frozen=True)
class Run:
    """A row of a case's table: a contender and its request. `units` is the work per response, such as lines booked."""

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
    """The goal that a row's rate is at least `at_least` times that of another, or its CPU time at most `at_most_cpu`
    times.
    """

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
    """A run with its measured rounds."""

    run: Run
    rounds: list[Measurement]

    @property
    def rates(self) -> list[float]:
        """Return the units per second of each round."""
        return [measured.load.per_second * self.run.units for measured in self.rounds]

    def median_of(self, figure: Callable[[Measurement], float]) -> float:
        return median(figure(measured) for measured in self.rounds)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu(self) -> float:
        """Return the CPU time of server and database, in milliseconds per unit."""
        return self.median_of(lambda measured: measured.server_cpu + measured.database_cpu) / self.run.units

    @property
    def refused(self) -> int:
        return sum(measured.load.refused for measured in self.rounds)


def run_case(case: Case, rounds: int, seconds: float) -> list[Row]:
    """Measure all runs of the case, in interleaved rounds."""
    for run in case.runs:
        measure(run.contender, run.path, run.script, WARM_UP_SECONDS, run.variables)
    environment.analyze_databases()
    measured: list[list[Measurement]] = [[] for _ in case.runs]
    for _ in range(rounds):
        for run_rounds, run in zip(measured, case.runs, strict=True):
            run_rounds.append(measure(run.contender, run.path, run.script, seconds, run.variables))
    return [Row(run, run_rounds) for run, run_rounds in zip(case.runs, measured, strict=True)]


def rate_table(rows: list[Row]) -> Iterable[list[str]]:
    """Yield the header and the rows. Ratios compare the first row, which is the product, with each row."""
    yield [
        "", "CPU, product / this row", "server CPU ms", "PostgreSQL CPU ms", "per s", "product / this row",
        "min..max per s", "p50 ms", "p99 ms", "refused",
    ]  # fmt: skip
    for row in rows:
        server_cpu = row.median_of(lambda measured: measured.server_cpu)
        yield [
            row.run.name,
            f"{rows[0].cpu / row.cpu:.2f}" if row.cpu else "",
            f"{server_cpu:.2f}" if server_cpu else "",
            f"{row.median_of(lambda measured: measured.database_cpu):.2f}",
            f"{row.rate:,.0f}",
            f"{rows[0].rate / row.rate:.2f}",
            f"{min(row.rates):,.0f}..{max(row.rates):,.0f}",
            f"{row.median_of(lambda measured: measured.load.p50):.1f}",
            f"{row.median_of(lambda measured: measured.load.p99):.1f}",
            str(row.refused),
        ]


def describe_goals(case: Case, rows: list[Row]) -> Iterable[str]:
    """Yield a sentence for each goal, with the ratio and whether the goal was reached."""
    by_name = {row.run.name: row for row in rows}
    for goal in case.goals:
        of, to = by_name[goal.of], by_name[goal.to]
        if goal.at_most_cpu:
            ratio, wanted = of.cpu / to.cpu, f"at most {goal.at_most_cpu:g} x the CPU time of"
            is_reached = ratio <= goal.at_most_cpu
        else:
            ratio, wanted = of.rate / to.rate, f"at least {goal.at_least:g} x"
            is_reached = ratio >= goal.at_least
        yield f"Goal: {goal.of} {wanted} {goal.to}. {'Reached' if is_reached else '**Not reached**'}: {ratio:.2f} x."
