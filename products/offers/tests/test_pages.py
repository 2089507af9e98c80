"""The pages of offers."""

import re

import pytest

from suppliers.models import Supplier
from testing.cast.offers import list_terms, offer
from testing.reading.browser import Browser, read_task


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


def test_a_product_gets_a_new_supplier_whose_name_is_typed(alice, as_alice, tea):
    browser, form = Browser(alice), f"/shop/form/offers/?product={tea.pk}"
    page = browser.get_page(form)
    assert "<h1>Add a supplier: Tea" in page
    assert '<input type="hidden" name="product"' in page
    names = re.findall(r'<(?:input|select)[^>]* name="([a-z_]+)"', page)
    first = ["product", "supplier", "supplier_sku", "cost_price", "pack_size"]
    assert [name for name in names if name in (*first, "lead_days")] == [*first, "lead_days"]
    answer = browser.send_task(form, supplier="Tin Works", supplier_sku="T-7", cost_price="3.10", pack_size="6")
    assert answer.headers["Location"] == f"/api/products/{tea.pk}/"
    assert "Tin Works is a new supplier." in browser.get_page(answer.headers["Location"])
    assert list_terms(as_alice)[1] == ("Tin Works", False, "T-7", 6, "3.10", 1)


@pytest.mark.quick
def test_a_new_supplier_is_not_added_if_its_offer_is_refused(alice, tea):
    answer = Browser(alice).send_task(f"/shop/form/offers/?product={tea.pk}", supplier="Tin Works", pack_size="0")
    assert (answer.status_code, Supplier.objects.filter(name="Tin Works").exists()) == (400, False)


@pytest.mark.quick
def test_a_typed_supplier_that_exists_is_not_added_again(alice, as_alice, tea, brass):
    browser, form = Browser(alice), f"/shop/form/offers/?product={tea.pk}"
    assert browser.send_task(form, supplier="BRASS ltd").status_code == 303
    assert [row[0] for row in list_terms(as_alice)] == ["Copper & Sons", "Brass Ltd"]
    again = browser.send_task(form, supplier="Brass Ltd")
    assert (again.status_code, Supplier.objects.count()) == (400, 2)
    assert read_task(again.text)["supplier"] == ["Brass Ltd"]


def test_a_refused_name_of_a_supplier_is_said_at_its_field(alice, tea):
    refused = Browser(alice).send_task(f"/shop/form/offers/?product={tea.pk}", supplier="x" * 300)
    assert refused.status_code == 400
    assert "Ensure this field has no more than" in refused.text.partition('id="hint-supplier"')[2][:300]


def test_a_form_that_names_no_product_asks_for_it(alice, tea):
    for given in ("", "?product=987654", "?product=x"):
        assert 'data-look-up="/api/products/"' in Browser(alice).get_page(f"/shop/form/offers/{given}")


def test_the_history_says_in_words_what_a_supplier_asks(alice, as_alice, tea, offered):
    as_alice.patch(f"/api/products/{tea.pk}/", {"decimals": 3, "unit": "kg"}, format="json")
    as_alice.patch(f"/api/offers/{offered['id']}/", {"cost_price": "3.50", "lead_days": 2}, format="json")
    page = Browser(alice).get_page(f"/api/products/{tea.pk}/changes/")
    was, now = (
        f"Brass Ltd: cost {terms}, B-9"
        for terms in ("3.80, pack of 10.000 kg, at least 3 packs", "3.50, pack of 10.000 kg, at least 3 packs, 2 days")
    )
    assert f"{was} → {now}" in page
