"""`python -m benchmarks.compilation`: reads of a large shop with and without PostgreSQL's compiler (JIT).

The embedded server has no compiler, so a PostgreSQL of the system is needed. The service switches the compiler off.
Here it connects as through a pooler, so that the role decides.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import client, environment, results
from testing import cluster, serving

RELEASE = 15
DATABASE = "shop"
PRODUCTS = 1_000_000
REPETITIONS = 5


def make_reads() -> dict[str, str]:
    """Return the addresses to read, by their titles."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "search, one product": "/api/products/?search=0212345",
        "search, all products": "/api/products/?search=product",
        "products by name": "/api/products/?page_size=100&ordering=name",
        "first page of 100 products": "/api/products/?page_size=100",
        "alerts": "/api/products/alerts/",
        "dashboard": "/api/dashboard/",
        "levels as of yesterday": f"/api/stock/levels/?page_size=100&as_of={yesterday}",
    }


def measure_reads(service: serving.Service) -> dict[str, float]:
    """Return the shortest time of each read, in seconds."""
    token = environment.sign_in(service)
    return {
        title: min(client.send_request(service, "GET", address, token).seconds for _ in range(REPETITIONS))
        for title, address in make_reads().items()
    }


def main() -> None:
    settings: Any = environment.SERVER_SETTINGS
    with (
        cluster.run_folder() as folder,
        cluster.run_cluster(folder / "server", cluster.find_programs(RELEASE), **settings) as server,
    ):
        [(version,)] = server.execute("SHOW server_version")
        server.execute(f"CREATE DATABASE {DATABASE}")
        address = {"DB_HOST": "127.0.0.1", "DB_PORT": str(server.port), "DB_NAME": DATABASE, "DB_POOLER": "prepared"}
        service = serving.Service(serving.Database(folder), **environment.PRODUCT_SETTINGS, **address)
        environment.run_module(service, "manage", "migrate")
        environment.fill_shop(service, PRODUCTS)
        server.execute("VACUUM ANALYZE", DATABASE)
        seconds = {}
        for mode in ("on", "off"):
            server.execute(f"ALTER ROLE postgres SET jit = {mode}")
            service.start()
            seconds[mode] = measure_reads(service)
            service.stop()
    rows = [["", "jit=on, s", "jit=off, s", "on / off"]]
    for title, with_compiler in seconds["on"].items():
        without = seconds["off"][title]
        rows.append([title, f"{with_compiler:.2f}", f"{without:.2f}", f"{with_compiler / without:.1f}"])
    conditions = results.describe_conditions(
        f"PostgreSQL {version}",
        f"One account with {PRODUCTS:,} products. The shortest of {REPETITIONS} requests, one after the other.",
    )
    results.write_section("Statements that PostgreSQL compiles", f"{conditions}\n\n{results.format_table(rows)}")


if __name__ == "__main__":
    main()
