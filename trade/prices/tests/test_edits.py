"""Prices of many products that change with their list prices."""

import pytest

from testing.tables import all_cases
from trade.prices.tests.priced import make_group, set_prices

pytestmark = pytest.mark.django_db
URL = "/api/products/edits/"


def show(client, product):
    return [(row["from"], row["price"]) for row in client.get(f"/api/products/{product.pk}/prices/").json()["rows"]]


def edit(client, product, price, **body):
    return client.post(URL, {"lines": [{"id": product.pk, "price": price}], **body}, format="json")


@pytest.mark.quick
@all_cases(
    ("currency", "price", "after"),
    [("EUR", "11.00", ["9.35", "9.90"]), ("EUR", "0.01", ["0.01", "0.01"]), ("JPY", "15.00", ["13.00", "14.00"])],
)
def test_each_row_changes_as_the_list_price_does(alice, as_alice, tea, currency, price, after):
    set_prices(alice, tea, {"price": "9.00"}, {"price": "8.50", "from": "12"})
    as_alice.patch("/api/account/", {"currency": currency})
    assert edit(as_alice, tea, price, rows=True).status_code == 201
    assert sorted(one for _least, one in show(as_alice, tea)) == after


def test_without_the_choice_rows_stay(alice, as_alice, tea):
    set_prices(alice, tea, {"price": "9.00"})
    edit(as_alice, tea, "20.00")
    assert show(as_alice, tea) == [(None, "9.00")]


def test_rows_of_a_product_for_nothing_stay(alice, as_alice, tea):
    set_prices(alice, tea, {"price": "9.00"})
    edit(as_alice, tea, "0.00")
    edit(as_alice, tea, "5.00", rows=True)
    assert show(as_alice, tea) == [(None, "9.00")]


def test_an_undo_brings_the_rows_back_and_those_of_an_archived_group(alice, as_alice, tea, regulars):
    set_prices(alice, tea, {"price": "9.00"}, {"price": "8.00", "price_group": regulars})
    made = edit(as_alice, tea, "20.00", rows=True).json()
    as_alice.delete(f"/api/price-groups/{regulars}/")
    changes = as_alice.get(f"{URL}{made['id']}/").json()["products"][0]["changes"]
    assert sorted(row["price"] for row in changes["prices"][1]) == ["16.00", "18.00"]
    undone = as_alice.post(f"{URL}{made['id']}/undo/").json()
    assert (undone["changed"], undone["kept"]) == (1, [])
    assert sorted(show(as_alice, tea)) == [(None, "8.00"), (None, "9.00")]


def test_an_undo_leaves_rows_that_were_changed_since(alice, as_alice, tea):
    set_prices(alice, tea, {"price": "9.00"})
    made = edit(as_alice, tea, "20.00", rows=True).json()
    set_prices(alice, tea, {"price": "7.00"})
    undone = as_alice.post(f"{URL}{made['id']}/undo/").json()
    assert [one["fields"] for one in undone["kept"]] == [["prices"]]
    assert show(as_alice, tea) == [(None, "7.00")]
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["price"] == "10.00"


@all_cases(("rows", "status"), [([{"price": "9.00", "from": "12"}], 201), ([], 400), ([{"price": "9.00"}], 400)])
def test_rows_that_are_expected_must_be_there(alice, as_alice, tea, rows, status):
    set_prices(alice, tea, {"price": "9.00", "from": "12"})
    line = {"id": tea.pk, "price": "11.00", "expected": {"prices": rows}}
    answer = as_alice.post(URL, {"lines": [line]}, format="json")
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["lines"][0]["changed"] == ["prices"]


def test_a_group_that_was_named_anew_hinders_no_undo(alice, as_alice, tea):
    group = make_group(alice, "Staff")
    set_prices(alice, tea, {"price": "9.00", "price_group": group})
    made = edit(as_alice, tea, "20.00", rows=True).json()
    undone = as_alice.post(f"{URL}{made['id']}/undo/").json()
    assert (undone["kept"], show(as_alice, tea)) == ([], [(None, "9.00")])
