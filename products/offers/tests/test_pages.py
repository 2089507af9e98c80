"""The pages of offers."""

import pytest

from testing.browser import Browser
from testing.offers import list_terms, offer


@pytest.fixture
def offered(as_alice, tea, brass):
    return offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80", min_packs=3)


def test_the_page_of_a_product_lists_its_suppliers_with_their_forms(alice, tea, offered):
    page = Browser(alice).get_page(f"/api/products/{tea.pk}/")
    for found in ("B-9", f"/shop/form/offers/{offered['id']}/prefer/", f"/shop/delete/offers/{offered['id']}/"):
        assert found in page
    assert f"/shop/form/offers/?product={tea.pk}" in page


def test_forms_add_change_prefer_and_remove_an_offer(alice, as_alice, tea, copper, brass):
    browser = Browser(alice)
    sent = {"product": "Tea", "supplier": "Brass Ltd", "pack_size": "6", "cost_price": "2.50"}
    assert browser.send_task("/shop/form/offers/", **sent).status_code == 303
    one = f"offers/{tea.pk}-{brass.pk}/"
    assert "Brass Ltd" in browser.get_page(f"/api/{one}")
    assert browser.send_task(f"/shop/form/{one}", min_packs="4").status_code == 303
    assert browser.send_task(f"/shop/form/{one}prefer/").status_code == 303
    assert list_terms(as_alice)[0] == ("Brass Ltd", True, "", 6, "2.50", 4)
    assert browser.send_task(f"/shop/delete/{one}").status_code == 303
    assert list_terms(as_alice) == [("Copper & Sons", False, "C-1", 12, "4.00", 1)]
