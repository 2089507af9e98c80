"""Sales that are to be paid later, without a customer."""

import pytest

from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.closings.tests.drawers import close, preview
from trade.selling.payments.tests.test_booking import OPERATIONS, RESERVATIONS, cash, refuse, reverse, sell

LATER = {"payment": "later"}


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=20)


def find_due(client, sale):
    return client.get(f"/api/sales/{sale['id']}/").json()["due"]


def list_unpaid(client):
    return [one["operation"] for one in client.get("/api/sales/?is_paid=false").json()["results"]]


@pytest.mark.quick
def test_what_was_chosen_as_not_paid_yet_is_due(as_alice, tea):
    told, chosen = sell(as_alice, tea).json(), sell(as_alice, tea, 2, **LATER).json()
    assert (find_due(as_alice, told), find_due(as_alice, chosen)) == (None, "8.00")
    assert list_unpaid(as_alice) == [chosen["id"]]
    assert as_alice.get("/api/sales/?is_paid=true").json()["results"] == []


@pytest.mark.quick
def test_what_is_due_is_told_and_paid_in_a_shop_that_has_no_payment_yet(as_alice, alice, tea):
    sale = sell(as_alice, tea, 2, **LATER).json()
    browser = Browser(alice)
    assert "1 unpaid: 8.00" in browser.get_page("/api/")
    assert "/pay/" in browser.get_page(f"/api/sales/{sale['id']}/")


def test_a_single_movement_and_a_handed_out_order_are_paid_later(as_alice, tea):
    movement = as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 1, **LATER}).json()
    order = as_alice.post(RESERVATIONS, {"lines": [{"product": tea.pk, "quantity": 3}]}).json()
    sold = as_alice.post(f"{RESERVATIONS}{order['id']}/fulfil/", LATER)
    assert sold.status_code == 201, sold.content
    assert list_unpaid(as_alice) == [sold.json()["id"], movement["operation"]]
    assert find_due(as_alice, sold.json()) == "12.00"


def test_a_part_can_be_paid_at_once_and_the_rest_later(as_alice, tea):
    sale = sell(as_alice, tea, 2, cash("3.00"), **LATER).json()
    assert find_due(as_alice, sale) == "5.00"
    assert as_alice.post(f"/api/sales/{sale['id']}/payments/", cash()).json()["due"] == "0.00"
    assert list_unpaid(as_alice) == []


def test_what_came_back_is_not_due_and_an_undone_sale_neither(as_alice, tea):
    sale = sell(as_alice, tea, 2, **LATER).json()
    back = as_alice.post(f"{OPERATIONS}{sale['id']}/return/", {"lines": [{"product": tea.pk, "quantity": 1}]}).json()
    assert find_due(as_alice, sale) == "4.00"
    reverse(as_alice, back)
    undone = reverse(as_alice, sale).json()
    assert (find_due(as_alice, sale), list_unpaid(as_alice)) == (None, [])
    reverse(as_alice, undone)
    assert (find_due(as_alice, sale), list_unpaid(as_alice)) == ("8.00", [sale["id"]])


@all_cases(
    ("payments", "fields", "code"),
    [
        ([cash()], {}, "payment_twice"),
        ([cash("3.00"), {"kind": "card"}], {}, "payment_twice"),
        ([], {"reason": "damage"}, "not_a_sale"),
    ],
)
def test_payments_that_cover_all_and_other_operations_refuse_it(as_alice, tea, payments, fields, code):
    refuse(sell(as_alice, tea, 1, *payments, **LATER, **fields), code)
    tea.refresh_from_db()
    assert tea.quantity == 20


@pytest.mark.quick
def test_a_closing_says_what_is_not_paid(as_alice, tea):
    first, second = (sell(as_alice, tea, quantity, **LATER).json() for quantity in (1, 2))
    sell(as_alice, tea, 1, cash("1.00"))
    sell(as_alice, tea)
    assert preview(as_alice)["not_paid"] == {"count": 3, "total": "15.00"}
    as_alice.post(f"/api/sales/{first['id']}/payments/", cash())
    made = close(as_alice)
    as_alice.post(f"/api/sales/{second['id']}/payments/", cash())
    assert as_alice.get(f"/api/closings/{made['id']}/").json()["not_paid"] == {"count": 2, "total": "11.00"}
    assert preview(as_alice)["not_paid"] == {"count": 0, "total": "0.00"}
    assert b"not_paid,,11.00" in as_alice.get(f"/api/closings/{made['id']}/file/?format=csv").getvalue()
