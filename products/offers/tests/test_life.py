"""What users of other systems have met with several suppliers of a product."""

import pytest

from testing.cast.offers import URL, list_terms, offer
from testing.cast.people import make_product
from testing.tables import all_cases


def patch(client, product, **values):
    return client.patch(f"/api/products/{product.pk}/", values, format="json").json()


@pytest.mark.quick
def test_two_suppliers_may_have_the_same_number_for_a_product(as_alice, tea, copper, brass):
    made = offer(as_alice, tea, brass, supplier_sku="C-1", cost_price="3.80")
    text = "supplier,supplier_sku,cost_price\nBrass Ltd,C-1,3.70\nCopper & Sons,C-1,4.10\n"
    imported = as_alice.post(f"{URL}import/", text, content_type="text/csv").json()
    assert (imported["updated"], imported["created"]) == (2, 0)
    assert [row[4] for row in list_terms(as_alice, supplier_sku="c-1")] == ["4.10", "3.70"]
    assert as_alice.patch(f"{URL}{made['id']}/", {"supplier_sku": ""}, format="json").status_code == 200


def test_a_supplier_may_sell_two_products_under_one_number(as_alice, alice, tea, brass):
    green = make_product(alice, "Green", sku="GREEN")
    for product in (tea, green):
        offer(as_alice, product, brass, supplier_sku="B-9")
    refused = as_alice.post(f"{URL}import/", "supplier,supplier_sku\nBrass Ltd,B-9\n", content_type="text/csv").json()
    assert [row["column"] for row in refused["rows"]] == ["supplier_sku"]
    named = as_alice.post(f"{URL}import/", "supplier,supplier_sku,sku\nBrass Ltd,B-9,GREEN\n", content_type="text/csv")
    assert named.json()["unchanged"] == 1


@pytest.mark.quick
def test_an_offer_without_a_price_keeps_its_number_and_its_pack(as_alice, tea, brass):
    made = offer(as_alice, tea, brass, supplier_sku="B-9", pack_size=10)
    as_alice.post(f"{URL}{made['id']}/prefer/")
    as_alice.post(f"{URL}{tea.pk}-{tea.supplier_id}/prefer/")
    assert list_terms(as_alice)[1] == ("Brass Ltd", False, "B-9", 10, None, 1)


@all_cases("number", ["B-9", "", "c-1"])
def test_the_number_goes_along_when_the_supplier_changes(as_alice, tea, copper, brass, number):
    offer(as_alice, tea, brass, supplier_sku=number)
    assert patch(as_alice, tea, supplier=brass.pk)["supplier_sku"] == number
    assert patch(as_alice, tea, supplier=copper.pk)["supplier_sku"] == "C-1"


def test_a_cost_that_rises_while_another_is_preferred_stays_with_its_product(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, cost_price="3.80")
    patch(as_alice, tea, supplier=brass.pk)
    patch(as_alice, tea, cost_price="3.95")
    patch(as_alice, tea, supplier=copper.pk)
    assert [row[4] for row in list_terms(as_alice)] == ["4.00", "3.95"]


def test_an_archived_preferred_supplier_that_was_replaced_comes_back_as_an_offer(as_alice, tea, copper, brass):
    offer(as_alice, tea, brass, cost_price="3.80")
    as_alice.delete(f"/api/suppliers/{copper.pk}/")
    patch(as_alice, tea, supplier=brass.pk)
    as_alice.post(f"/api/suppliers/{copper.pk}/restore/")
    assert [row[:2] for row in list_terms(as_alice)] == [("Brass Ltd", True), ("Copper & Sons", False)]
    assert list_terms(as_alice)[1][2:5] == ("C-1", 12, "4.00")


def test_an_offer_of_an_archived_product_is_hidden_and_comes_back_with_it(as_alice, tea, brass):
    made = offer(as_alice, tea, brass)
    as_alice.delete(f"/api/products/{tea.pk}/")
    assert list_terms(as_alice) == []
    for method, address in (("get", ""), ("patch", ""), ("delete", ""), ("post", "prefer/")):
        assert getattr(as_alice, method)(f"{URL}{made['id']}/{address}").status_code == 404
    as_alice.post(f"/api/products/{tea.pk}/restore/")
    assert len(list_terms(as_alice)) == 2


@all_cases("pk", ["1", "0-0", "999-999", "9999999999999999999-1"])
def test_an_id_that_names_no_offer_is_not_found(as_alice, tea, pk):
    assert as_alice.get(f"{URL}{pk}/").status_code == 404


@pytest.mark.quick
def test_an_offer_takes_if_match_and_an_idempotency_key(as_alice, tea, brass):
    body = {"product": tea.pk, "supplier": brass.pk}
    first, second = (as_alice.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="one") for _ in range(2))
    assert (first.status_code, second.content) == (201, first.content)
    one = f"{URL}{first.json()['id']}/"
    tag = as_alice.get(one).headers["ETag"]
    assert as_alice.patch(one, {"note": "Call"}, format="json", HTTP_IF_MATCH=tag).status_code == 200
    assert as_alice.patch(one, {"note": "Mail"}, format="json", HTTP_IF_MATCH=tag).status_code == 412
    assert as_alice.delete(one, HTTP_IF_MATCH=tag).status_code == 412


def test_workers_see_no_offers_and_no_history_of_them(as_alice, as_bob, tea, brass):
    made = offer(as_alice, tea, brass)
    for method, address in (("get", URL), ("get", f"{URL}{made['id']}/"), ("delete", f"{URL}{made['id']}/")):
        assert getattr(as_bob, method)(address).status_code == 403
    changes = as_bob.get(f"/api/products/{tea.pk}/changes/").json()["results"]
    assert not any("offers" in row["changes"] for row in changes)
