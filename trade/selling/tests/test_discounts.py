"""Discounts of sales: how they are shared over the lines, and what comes back of them."""

from decimal import Decimal
from random import Random

import pytest

from core.money.amounts import share
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases
from users.models import User

OPERATIONS = "/api/stock/operations/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", cost_price="1.00", quantity=20)


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", price="0.99", cost_price="0.10", quantity=20)


def line(product, quantity=1, **fields):
    return {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **fields}


def sell(client, *lines, **fields):
    return client.post(OPERATIONS, {"lines": lines, **fields})


def list_totals(response):
    assert response.status_code == 201, response.json()
    return [(one["unit_price"], one["total"]) for one in response.json()["movements"]]


def test_a_discount_in_percent_is_taken_from_the_total_of_each_line(as_alice, tea, cup):
    sold = sell(as_alice, line(tea, 2), line(cup), discount={"percent": "10"})
    assert list_totals(sold) == [("4.00", "7.20"), ("0.99", "0.89")]
    assert as_alice.get("/api/reports/sales/").json()["totals"]["total"] == "8.09"


def test_cents_go_to_the_largest_remainders(as_alice, tea, cup):
    sold = sell(as_alice, line(cup), line(cup), line(tea), discount={"amount": "1.00"})
    assert list_totals(sold) == [("0.99", "0.82"), ("0.99", "0.83"), ("4.00", "3.33")]


def test_a_discount_is_taken_from_a_total_that_was_sent(as_alice, tea):
    assert list_totals(sell(as_alice, line(tea, 3, total="10.00"), discount={"percent": "50"})) == [("3.33", "5.00")]


@pytest.mark.quick
def test_a_discount_of_all_of_it(as_alice, tea, cup):
    assert list_totals(sell(as_alice, line(tea), line(cup), discount={"percent": 100})) == [
        ("4.00", "0.00"), ("0.99", "0.00"),
    ]  # fmt: skip


@all_cases("discount", [{"percent": "0"}, {"amount": "0"}, {"percent": "0.10"}, None])
def test_a_discount_of_nothing_changes_no_line(as_alice, cup, discount):
    assert list_totals(sell(as_alice, line(cup), discount=discount)) == [("0.99", None)]


def test_a_single_movement_and_an_order_take_a_discount(as_alice, tea):
    single = as_alice.post("/api/stock/", {**line(tea, 2), "discount": {"amount": "0.50"}})
    assert single.json()["total"] == "7.50"
    made = as_alice.post("/api/stock/reservations/", {"lines": [{"product": tea.pk, "quantity": 2}]}).json()
    address = f"/api/stock/reservations/{made['id']}/fulfil/"
    assert list_totals(as_alice.post(address, {"discount": {"percent": "25"}})) == [("4.00", "6.00")]


def test_only_what_is_sold_has_a_discount(as_alice, tea, cup):
    incoming = {"product": cup.pk, "movement_type": "IN", "quantity": 1}
    sold = sell(as_alice, line(tea), incoming, reason="sale", discount={"percent": "10"})
    assert list_totals(sold) == [("4.00", "3.60"), (None, None)]


@pytest.mark.quick
def test_currencies_without_decimals_are_shared_in_whole_units(as_alice, alice, tea, cup):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    lines = [line(one, unit_price=price) for one, price in ((tea, "333.00"), (cup, "100.00"))]
    assert list_totals(sell(as_alice, *lines, discount={"percent": "5"})) == [("333.00", "316.00"), ("100.00", "95.00")]


@pytest.mark.measured
@all_cases(
    ("fields", "code"),
    [
        ({"discount": {"amount": "4.01"}}, "discount_too_high"),
        ({"discount": {"percent": "10"}, "reason": "damage"}, "price_without_sale"),
    ],
)
def test_a_discount_that_can_not_be_is_refused(as_alice, tea, fields, code):
    for response in (sell(as_alice, line(tea), **fields), as_alice.post("/api/stock/", {**line(tea), **fields})):
        assert (response.status_code, response.json()["code"]) == (400, code)
        assert response.json().get("limit") in ("4.00", None)
    assert Movement.objects.count() == 1


@pytest.mark.quick
@all_cases(
    "discount",
    [{}, {"percent": "10", "amount": "1.00"}, {"percent": None}, {"percent": "100.01"}, {"percent": "-1"},
     {"amount": "-1"}, {"amount": "1.001"}, "10", [], {"procent": 1}],
)  # fmt: skip
def test_a_malformed_discount_is_refused_by_name(as_alice, tea, discount):
    response = sell(as_alice, line(tea), discount=discount)
    assert (response.status_code, list(response.json())) == (400, ["discount"])


def test_a_refused_line_comes_first(as_alice, tea):
    refused = sell(as_alice, line(tea, 21), discount={"amount": "999.00"})
    assert refused.json()["code"] == "invalid_lines"


def test_all_that_comes_back_is_the_sale_to_the_cent(as_alice, tea, cup):
    sale = sell(as_alice, line(tea, 3), line(cup, 7), discount={"percent": "33.33"}).json()
    for product, number in ((tea, 3), (cup, 7)):
        for _ in range(number):
            body = {"lines": [{"product": product.pk, "quantity": 1}]}
            assert as_alice.post(f"{OPERATIONS}{sale['id']}/return/", body).status_code == 201
    totals = as_alice.get("/api/reports/sales/").json()["totals"]
    assert (totals["total"], totals["returned"], totals["revenue"]) == ("12.62", "12.62", "0.00")


def test_the_parts_of_random_discounts_add_up():
    random = Random(3)  # noqa: S311
    for _ in range(2000):
        step = random.choice((1, 100))
        prices = [random.randint(0, 50) * step for _ in range(random.randint(1, 9))]
        given = random.randint(0, sum(prices) // step) * step
        parts = share(given, prices, step)
        assert sum(parts) == given
        for part, price in zip(parts, prices, strict=True):
            assert part % step == 0
            assert 0 <= part <= price
            assert not given or abs(Decimal(given * price) / sum(prices) - part) < step
