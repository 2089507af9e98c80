"""What a sale costs, and what responses say about it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from trade.kits.tests.kits import sell
from trade.prices.models import PriceFrom
from trade.prices.tests.priced import buy, make_group, set_prices

pytestmark = pytest.mark.django_db
TODAY, LATER = timezone.now().date(), timezone.now().date() + timedelta(days=2)


@pytest.mark.quick
@all_cases(
    ("rows", "quantity", "cost"),
    [
        ([], 1, ("10.00", "list")),
        ([{"price": "9.00"}], 1, ("9.00", "row")),
        ([{"price": "11.00"}], 1, ("10.00", "list")),
        ([{"price": "10.00"}], 1, ("10.00", "list")),
        ([{"price": "8.50", "from": "12"}], 11, ("10.00", "list")),
        ([{"price": "8.50", "from": "12"}], 12, ("8.50", "row")),
        ([{"price": "9.50", "from": "12"}, {"price": "9.00", "from": "6"}], 12, ("9.00", "row")),
        ([{"price": "9.00", "starts_on": f"{LATER}"}], 1, ("10.00", "list")),
        ([{"price": "9.00", "ends_on": f"{TODAY - timedelta(days=1)}"}], 1, ("10.00", "list")),
        ([{"price": "9.00", "starts_on": f"{TODAY}", "ends_on": f"{TODAY}"}], 1, ("9.00", "row")),
    ],
)
def test_a_line_without_a_price_costs_the_lowest_that_applies(alice, as_bob, tea, rows, quantity, cost):
    assert set_prices(alice, tea, *rows).status_code == 200
    assert buy(as_bob, tea, quantity) == cost


@pytest.mark.quick
@all_cases(("price", "cost"), [(None, ("9.00", "percent")), ("8.80", ("8.80", "row")), ("9.00", ("9.00", "row"))])
def test_a_customer_of_a_group_pays_its_price_or_its_percent(alice, as_bob, tea, regulars, ada, price, cost):
    set_prices(alice, tea, *([{"price": price, "price_group": regulars}] if price else []))
    assert buy(as_bob, tea, customer=ada) == cost
    assert buy(as_bob, tea) == ("10.00", "list")


def test_the_price_of_another_group_does_not_apply(alice, as_bob, tea, ada):
    set_prices(alice, tea, {"price": "1.00", "price_group": make_group(alice, "Staff", "90.00")})
    assert buy(as_bob, tea, customer=ada) == ("9.00", "percent")


@all_cases(
    ("percent", "price", "cost"),
    [("33.33", "0.05", "0.03"), ("50.00", "0.05", "0.03"), ("100.00", "9.99", "0.00"), ("12.50", "9.99", "8.74")],
)
def test_a_percent_is_rounded_half_up_before_it_is_multiplied(
    alice, as_bob, as_alice, ada, regulars, percent, price, cost
):
    pencil = make_product(alice, "Pencil", 100, price=price)
    as_alice.patch(f"/api/price-groups/{regulars}/", {"percent": percent})
    assert buy(as_bob, pencil, 7, ada)[0] == cost


def test_an_archived_group_has_no_effect_until_it_is_restored(alice, as_alice, as_bob, tea, regulars, ada):
    set_prices(alice, tea, {"price": "8.00", "price_group": regulars})
    as_alice.delete(f"/api/price-groups/{regulars}/")
    assert buy(as_bob, tea, customer=ada) == ("10.00", "list")
    as_alice.post(f"/api/price-groups/{regulars}/restore/")
    assert buy(as_bob, tea, customer=ada) == ("8.00", "row")


def test_the_quantity_is_that_of_all_lines_which_name_the_product(alice, as_bob, tea, cup, basket):
    set_prices(alice, tea, {"price": "8.00", "from": "12"})
    lines = [{"product": tea.pk, "quantity": 6}, {"product": tea.pk, "quantity": 6, "unit_price": "9.50"}]
    sold = sell(as_bob, *lines).json()["movements"]
    assert [(one["unit_price"], one["price_from"]) for one in sold] == [("8.00", "row"), ("9.50", "typed")]
    sold = sell(as_bob, {"product": tea.pk, "quantity": 11}, {"kit": basket, "quantity": 1}).json()
    assert sold["movements"][0]["unit_price"] == "10.00"  # parts of kits do not count
    assert (sold["kits"][0]["unit_price"], sold["kits"][0]["price_from"]) == ("16.00", "list")


@pytest.mark.quick
def test_a_kit_costs_what_applies_and_its_parts_share_it(alice, as_bob, basket, regulars, ada):
    set_prices(alice, basket, {"price": "14.00", "from": "2"}, kind="kits")
    sold = sell(as_bob, {"kit": basket, "quantity": 1}, customer=ada).json()
    assert [(one["unit_price"], one["price_from"]) for one in sold["kits"]] == [("14.40", "percent")]
    assert [one["price_from"] for one in sold["movements"]] == [None, None]
    sold = sell(as_bob, {"kit": basket, "quantity": 2}).json()
    assert sold["kits"][0]["total"] == "28.00"
    assert sum(float(one["total"]) for one in sold["movements"]) == 28
    shown = as_bob.get(f"/api/sales/{sold['id']}/").json()
    assert [line["price_from"] for line in shown["lines"]] == ["row", "row"]
    assert as_bob.get(f"/api/stock/operations/{sold['id']}/").json()["kits"][0]["price_from"] == "row"


@all_cases(
    ("line", "source"),
    [
        ({"unit_price": "9.00"}, "row"), ({"total": "9.00"}, "row"), ({"unit_price": "10.00"}, "typed"),
        ({"unit_price": "8.00"}, "typed"),
    ],
)  # fmt: skip
def test_a_named_price_is_typed_unless_it_is_the_one_that_applies(alice, as_bob, tea, line, source):
    set_prices(alice, tea, {"price": "9.00"})
    assert buy(as_bob, tea, **line)[1] == source


def test_a_sale_before_the_first_price_tells_what_made_its_own(as_alice, as_bob, tea):
    typed = sell(as_bob, {"product": tea.pk, "quantity": 1, "unit_price": "9.99"}).json()["id"]
    listed = sell(as_bob, {"product": tea.pk, "quantity": 1}, discount={"percent": "10"}).json()["id"]
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "12.00"})
    found = {one["operation"]: one["lines"][0]["price_from"] for one in as_bob.get("/api/sales/").json()["results"]}
    assert found == {typed: "typed", listed: "list"}
    assert not PriceFrom.objects.exists()


@all_cases(
    ("line", "body", "is_other"),
    [({}, {}, False), ({}, {"discount": {"percent": "10"}}, True), ({"unit_price": "10.00"}, {}, True)],
)
def test_another_price_is_none_that_applies(alice, as_bob, tea, line, body, is_other):
    set_prices(alice, tea, {"price": "9.00"})
    sell(as_bob, {"product": tea.pk, "quantity": 1, **line}, **body)
    for value in (True, False):
        found = as_bob.get("/api/sales/", {"other_price": str(value).lower()}).json()["results"]
        assert len(found) == (value is is_other)


def test_a_late_sale_costs_what_applied_at_its_time(alice, as_alice, as_bob, tea, regulars, ada):
    """Rows, percents, groups and list prices are those of then."""
    set_prices(alice, tea, {"price": "9.50"})
    first = timezone.now().isoformat()
    set_prices(alice, tea, {"price": "7.00"})
    as_alice.patch(f"/api/price-groups/{regulars}/", {"percent": "50.00"})
    second = timezone.now().isoformat()
    as_alice.patch(f"/api/customers/{ada}/", {"price_group": None}, format="json")
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "20.00"})
    assert buy(as_bob, tea, customer=ada, late=first) == ("9.00", "percent")
    assert buy(as_bob, tea, late=first) == ("9.50", "row")
    assert buy(as_bob, tea, customer=ada, late=second) == ("5.00", "percent")
    assert buy(as_bob, tea, customer=ada) == ("7.00", "row")


def test_grams_are_cheaper_from_an_amount_on(alice, as_alice, as_bob):
    coffee = make_product(alice, "Coffee", 10_000, price="20.00", decimals=3, unit="kg")
    set_prices(alice, coffee, {"price": "18.00", "from": "0.500"})
    assert as_alice.get(f"/api/products/{coffee.pk}/prices/").json()["rows"][0]["from"] == "0.500"
    assert [buy(as_bob, coffee, grams)[0] for grams in (499, 500)] == ["20.00", "18.00"]
    assert as_alice.patch(f"/api/products/{coffee.pk}/", {"decimals": 2}).json()["code"] == "decimals_fixed"


def test_a_whole_amount_of_yen_is_paid(alice, as_alice, as_bob):
    as_alice.patch("/api/account/", {"currency": "JPY"})
    rice = make_product(alice, "Rice", 10_000, price="999.00", decimals=3, unit="kg")
    group = make_group(alice, percent="5.00")
    ada = client_of(alice).post("/api/customers/", {"name": "Ada", "price_group": group}, format="json").json()["id"]
    body = {"movement_type": "OUT", "product": rice.pk, "quantity": 250, "reason": "sale", "customer": ada}
    sold = as_bob.post("/api/stock/", body).json()
    assert (sold["total"], sold["unit_price"]) == ("237.00", "948.00")  # 949.05 is 949 a kilogram: 237.25


def test_a_single_movement_keeps_what_made_its_price(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "9.00"})
    sold = as_bob.post("/api/stock/", {"movement_type": "OUT", "product": tea.pk, "quantity": 1}).json()
    assert sold["unit_price"] == "9.00"
    assert as_bob.get(f"/api/sales/{sold['operation']}/").json()["lines"][0]["price_from"] == "row"
    assert as_bob.get(f"/api/sales/{sold['operation']}/").json()["lines"][0]["list_price"] == "10.00"


def test_what_comes_back_is_worth_what_was_paid(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "8.50", "from": "12"})
    sold = sell(as_bob, {"product": tea.pk, "quantity": 12}).json()["id"]
    as_bob.post(f"/api/stock/operations/{sold}/return/", {"lines": [{"product": tea.pk, "quantity": 11}]})
    assert as_bob.get(f"/api/sales/{sold}/").json()["returned"] == "93.50"
