"""Closings while many clients sell, and after a lost answer.

The tests `test_control_…` remove what prevents the race, and show that the tests detect it.
"""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from functools import partial
from itertools import pairwise

import pytest
from django.db import connection, transaction

from records.events.models import Event
from testing.cast.people import client_of, client_with_key, make_product
from testing.cast.tills import Device
from testing.races import disable_account_locks, let_meet, run_behind_lock, try_concurrently
from trade.closings import services, sql
from trade.closings.models import Closing
from trade.closings.tests.drawers import CLOSINGS, close, move, sell

pytestmark = [pytest.mark.django_db(transaction=True)]
CLIENTS = 32


@pytest.fixture
def pots(alice):
    return [make_product(alice, f"Pot {n}", 1000, price="10.00") for n in range(CLIENTS)]


def sell_and_close(as_alice, alice, pots):
    """Let 32 clients sell and move cash, at three tills and at none, while each fourth closes. Return all closings."""
    devices = [Device(alice, f"till {n}") for n in range(3)]
    clients = [as_alice, *(device.client for device in devices)]

    def work(number):
        client, device = clients[number % 4], devices[number % 4 - 1]
        for turn in range(3):
            if number % 4:
                assert device.book(number * 10 + turn + 1, pots[number], 1).status_code == 201
            else:
                sell(client, pots[number], 1, payments=[{"kind": "cash", "amount": "10.00"}])
            assert move(client, "in", "1.00").status_code == 201
            if number // 4 % 4 == 0:
                close(client)

    found = try_concurrently(*(partial(work, number) for number in range(CLIENTS)))
    assert [error for error in found if error] == []
    for client in clients:
        close(client)
    return list(Closing.objects.filter(owner=alice).order_by("till", "number"))


def check(alice, closings):
    """Check that each sale and each movement of cash is in one closing."""
    assert sum(one.document["sales"] for one in closings) == CLIENTS * 3
    assert sum(Decimal(one.document["cash_in"]) for one in closings) == CLIENTS * 3
    for series in {one.till_id for one in closings}:
        rows = [one for one in closings if one.till_id == series]
        assert [one.number for one in rows] == list(range(1, len(rows) + 1))
        assert all(b.from_position == a.to_position + 1 for a, b in pairwise(rows))
        assert sum(one.document["sales"] for one in rows) == CLIENTS * 3 / 4
    paid = sum(Decimal(row["amount"]) for one in closings for row in one.document["payments"])
    assert paid == CLIENTS / 4 * 3 * 10


def test_every_sale_of_32_clients_is_in_one_closing(as_alice, alice, pots):
    check(alice, sell_and_close(as_alice, alice, pots))


def test_two_closings_at_once_have_two_numbers(as_alice):
    assert run_behind_lock(partial(close, as_alice), partial(close, as_alice))["number"] == 2


def test_control_without_the_lock_two_closings_have_one_number(as_alice, monkeypatch):
    disable_account_locks(monkeypatch)
    let_meet(monkeypatch, services, "compute_digest", 2, begin=True)
    made = [one for one in try_concurrently(*[partial(close, as_alice)] * 2) if isinstance(one, dict)]
    assert [one["number"] for one in made] == [1]


def close_while_a_sale_is_open(as_alice, as_bob, pots):
    """Begin a sale, book another one, and close, before the first sale is committed. Return the sales of closings."""
    made = []
    with transaction.atomic():
        sell(as_alice, pots[0])
        made += try_concurrently(lambda: [sell(as_bob, pots[1]), close(as_bob)][1])
    made.append(close(as_alice))
    return [one["sales"] for one in made]


def test_a_sale_that_commits_after_a_closing_is_in_the_next_one(as_alice, as_bob, pots):
    assert close_while_a_sale_is_open(as_alice, as_bob, pots) == [1, 1]


def test_control_a_closing_by_ids_misses_a_sale_that_commits_later(as_alice, as_bob, pots, monkeypatch):
    monkeypatch.setattr(sql, "OPERATIONS", sql.OPERATIONS.replace("event.position", "event.id"))
    monkeypatch.setattr(services, "find_head", lambda owner: Event.objects.filter(owner=owner).latest("id").pk)
    assert close_while_a_sale_is_open(as_alice, as_bob, pots) == [1, 0]


KILLED = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from rest_framework.test import APIClient
from trade.closings import services, views
connection.settings_dict["NAME"] = sys.argv[2]
kill = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    services.record = kill
else:
    views.ClosingViewSet.finalize_response = kill
headers = {"Authorization": sys.argv[3], "Idempotency-Key": "evening"}
APIClient(SERVER_NAME="localhost").post("/api/closings/", {"counted": "10.00", "float": "0.00"}, headers=headers)
"""


@pytest.mark.parametrize(("when", "closings"), [("after", 1), pytest.param("before", 0, marks=pytest.mark.long)])
def test_a_closing_is_made_once_if_the_process_is_killed(alice, pots, when, closings, settings):
    client = client_with_key(alice)
    sell(client, pots[0])
    authorization = client._credentials["HTTP_AUTHORIZATION"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "inventory_api.settings", "SECRET_KEY": settings.SECRET_KEY}
    arguments = [sys.executable, "-c", KILLED, when, connection.settings_dict["NAME"], authorization]
    killed = subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Closing.objects.count() == closings
    body, key = {"counted": "10.00", "float": "0.00"}, {"Idempotency-Key": "evening"}
    sell(client, pots[1])
    again = client.post(CLOSINGS, body, headers=key)
    assert (again.status_code, again.json()["sales"]) == (201, 2 - closings)
    assert Closing.objects.count() == 1


def test_the_currency_waits_for_cash_that_is_being_moved(as_alice, alice):
    as_alice.patch("/api/account/", {"currency": "EUR"})
    changed = run_behind_lock(
        lambda: move(as_alice, "in", "10.50"),
        lambda: client_of(alice).patch("/api/account/", {"currency": "JPY"}).status_code,
    )
    assert changed == 409
