"""Requests of which every line is refused: each answers with the error of its line, whatever the service does first."""

import pytest

from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def shop(as_alice, alice, kettle, charlie):
    """Return the addresses of the rows that the requests name, and the lines that are refused."""
    gone, box = make_product(alice, "Gone"), make_product(alice, "Box", 5, cost_price="2.00")
    as_alice.delete(f"/api/products/{gone.pk}/")
    wrap = make_product(alice, "Wrap", keeps_stock=False, min_threshold=None)
    order = send_order(as_alice, make_supplier(alice), kettle)
    line = {"product": kettle.pk, "quantity": 1}
    delivery = post(as_alice, order, "receive", lines=[line]).json()["id"]
    sale = as_alice.post("/api/stock/operations/", {"lines": [{**line, "movement_type": "OUT"}]}).json()["id"]
    reservation = as_alice.post("/api/stock/reservations/", {"lines": [line]}).json()["id"]
    quote = as_alice.post("/api/quotes/", {"lines": [line]}).json()["id"]
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All"}).json()["id"]
    refused = {
        "unknown": {"product": 999_999}, "foreign": {"product": make_product(charlie).pk}, "nothing": {},
        "archived": {"product": gone.pk}, "code": {"sku": "NONE"}, "without stock": {"product": wrap.pk},
        "itself": {"product": box.pk},
    }  # fmt: skip
    found = {"order": order["id"], "delivery": delivery, "sale": sale, "reservation": reservation, "sheet": sheet}
    return {**found, "quote": quote, "box": box.pk, "location": "Nowhere"}, refused


ADDRESSES = [
    ("post", "/api/stock/operations/", {"reason": "other"}),
    ("post", "/api/stock/operations/", {"reason": "sale", "discount": {"percent": "10"}}),
    ("post", "/api/stock/counts/", {}),
    ("post", "/api/stock/transfers/", {"from": None, "to": None}),
    ("post", "/api/stock/makings/", {"take_apart": True}),
    ("post", "/api/stock/makings/", {}),
    ("post", "/api/stock/operations/{sale}/return/", {}),
    ("post", "/api/stock/operations/{delivery}/return/", {}),
    ("post", "/api/quotes/", {"discount": {"percent": "10"}}),
    ("patch", "/api/quotes/{quote}/", {}),
    ("post", "/api/stock/reservations/", {}),
    ("patch", "/api/stock/reservations/{reservation}/", {}),
    ("post", "/api/stock/reservations/{reservation}/fulfil/", {"discount": {"percent": "10"}}),
    ("post", "/api/purchase-orders/", {"supplier": 1}),
    ("post", "/api/purchase-orders/{order}/receive/", {}),
    ("post", "/api/stock/sheets/{sheet}/entries/", {}),
    ("post", "/api/labels/", {}),
    ("post", "/api/products/edits/", {}),
    ("patch", "/api/products/", {}),
]


@all_cases(("method", "address", "body"), ADDRESSES)
def test_a_request_of_which_each_line_is_refused_names_it(as_alice, shop, method, address, body):
    ids, refused = shop
    answers = {}
    for name, line in refused.items():
        lines = [{**line, "movement_type": "OUT", "quantity": 1, "counted": 1}] * 2
        own = {"product": ids["box"], "quantity": 1} if "makings" in address else {}
        sent = {**own, **body, "lines": lines, "entries": lines}
        answers[name] = getattr(as_alice, method)(address.format(**ids), sent).status_code
    assert set(answers.values()) <= {200, 201, 400}, answers
