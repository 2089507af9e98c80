"""The pages of offers."""

import pytest

from suppliers.models import Supplier
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


def test_a_second_supplier_is_added_from_the_page_of_the_product(alice, as_alice, tea, copper, brass):
    browser = Browser(alice)
    address = f"/shop/form/offers/?product={tea.pk}"
    page = browser.get_page(address)
    assert f'value="{tea.name}' in page
    assert page.index('name="product"') < page.index('name="supplier"') < page.index('name="cost_price"')
    assert browser.send_task(address, supplier="Brass Ltd", cost_price="2.50").status_code == 303
    assert list_terms(as_alice)[1][:2] == ("Brass Ltd", False)


def test_a_shop_with_many_suppliers_types_the_supplier(alice, as_alice, tea, copper, brass):
    Supplier.objects.bulk_create(Supplier(owner=alice, name=f"Supplier {number}") for number in range(101))
    browser = Browser(alice)
    address = f"/shop/form/offers/?product={tea.pk}"
    assert "<select" not in browser.get_page(address).partition("<form")[2].partition('name="supplier"')[2][:20]
    assert browser.send_task(address, supplier="Brass Ltd").status_code == 303
    wrong = browser.send_task(address, supplier="Nobody")
    assert (wrong.status_code, b"Nobody" in wrong.content) == (400, True)


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
