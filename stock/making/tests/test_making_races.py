"""Concurrent makings. The tests `test_control_…` remove the locks and show that the tests detect the race."""

from functools import partial

import pytest
from django.db import DatabaseError

from products.models import Product
from records.idempotency import decorators
from stock.making.tests.recipes import make, read_stock, write_recipe
from stock.models import Making, Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_behind_lock, try_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 10, cost_price="1.00")


@pytest.fixture
def mixes(alice, tea):
    """Return two products that are both made of the tea."""
    made = [make_product(alice, name) for name in ("Morning", "Evening")]
    for product in made:
        write_recipe(alice, product, 1, {tea: 3})
    return made


def quiet(user):
    """Return a client that answers 500 in place of raising an exception."""
    client = client_of(user)
    client.raise_request_exception = False
    return client


def test_makings_at_the_same_time_never_use_more_of_a_shared_part_than_there_is(alice, tea, mixes):
    responses = try_concurrently(*[partial(make, quiet(alice), mixes[number % 2], 1) for number in range(8)])
    assert sorted(response.status_code for response in responses) == [201] * 3 + [400] * 5
    assert read_stock(tea) == [(1, "1.00")]
    assert sum(Product.objects.values_list("stock_value", flat=True)) == 10
    assert find_breaks(alice.pk) == []


def test_a_making_waits_for_another_one_that_uses_the_same_part(alice, as_alice, tea, mixes):
    job = partial(make, quiet(alice), mixes[1], 2)
    response = run_behind_lock(partial(make, as_alice, mixes[0], 2), job)
    assert response.json()["lines"][0]["available"] == 4


def test_control_without_the_locks_a_making_overlooks_the_other_one(alice, as_alice, tea, mixes, monkeypatch):
    disable_locks(monkeypatch)
    job = partial(make, quiet(alice), mixes[1], 2)
    response = run_behind_lock(partial(make, as_alice, mixes[0], 2), job)
    assert response.json().get("code") != "invalid_lines"


def test_products_that_are_made_of_each_other_are_locked_in_one_order(alice, as_alice, mixes):
    for product in mixes:
        as_alice.post("/api/stock/", {"product": product.pk, "movement_type": "IN", "quantity": 50})
    pairs = [mixes, mixes[::-1]] * 4
    jobs = [partial(make, quiet(alice), one, 1, used=[{"product": two.pk, "quantity": 1}]) for one, two in pairs]
    assert {response.status_code for response in try_concurrently(*jobs)} == {201}


def put(client, product, part):
    body = {"makes": 1, "parts": [{"product": part.pk, "quantity": 1}]}
    return client.put(f"/api/products/{product.pk}/recipe/", body)


def test_a_recipe_waits_for_another_one_with_which_it_would_be_a_circle(alice, as_alice, mixes):
    response = run_behind_lock(partial(put, as_alice, *mixes), partial(put, quiet(alice), *reversed(mixes)))
    assert response.json()["code"] == "recipe_circle"


def test_control_without_the_locks_a_recipe_overlooks_the_other_one(alice, as_alice, mixes, monkeypatch):
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match=r"without waiting for a lock.*200"):
        run_behind_lock(partial(put, as_alice, *mixes), partial(put, quiet(alice), *reversed(mixes)))


def test_a_making_that_crashed_before_its_answer_is_made_once(alice, tea, mixes, monkeypatch):
    """The process dies after the booking and before COMMIT; then the client sends the same key again."""
    client, headers = quiet(alice), {"Idempotency-Key": "0123456789abcdef"}
    body = {"product": mixes[0].pk, "quantity": 2}
    with monkeypatch.context() as patch:
        patch.setattr(decorators, "store_response", fail)
        assert client.post("/api/stock/makings/", body, headers=headers).status_code == 500
    assert (read_stock(tea), Making.objects.count()) == ([(10, "10.00")], 0)
    repeated = [client.post("/api/stock/makings/", body, headers=headers) for _ in range(2)]
    assert [response.status_code for response in repeated] == [201, 201]
    assert repeated[0].json() == repeated[1].json()
    assert (read_stock(tea), Operation.objects.filter(reason="making").count()) == ([(4, "4.00")], 1)


def fail(*args, **kwargs):
    raise DatabaseError("the server is gone")
