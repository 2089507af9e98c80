"""The routes of kits: what may be written, the codes, events and history."""

import html
import json
import re

import pytest
from django.db import IntegrityError, transaction

from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.kits.models import KitPart
from trade.kits.tests.kits import make_kit


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 10, price="6.00", sku="TEA", barcode="4006381333931")


def write(client, **fields):
    response = client.post("/api/kits/", {"name": "Basket", **fields})
    return response.status_code, response.json()


@pytest.mark.quick
def test_wrong_parts_are_refused(as_alice, alice, tea, charlie):
    kit = make_kit(alice, "Small", {tea.pk: 1}, sku="SMALL")
    foreign = make_product(charlie, "Foreign", 1)
    one = {"product": tea.pk, "quantity": 1}
    cases = {
        "part_twice": [one, {"sku": "tea", "quantity": 1}],
        "kit_in_kit": [{"kit": kit["id"], "quantity": 1}],
        "product_not_found": [{"product": foreign.pk, "quantity": 1}],
        "amount_too_fine": [{"product": tea.pk, "amount": "0.5"}],
    }
    assert {code: write(as_alice, parts=parts)[1].get("code") for code, parts in cases.items()} == {
        code: code for code in cases
    }
    assert write(as_alice, parts=[{"sku": "small", "quantity": 1}])[1]["code"] == "kit_in_kit"
    assert write(as_alice, parts=[])[0] == write(as_alice)[0] == 400


@pytest.mark.quick
def test_the_database_refuses_a_part_twice(alice, tea):
    kit = make_kit(alice, "Basket", {tea.pk: 1})["id"]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        KitPart.objects.create(owner=alice, kit_id=kit, product=tea, quantity=2)
    assert "kits_kitpart_once" in str(refused.value)  # Citus adds the shard, and has no field with the name


def test_a_shop_that_has_made_a_kit_shows_kits_and_no_other_shop(alice, tea, charlie):
    make_kit(alice, "Basket", {tea.pk: 1})
    for user in (alice, charlie):
        user.refresh_from_db()
    assert (alice.has_kits, charlie.has_kits) == (True, False)


def test_a_code_belongs_to_one_product_or_kit(as_alice, alice, tea):
    parts = [{"product": tea.pk, "quantity": 1}]
    make_kit(alice, "Small", {tea.pk: 1}, sku="SMALL")
    for taken in ({"sku": "tea"}, {"barcode": "04006381333931"}, {"sku": "small"}, {"barcode": "Small"}):
        status, body = write(as_alice, parts=parts, **taken)
        assert (status, body["code"]) == (400, "code_taken"), taken
    response = as_alice.post("/api/products/", {"name": "Other", "price": "1.00", "sku": "small"})
    assert response.json() == {"sku": ['"small" is the code of a kit already.']}


@pytest.mark.quick
def test_an_archived_kit_frees_its_codes_and_takes_them_back(as_alice, alice, tea):
    kit = make_kit(alice, "Small", {tea.pk: 1}, sku="SMALL")["id"]
    assert as_alice.delete(f"/api/kits/{kit}/").status_code == 204
    assert as_alice.get(f"/api/kits/{kit}/").status_code == 404
    other = make_product(alice, "Other", 1, sku="small")
    assert as_alice.post(f"/api/kits/{kit}/restore/").json()["code"] == "code_taken"
    as_alice.delete(f"/api/products/{other.pk}/")
    assert as_alice.post(f"/api/kits/{kit}/restore/").json()["sku"] == "SMALL"


@pytest.mark.quick
def test_a_change_of_the_parts_is_in_the_history_and_changes_no_other_kit(as_alice, alice, tea):
    other = make_kit(alice, "Other", {tea.pk: 2})
    kit = make_kit(alice, "Small", {tea.pk: 1})["id"]
    as_alice.patch(f"/api/kits/{kit}/", {"parts": [{"product": tea.pk, "quantity": 3}]})
    changes = as_alice.get(f"/api/kits/{kit}/changes/").json()["results"]
    assert changes[0]["changes"]["parts"] == [[{"name": "Tea", "quantity": 1}], [{"name": "Tea", "quantity": 3}]]
    events = as_alice.get("/api/events/").json()["events"]
    assert [(event["type"], event["data"]["kit"]) for event in events if event["type"].startswith("kit.")] == [
        ("kit.created", other["id"]), ("kit.created", kit), ("kit.changed", kit),
    ]  # fmt: skip
    assert as_alice.get(f"/api/kits/{other['id']}/").json()["parts"] == other["parts"]


def test_an_archived_part_leaves_no_kit(as_alice, alice, tea):
    kit = make_kit(alice, "Small", {tea.pk: 1})["id"]
    as_alice.delete(f"/api/products/{tea.pk}/")
    assert as_alice.get(f"/api/kits/{kit}/").json()["available"] == 0


def test_a_product_whose_code_a_kit_has_now_is_not_restored(as_alice, alice):
    product = make_product(alice, "Old", sku="GIFT")
    as_alice.delete(f"/api/products/{product.pk}/")
    make_kit(alice, "Gift", {make_product(alice, "Tea").pk: 1}, sku="GIFT")
    refused = as_alice.post(f"/api/products/{product.pk}/restore/")
    assert (refused.status_code, refused.json()["code"]) == (409, "code_taken")
    assert refused.json()["detail"].startswith("A kit has taken this product's sku in the meantime.")


def test_developers_can_send_the_fields_of_a_page_as_they_are(alice, as_alice, tea):
    leaves = make_product(alice, "Leaves", 500, unit="kg", decimals=3)
    kit = make_kit(alice, "Small", {tea.pk: 1, leaves.pk: 250})
    blend = f"/api/products/{leaves.pk}/"
    as_alice.put(f"{blend}recipe/", {"makes_amount": "0.5", "parts": [{"product": tea.pk, "quantity": 1}]})
    for address in (f"/api/kits/{kit['id']}/", blend, f"{blend}recipe/"):
        before = as_alice.get(address).json()
        page = Browser(alice).get_page(address)
        body = json.loads(html.unescape(re.search(r'id="body-PUT"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]))
        sent = as_alice.put(address, body)
        assert (sent.status_code, sent.json() | {"updated_at": None}) == (200, before | {"updated_at": None}), address
        assert body.keys() < before.keys()
