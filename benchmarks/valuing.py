"""`python -m benchmarks.valuing`: value five million movements of an earlier release, while a client books.

SQL inserts the rows without values, as an earlier release has left them (see benchmarks.old_times). Then
`manage.py value_ledger` runs beside a client that books one movement after the other. `--movements N` sets the number.
"""

import argparse
import threading
import time
from statistics import quantiles

from benchmarks import environment, results
from benchmarks.old_times import LARGE, fill_account
from testing import failover, serving

PAUSE_SECONDS = 0.01  # of the client, between two bookings
SET_COST = "UPDATE products_product SET cost_price = 0.70"
VALUED = "SELECT count(*), count(value) FROM stock_movement"


class Client(threading.Thread):
    """Books one unit of products that have few movements, one after the other, until it is stopped."""

    def __init__(self, service: serving.Service, token: str, first: int) -> None:
        super().__init__()
        self.service, self.token, self.first = service, token, first
        self.milliseconds: list[float] = []
        self.is_stopped = False

    def run(self) -> None:
        while not self.is_stopped:
            product = self.first + 1 + len(self.milliseconds) % 500
            body = {"product": product, "movement_type": "IN", "quantity": 1}
            started = time.perf_counter()
            response = self.service.send("POST", "/api/stock/", body, self.token)
            self.milliseconds.append((time.perf_counter() - started) * 1000)
            assert response.status == 201, response
            time.sleep(PAUSE_SECONDS)


def describe(milliseconds: list[float]) -> list[str]:
    """Return the number, the median, the 99th percentile and the maximum of the times."""
    cuts = quantiles(milliseconds, n=100)
    return [f"{len(milliseconds):,}", f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", f"{max(milliseconds):.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=LARGE)
    movements = parser.parse_args().movements
    with (
        environment.start_database() as database,
        serving.run_service(database, **environment.PRODUCT_SETTINGS) as service,
    ):
        token = service.sign_up("large")
        with database.connect() as connection:
            connection.execute("SET work_mem = '400MB'")
            first = fill_account(connection, "large", movements, 0)
            connection.execute(SET_COST)
            connection.execute("SELECT setval('stock_operation_id_seq', (SELECT max(id) FROM stock_operation))")
            connection.execute("SELECT setval('stock_movement_id_seq', (SELECT max(id) FROM stock_movement))")
            connection.execute("VACUUM ANALYZE")
        client = Client(service, token, first)
        client.start()
        started = time.perf_counter()
        failover.run_manage(service, "value_ledger")
        seconds = time.perf_counter() - started
        client.is_stopped = True
        client.join()
        started = time.perf_counter()
        verified = service.send("GET", "/api/stock/verify/", token=token).body
        verify_seconds = time.perf_counter() - started
        with database.connect() as connection:
            assert connection.execute(VALUED).fetchone() == (movements + len(client.milliseconds),) * 2
        conditions = results.describe_conditions(database.version(), "One account; the client books all the time.")
    values = [what for what in verified["broken"] if "value" in what["what"]]
    assert values == [], values[:3]
    table = [
        ["movements", "seconds", "movements/s", "bookings meanwhile", "median ms", "p99 ms", "slowest ms", "verify s"],
        [f"{movements:,}", f"{seconds:.0f}", f"{movements / seconds:,.0f}", *describe(client.milliseconds),
         f"{verify_seconds:.1f}"],
    ]  # fmt: skip
    print(" | ".join(table[1]), flush=True)
    results.write_section("Values of movements of earlier releases", f"{conditions}\n\n{results.format_table(table)}")


if __name__ == "__main__":
    main()
