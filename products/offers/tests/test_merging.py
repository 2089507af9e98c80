"""What becomes of the offers of a supplier that is merged into another one."""

import pytest

from products.filing.tests.importing import upload
from products.models import Offer, Product
from records.history.models import Change
from suppliers.models import Supplier
from testing.cast.offers import list_terms, offer
from testing.cast.people import make_product

pytestmark = pytest.mark.django_db
OF_BRASS = {"supplier_sku": "B-9", "pack_size": 10, "cost_price": "3.80", "min_packs": 3}


def merge(client, supplier, into):
    response = client.post(f"/api/suppliers/{supplier.pk}/merge/", {"into": into.pk})
    assert response.status_code == 200, response.json()


def test_the_preferred_offer_stays_preferred_and_gets_the_terms_of_the_one_that_stays(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, **OF_BRASS)
    as_alice.patch(f"/api/offers/{tea.pk}-{copper.pk}/", {"note": "by phone", "lead_days": 2})
    merge(as_alice, copper, brass)
    assert list_terms(as_alice) == [("Brass Ltd", True, "B-9", 10, "3.80", 3)]
    assert Offer.objects.values_list("note", "lead_days", "cost_price").get() == ("", None, None)


def test_the_preferred_offer_keeps_its_terms_if_the_one_that_stays_had_none(as_alice, tea, copper, brass, alice):
    zinc = Supplier.objects.create(owner=alice, name="Zinc")
    offer(as_alice, tea, zinc, cost_price="9.00")
    as_alice.patch(f"/api/offers/{tea.pk}-{copper.pk}/", {"min_packs": 2})
    merge(as_alice, copper, brass)
    expected = [("Brass Ltd", True, "C-1", 12, "4.00", 2), ("Zinc", False, "", 1, "9.00", 1)]
    assert list_terms(as_alice) == expected


def test_the_one_that_stays_keeps_its_own_preferred_offer(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, **OF_BRASS)
    merge(as_alice, brass, copper)
    assert list_terms(as_alice) == [("Copper & Sons", True, "C-1", 12, "4.00", 1)]
    assert not Offer.objects.exists()


def test_of_two_further_offers_that_of_the_one_that_stays_is_kept(as_alice, tea, brass, alice):
    zinc = Supplier.objects.create(owner=alice, name="Zinc")
    offer(as_alice, tea, brass, **OF_BRASS)
    offer(as_alice, tea, zinc)
    said = as_alice.post(f"/api/suppliers/{brass.pk}/merge/?dry_run=true", {"into": zinc.pk}).json()
    assert said["moves"]["offers"] == 0
    merge(as_alice, brass, zinc)
    assert list_terms(as_alice)[1:] == [("Zinc", False, "", 1, None, 1)]


def test_a_further_offer_that_the_one_that_stays_lacks_moves_with_its_terms(as_alice, tea, brass, alice):
    zinc = Supplier.objects.create(owner=alice, name="Zinc")
    offer(as_alice, tea, brass, **OF_BRASS)
    merge(as_alice, brass, zinc)
    assert list_terms(as_alice)[1:] == [("Zinc", False, "B-9", 10, "3.80", 3)]


def test_the_offers_of_an_archived_supplier_move_too(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, **OF_BRASS)
    as_alice.delete(f"/api/suppliers/{copper.pk}/")
    answer = as_alice.post(f"/api/suppliers/{copper.pk}/merge/?dry_run=true", {"into": brass.pk}).json()
    assert (answer["moves"]["offers"], answer["moves"]["products"]) == (0, 1)
    merge(as_alice, copper, brass)
    assert list_terms(as_alice) == [("Brass Ltd", True, "B-9", 10, "3.80", 3)]
    assert Product.objects.filter(kept_supplier_id=None, supplier=brass).count() == 1


def test_the_history_of_a_product_has_the_offers_and_the_supplier(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, **OF_BRASS)
    Change.objects.all()._raw_delete("default")
    merge(as_alice, copper, brass)
    terms, link = Change.objects.filter(kind="product").order_by("id").values_list("changes", flat=True)
    assert terms.keys() == {"offers", "supplier_sku", "pack_size", "cost_price"}
    assert [[one["name"] for one in rows] for rows in terms["offers"]] == [["Brass Ltd"], ["Brass Ltd"]]
    assert link == {"supplier": [{"id": copper.pk, "name": "Copper & Sons"}, {"id": brass.pk, "name": "Brass Ltd"}]}


def test_files_that_name_the_merged_supplier_mean_the_one_that_stays(as_alice, alice, tea, copper, brass):
    make_product(alice, "Cup", sku="CUP")
    merge(as_alice, copper, brass)
    answer = upload(as_alice, "sku,supplier\nCUP,copper & sons\n", "?create_missing=true")
    assert (answer.status_code, answer.json()["created"]) == (200, 0)
    assert Product.objects.get(sku="CUP").supplier == brass
    rows = "supplier,sku,cost_price\nCopper & Sons,CUP,2.00\n"
    sent = as_alice.post("/api/offers/import/", rows, content_type="text/csv")
    assert (sent.status_code, sent.json()["updated"]) == (200, 1), sent.json()
    assert Supplier.objects.count() == 2


def test_a_new_supplier_can_have_the_name_of_a_merged_one(as_alice, alice, tea, copper, brass):
    merge(as_alice, copper, brass)
    new = as_alice.post("/api/suppliers/", {"name": "Copper & Sons"}).json()
    make_product(alice, "Cup", sku="CUP")
    upload(as_alice, "sku,supplier\nCUP,copper & sons\n")
    assert Product.objects.get(sku="CUP").supplier_id == new["id"]
