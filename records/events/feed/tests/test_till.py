"""The till of docs/tills.md has the same books as the server, even if the network fails."""

import pytest

from products.models import Product
from records.events.feed.tests.till_day import Day
from stock.models import Movement
from testing.cast.people import make_product
from users.sign_in import tokens

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def goods(alice):
    return [make_product(alice, f"Pot {number}", quantity) for number, quantity in enumerate((500, 500, 30))]


@pytest.fixture
def day(live_server, alice, goods, tmp_path):
    token = tokens.issue_tokens(alice)["access"]
    return Day(live_server.url, token, tmp_path / "till.json", seed=7)


def list_quantities(till):
    return {int(number): product["quantity"] for number, product in till.state["products"].items()}


def test_a_day_with_cuts_ends_with_equal_books(day, goods):
    day.run([product.pk for product in goods], sales=60, cuts=5)
    assert day.network.lost_responses
    assert list_quantities(day.till) == dict(Product.objects.values_list("id", "quantity"))
    sold = {product.pk: day.sold[product.pk] for product in goods}
    booked = dict.fromkeys(sold, 0)
    for product, quantity in Movement.objects.filter(movement_type="OUT").values_list("product_id", "quantity"):
        booked[product] += quantity
    assert booked == sold
    assert day.till.state["waiting"] == day.till.state["refused"] == []


def test_what_others_change_arrives_in_the_copy(day, goods, as_alice):
    day.till.read_events()
    as_alice.post("/api/stock/", {"product": goods[0].pk, "movement_type": "IN", "quantity": 5})
    as_alice.patch(f"/api/products/{goods[1].pk}/", {"price": "12.00"})
    as_alice.delete(f"/api/products/{goods[2].pk}/")
    day.till.read_events()
    copy = day.till.state["products"]
    assert copy[str(goods[0].pk)]["quantity"] == 505
    assert copy[str(goods[1].pk)]["price"] == "12.00"
    assert str(goods[2].pk) not in copy


def test_a_sale_of_what_another_till_has_sold_is_kept_as_refused(day, goods, as_alice):
    day.till.read_events()
    as_alice.post("/api/stock/", {"product": goods[2].pk, "movement_type": "OUT", "quantity": 30})
    day.till.sell(goods[2].pk, 1)
    day.synchronize()
    assert [sale["body"]["product"] for sale in day.till.state["refused"]] == [goods[2].pk]
    assert day.till.available(goods[2].pk) == 0


def test_a_large_operation_is_read_to_its_end(day, goods, alice, as_alice):
    lines = [{"product": product.pk, "movement_type": "IN", "quantity": 1} for product in goods] * 40
    as_alice.post("/api/stock/operations/", {"lines": lines})
    day.till.read_events()
    assert list_quantities(day.till)[goods[0].pk] == 540


def test_control_without_keys_a_lost_response_books_twice(day, goods, monkeypatch):
    till, call = day.program["Till"], day.program["Till"].call
    monkeypatch.setattr(till, "call", lambda self, path, body=None, **_: call(self, path, body))
    monkeypatch.setattr(day.network.chance, "random", lambda: 0.9)  # this loses each response, but no request
    day.till.read_events()
    day.network.is_cut = True
    day.till.sell(goods[0].pk, 1)
    day.synchronize()
    day.network.is_cut = False
    day.synchronize()
    assert Movement.objects.filter(movement_type="OUT").count() == 2
