"""Numbers of invoices under races, killed processes and refusals; an invoice beside a return of its sale.

The tests `test_control_…` remove what prevents the race, and show that the tests detect it.
"""

import os
import signal
import subprocess
import sys
from functools import partial

import pytest
from django.db import connection

from stock.models import Operation
from testing.cast.people import client_with_key
from testing.clock import set_clock
from testing.races import disable_account_locks, let_meet, run_behind_lock, try_concurrently
from trade.invoices import services
from trade.invoices.models import Invoice
from trade.invoices.tests.issuing import CUSTOMER, SALES, Books
from trade.selling.services import take_back
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def books(alice):
    return Books(alice)


@pytest.fixture
def tea(books):
    return books.make_product("Tea", "12.00")


@pytest.fixture
def issue_each(books, tea):
    """Return two functions that issue the invoices of two sales."""
    customers = [books.call("post", "/api/customers/", CUSTOMER)["id"] for _ in range(2)]
    return [partial(books.issue, books.sell((tea, 1), customer=customer)) for customer in customers]


def list_numbers():
    return sorted(Invoice.objects.values_list("number", flat=True))


@pytest.mark.parametrize(("is_rolled_back", "numbers"), [(False, [1, 2]), (True, [1])])
def test_invoices_at_once_leave_no_gap(issue_each, is_rolled_back, numbers):
    run_behind_lock(*issue_each, roll_back=is_rolled_back)
    assert list_numbers() == numbers


def test_control_without_the_lock_an_invoice_is_lost(issue_each, monkeypatch):
    disable_account_locks(monkeypatch)
    let_meet(monkeypatch, services, "compute_digest", 2, begin=True)
    try_concurrently(*issue_each)
    assert list_numbers() == [1]


def test_one_sale_has_one_invoice(books, tea):
    sale = books.sell((tea, 1))
    assert run_behind_lock(partial(books.issue, sale), partial(books.issue, sale, 409))["code"] == "invoiced"


def test_an_invoice_waits_for_a_return_and_sees_it(books, tea, alice):
    sale = books.sell((tea, 3))
    back = partial(take_back, by=User.find(alice.pk), sale=Operation.objects.get(pk=sale["id"]))
    assert run_behind_lock(back, partial(books.issue, sale, 409))["code"] == "nothing_to_invoice"


def test_a_return_waits_for_an_invoice_and_gets_a_credit_note(books, tea, alice):
    sale = books.sell((tea, 3))
    owner, operation = User.find(alice.pk), Operation.objects.get(pk=sale["id"])
    issue = partial(services.issue_invoice, by=owner, sale=operation)
    run_behind_lock(issue, partial(books.take_back, sale, (tea, 1)))
    [note] = books.list_credits()
    assert note["totals"]["gross"] == "12.00"


def test_control_without_the_lock_of_the_sale_a_return_gets_none(books, tea, alice, monkeypatch):
    sale = books.sell((tea, 3))
    operation = Operation.objects.get(pk=sale["id"])
    monkeypatch.setattr(services, "hold_sale", lambda _owner, pk: pk)
    draft = services.draft_invoiced

    def return_meanwhile(*args):
        content = draft(*args)
        try_concurrently(partial(books.take_back, sale, (tea, 1)))
        return content

    monkeypatch.setattr(services, "draft_invoiced", return_meanwhile)
    invoice = services.issue_invoice(by=User.find(alice.pk), sale=operation)
    assert (str(invoice.gross), books.list_credits()) == ("36.00", [])


KILLED = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from rest_framework.test import APIClient
from trade.invoices import services, views
connection.settings_dict["NAME"] = sys.argv[2]
kill = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    services.record = kill
else:
    views.IssueViewSet.finalize_response = kill
headers = {"Authorization": sys.argv[3], "Idempotency-Key": "one"}
APIClient(SERVER_NAME="localhost").post(sys.argv[4], {"note": "Hello"}, headers=headers)
"""


@pytest.mark.parametrize(("when", "number"), [("before", 0), pytest.param("after", 1, marks=pytest.mark.long)])
def test_a_killed_process_leaves_no_gap(alice, books, tea, when, number, settings):
    client = client_with_key(alice)
    address = f"{SALES}{books.sell((tea, 1))['id']}/invoice/"
    authorization = client._credentials["HTTP_AUTHORIZATION"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "inventory_api.settings", "SECRET_KEY": settings.SECRET_KEY}
    arguments = [sys.executable, "-c", KILLED, when, connection.settings_dict["NAME"], authorization, address]
    killed = subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Invoice.objects.count() == number
    assert books.issue(books.sell((tea, 1)))["number"].endswith(f"-{number + 1:06}")
    again = client.post(address, {"note": "Hello"}, headers={"Idempotency-Key": "one"})
    assert again.json()["number"].endswith("-000001" if number else "-000002")
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("moment", "number"), [("2026-12-31T22:59:59Z", "2026-000001"), ("2026-12-31T23:00:00Z", "2027-000001")]
)
def test_the_year_begins_in_the_zone_of_the_shop(books, tea, moment, number, monkeypatch):
    sale = books.sell((tea, 1))
    set_clock(monkeypatch, moment)
    assert books.issue(sale)["number"] == number
