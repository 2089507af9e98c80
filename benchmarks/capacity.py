"""`python -m benchmarks.capacity`: disk, WAL, CPU time, connections and memory, and what a number of shops needs.

Sells products over HTTP with wrk, in several ways, and measures how the tables and indexes grow. `--movements N` sets
the number for each way. Then it computes the needs of 100 to 1,000,000 shops.
"""

import argparse
import re
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

from benchmarks import environment, load, processes, results
from benchmarks.contenders import Contender, measure
from testing import serving

MOVEMENTS, PRODUCTS, SLICE_SECONDS = 100_000, 10_000, 10
OPERATIONS = "/api/stock/operations/"
PAGE = "/api/products/?page_size=50"
OTHER_READS = ("/api/dashboard/", "/api/products/export/", "/api/reports/valuation/", "/api/stock/?page_size=50")
# The name of each way to sell, with the lines of an operation and whether each request has an Idempotency-Key.
WAYS = {"one movement": (1, False), "one, with a key": (1, True), "five movements": (5, False)}
LEDGER = ("stock_movement", "stock_operation", "idempotency_idempotencykey", "events_event")
SIZES = """
SELECT name || ': rows', pg_table_size(name::regclass) FROM unnest(%(tables)s::text[]) AS name
UNION ALL
SELECT format('%%s: index %%s', indrelid::regclass, pg_get_indexdef(indexrelid)), pg_relation_size(indexrelid)
FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[])
"""
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

# --- The needs of shops: assumptions ----------------------------------------------------------------------

SHOPS = (100, 10_000, 1_000_000)
PRODUCTS_OF_A_SHOP = 300
MOVEMENTS_A_DAY = 50  # the movements of one shop; each is sent in its own request
PAGES_FOR_A_MOVEMENT = 4
BUSY_HOUR = 0.2  # the share of the day's requests that the busy hour has
BUSY_CORE = 0.5  # the share of its time that a core should be busy at most
THREADS = 4  # the default of WEB_THREADS; each thread has a connection


@dataclass
class Growth:
    """The bytes written for each movement of a way to sell, and the milliseconds of CPU time of a request."""

    disk: dict[str, float]
    wal: float
    service_ms: float
    database_ms: float


@dataclass
class Measured:
    """All figures of a run."""

    product_bytes: float
    growth: dict[str, Growth]
    page_ms: tuple[float, float]  # the first number is of the service, the second of the database
    memory: list[list[str]]


# --- Measuring ------------------------------------------------------------------------------------------


def read_sizes(database: serving.Database, *tables: str) -> dict[str, int]:
    """Return the bytes of the rows and of each index of the tables."""
    with database.connect() as link:
        found = link.execute(SIZES, {"tables": list(tables)}).fetchall()
    return {shorten(name): size for name, size in found}


def shorten(name: str) -> str:
    """Return `stock_movement: index (id)` for a whole definition."""
    return re.sub(r"index CREATE .*? USING btree (.*)", r"index \1", name)


def read_written(database: serving.Database) -> int:
    """Return the number of bytes of WAL that the server has ever written."""
    with database.connect() as link:
        [written] = link.execute(WRITTEN).fetchone() or [0]
    return int(written)


def sell(database: serving.Database, service: Contender, way: str, movements: int) -> Growth:
    """Sell until this many movements have been booked. Return the cost of each."""
    lines, has_keys = WAYS[way]
    variables = {"LINES": str(lines), "KEYS": "yes" if has_keys else "no"}
    sizes, written = read_sizes(database, *LEDGER), read_written(database)
    booked, rounds = 0, []
    while booked < movements:
        rounds.append(measure(service, OPERATIONS, "sale", SLICE_SECONDS, variables))
        assert not rounds[-1].load.refused, "a sale was refused"
        booked += rounds[-1].load.answers * lines
    return Growth(
        disk={name: (size - sizes[name]) / booked for name, size in read_sizes(database, *LEDGER).items()},
        wal=(read_written(database) - written) / booked,
        service_ms=median(each.server_cpu for each in rounds),
        database_ms=median(each.database_cpu for each in rounds),
    )


def read_memory(pid: int, field: str) -> float:
    """Return the memory of the process in MB: only its own (`Private_`), or with its part of the shared memory
    (`Pss:`).
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def measure_memory(database: serving.Database, service: serving.Service) -> list[list[str]]:
    """Return the table of the memory of the workers and of their connections, after these have served all kinds of
    reads.
    """
    with database.connect() as link:
        backends = [pid for (pid,) in link.execute(BACKENDS).fetchall()]
        new = link.info.backend_pid
        groups = {
            "worker of the service": service.workers(),
            "connection of a worker": backends,
            "new connection": [new],
        }
        table = [["", "number", "MB of its own: median", "largest"]]
        for name, pids in groups.items():
            own = [read_memory(pid, "Private_") for pid in pids]
            table.append([name, str(len(pids)), f"{median(own):.1f}", f"{max(own):.1f}"])
    assert service.process
    whole = sum(read_memory(pid, "Pss:") for pid in processes.process_tree(service.process.pid))
    return [*table, ["the service as a whole", "1", f"{whole:.0f}", ""]]


def measure_all(database: serving.Database, movements: int) -> Measured:
    service = environment.make_service(database)
    shop = environment.fill_shop(service, PRODUCTS)
    product_bytes = sum(read_sizes(database, "products_product").values()) / PRODUCTS
    service.start()
    try:
        assert service.process
        names = {"FIRST": str(shop["first"]), "LAST": str(shop["last"]), "TOKEN": environment.sign_in(service)}
        contender = Contender("product", f"http://127.0.0.1:{service.port}", service.process.pid, names)
        growth = {way: sell(database, contender, way, movements) for way in WAYS}
        page = measure(contender, PAGE, "read", SLICE_SECONDS, {})
        for path in OTHER_READS:
            contender.drive(path, "read", SLICE_SECONDS, {})
        memory = measure_memory(database, service)
    finally:
        service.stop()
    return Measured(product_bytes, growth, (page.server_cpu, page.database_cpu), memory)


# --- Reporting ------------------------------------------------------------------------------------------


def format_growth(growth: dict[str, Growth]) -> list[list[str]]:
    """Return the table of the bytes of a movement, by table and index."""
    columns = list(growth.values())
    rows = {name: [column.disk[name] for column in columns] for name in columns[0].disk}
    rows["**disk**"] = [sum(column.disk.values()) for column in columns]
    rows["**WAL**"] = [column.wal for column in columns]
    table = [["bytes for each movement, by what an operation sells", *growth]]
    for name, values in rows.items():
        if max(values) >= 1:
            table.append([name, *(f"{value:,.0f}" for value in values)])
    return table


def format_times(measured: Measured) -> list[list[str]]:
    """Return the table of the CPU times of each kind of request."""
    times = {f"a sale: {way}": (growth.service_ms, growth.database_ms) for way, growth in measured.growth.items()}
    times["a page of 50 products"] = measured.page_ms
    return [
        ["CPU time of a request", "service ms", "PostgreSQL ms"],
        *([name, f"{served:.2f}", f"{stored:.2f}"] for name, (served, stored) in times.items()),
    ]


def plan(measured: Measured) -> list[list[str]]:
    """Return the table of the needs of these numbers of shops."""
    sale = measured.growth["one movement"]
    disk, keyed = (sum(measured.growth[way].disk.values()) for way in ("one movement", "one, with a key"))
    service_ms, database_ms = (
        moving + PAGES_FOR_A_MOVEMENT * reading
        for moving, reading in zip((sale.service_ms, sale.database_ms), measured.page_ms, strict=True)
    )
    table: list[list[str]] = [["shops", *(f"{shops:,}" for shops in SHOPS)]]

    def add(name: str, values: list[float], form: str = ",.0f") -> None:
        table.append([name, *(format(value, form) for value in values)])

    daily = [float(shops * MOVEMENTS_A_DAY) for shops in SHOPS]
    hourly = [moved * BUSY_HOUR / 3600 for moved in daily]
    cores = [rate * service_ms / 1000 / BUSY_CORE for rate in hourly]
    add("movements a day", daily)
    add("movements a second in the busy hour", hourly, ",.1f")
    add("pages a second in the busy hour", [rate * PAGES_FOR_A_MOVEMENT for rate in hourly], ",.1f")
    add("cores of the database", [rate * database_ms / 1000 / BUSY_CORE for rate in hourly], ",.2f")
    add("cores of the service", cores, ",.2f")
    add("connections of that many processes, at least two", [max(2, ceil(number)) * THREADS for number in cores])
    add("GB of products", [shops * PRODUCTS_OF_A_SHOP * measured.product_bytes / 1e9 for shops in SHOPS], ",.2f")
    add("GB of movements in a year", [moved * 365 * disk / 1e9 for moved in daily], ",.1f")
    add("the same, if each request has a key", [moved * 365 * keyed / 1e9 for moved in daily], ",.1f")
    add("GB of WAL a day", [moved * sale.wal / 1e9 for moved in daily], ",.2f")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=MOVEMENTS)
    movements = parser.parse_args().movements
    load.require_wrk()
    with environment.start_database() as database:
        measured = measure_all(database, movements)
        conditions = results.describe_conditions(
            database.version(),
            f"At least {movements:,} movements for each column, by {load.CLIENTS} keep-alive clients of one shop with"
            f" {PRODUCTS:,} products. Each operation has a reference.",
            "WAL includes the pages that PostgreSQL writes as a whole after a checkpoint, once in five minutes.",
        )
    assumptions = (
        f"Computed from these figures, not tried: each shop has {PRODUCTS_OF_A_SHOP} products and sells"
        f" {MOVEMENTS_A_DAY} times a day, each time one product. For each movement {PAGES_FOR_A_MOVEMENT} pages of 50"
        f" products are read. The busy hour has {BUSY_HOUR:.0%} of the day's requests, and no core is busier than"
        f" {BUSY_CORE:.0%}."
    )
    tables = [
        f"A product takes {measured.product_bytes:,.0f} bytes with its indexes.",
        *map(results.format_table, (format_growth(measured.growth), format_times(measured), measured.memory)),
        assumptions,
        results.format_table(plan(measured)),
    ]
    results.write_section("Capacity", "\n\n".join([conditions, *tables]))


if __name__ == "__main__":
    main()
