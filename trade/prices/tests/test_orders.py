"""Orders keep the price that applied when they were made."""

import pytest

from testing.tables import all_cases
from trade.prices.tests.priced import make_customer, make_group, set_prices

pytestmark = pytest.mark.django_db
URL = "/api/stock/reservations/"


def order(client, *lines, **body):
    answer = client.post(URL, {"lines": list(lines), **body}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def hand_out(client, made, **body):
    """Sell what is reserved, and return the price and what made it, of the first movement."""
    answer = client.post(f"{URL}{made['id']}/fulfil/", body, format="json")
    assert answer.status_code == 201, answer.json()
    sale = client.get(f"/api/sales/{answer.json()['id']}/").json()
    return sale["lines"][0]["unit_price"], sale["lines"][0]["price_from"]


@pytest.mark.quick
def test_a_line_keeps_the_price_that_a_row_makes(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "9.00", "from": "2"})
    made = order(as_bob, {"product": tea.pk, "quantity": 2})
    assert [(line["unit_price"], line["price_from"]) for line in made["lines"]] == [("9.00", "row")]
    set_prices(alice, tea)
    assert hand_out(as_bob, made) == ("9.00", "row")


def test_a_line_at_the_list_price_is_priced_when_it_is_handed_out(alice, as_alice, as_bob, tea, regulars, ada):
    as_alice.patch(f"/api/price-groups/{regulars}/", {"percent": "0.00"})
    made = order(as_bob, {"product": tea.pk, "quantity": 2}, customer=ada)
    assert made["lines"][0]["unit_price"] is None
    as_alice.patch(f"/api/price-groups/{regulars}/", {"percent": "20.00"})
    assert hand_out(as_bob, made) == ("8.00", "percent")
    assert alice


def test_the_quantity_that_is_handed_out_decides(alice, as_bob, tea):
    made = order(as_bob, {"product": tea.pk, "quantity": 3})
    set_prices(alice, tea, {"price": "9.00", "from": "3"})
    assert hand_out(as_bob, made, lines=[{"product": tea.pk, "quantity": 2}]) == ("10.00", "list")


def test_a_kept_price_stays_in_parts_and_in_what_is_kept(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "9.00", "from": "3"})
    made = order(as_bob, {"product": tea.pk, "quantity": 3})
    set_prices(alice, tea)
    part = {"lines": [{"product": tea.pk, "quantity": 1}], "keep_rest": True}
    answer = as_bob.post(f"{URL}{made['id']}/fulfil/", part, format="json").json()
    assert answer["movements"][0]["unit_price"] == "9.00"
    kept = as_bob.get(f"{URL}{answer['kept']}/").json()
    assert hand_out(as_bob, kept) == ("9.00", "row")


@all_cases(
    ("line", "after"),
    [
        ({}, ("8.00", "row")),
        ({"unit_price": "9.00"}, ("8.00", "row")),
        ({"unit_price": "9.50"}, ("9.50", None)),
    ],
)
def test_other_lines_are_priced_anew_unless_somebody_types(alice, as_alice, tea, line, after):
    set_prices(alice, tea, {"price": "9.00"})
    made = order(as_alice, {"product": tea.pk, "quantity": 1})
    set_prices(alice, tea, {"price": "8.00"})
    body = {"lines": [{"product": tea.pk, "quantity": 2, **line}]}
    changed = as_alice.patch(f"{URL}{made['id']}/", body, format="json").json()["lines"][0]
    assert (changed["unit_price"], changed["price_from"]) == after


@pytest.mark.quick
def test_another_customer_pays_what_applies_to_them(alice, as_alice, tea, cup, basket, ada):
    staff = make_customer(alice, make_group(alice, "Staff", "50.00"), "Eva")
    lines = [{"product": tea.pk, "quantity": 1}, {"product": cup.pk, "quantity": 1, "unit_price": "2.50"}]
    made = order(as_alice, *lines, {"kit": basket, "quantity": 1}, customer=ada)
    changed = as_alice.patch(f"{URL}{made['id']}/", {"customer": staff}, format="json").json()
    plain = {line["product"]: line["unit_price"] for line in changed["lines"] if line["total"] is None}
    assert plain == {tea.pk: "5.00", cup.pk: "2.50"}
    assert (changed["kits"][0]["total"], changed["kits"][0]["price_from"]) == ("8.00", "percent")
    nobody = as_alice.patch(f"{URL}{made['id']}/", {"customer": None}, format="json").json()
    assert nobody["kits"][0]["total"] == "16.00"
    assert next(line["unit_price"] for line in nobody["lines"] if line["product"] == tea.pk) is None


def test_a_kit_keeps_the_price_of_its_order(alice, as_alice, basket):
    set_prices(alice, basket, {"price": "14.00"}, kind="kits")
    made = order(as_alice, {"kit": basket, "quantity": 1})
    set_prices(alice, basket, {"price": "12.00"}, kind="kits")
    answer = as_alice.post(f"{URL}{made['id']}/fulfil/", {}, format="json").json()
    assert [(one["total"], one["price_from"]) for one in answer["kits"]] == [("14.00", "row")]
    assert [one["price_from"] for one in answer["movements"]] == [None, None]
    assert as_alice.get("/api/sales/", {"other_price": "true"}).json()["results"] == []


@all_cases(("price", "total"), [("14.00", "24.00"), ("13.00", "26.00")])
def test_a_line_that_repeats_the_kept_price_of_a_kit_is_priced_anew(alice, as_alice, basket, price, total):
    set_prices(alice, basket, {"price": "14.00"}, kind="kits")
    made = order(as_alice, {"kit": basket, "quantity": 1})
    set_prices(alice, basket, {"price": "12.00"}, kind="kits")
    body = {"lines": [{"kit": basket, "quantity": 2, "unit_price": price}]}
    changed = as_alice.patch(f"{URL}{made['id']}/", body, format="json").json()
    assert changed["kits"][0]["total"] == total


def test_an_archived_kit_keeps_its_price_for_another_customer(as_alice, basket, ada):
    made = order(as_alice, {"kit": basket, "quantity": 1})
    as_alice.delete(f"/api/kits/{basket}/")
    changed = as_alice.patch(f"{URL}{made['id']}/", {"customer": ada}, format="json")
    assert (changed.status_code, changed.json()["kits"][0]["total"]) == (200, "16.00")
