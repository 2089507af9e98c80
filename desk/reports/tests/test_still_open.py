"""The form that archives a row names the reservations, orders and counting sheets that are open."""

import re

import pytest

from stock.models import Location
from testing.cast.orders import make_supplier, post, send_order, write_order
from testing.cast.people import make_product
from testing.cast.places import put_away
from testing.cast.reservations import ADDRESS as RESERVATIONS
from testing.cast.reservations import reserve
from testing.cast.sheets import OpenSheet
from testing.reading.browser import Browser
from trade.customers.models import Customer

OPEN = "These stay open:"


@pytest.fixture
def shop(as_alice, alice):
    """Return what a shop has when goods are promised, on order and on an open sheet, by the name of its routes."""
    tea = make_product(alice, "Tea", 9000, decimals=3, unit="kg")
    nora, mill = Customer.objects.create(owner=alice, name="Nora"), make_supplier(alice)
    cellar = Location.objects.create(owner=alice, name="Cellar")
    reserved = reserve(as_alice, tea, 1500, customer=nora.pk, wanted_on="2030-12-04")
    order, draft = send_order(as_alice, mill, tea, quantity=2000), write_order(as_alice, mill, tea, quantity=500)
    put_away(tea, 1000, location=cellar)
    OpenSheet(as_alice, tea, location=cellar.pk, name="December")
    rows = {"products": tea, "customers": nora, "suppliers": mill, "locations": cellar}
    return {name: f"/api/{name}/{row.pk}/" for name, row in rows.items()}, reserved, order, draft


def read_open(browser, address):
    """Return the lines below the sentence of the form that archives."""
    page = browser.get_page(address.replace("/api/", "/shop/delete/"))
    return re.findall("<li>(.*?)</li>", page.partition(OPEN)[2].partition("</ul>")[0]) if OPEN in page else []


def test_the_confirmation_names_what_is_open(alice, as_alice, shop):
    addresses, _reserved, order, draft = shop
    browser, reserved = Browser(alice), "Reservation 1, Nora, wanted on 2030-12-04"
    drafted, sent = f"Draft of order {draft['id']}, Mill", f"Order {order['id']}, Mill"
    sheet = "Counting list December"
    assert {name: sorted(read_open(browser, address)) for name, address in addresses.items()} == {
        "products": sorted([f"{reserved}, 1.500 kg", f"{sent}, 2.000 kg", f"{drafted}, 0.500 kg", sheet]),
        "customers": [reserved], "suppliers": [drafted, sent], "locations": [sheet],
    }  # fmt: skip
    assert read_open(browser, addresses["products"].replace("products", "items")) != []
    assert as_alice.delete(addresses["products"]).status_code == 204


def test_what_is_done_is_not_named(alice, as_alice, shop):
    addresses, reserved, order, draft = shop
    post(as_alice, order, "close")
    as_alice.delete(f"/api/purchase-orders/{draft['id']}/")
    as_alice.post(f"{RESERVATIONS}{reserved['id']}/release/")
    browser = Browser(alice)
    assert [read_open(browser, addresses[name]) for name in ("suppliers", "customers")] == [[], []]


def test_of_many_the_first_are_named_and_the_others_counted(alice, as_alice, monkeypatch):
    monkeypatch.setattr("core.pages.still_open.MAX_NAMED", 2)
    nora, tea = Customer.objects.create(owner=alice, name="Nora"), make_product(alice, "Tea", 90)
    for _ in range(5):
        reserve(as_alice, tea, 1, customer=nora.pk)
    lines = read_open(Browser(alice), f"/api/customers/{nora.pk}/")
    assert lines == ["Reservation 1, Nora", "Reservation 2, Nora", "and 3 more"]
