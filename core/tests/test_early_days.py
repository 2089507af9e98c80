"""Days before 1900 are refused wherever a day is kept: nearly always, somebody has typed 26 as the year."""

from datetime import date

import pytest

from products.models import Product
from stock.models import Lot
from testing.cast.people import make_product
from testing.tables import all_cases, with_app

LINE = {"product": "{product}", "quantity": 1}
# The method, the address, the body without its day, and the field.
DAYS = [
    ("post", "/api/products/", {"name": "Milk", "price": "1.00"}, "expiration_date"),
    ("patch", "/api/products/{product}/", {}, "expiration_date"),
    ("post", "/api/stock/", {**LINE, "movement_type": "IN", "lot": "L1"}, "expires_on"),
    ("post", "/api/stock/reservations/", {"lines": [LINE]}, "wanted_on"),
    *with_app("quotes", [("post", "/api/quotes/", {"lines": [LINE]}, "valid_until")]),
    ("post", "/api/purchase-orders/", {"supplier": 1, "lines": [LINE]}, "expected_on"),
    *with_app("prices", [("put", "/api/products/{product}/prices/", {"rows": [{"price": "1.00"}]}, "starts_on")]),
    ("patch", "/api/account/", {}, "owed_from"),
]


@pytest.mark.quick
@all_cases(("method", "address", "body", "name"), DAYS)
def test_a_year_of_two_digits_is_refused_where_it_would_be_kept(alice, as_alice, method, address, body, name):
    tea = make_product(alice, "Tea", price="4.00", quantity=9)
    body = {**body, "lines": [{**LINE, "product": tea.pk}]} if "lines" in body else dict(body)
    body |= {"product": tea.pk} if "product" in body else {}
    for day, is_early in (("0026-12-31", True), ("2099-12-31", False)):
        rows = {"rows": [{**row, name: day} for row in body["rows"]]} if "rows" in body else {name: day}
        answer = getattr(as_alice, method)(address.format(product=tea.pk), body | rows)
        assert ("before 1900" in answer.text) == is_early, answer.text
        assert answer.status_code == 400 or not is_early


def test_a_cell_of_a_file_with_such_a_day_is_bad_and_an_own_field_may_be_older(as_alice, alice):
    file = "name,price,expiration_date\nMilk,1.00,0026-12-31\n"
    answer = as_alice.post("/api/products/import/", file, content_type="text/csv")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows")
    assert not Product.objects.exists()
    as_alice.post("/api/fields/", {"key": "made", "label": "Made", "type": "date"})
    chair = as_alice.post("/api/products/", {"name": "Chair", "price": "90.00", "fields": {"made": "1787-05-01"}})
    assert chair.json()["fields"] == {"made": "1787-05-01"}


def test_a_day_that_is_stored_already_may_be_repeated(as_alice, alice):
    tea = make_product(alice, "Tea", sku="TEA")
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "IN", "quantity": 3, "lot": "L1"})
    Product.objects.update(expiration_date=date(26, 12, 31))
    Lot.objects.update(expires_on=date(26, 12, 31))
    for address in ("/api/products/export/", "/api/products/export/?by=holding"):
        file = b"".join(as_alice.get(address)).decode()
        again = as_alice.post("/api/products/import/", file, content_type="text/csv")
        assert (again.status_code, again.json().get("unchanged")) == (200, 1), (file, again.json())
        changed = file.replace("0026-12-31", "0027-12-31")
        refused = as_alice.post("/api/products/import/", changed, content_type="text/csv").json()
        assert "before 1900" in refused["rows"][0]["reason"], refused
    for method, body in (("put", {"name": "Tea", "price": "4.00"}), ("patch", {})):
        for day, status in (("0026-12-31", 200), ("0027-12-31", 400)):
            answer = getattr(as_alice, method)(f"/api/products/{tea.pk}/", {**body, "expiration_date": day})
            assert answer.status_code == status, answer.json()
