"""`python -m benchmarks.distribution`: what clients notice while Citus distributes, moves shards and loses a worker.

Starts a coordinator and two workers on this machine, and the service. Clients of eight accounts book meanwhile, each
movement by itself. Prints how many bookings were acknowledged, refused and lost, and the longest answer.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.old_times import fill_account
from core.database.embedded import place
from testing import cluster, serving
from testing.grounds.citus import CitusCluster, run_citus

DATABASE = "inventory"
ACCOUNTS, SHARDS, MOVES, AWAY_SECONDS, SECONDS_AROUND = 8, 8, 12, 30, 3
LARGE_ID = 10_000_000  # new operations have this id or a higher one; the filled account has lower ones


class Clients:
    """Threads that book. Each account has one."""

    def __init__(self, service: serving.Service) -> None:
        self.service = service
        self.shops = [self.open_shop(f"shop{number}") for number in range(ACCOUNTS)]
        self.acknowledged: list[int] = []
        self.refused: list[int] = []
        self.longest = 0.0
        self.is_over = threading.Event()

    def open_shop(self, name: str) -> tuple[str, int]:
        """Sign up an owner with one product. Return its token and the product's id."""
        token = self.service.sign_up(name)
        created = self.service.send("POST", "/api/products/", {"name": "Tin", "price": "1.00"}, token)
        return token, created.body["id"]

    def book(self, token: str, product: int) -> None:
        body = {"product": product, "movement_type": "IN", "quantity": 1}
        while not self.is_over.is_set():
            started = time.monotonic()
            answer = self.service.send("POST", "/api/stock/", body, token)
            self.longest = max(self.longest, time.monotonic() - started)
            if answer.status == 201:
                self.acknowledged.append(answer.body["id"])
            else:
                self.refused.append(answer.status)

    def run_during(self, action: Callable[[], object]) -> float:
        """Book before, during and after the action. Return the seconds that it took."""
        self.acknowledged, self.refused, self.longest = [], [], 0.0
        self.is_over.clear()
        threads = [threading.Thread(target=self.book, args=shop) for shop in self.shops]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS_AROUND)
        started = time.monotonic()
        action()
        taken = time.monotonic() - started
        time.sleep(SECONDS_AROUND)
        self.is_over.set()
        for thread in threads:
            thread.join()
        return taken

    def describe(self, name: str, seconds: float, lost: int) -> str:
        """Return the row of the table."""
        refused = f"{len(self.refused):,} {sorted(set(self.refused)) or ''}"
        cells = [name, f"{seconds:.1f}", f"{len(self.acknowledged):,}", refused, str(lost), f"{self.longest:.2f} s"]
        return f"| {' | '.join(cells)} |"


def run_command(service: serving.Service, *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=place.CLONE, env=service.variables, check=True)


def fill(citus: CitusCluster, movements: int) -> None:
    """Insert an account of this many movements."""
    with citus.coordinator.connect(DATABASE) as connection:
        fill_account(connection, "large", movements, LARGE_ID)
        for table in ("stock_operation", "stock_movement"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def move_shards(citus: CitusCluster) -> None:
    for _ in range(MOVES):
        citus.move_shard(DATABASE)


def add_worker(citus: CitusCluster) -> None:
    citus.add_worker(DATABASE)
    citus.coordinator.execute("SELECT rebalance_table_shards(shard_transfer_mode => 'force_logical')", DATABASE)


def kill_worker(citus: CitusCluster) -> None:
    citus.workers[0].kill()
    time.sleep(AWAY_SECONDS)
    citus.workers[0].start()


def count_lost(citus: CitusCluster, acknowledged: list[int]) -> int:
    found: list[Any] = citus.coordinator.execute("SELECT id FROM stock_movement WHERE quantity = 1", DATABASE)
    return len(set(acknowledged) - {row[0] for row in found})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=500_000)
    movements = parser.parse_args().movements
    settings = {"citus.shard_count": str(SHARDS), "fsync": "on"}
    with cluster.run_folder() as folder, run_citus(folder, **settings) as citus:
        citus.create_database(DATABASE)
        service = serving.Service(serving.Database(Path(folder)), **citus.variables(DATABASE))
        run_command(service, "migrate", "--verbosity=0")
        service.start()
        try:
            measure(citus, service, movements)
        finally:
            service.kill()


def measure(citus: CitusCluster, service: serving.Service, movements: int) -> None:
    service.sign_up("large")
    fill(citus, movements)
    clients = Clients(service)
    actions: dict[str, Callable[[], object]] = {
        f"distribution of {movements:,} movements": lambda: run_command(service, "distribute"),
        f"{MOVES} moves of a shard": lambda: move_shards(citus),
        "a third worker, and rebalancing": lambda: add_worker(citus),
        f"a worker killed with SIGKILL, away for {AWAY_SECONDS} s": lambda: kill_worker(citus),
    }
    print("| during | seconds | acknowledged | refused | lost | longest |\n| --- | --- | --- | --- | --- | --- |")
    for name, action in actions.items():
        seconds = clients.run_during(action)
        print(clients.describe(name, seconds, count_lost(citus, clients.acknowledged)), flush=True)
    run_command(service, "verify_stock")


if __name__ == "__main__":
    main()
