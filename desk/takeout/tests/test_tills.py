"""Tills after a move: what the device of a till has booked belongs to it, whatever the names of keys look like."""

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import QuerySet

from desk.takeout.importing.services import import_shop
from desk.takeout.tests.conftest import export, forge, free_names
from records.events.services import number_all_events
from stock.models import Performer
from testing.cast.people import client_of, client_with_key
from testing.cast.tills import Device

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True)]

SALES = "/api/sales/"


def sell_by_both(user, namer, product):
    """Sell two pieces by the device of a till, and one by a key of `namer` that has the name of the till's key.

    One of the two comes back. Return the till.
    """
    device = Device(user, "Counter")
    line = {"product": product.pk, "movement_type": "OUT"}
    body = {"reference": f"till {device.till.pk} #1", "lines": [{**line, "quantity": 2}]}
    sale = device.send(device.key(1), {**body, "payments": [{"kind": "cash", "amount": "3.00"}]}).json()
    back = {"lines": [{"product": product.pk, "quantity": 1, "condition": "resell"}]}
    send(device.client, f"/api/stock/operations/{sale['id']}/return/", back)
    send(device.client, "/api/closings/cash/", {"kind": "in", "amount": "5.00", "reason": "Change"})
    body = {"lines": [{**line, "quantity": 1}], "payments": [{"kind": "cash", "amount": "1.00"}]}
    send(client_with_key(namer, name=device.till.numbered_name), "/api/stock/operations/", body)
    number_all_events(user.account_id)
    return device.till


def send(client, address, body):
    response = client.post(address, body)
    assert response.status_code == 201, response.content


def read_drawers(owner, till_id):
    """Return what was sold and what cash is expected in the drawer of the till, and in that without a till."""
    client, read = client_of(owner), []
    for query in (f"?till={till_id}", ""):
        preview = client.get(f"/api/closings/preview/{query}").json()
        read.append((preview["sales"], preview["returns"], preview["expected"]))
    return read


def without_tills(file):
    """Return the archive as release 1.3.0 writes it: its performers have no column with their tills."""

    def drop(lines):
        rows = [json.loads(line) for line in lines.splitlines()]
        for row in rows:
            del row["till"]
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return forge(file, "tables/stock_performer.jsonl", drop)


def test_a_key_with_the_name_of_a_till_sells_into_the_drawer_without_a_till(alice, kettle):
    till = sell_by_both(alice, alice, kettle)
    assert read_drawers(alice, till.pk) == [(1, 1, "8.00"), (1, 0, "1.00")]
    sales = client_of(alice).get(SALES).json()["results"]
    assert [(sale["till"], sale["by_username"]) for sale in sales] == [
        (None, f"alice/till {till.pk}"), (till.pk, f"alice/till {till.pk}"),
    ]  # fmt: skip
    of_till = client_of(alice).get(f"{SALES}?till={till.pk}").json()["results"]
    assert [sale["till"] for sale in of_till] == [till.pk]


def test_what_a_till_has_sold_belongs_to_it_after_two_moves(alice, bob, kettle):
    """The second file is one of release 1.3.0."""
    till = sell_by_both(alice, bob, kettle)
    owner, before = alice, read_drawers(alice, till.pk)
    for change in (lambda file: file, without_tills):
        file = change(export(owner))
        free_names()
        owner = import_shop(file, lambda _text: None)
        assert read_drawers(owner, till.pk + owner.pk - alice.pk) == before


def test_the_migration_finds_the_tills_of_a_shop_that_has_moved_before(alice, bob, kettle):
    till = sell_by_both(alice, bob, kettle)
    file = export(alice)
    free_names()
    owner = import_shop(file, lambda _text: None)
    rows = Performer.objects.filter(owner=owner)
    tills = list(rows.values_list("till", flat=True).order_by("id"))
    assert till.pk + owner.pk - alice.pk in tills
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stock_performer DISABLE TRIGGER stock_performer_settled")
        QuerySet.update(rows, till=None)
        cursor.execute("ALTER TABLE stock_performer ENABLE TRIGGER stock_performer_settled")
    import_module("stock.migrations.0025_filled_tills").fill_tills(None, SimpleNamespace(connection=connection))
    assert list(rows.values_list("till", flat=True).order_by("id")) == tills
