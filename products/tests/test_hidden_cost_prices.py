"""Workers don't see cost prices, and can't find them out by sending them."""

import pytest

from products.models import Product
from testing.cast import client_with_key, make_product


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 3, price="9.00", cost_price="4.00")


def get_cost(product):
    return str(Product.objects.get(pk=product.pk).cost_price)


def test_a_worker_sees_neither_the_cost_price_nor_the_value(as_bob, as_alice, tea):
    address = f"/api/products/{tea.pk}/"
    assert [as_alice.get(address).json()[name] for name in ("cost_price", "stock_value")] == ["4.00", "12.00"]
    for answer in (as_bob.get(address).json(), as_bob.get("/api/products/").json()["results"][0]):
        assert [answer[name] for name in ("cost_price", "stock_value")] == [None, None]


def test_a_worker_can_send_the_product_back_as_it_was_read(as_bob, tea):
    """The null stands for a cost that the worker does not see, so it stays."""
    read = as_bob.get(f"/api/products/{tea.pk}/").json()
    written = as_bob.put(f"/api/products/{tea.pk}/", {**read, "quantity": 5, "quantity_in_stock": 5})
    assert (written.status_code, written.json()["quantity"], get_cost(tea)) == (200, 5, "4.00")


@pytest.mark.parametrize("cost", ["4.00", "4", "5.00", "0"])
def test_a_worker_that_sends_a_cost_price_is_refused_even_if_it_is_the_present_one(as_bob, tea, cost):
    refused = as_bob.patch(f"/api/products/{tea.pk}/", {"cost_price": cost, "quantity": 5})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert "not cost_price" in refused.json()["detail"]
    assert (get_cost(tea), Product.objects.get(pk=tea.pk).quantity) == ("4.00", 3)


def test_an_owner_can_clear_a_cost_price(as_alice, tea):
    assert as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": None}).json()["cost_price"] is None


def test_a_key_of_the_owner_sees_costs_and_that_of_a_worker_does_not(alice, bob, tea):
    seen = [client_with_key(user).get(f"/api/products/{tea.pk}/").json()["cost_price"] for user in (alice, bob)]
    assert seen == ["4.00", None]


def test_a_worker_can_book_at_a_cost_and_does_not_see_the_value(as_bob, as_alice, tea):
    body = {"product": tea.pk, "movement_type": "IN", "quantity": 2, "unit_cost": "6.00"}
    booked = as_bob.post("/api/stock/", body).json()
    assert booked["value"] is None
    assert as_alice.get(f"/api/stock/{booked['id']}/").json()["value"] == "12.00"


def test_a_worker_that_repeats_a_request_of_the_owner_sees_no_costs(as_alice, as_bob, tea):
    lines = [{"product": tea.pk, "movement_type": "IN", "quantity": 2, "unit_cost": "6.00"}]
    send = {"path": "/api/stock/operations/", "data": {"lines": lines}, "headers": {"Idempotency-Key": "delivery-1"}}
    first, again, own = as_alice.post(**send), as_bob.post(**send), as_alice.post(**send)
    assert [answer.json()["movements"][0]["value"] for answer in (first, again, own)] == ["12.00", None, "12.00"]
    assert again.json()["id"] == first.json()["id"]
