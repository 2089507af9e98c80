"""POST /api/prices/preview/: what goods would cost, and from which quantity they are cheaper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.prices.tests.priced import set_prices

pytestmark = pytest.mark.django_db
URL = "/api/prices/preview/"


def ask(client, *lines, **body):
    return client.post(URL, {"lines": list(lines), **body}, format="json")


@pytest.mark.quick
def test_each_line_tells_what_applies_and_the_next_quantity(alice, as_bob, tea, basket, ada):
    set_prices(alice, tea, {"price": "8.00", "from": "12"}, {"price": "7.00", "from": "24"})
    set_prices(alice, basket, {"price": "14.00", "from": "2"}, kind="kits")
    answer = ask(as_bob, {"product": tea.pk, "quantity": 1}, {"kit": basket, "quantity": 2}, customer=ada)
    assert answer.status_code == 200
    assert answer.json() == {
        "lines": [
            {
                "product": tea.pk, "list_price": "10.00", "unit_price": "9.00", "price_from": "percent", "sum": "9.00",
                "next": {"from": "12", "price": "8.00"},
            },
            {
                "kit": basket, "list_price": "16.00", "unit_price": "14.00", "price_from": "row", "sum": "28.00",
                "next": None,
            },
        ],
        "total": "37.00",
    }  # fmt: skip


def test_it_looks_ahead_by_the_days_of_rows_and_back_by_their_times(alice, as_bob, tea):
    before, later = timezone.now().isoformat(), timezone.now() + timedelta(days=3)
    set_prices(alice, tea, {"price": "8.00", "starts_on": f"{later.date()}"})
    line, then = {"product": tea.pk, "quantity": 1}, later + timedelta(days=1)
    prices = [ask(as_bob, line, at=at).json()["lines"][0]["unit_price"] for at in (before, None, then.isoformat())]
    assert prices == ["10.00", "10.00", "8.00"]


@all_cases(
    ("line", "code"),
    [
        ({"product": 0, "quantity": 1}, "invalid"),
        ({"sku": "NONE", "quantity": 1}, "product_not_found"),
        ({"kit": 1, "quantity": 1}, "kit_not_found"),
        ({"product": "tea"}, "invalid"),
        ({"product": "tea", "amount": "1.5"}, "amount_too_fine"),
        ({"kit": "basket", "amount": "1.5"}, "kit_of_wholes"),
    ],
)
def test_a_line_that_asks_nothing_is_refused(as_bob, tea, basket, line, code):
    named = {"tea": tea.pk, "basket": basket}
    answer = ask(as_bob, {name: named.get(value, value) for name, value in line.items()})
    assert (answer.status_code, answer.json()["lines"][0]["code"]) == (400, code)


def test_an_unknown_customer_is_a_400_of_the_field(as_bob, tea):
    answer = ask(as_bob, {"product": tea.pk, "quantity": 1}, customer=12345678)
    assert (answer.status_code, list(answer.json())) == (400, ["customer"])


def test_tills_ask_and_other_shops_get_nothing(alice, as_charlie, tea):
    line = {"product": tea.pk, "quantity": 1}
    assert ask(Device(alice).client, line).status_code == 200
    assert ask(as_charlie, line).json()["lines"][0]["code"] == "product_not_found"


def test_the_statements_do_not_depend_on_the_lines(alice, as_bob, django_assert_max_num_queries, tea, basket):
    products = [make_product(alice, f"Tea {n}", 10, price="1.00") for n in range(20)]
    set_prices(alice, tea, {"price": "9.00"})
    lines = [{"product": one.pk, "quantity": 1} for one in [tea, *products]]
    with django_assert_max_num_queries(9):
        assert ask(as_bob, *lines, {"kit": basket, "quantity": 1}).status_code == 200
