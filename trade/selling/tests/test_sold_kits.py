"""What the ledger's responses and refusals say of kits. trade/kits/tests has the sales of kits."""

import pytest

from stock.goods.services import archive_product, restore_product
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 9, price="2.00", sku="TEA")


@pytest.fixture
def kit(as_alice, tea):
    body = {"name": "Basket", "sku": "BASKET", "price": "5.00", "parts": [{"product": tea.pk, "quantity": 2}]}
    return as_alice.post("/api/kits/", body).json()


def test_a_sale_shows_its_kits_and_how_many_of_them_came_back(as_alice, kit):
    sale = {"reason": "sale", "lines": [{"kit": kit["id"], "movement_type": "OUT", "quantity": 3}]}
    sold = as_alice.post("/api/stock/operations/", sale).json()
    back = {"lines": [{"kit": kit["id"], "quantity": 1, "condition": "resell"}]}
    assert as_alice.post(f"/api/stock/operations/{sold['id']}/return/", back).status_code == 201
    [shown] = as_alice.get(f"/api/stock/operations/{sold['id']}/").json()["kits"]
    assert (shown["name"], shown["quantity"], shown["returned"], shown["lines"]) == ("Basket", 3, 1, [0])
    page = as_alice.get(f"/api/stock/operations/{sold['id']}/", headers={"Accept": "text/html"}).text
    assert "Basket" in page
    assert f"Sale, number {sold['id']}" in page


@pytest.mark.quick
@all_cases(
    ("fields", "code"),
    [
        ({"amount": "1"}, "kit_of_wholes"), ({"amount": "0.5"}, "kit_of_wholes"),
        ({"quantity": 1, "lot": "A"}, "kit_of_wholes"), ({"quantity": 1, "kit": 999}, "kit_not_in_sale"),
    ],
)  # fmt: skip
def test_kits_of_the_sale_come_back_whole_and_name_no_lot(as_alice, kit, fields, code):
    sale = {"reason": "sale", "lines": [{"kit": kit["id"], "movement_type": "OUT", "quantity": 2}]}
    sold = as_alice.post("/api/stock/operations/", sale).json()
    back = as_alice.post(f"/api/stock/operations/{sold['id']}/return/", {"lines": [{"kit": kit["id"], **fields}]})
    assert (back.status_code, back.json()["lines"][0]["code"]) == (400, code)


@all_cases(("named", "quantity"), [("kit", 7), ("product", 8)])
def test_an_empty_list_of_parts_counts_as_none(as_alice, kit, tea, named, quantity):
    line = {named: {"kit": kit["id"], "product": tea.pk}[named], "movement_type": "OUT", "quantity": 1, "parts": []}
    assert as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [line]}).status_code == 201
    tea.refresh_from_db()
    assert tea.quantity == quantity
    line.pop("movement_type")
    assert as_alice.post("/api/stock/reservations/", {"lines": [line]}).status_code == 201


def test_of_an_archived_part_nothing_is_available(alice, as_alice, kit, tea):
    assert kit["available"] == 4
    archive_product(by=alice, product_id=tea.pk)
    shown = as_alice.get(f"/api/kits/{kit['id']}/").json()
    assert (shown["available"], shown["parts"][0]["quantity"]) == (0, 2)


def test_nothing_but_what_goes_to_a_customer_names_a_kit(as_alice, kit):
    counted = as_alice.post("/api/stock/counts/", {"lines": [{"kit": kit["id"], "counted": 1}]})
    assert (counted.status_code, counted.json()["lines"][0]["code"]) == (400, "kit_not_here")


def test_a_product_is_not_restored_with_the_code_of_a_kit(alice, as_alice, kit):
    pot = make_product(alice, "Pot", sku="POT")
    archive_product(by=alice, product_id=pot.pk)
    assert as_alice.patch(f"/api/kits/{kit['id']}/", {"sku": "POT"}).status_code == 200
    restored = as_alice.post(f"/api/products/{pot.pk}/restore/", {})
    assert (restored.status_code, restored.json()["code"]) == (409, "code_taken")
    assert as_alice.patch(f"/api/kits/{kit['id']}/", {"sku": "BASKET"}).status_code == 200
    assert restore_product(by=alice, product_id=pot.pk).sku == "POT"
