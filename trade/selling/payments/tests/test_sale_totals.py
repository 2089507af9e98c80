"""The totals of sales: what was sold, and what came back of it."""

from decimal import Decimal

import pytest

from core.ownership import save_fields
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.payments.money import read_totals
from trade.selling.tests.test_returns import returned, sell, undo
from users.models import User


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 20, price="3.00")


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 20, price="9.90", unit="kg", decimals=3)


def read(user, *sales):
    found = read_totals(user.pk, [sale["id"] for sale in sales])
    return [(found[sale["id"]].total, found[sale["id"]].returned) for sale in sales]


def money(*amounts):
    return tuple(map(Decimal, amounts))


def test_a_sale_is_worth_the_sum_of_its_lines(alice, as_alice, cup, tea):
    first = sell(as_alice, (cup, 2), (cup, 1, {"total": "2.50"}), (tea, 5))
    second = sell(as_alice, (cup, 1), discount={"percent": "10"})
    assert read(alice, first, second) == [money("8.55", "0.00"), money("2.70", "0.00")]


@all_cases(
    ("currency", "total", "given"),
    [
        ("EUR", "10.00", ["3.33", "6.67", "10.00"]),
        ("JPY", "10.00", ["3.00", "7.00", "10.00"]),
        ("JPY", "10.50", ["3.50", "7.00", "10.50"]),  # sold before the shop has had this currency
    ],
)
def test_returns_in_parts_give_back_exactly_the_total(alice, as_alice, cup, currency, total, given):
    sale = sell(as_alice, (cup, 3, {"total": total}))
    save_fields(alice, {"currency": currency})
    for sum_of_parts in given:
        returned(as_alice, sale, (cup, 1))
        assert read(alice, sale) == [money(total, sum_of_parts)]


@pytest.mark.quick
def test_a_return_that_is_undone_does_not_count(alice, as_alice, cup):
    sale = sell(as_alice, (cup, 2))
    back = returned(as_alice, sale, (cup, 2))
    assert read(alice, sale) == [money("6.00", "6.00")]
    assert undo(as_alice, back).status_code == 201
    assert read(alice, sale) == [money("6.00", "0.00")]


def test_lines_that_come_in_have_no_price(alice, as_alice, cup, tea):
    line = {"movement_type": "IN", "quantity": 1}
    sale = sell(as_alice, (cup, 2))
    lines = [{"product": cup.pk, **line}, {"product": tea.pk, **line, "movement_type": "OUT", "total": "4.00"}]
    exchange = as_alice.post("/api/stock/operations/", {"lines": lines, "reason": "sale"}).json()
    assert read(alice, sale, exchange) == [money("6.00", "0.00"), money("4.00", "0.00")]


def test_goods_without_stock_are_sold_and_come_back(alice, as_alice):
    wrapping = make_product(alice, "Wrapping", price="1.50", keeps_stock=False)
    sale = sell(as_alice, (wrapping, 4))
    returned(as_alice, sale, (wrapping, 1))
    assert read(alice, sale) == [money("6.00", "1.50")]
    assert read_totals(alice.pk, [sale["id"]])[sale["id"]].taxes == [(None, *money("4.50", "0.00", "4.50"), None)]


def test_other_operations_and_those_of_another_account_are_left_out(alice, charlie, as_alice, cup):
    sale = sell(as_alice, (cup, 1))
    assert read_totals(charlie.pk, [sale["id"]]) == {}
    assert read_totals(alice.pk, [sale["id"] + 1000]) == read_totals(alice.pk, []) == {}


def test_the_number_of_statements_does_not_depend_on_that_of_sales(alice, as_alice, cup, django_assert_num_queries):
    sales = [sell(as_alice, (cup, 1))["id"] for _ in range(3)]
    with django_assert_num_queries(1):
        assert len(read_totals(alice.pk, sales)) == 3


@pytest.mark.quick
@all_cases(
    ("currency", "line", "sold"),
    [
        ("JPY", {}, ("1000.00", "250.00")),  # 249.75
        ("JPY", {"unit_price": "999.00"}, ("1000.00", "250.00")),
        ("JPY", {"unit_price": "999.00", "quantity": 333_333}, ("999.00", "333000.00")),
        ("JPY", {"total": "249.00"}, ("996.00", "249.00")),
        ("EUR", {}, ("999.00", None)),
    ],
)
def test_goods_by_weight_cost_what_can_be_paid_in_the_currency(as_alice, alice, currency, line, sold):
    User.objects.filter(pk=alice.pk).update(currency=currency)
    rice = make_product(alice, "Rice", 400_000, decimals=3, price="999.00")
    line = {"product": rice.pk, "movement_type": "OUT", "quantity": 250, **line}
    made = as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [line]}).json()["movements"][0]
    assert (made["unit_price"], made["total"]) == sold
