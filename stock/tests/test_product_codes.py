"""Movements name their product by its present codes, too."""

import pytest

from testing.cast.people import make_product

pytestmark = pytest.mark.measured


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 9, sku="CUP", external_id="shop-7")


def test_each_route_of_movements_has_the_codes(as_alice, cup):
    line = {"product": cup.pk, "movement_type": "OUT", "quantity": 1}
    booked = as_alice.post("/api/stock/", line).json()
    operation = as_alice.post("/api/stock/operations/", {"lines": [line]}).json()
    rows = [
        booked, *operation["movements"], as_alice.get(f"/api/stock/{booked['id']}/").json(),
        *as_alice.get("/api/stock/").json()["results"],
        *as_alice.get("/api/stock/?movement_type=OUT").json()["results"],
        *as_alice.get(f"/api/stock/history/{cup.pk}/").json()["results"],
        *as_alice.get(f"/api/stock/operations/{operation['id']}/").json()["movements"],
        *as_alice.get("/api/stock/operations/").json()["results"][0]["movements"],
        *as_alice.get(f"/api/products/{cup.pk}/statement/").json()["movements"],
    ]  # fmt: skip
    assert {(row["sku"], row["external_id"]) for row in rows} == {("CUP", "shop-7")}


def test_a_movement_has_the_sku_of_then_and_the_present_external_id(as_alice, cup):
    as_alice.patch(f"/api/products/{cup.pk}/", {"sku": "MUG", "external_id": None, "name": "Mug"})
    [row] = as_alice.get("/api/stock/?fields=product_name,sku,external_id").json()["results"]
    assert row == {"product_name": "Cup", "sku": "CUP", "external_id": None}
