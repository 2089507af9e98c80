"""`python -m benchmarks.pooler`: the service on PostgreSQL directly, and through PgBouncer with four connections.

`DB_POOLER=prepared` is measured if the installed PgBouncer is of release 1.22 or newer, or the variable
PGBOUNCER_PREPARED names one that is.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks import environment, load, results
from benchmarks.contenders import Contender
from benchmarks.rounds import Case, Run, rate_table, run_case
from core.database.embedded import place
from testing import pgbouncer, serving
from testing.grounds.pooler import PARAMETERS

ROUNDS, SECONDS = 7, 4
PRODUCTS, SPREAD = 10_000, 1000
ROLE = DATABASE = "postgres"
CASES = {
    "One movement, spread over 1,000 products": ("/api/stock/", "move"),
    "A page of 50 of 10,000 products, with the total count": ("/api/products/?page_size=50", "read"),
}


def find_poolers() -> dict[str, str]:
    """Return the programs to measure, by the value of DB_POOLER."""
    installed = pgbouncer.find_pgbouncer()
    newer = os.environ.get("PGBOUNCER_PREPARED", installed)
    has_prepared = pgbouncer.read_release(newer) >= pgbouncer.PREPARED_RELEASE
    return {"on": installed} | ({"prepared": newer} if has_prepared else {})


@contextmanager
def start_service(service: serving.Service, name: str, helper: int = 0) -> Iterator[Contender]:
    service.start()
    try:
        assert service.process
        yield Contender(name, f"http://127.0.0.1:{service.port}", service.process.pid, helper=helper)
    finally:
        service.stop()


@contextmanager
def start_pooled(database: serving.Database, mode: str, program: str) -> Iterator[Contender]:
    """Start PgBouncer and a service that uses it."""
    os.environ["PGBOUNCER"] = program
    server = pgbouncer.Server(place.socket_folder())
    folder = database.folder / mode
    with pgbouncer.run_pgbouncer(folder, server, DATABASE, ROLE, mode == "prepared") as pooler:
        assert pooler.process
        service = environment.make_service(database, DATABASE_URL=pooler.url(), DB_POOLER=mode)
        release = ".".join(map(str, pgbouncer.read_release(program)))
        with start_service(service, f"PgBouncer {release}, DB_POOLER={mode}", pooler.process.pid) as contender:
            yield contender


def main() -> None:
    load.require_wrk()
    with ExitStack() as stack:
        database = stack.enter_context(environment.start_database())
        for name, value in PARAMETERS.items():
            database.execute(f"ALTER ROLE {ROLE} SET {name} = '{value}'")
        service = environment.make_service(database)
        shop = environment.fill_shop(service, PRODUCTS)
        contenders = [stack.enter_context(start_service(service, "direct"))]
        for mode, program in find_poolers().items():
            contenders.append(stack.enter_context(start_pooled(database, mode, program)))
        first = int(shop["first"])
        variables = {"TOKEN": environment.sign_in(service), "FIRST": str(first), "LAST": str(first + SPREAD - 1)}
        parts = [
            f"### {title}\n\n{results.format_table(measure_case(title, path, script, contenders, variables))}"
            for title, (path, script) in CASES.items()
        ]
        conditions = results.describe_conditions(
            database.version(),
            f"{ROUNDS} interleaved rounds of {SECONDS} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
            f"PgBouncer has {pgbouncer.POOL_SIZE} connections to PostgreSQL. Its CPU time is in that of the server.",
        )
    results.write_section("Through PgBouncer", "\n\n".join([conditions, *parts]))


def measure_case(
    title: str, path: str, script: str, contenders: list[Contender], variables: dict[str, str]
) -> list[list[str]]:
    """Return the table of one kind of request. The first row is the direct connection."""
    runs = [Run(contender, path, script, variables) for contender in contenders]
    table = list(rate_table(run_case(Case(title, runs, []), ROUNDS, SECONDS)))
    ratios = {"product / this row": "direct / this row", "CPU, product / this row": "CPU, direct / this row"}
    return [[ratios.get(cell, cell) for cell in table[0]], *table[1:]]


if __name__ == "__main__":
    main()
