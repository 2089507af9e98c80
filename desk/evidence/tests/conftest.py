"""Packs of a shop, in the memory of the test."""

import io
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from desk.evidence.reading.pack import write_pack
from desk.evidence.reading.tables import PackRequest
from desk.reports.tests.reporting import ago, book
from desk.takeout.reading.archive import read_snapshot
from products.models import Category
from stock.proofs.services import seal_account
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import make_product
from users.models import User


def ask(owner, **fields) -> PackRequest:
    """Return a request for the stock of now."""
    now = datetime.now(UTC)
    values = {"as_of": now, "start": None, "clock": "occurred", "recorded_until": now, "language": "en"}
    return PackRequest(owner, **{**values, **fields})


def write(request: PackRequest) -> bytes:
    """Return the pack."""
    file = io.BytesIO()
    seal_account(owner_id=request.owner.pk)
    with read_snapshot():
        write_pack(file, request)
    return file.getvalue()


def read(pack: bytes, name: str) -> str:
    with ZipFile(io.BytesIO(pack)) as archive:
        return archive.read(name).decode()


@pytest.fixture
def tea(as_alice, alice, cellar, shelf):
    """Return a product of which 89 are in stock: 39 in the cellar, and 10 in a lot on the shelf."""
    User.objects.filter(pk=alice.pk).update(currency="EUR", shop_name="Alice's teas", time_zone="Europe/Berlin")
    alice.refresh_from_db()
    drinks = Category.objects.create(owner=alice, name="Drinks")
    product = make_product(alice, "Tea", sku="T-1", category=drinks, cost_price="9.00")
    book(as_alice, product, "IN", 100, ago(60), reason="purchase", unit_cost="3.71")
    transfer(as_alice, product, 60, None, cellar)
    book(as_alice, product, "IN", 10, ago(50), location=shelf.pk, lot="H26", expires_on="2030-12-31")
    book(as_alice, product, "OUT", 20, ago(40), location=cellar.pk, reason="sale")
    count(as_alice, product, 39, 20, location=cellar.pk)
    return product


@pytest.fixture
def shop(as_alice, alice, tea):
    """Return the owner of a shop with two products, a delivery of an order, and counts."""
    brie = make_product(alice, "=Brie", unit="kg", decimals=3, cost_price="8.00")
    order = send_order(as_alice, make_supplier(alice), brie, quantity=2500)
    assert post(as_alice, order, "receive", lines=[{"product": brie.pk, "quantity": 2500}]).status_code == 201
    count(as_alice, brie, 2400)
    return alice


def count(client, product, counted, days=None, **place):
    when = {} if days is None else {"counted_at": ago(days).isoformat()}
    answer = client.post(
        "/api/stock/counts/", {"lines": [{"product": product.pk, "counted": counted, **when, **place}]}
    )
    assert answer.status_code == 201, answer.content


def transfer(client, product, quantity, source, target):
    line = {"product": product.pk, "quantity": quantity}
    body = {
        "from": source and source.pk,
        "to": target and target.pk,
        "lines": [line],
        "occurred_at": ago(55).isoformat(),
    }
    answer = client.post("/api/stock/transfers/", body)
    assert answer.status_code == 201, answer.content
