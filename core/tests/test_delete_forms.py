"""The forms of pages that delete a row: the page after it shows no row."""

import pytest

from testing.cast.orders import ADDRESS, make_supplier, write_order
from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.purchasing.models import Order


def test_the_form_of_a_draft_deletes_it(alice, as_alice):
    made = write_order(as_alice, make_supplier(alice), make_product(alice, "Kettle", 5))
    browser = Browser(alice)
    assert browser.delete(f"{ADDRESS}{made['id']}/").status_code == 303
    assert not Order.objects.exists()
    assert "Deleted the draft." in browser.get_page(ADDRESS)


def test_the_form_of_a_worker_deactivates_it(alice, bob):
    assert Browser(alice).delete(f"/api/users/{bob.pk}/").status_code == 303
    bob.refresh_from_db()
    assert not bob.is_active


@pytest.mark.parametrize("name", ["products", "categories", "suppliers", "locations"])
def test_the_form_of_a_row_archives_it(alice, as_alice, name):
    fields = {"price": "1.00"} if name == "products" else {}
    row = as_alice.post(f"/api/{name}/", {"name": "Kettle", **fields}).json()
    browser = Browser(alice)
    assert browser.delete(f"/api/{name}/{row['id']}/").status_code in (200, 303)
    assert "Kettle" in browser.get_page(f"/api/{name}/?archived=true")
