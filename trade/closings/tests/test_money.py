"""What closings say of returns and payments."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection

from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.laws.work import counted
from testing.tables import all_cases
from trade.closings import services
from trade.closings.tests.drawers import close, give_back, move, preview, sell, undo


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 100, price="3.34")


def test_a_return_counts_in_the_drawer_that_gives_the_money_back(as_alice, alice, cup):
    sale, device = sell(as_alice, cup, 3), Device(alice)
    close(as_alice)
    give_back(device.client, sale, cup, 1)
    assert preview(as_alice)["returns"] == 0
    made = close(as_alice, till=device.till.pk)
    assert (made["sales"], made["returns"], made["returned"]) == (0, 1, "3.34")


def test_parts_of_a_sale_come_back_to_the_cent(as_alice, cup):
    line = {"product": cup.pk, "movement_type": "OUT", "quantity": 3, "total": "10.00"}
    sale = as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [line]}).json()["id"]
    returned = []
    for _ in range(3):
        give_back(as_alice, sale, cup, 1)
        returned.append(close(as_alice)["returned"])
    assert returned == ["3.33", "3.34", "3.33"]


def test_a_return_that_is_undone_later_is_taken_back_then(as_alice, cup):
    line = {"product": cup.pk, "movement_type": "OUT", "quantity": 3, "total": "10.00"}
    sale = as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [line]}).json()["id"]
    first = give_back(as_alice, sale, cup, 1)
    give_back(as_alice, sale, cup, 1)
    assert close(as_alice)["returned"] == "6.67"
    undo(as_alice, first)
    made = close(as_alice)
    assert (made["returns"], made["returned"]) == (-1, "-3.33")  # what it was worth when it was booked
    again = give_back(as_alice, sale, cup, 1)
    undo(as_alice, again)
    made = close(as_alice)
    assert (made["returns"], made["returned"]) == (0, "0.00")


def test_the_returns_of_a_sale_are_read_by_their_first_and_last_state(as_alice, alice, cup, monkeypatch):
    """What is read grows with the returns, and not with their square."""
    sale, device, steps = sell(as_alice, cup, 20), Device(alice), []
    for client in (as_alice, as_alice, device.client, as_alice, as_alice):
        give_back(client, sale, cup, 1)
    fetch = services.fetch

    def count(sql, values=None):
        steps.extend((values or {}).get("operations", ()))
        return fetch(sql, values)

    monkeypatch.setattr(services, "fetch", count)
    assert preview(as_alice)["returned"] == "13.36"
    assert sorted(Counter(steps).values()) == [1, 1, 2, 3, 3, 4]  # four states of the sale, and what stood in them


@pytest.mark.long  # PostgreSQL chooses other plans in a database with other rows
@pytest.mark.parametrize("address", ["closings/preview/", "reports/sales/"])
def test_twice_the_sales_are_at_most_twice_the_work(as_alice, cup, address):
    work = []
    with connection.cursor() as cursor:  # without statistics of a shop, PostgreSQL compares each row with all others
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
        )
    for _ in range(2):
        for _ in range(20):
            give_back(as_alice, sell(as_alice, cup, 2), cup, 1)
        with counted() as done:
            assert as_alice.get(f"/api/{address}").status_code == 200
        work.append(done.rows)
    assert work[1] < 2.5 * work[0]


def test_what_goes_back_to_a_supplier_is_in_no_closing(as_alice, cup):
    line = {"product": cup.pk, "movement_type": "IN", "quantity": 3}
    delivery = as_alice.post("/api/stock/operations/", {"reason": "purchase", "lines": [line]}).json()["id"]
    give_back(as_alice, delivery, cup, 1)
    assert preview(as_alice)["returns"] == 0


def test_payments_are_summed_by_kind(as_alice, cup):
    sale = sell(as_alice, cup, 3, payments=[{"kind": "cash", "amount": "5.00"}, {"kind": "card", "amount": "4.00"}])
    give_back(as_alice, sale, cup, 1, payments=[{"kind": "cash", "amount": "3.34"}])
    made = close(as_alice, counted="1.66", kept="1.00")
    assert made["payments"] == [
        {"kind": "card", "received": "4.00", "refunded": "0.00", "amount": "4.00"},
        {"kind": "cash", "received": "5.00", "refunded": "3.34", "amount": "1.66"},
    ]
    assert (made["expected"], made["difference"], made["taken_out"]) == ("1.66", "0.00", "0.66")


def test_a_payment_that_is_undone_in_the_same_closing_is_in_no_sum(as_alice, cup):
    sale = sell(as_alice, cup, 3, payments=[{"kind": "cash", "amount": "10.02"}])
    undo(as_alice, sale)
    made = close(as_alice)
    assert (made["payments"], made["expected"], made["sales"]) == ([], "0.00", 0)


def test_a_sale_that_is_undone_later_takes_its_payments_out_of_the_drawer(as_alice, cup):
    sale = sell(as_alice, cup, 3, payments=[{"kind": "cash", "amount": "10.02"}])
    assert close(as_alice, counted="10.02", kept="10.02")["expected"] == "10.02"
    undo(as_alice, sale)
    made = close(as_alice)
    assert made["payments"] == [{"kind": "cash", "received": "0.00", "refunded": "10.02", "amount": "-10.02"}]
    assert (made["expected"], made["returned"]) == ("0.00", "10.02")


def test_the_first_closing_has_the_cash_that_was_moved_before_the_first_payment(as_alice, alice, cup, monkeypatch):
    assert move(as_alice, "in", "100.00").status_code == 201
    monkeypatch.setattr(type(alice), "shop_today", lambda _user: pytest.fail("The day of the cash is known."))
    sell(as_alice, cup, 1, payments=[{"kind": "cash", "amount": "3.34"}])
    assert preview(as_alice)["expected"] == "103.34"


@all_cases(
    ("payments", "expected"),
    [
        ([{"kind": "cash", "amount": "10.02", "tendered": "50.00"}], "10.02"),  # the change leaves the drawer again
        ([{"kind": "cash", "tendered": "20.00"}], "10.02"),
        ([{"kind": "card", "amount": "4.00"}, {"kind": "cash", "amount": "6.02", "tendered": "10.00"}], "6.02"),
        ([{"kind": "card"}], "0.00"),
        ([{"kind": "voucher", "amount": "10.00"}, {"kind": "cash"}], "0.02"),
    ],
)
def test_only_the_cash_that_stays_is_expected(as_alice, cup, payments, expected):
    sell(as_alice, cup, 3, payments=payments)
    made = close(as_alice, counted="7.00", kept="7.00")
    assert (made["expected"], made["counted"]) == (expected, "7.00")
    amounts = {row["kind"]: row["amount"] for row in made["payments"]}
    assert amounts.get("cash", "0.00") == expected
    assert sum(Decimal(amount) for amount in amounts.values()) == Decimal("10.02")


@pytest.mark.quick
@all_cases(("kind", "expected"), [("cash", "0.00"), ("card", "3.34"), ("voucher", "3.34")])
def test_money_given_back_leaves_the_drawer_only_as_cash(as_alice, cup, kind, expected):
    sale = sell(as_alice, cup, 1, payments=[{"kind": "cash"}])
    returned = give_back(as_alice, sale, cup, 1, payments=[{"kind": kind, "amount": "3.34"}])
    made = close(as_alice, counted=expected, kept="0.00")
    assert (made["expected"], made["difference"], made["total"], made["returned"]) == (expected, "0.00", "3.34", "3.34")
    undo(as_alice, returned)
    assert preview(as_alice)["expected"] == ("3.34" if kind == "cash" else "0.00")
