"""Workers don't see cost prices, and can't find them out by sending them."""

import pytest

from products.models import Product
from testing.cast.people import client_of, client_with_key, make_product, make_user
from testing.tables import all_cases
from users.access.roles import Role


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


@pytest.mark.quick
def test_a_worker_can_send_the_product_back_as_it_was_read(as_bob, tea):
    """The null stands for a cost that the worker does not see, so the cost stays."""
    read = as_bob.get(f"/api/products/{tea.pk}/").json()
    written = as_bob.put(f"/api/products/{tea.pk}/", {**read, "quantity": 5, "quantity_in_stock": 5})
    assert (written.status_code, written.json()["quantity"], get_cost(tea)) == (200, 5, "4.00")


@pytest.mark.quick
@all_cases("cost", ["4.00", "4", "5.00", "0"])
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


def book_delivery(client, product, unit_cost, style="json"):
    """Book a delivery with a key that is the same for each call."""
    line = {"product": product.pk, "movement_type": "IN", "quantity": 2, "unit_cost": unit_cost}
    return client.post("/api/stock/", line, format=style, headers={"Idempotency-Key": "delivery-1"})


@all_cases("style", ["json", "multipart"])
def test_a_worker_with_the_key_of_an_owner_can_not_guess_the_cost(as_alice, as_bob, tea, style):
    first = book_delivery(as_alice, tea, "6.00", style)
    guesses = [book_delivery(as_bob, tea, cost, style) for cost in ("5.99", "6.00")]
    assert [(guess.status_code, guess.json()["code"]) for guess in guesses] == [(422, "idempotency_key_reused")] * 2
    assert book_delivery(as_alice, tea, "6.00", style).content == first.content


def test_a_worker_can_not_guess_the_cost_that_another_worker_has_sent(as_bob, alice, tea):
    eve = make_user("eve", role=Role.WORKER)
    eve.employer = alice
    eve.save(update_fields=["employer"])
    first, guess, again = (book_delivery(client, tea, "6.00") for client in (as_bob, client_of(eve), as_bob))
    assert [answer.status_code for answer in (first, guess, again)] == [201, 422, 201]
    assert again.content == first.content
