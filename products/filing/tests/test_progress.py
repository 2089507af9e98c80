"""GET /api/products/import/progress/ while an import of the account runs in another connection."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from products.filing.rows import Rows
from products.filing.tests.importing import upload
from stock.importing import services as imports
from testing.cast.people import client_of
from testing.races import TIMEOUT_SECONDS, run_and_disconnect

pytestmark = [pytest.mark.django_db(transaction=True)]

PROGRESS = "/api/products/import/progress/"
IDLE = {"state": "idle", "rows": None}
ROWS = 5000  # more rows than psycopg sends in one piece
FILE = "name,price\n" + "".join(f"Product {number},1.00\n" for number in range(ROWS))


def wait_for(client, is_reached):
    """Return the first progress that meets the condition, or the last one when the time is over."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    progress = client.get(PROGRESS).json()
    while not is_reached(progress) and time.monotonic() < deadline:
        time.sleep(0.02)
        progress = client.get(PROGRESS).json()
    return progress


@pytest.fixture
def run_import(alice):
    """Start an import in a thread. It ends after `go_on` is set."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda query="": pool.submit(run_and_disconnect, upload, client_of(alice), FILE, query)


@pytest.fixture
def go_on():
    event = Event()
    yield event
    event.set()


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_counts_the_rows_while_they_are_read(as_alice, run_import, go_on, monkeypatch, query):
    read = Rows.read_values

    def read_slowly(file):
        yield from read(file)
        go_on.wait(TIMEOUT_SECONDS)

    monkeypatch.setattr(Rows, "read_values", read_slowly)
    assert as_alice.get(PROGRESS).json() == IDLE
    running = run_import(query)
    progress = wait_for(as_alice, lambda progress: progress["rows"])
    assert (progress["state"], 0 < progress["rows"] <= ROWS) == ("reading", True)
    go_on.set()
    assert running.result(TIMEOUT_SECONDS).json()["created"] == ROWS
    assert as_alice.get(PROGRESS).json() == IDLE


def test_says_when_the_products_are_written(as_alice, run_import, go_on, monkeypatch):
    write = imports.write_products

    def write_slowly(*args):
        go_on.wait(TIMEOUT_SECONDS)
        return write(*args)

    monkeypatch.setattr(imports, "write_products", write_slowly)
    running = run_import()
    progress = wait_for(as_alice, lambda progress: progress["state"] == "saving")
    assert progress == {"state": "saving", "rows": None}
    go_on.set()
    assert running.result(TIMEOUT_SECONDS).status_code == 200


def test_shows_no_import_of_another_account(as_charlie, run_import, go_on, monkeypatch):
    started = Event()

    def wait(*_args):
        started.set()
        go_on.wait(TIMEOUT_SECONDS)
        return iter([])

    monkeypatch.setattr(Rows, "read_values", wait)
    run_import()
    assert started.wait(TIMEOUT_SECONDS)
    assert as_charlie.get(PROGRESS).json() == IDLE
    go_on.set()


def test_a_worker_does_not_see_it(as_bob):
    assert as_bob.get(PROGRESS).status_code == 403
