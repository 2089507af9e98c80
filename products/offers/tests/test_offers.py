"""What suppliers offer products for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import MAX_OFFERS, Offer, Product
from testing.cast.offers import URL, list_terms, offer
from testing.cast.orders import make_supplier
from testing.cast.people import make_product


def test_an_offer_is_listed_after_the_preferred_one(as_alice, tea, brass):
    made = offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80", min_packs=3)
    assert made["id"] == f"{tea.pk}-{brass.pk}"
    assert list_terms(as_alice) == [
        ("Copper & Sons", True, "C-1", 12, "4.00", 1),
        ("Brass Ltd", False, "B-9", 10, "3.80", 3),
    ]


def test_preferring_changes_places_and_twice_is_as_before(as_alice, tea, brass):
    made = offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80", min_packs=3)
    for _ in range(2):
        assert as_alice.post(f"{URL}{made['id']}/prefer/").json() == {**made, "is_preferred": True}
        assert list_terms(as_alice) == [
            ("Brass Ltd", True, "B-9", 10, "3.80", 3),
            ("Copper & Sons", False, "C-1", 12, "4.00", 1),
        ]
    product = as_alice.get(f"/api/products/{tea.pk}/").json()
    assert (product["supplier"], product["supplier_sku"], product["pack_size"]) == (brass.pk, "B-9", 10)


def test_setting_the_supplier_takes_its_offer_with_what_was_sent(as_alice, tea, brass):
    offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10, cost_price="3.80")
    sent = {"supplier": brass.pk, "cost_price": "3.50"}
    assert as_alice.patch(f"/api/products/{tea.pk}/", sent, format="json").json()["supplier_sku"] == "B-9"
    assert list_terms(as_alice) == [
        ("Brass Ltd", True, "B-9", 10, "3.50", 1),
        ("Copper & Sons", False, "C-1", 12, "4.00", 1),
    ]
    assert Offer.objects.count() == 1


def test_a_second_offer_of_a_supplier_is_refused(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass)
    for supplier in (copper, brass):
        refused = as_alice.post(URL, {"product": tea.pk, "supplier": supplier.pk}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "offer_taken")


@pytest.mark.quick
def test_a_product_has_at_most_twenty_offers(as_alice, alice, tea):
    others = [make_supplier(alice, f"S{number}") for number in range(MAX_OFFERS)]
    Offer.objects.bulk_create(Offer(owner=alice, product=tea, supplier=supplier) for supplier in others[:-2])
    offer(as_alice, tea, others[-2])
    refused = as_alice.post(URL, {"product": tea.pk, "supplier": others[-1].pk}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (400, "too_many_offers", 20)
    taken = as_alice.patch(f"/api/products/{tea.pk}/", {"supplier": others[-1].pk}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (400, "too_many_offers")
    assert as_alice.patch(f"/api/products/{tea.pk}/", {"supplier": others[0].pk}, format="json").status_code == 200


def test_the_preferred_offer_is_changed_in_the_product(as_alice, tea, copper):
    sent = {"pack_size": 6, "cost_price": "4.20", "min_packs": 2, "lead_days": 9}
    changed = as_alice.patch(f"{URL}{tea.pk}-{copper.pk}/", sent, format="json").json()
    assert {name: changed[name] for name in sent} == sent
    tea.refresh_from_db()
    assert (tea.pack_size, str(tea.cost_price)) == (6, "4.20")
    row = Offer.objects.get()
    assert (row.supplier_sku, row.pack_size, row.cost_price, row.min_packs, row.lead_days) == ("", 1, None, 2, 9)
    as_alice.patch(f"{URL}{tea.pk}-{copper.pk}/", {"min_packs": 1, "lead_days": None}, format="json")
    assert not Offer.objects.exists()


def test_deleting_the_preferred_offer_leaves_the_product_without_a_supplier(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, cost_price="3.80")
    assert as_alice.delete(f"{URL}{tea.pk}-{copper.pk}/").status_code == 204
    assert list_terms(as_alice) == [("Brass Ltd", False, "", 1, "3.80", 1)]
    tea.refresh_from_db()
    assert (tea.supplier_id, tea.supplier_sku, tea.pack_size, str(tea.cost_price)) == (None, "", 1, "4.00")


def test_a_supplier_that_is_archived_takes_its_offers_along_and_brings_them_back(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, cost_price="3.80")
    before = list_terms(as_alice)
    for supplier in (copper, brass):
        as_alice.delete(f"/api/suppliers/{supplier.pk}/")
        assert list_terms(as_alice) == [row for row in before if row[0] != supplier.name]
        as_alice.post(f"/api/suppliers/{supplier.pk}/restore/")
        assert list_terms(as_alice) == before


def test_a_product_without_offers_gets_another_supplier_as_ever(as_alice, tea, brass):
    changed = as_alice.patch(f"/api/products/{tea.pk}/", {"supplier": brass.pk}, format="json").json()
    assert (changed["supplier_sku"], changed["pack_size"], changed["cost_price"]) == ("C-1", 12, "4.00")
    assert not Offer.objects.exists()


def test_a_former_supplier_is_kept_if_the_product_has_offers(as_alice, alice, tea, brass):
    offer(as_alice, tea, brass, cost_price="3.80")
    for supplier in (make_supplier(alice, "Zinc"), None):
        sent = {"supplier": supplier and supplier.pk}
        assert as_alice.patch(f"/api/products/{tea.pk}/", sent, format="json").status_code == 200
    assert list_terms(as_alice) == [
        ("Copper & Sons", False, "C-1", 12, "4.00", 1),
        ("Brass Ltd", False, "", 1, "3.80", 1),
        ("Zinc", False, "", 12, "4.00", 1),
    ]
    assert Product.objects.get().supplier_id is None


def test_a_change_without_another_supplier_executes_no_further_statement(as_alice, alice, tea, copper, brass):
    plain = make_product(alice, "Plain", supplier=copper)
    offer(as_alice, tea, brass)

    def count(product, **values):
        with CaptureQueriesContext(connection) as queries:
            assert as_alice.patch(f"/api/products/{product.pk}/", values, format="json").status_code == 200
        return len(queries)

    same = {"name": "Other", "supplier": copper.pk}
    assert count(tea, **same) == count(plain, **same)
    number = count(plain, name="Third", supplier=brass.pk)
    assert number <= count(plain, name="Fourth", supplier=brass.pk) + 1
