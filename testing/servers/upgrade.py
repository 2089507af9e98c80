"""Upgrade a running release under writers, as docs/upgrading.md says: `make upgrade` (FROM is its commit).

The old release is read from the commit and served by the installed packages. Clients book all the time, each request
with a key, and repeat it until it is answered: through the old release, then through both, then through the new one.
The migrations run beside the old release, in a database with as many other products as PRODUCTS says. Then the new one
stops and the old one is started again, as a rollback. Each release that serves seals, and the new one issues invoices.
Every booking must be in the ledger once, all seals must hold, and the numbers of invoices must have no gap.
"""

import argparse
import http.client
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from core.database.embedded import place
from testing.servers.serving import Database, Service, run_database

CLIENTS, PHASE_SECONDS, WAIT_SECONDS = 4, 5, 60
OPENING = 1_000_000
MAX_MIGRATIONS = 5  # how often the migrations are run at the most
ADDRESS = {"street": "Mill Street 2", "postcode": "10115", "city": "Berlin", "country": "DE"}
COMPANY = {
    **ADDRESS, "name": "Kettles", "currency": "EUR",
    "vat_id": "DE123456789", "invoice_email": "books@example.org", "exempt_reason": "Small business",
}  # fmt: skip
# Copies of a product without stock, in a table that has other columns in each release.
COPIES = """
SET session_replication_role = replica;
DO $$ DECLARE columns text := (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
    WHERE attrelid = 'products_product'::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped);
BEGIN EXECUTE format('INSERT INTO products_product (%1$s) SELECT %1$s FROM (
    SELECT copy.* FROM products_product AS one CROSS JOIN generate_series(1, {number}) AS place
    CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object(
        ''id'', nextval(pg_get_serial_sequence(''products_product'', ''id'')), ''name'', ''Product '' || place,
        ''quantity'', 0, ''stock_value'', 0, ''held'', 0, ''stock_sequence'', 0)) AS copy
    WHERE one.id = {product}) AS copies', columns);
END $$;
RESET session_replication_role;
"""
NOT_LOCKED = ("deadlock detected", "lock timeout")  # PostgreSQL's words for a migration that got no lock


class OldService(Service):
    """The release of another commit, in a folder of its own."""

    def __init__(self, database: Database, commit: str) -> None:
        super().__init__(database)
        self.clone = database.folder / "old"
        self.log = database.folder / "old.log"
        self.clone.mkdir()
        archive = database.folder / "old.tar"
        subprocess.run(["git", "archive", "--output", archive, commit], cwd=place.CLONE, check=True)
        with tarfile.open(archive) as files:
            files.extractall(self.clone, filter="data")


class Clients:
    """Threads that sell one of a product again and again, through services in turn."""

    def __init__(self, services: list[Service], token: str, product: int) -> None:
        self.services, self.token, self.product = services, token, product
        self.sold, self.repeated, self.slowest = 0, 0, 0.0
        self.refused: list[str] = []
        self.lock, self.is_over = threading.Lock(), threading.Event()

    @contextmanager
    def sell(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.sell_until_over, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def sell_until_over(self, number: int) -> None:
        while not self.is_over.is_set():
            number += 1
            started, key = time.monotonic(), uuid4().hex
            while not self.sell_once(number, key):
                with self.lock:
                    self.repeated += 1
                if time.monotonic() - started > WAIT_SECONDS:
                    self.refused.append(f"no answer within {WAIT_SECONDS} s")
                    return
                time.sleep(0.05)
            with self.lock:
                self.sold += 1
                self.slowest = max(self.slowest, time.monotonic() - started)

    def sell_once(self, number: int, key: str) -> bool:
        """Return whether the sale was booked. A refused one is written down."""
        services = self.services
        body = {"product": self.product, "movement_type": "OUT", "quantity": 1}
        try:
            response = services[number % len(services)].send("POST", "/api/stock/", body, self.token, key)
        except (OSError, http.client.HTTPException):
            return False
        if response.status not in (201, 409, 503):
            self.refused.append(f"{response.status} {response.body.get('code')}")
        return response.status == 201


def upgrade(database: Database, commit: str, products: int, say: Callable[[str], None]) -> bool:
    """Upgrade from the commit, roll back, and return whether the ledger has each sale once, and each invoice."""
    old, new = OldService(database, commit), Service(database)
    old.start()
    token = old.sign_up("alice")
    body = {"name": "Kettle", "price": "1.00", "quantity": OPENING}
    product = old.send("POST", "/api/products/", body, token).body["id"]
    database.execute(COPIES.format(number=products, product=product))
    clients = Clients([old], token, product)
    numbers: list[str] = []

    def report(phase: str) -> None:
        time.sleep(PHASE_SECONDS)
        serving = clients.services[-1]
        sealed = serving.send("POST", "/api/stock/seals/", {}, token).status
        if serving is new:
            numbers.append(issue_invoice(new, token, product))
        say(
            f"{phase}: {clients.sold:,} sold, {clients.repeated} repeated, slowest {clients.slowest:.2f} s, "
            f"seal {sealed}{', invoice ' + numbers[-1] if serving is new else ''}"
        )
        clients.slowest = 0.0

    with clients.sell():
        report("the old release")
        migrate(new, say)
        report("migrated beside the old release")
        new.start()
        clients.services = [old, new]
        report("both releases")
        clients.services = [new]
        old.stop()
        report("the new release")
        old.start()
        clients.services = [old]
        new.stop()
        report("rolled back to the old release")
        new.start()
        clients.services = [new]
        old.stop()
        report("the new release again")
    left = new.send("GET", f"/api/products/{product}/", token=token).body["quantity"]
    say(manage(new, "verify_stock").strip().splitlines()[-1])
    say(f"sold {clients.sold:,}, gone {OPENING - left:,}, refused: {clients.refused[:3] or 'none'}")
    new.stop()
    has_gaps = [number[-1:] for number in numbers] != [str(place) for place in range(1, len(numbers) + 1)]
    return OPENING - left == clients.sold + len(numbers) and not clients.refused and not has_gaps


def issue_invoice(service: Service, token: str, product: int) -> str:
    """Sell one of the product to a customer, and return the number of the invoice."""
    assert service.send("PATCH", "/api/account/", COMPANY, token).status == 200
    customer = service.send("POST", "/api/customers/", {"name": f"Ann {uuid4().hex[:6]}", **ADDRESS}, token).body["id"]
    line = {"product": product, "movement_type": "OUT", "quantity": 1}
    body = {"reason": "sale", "lines": [line], "customer": customer}
    sale = service.send("POST", "/api/stock/operations/", body, token).body["id"]
    invoice = service.send("POST", f"/api/sales/{sale}/invoice/", {}, token)
    assert invoice.status == 201, invoice.body
    number: str = invoice.body["number"]
    return number


def migrate(service: Service, say: Callable[[str], None]) -> None:
    """Run the migrations, and again if one could not lock its tables beside the requests, as docs/upgrading.md says."""
    for _ in range(MAX_MIGRATIONS):
        started = time.monotonic()
        done = run(service, "migrate", "--verbosity", "0")
        if not any(text in done.stderr for text in NOT_LOCKED):
            break
        say("a migration could not lock its tables beside the requests, and is run again")
    assert done.returncode == 0, done.stdout + done.stderr
    say(f"the migrations took {time.monotonic() - started:.1f} s")


def manage(service: Service, *arguments: str) -> str:
    """Run a command of manage.py of this release on the service's database, and return its output."""
    done = run(service, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    command: list[Any] = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=place.CLONE, env=service.variables, capture_output=True, text=True, check=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m testing.servers.upgrade")
    parser.add_argument("commit")
    parser.add_argument("--products", type=int, default=0)
    options = parser.parse_args()
    with run_database() as database:
        sys.exit(0 if upgrade(database, options.commit, options.products, print) else 1)


if __name__ == "__main__":
    main()
