"""The trace of a lot goes on through makings: who got what was made of it, and where its parts came from."""

import re

import pytest

from stock.making.tests.recipes import make
from stock.models import Lot
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS, reserve
from testing.reading.browser import Browser
from trade.customers.models import Customer


@pytest.fixture
def sold(alice, as_alice):
    """Deliver a lot of tea, blend it, pack the blend, and sell some of this to Ada. Return the last product."""
    tea, blend, bag = (make_product(alice, name) for name in ("Tea", "Blend", "Bag"))
    order = send_order(as_alice, make_supplier(alice, "Mill"), tea, quantity=10)
    line = {"product": tea.pk, "quantity": 10, "lot": "H26"}
    post(as_alice, order, "receive", lines=[line])
    make(as_alice, blend, 8, used=[{"product": tea.pk, "quantity": 8, "lot": "H26"}], lot="M1")
    make(as_alice, bag, 4, used=[{"product": blend.pk, "quantity": 6}], lot="B1")
    ada = Customer.objects.create(owner=alice, name="Ada")
    reservation = reserve(as_alice, bag, 3, customer=ada.pk)
    assert as_alice.post(f"{ADDRESS}{reservation['id']}/fulfil/").status_code == 201
    return bag


def read_through(client, code, direction):
    rows = client.get(f"/api/lots/{Lot.objects.get(code=code).pk}/trace/").json()["through_makings"]
    names = ("lot_code", "reason", "movement_type", "quantity")
    shown = [(*(row[name] for name in names), row["customer_name"] or row["supplier_name"]) for row in rows]
    return [one for one, row in zip(shown, rows, strict=True) if row["direction"] == direction]


def test_a_trace_tells_who_got_what_was_made_of_a_lot(as_alice, sold):
    assert read_through(as_alice, "H26", "made_into") == [
        ("M1", "making", "IN", 8, None), ("M1", "making", "OUT", 6, None), ("B1", "making", "IN", 4, None),
        ("B1", "sale", "OUT", 3, "Ada"),
    ]  # fmt: skip
    assert read_through(as_alice, "H26", "made_of") == []


def test_a_trace_tells_who_bought_what_was_made_of_a_lot_at_the_counter(as_alice, sold):
    ada = Customer.objects.get()
    sale = {"reason": "sale", "customer": ada.pk}
    line = {"product": sold.pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/operations/", {**sale, "lines": [line]}).status_code == 201
    assert read_through(as_alice, "H26", "made_into")[-1] == ("B1", "sale", "OUT", 1, "Ada")
    of_lot = as_alice.get(f"/api/lots/{Lot.objects.get(code='B1').pk}/trace/").json()["results"]
    assert (of_lot[-1]["customer"], of_lot[-1]["reservation"]) == (ada.pk, None)


def test_a_trace_tells_what_a_lot_was_made_of_and_who_delivered_it(as_alice, sold):
    assert read_through(as_alice, "B1", "made_of") == [
        ("H26", "purchase", "IN", 10, "Mill"), ("H26", "making", "OUT", 8, None), ("M1", "making", "IN", 8, None),
        ("M1", "making", "OUT", 6, None),
    ]  # fmt: skip


def test_an_undone_making_leads_nowhere(as_alice, alice):
    tea, bag = make_product(alice, "Tea"), make_product(alice, "Bag")
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "IN", "quantity": 5, "lot": "H26"})
    operation = make(as_alice, bag, 5, used=[{"product": tea.pk, "quantity": 5}], lot="B1").json()
    assert read_through(as_alice, "H26", "made_into") == [("B1", "making", "IN", 5, None)]
    as_alice.post(f"/api/stock/operations/{operation['id']}/reverse/", {})
    assert read_through(as_alice, "H26", "made_into") == []


def test_the_page_of_a_trace_has_the_customers_and_the_suppliers_beyond_makings(alice, sold):
    browser = Browser(alice)
    page = browser.get_page(f"/api/lots/{Lot.objects.get(code='M1').pk}/trace/")
    made_of_it, what_it_was_made_of = re.findall(r"<h2>(.*?)</h2>(.*?)</section>", page, re.DOTALL)
    assert made_of_it[0] == "What was made of it"
    assert all(text in made_of_it[1] for text in ("Bag", "B1", "\N{MINUS SIGN}3", "Ada"))
    assert "Mill" not in made_of_it[1]
    assert what_it_was_made_of[0] == "What it was made of"
    assert all(text in what_it_was_made_of[1] for text in ("Tea", "H26", "+10", "Mill"))
    assert "<h2>What it was made of" not in browser.get_page(f"/api/lots/{Lot.objects.get(code='H26').pk}/trace/")
