"""/api/reports/sales/: what was taken, and what was given back."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest

from core import time_zones
from desk.reports.cards import read_takings
from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_report, read_rows, reverse
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer

BYS = ("sale", "day", "hour", "till", "user", "customer")
SUMS = ("sales", "total", "returned", "revenue")


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 30, price="9.00", cost_price="4.00")


def give_back(client, sale, product, quantity, occurred_at=None):
    body = {"lines": [{"product": product.pk, "quantity": quantity}]}
    body |= {"occurred_at": occurred_at.isoformat()} if occurred_at else {}
    response = client.post(f"/api/stock/operations/{sale['operation']}/return/", body)
    assert response.status_code == 201, response.content
    return response.json()


def test_a_sale_whose_lines_all_came_in_counts_as_one_for_nothing(as_alice, alice, tea):
    book(as_alice, tea, "IN", 1, reason="sale")
    found = read_report(as_alice, "sales")
    assert found["count"] == len(found["results"]) == 1
    assert found["totals"] == {"sales": 1, "total": "0.00", "returned": "0.00", "revenue": "0.00"}
    for by in BYS[1:-1]:
        assert [row["sales"] for row in read_rows(as_alice, "sales", by=by)] == [1]
    assert "0.00" in Browser(alice).get_page(f"{REPORTS}sales/")


def test_a_row_is_a_sale_the_newest_first(as_alice, alice, tea):
    cup = make_product(alice, "Cup", 5, price="3.00", cost_price="1.00")
    first = book(as_alice, tea, "OUT", 3, reference="till 7", total="20.00")
    lines = [{"product": one.pk, "movement_type": "OUT", "quantity": 1} for one in (cup, tea)]
    second = as_alice.post("/api/stock/operations/", {"lines": lines}).json()
    found = read_report(as_alice, "sales")
    assert [row["operation"] for row in found["results"]] == [second["id"], first["operation"]]
    assert found["results"][1] == {
        "day": None, "hour": None, "operation": first["operation"], "occurred_at": first["occurred_at"],
        "reference": "till 7", "products": "Tea", "till": None, "till_name": None, "user": alice.pk,
        "username": "alice", "customer": None, "customer_name": None, "payment": None, "sales": 1, "total": "20.00",
        "returned": "0.00", "revenue": "20.00", "margin": "8.00",
    }  # fmt: skip
    assert found["results"][0]["products"] == "Cup, Tea"
    assert found["totals"] == {"sales": 2, "total": "32.00", "returned": "0.00", "revenue": "32.00"}


@pytest.mark.quick
def test_the_takings_of_a_shop_are_those_of_its_own_sales(as_charlie, alice, charlie):
    book(as_charlie, make_product(charlie, "Cup", 5), "OUT", 1)
    assert [read_takings(user, [ago(1)], ago(-1))[0]["sales"] for user in (alice, charlie)] == [0, 1]


@pytest.mark.quick
def test_the_hours_are_those_of_the_shop(as_alice, alice, tea):
    type(alice).objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")  # 9 hours ahead
    book(as_alice, tea, "OUT", 1, "2026-05-01T21:00:00Z")
    rows = read_rows(as_alice, "sales", by="hour", **{"from": "2026-05-01", "to": "2026-06-01"})
    assert [(row["hour"], row["sales"]) for row in rows] == [(6, 1)]


def test_hours_are_those_of_the_clock_on_a_day_of_25_hours(as_alice, alice, tea):
    type(alice).objects.filter(pk=alice.pk).update(time_zone="Europe/Vienna")
    for moment in ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:30:00Z"):
        book(as_alice, tea, "OUT", 1, moment)
    rows = read_rows(as_alice, "sales", by="hour", **{"from": "2026-10-25", "to": "2026-10-26"})
    assert [(row["hour"], row["sales"]) for row in rows] == [(2, 2), (23, 1)]


def test_the_hours_do_not_depend_on_the_zones_of_postgresql(as_alice, tea, monkeypatch):
    book(as_alice, tea, "OUT", 1, "2026-05-05T12:00:00Z")
    monkeypatch.setattr(time_zones, "get_zone", lambda _name: timezone(timedelta(hours=-4)))
    rows = read_rows(as_alice, "sales", by="hour", **{"from": "2026-05-05", "to": "2026-05-06"})
    assert [row["hour"] for row in rows] == [8]


def test_what_comes_back_counts_on_its_own_day(as_alice, tea):
    sale = book(as_alice, tea, "OUT", 3, ago(5), total="10.00")
    back = give_back(as_alice, sale, tea, 2)
    [row] = read_rows(as_alice, "sales", period="today")
    assert (row["operation"], row["sales"], row["total"], row["returned"], row["revenue"], row["margin"]) == (
        sale["operation"], 0, "0.00", "6.67", "-6.67", "1.33",
    )  # fmt: skip
    days = read_rows(as_alice, "sales", by="day")
    assert [(row["sales"], row["total"], row["returned"]) for row in days] == [
        (1, "10.00", "0.00"),
        (0, "0.00", "6.67"),
    ]
    reverse(as_alice, back)
    assert read_rows(as_alice, "sales", period="today") == []


@pytest.mark.quick
def test_what_was_undone_is_no_sale(as_alice, tea):
    undone = reverse(as_alice, book(as_alice, tea, "OUT", 3))
    assert read_rows(as_alice, "sales") == []
    reverse(as_alice, undone)
    assert [row["total"] for row in read_rows(as_alice, "sales")] == ["27.00"]


def test_what_is_no_sale_is_left_out(as_alice, tea):
    book(as_alice, tea, "OUT", 1, reason="damage")
    book(as_alice, tea, "IN", 1)
    assert read_rows(as_alice, "sales") == []


def test_sales_by_till_user_and_customer(as_alice, as_bob, alice, bob, tea):
    device = Device(alice, "Counter")
    till = device.till
    assert device.book(1, tea).status_code == 201
    book(as_bob, tea, "OUT", 2)
    ada = Customer.objects.create(owner=alice, name="Ada")
    line = {"product": tea.pk, "quantity": 3}
    order = as_alice.post("/api/stock/reservations/", {"customer": ada.pk, "lines": [line]}).json()
    assert as_alice.post(f"/api/stock/reservations/{order['id']}/fulfil/", {}).status_code == 201

    def list_by(by, *names):
        return [tuple(row[name] for name in (*names, "total")) for row in read_rows(as_alice, "sales", by=by)]

    assert list_by("till", "till", "till_name") == [(None, None, "45.00"), (till.pk, "Counter", "9.00")]
    assert list_by("user", "user", "username") == [(alice.pk, "alice", "36.00"), (bob.pk, "bob", "18.00")]
    assert list_by("customer", "customer", "customer_name") == [(ada.pk, "Ada", "27.00"), (None, None, "27.00")]
    for query, total in (
        ({"till": till.pk}, "9.00"), ({"user": bob.pk}, "18.00"), ({"customer": ada.pk}, "27.00"),
        ({"product": tea.pk}, "54.00"), ({"product": 0}, "0.00"), ({"reference": "none"}, "0.00"),
    ):  # fmt: skip
        assert read_report(as_alice, "sales", **query)["totals"]["total"] == total


def test_workers_see_no_margin(as_bob, tea):
    book(as_bob, tea, "OUT", 1)
    [row] = read_rows(as_bob, "sales")
    assert (row["total"], row["margin"]) == ("9.00", None)
    [line] = read_csv(as_bob, "sales")
    assert "margin" not in line


@all_cases("by", BYS)
def test_a_page_and_a_file_of_each_kind(as_alice, alice, tea, by):
    sale = book(as_alice, tea, "OUT", 3)
    give_back(as_alice, sale, tea, 1)
    assert "18.00" in Browser(alice).get_page(f"{REPORTS}sales/?by={by}")
    [line] = read_csv(as_alice, "sales", by=by)
    assert (line["total"], line["returned"]) == ("27.00", "9.00")


def test_random_sales_and_returns_add_up_to_the_cent(as_alice, as_bob, alice):
    """Compare with sums in Python, for every kind of row and with the margins."""
    random = Random(7)  # noqa: S311
    products = [make_product(alice, f"P{n}", 500, price=f"{n}.99", cost_price="0.37") for n in range(1, 4)]
    sold, left, expected = [], {}, defaultdict(Decimal)
    for _ in range(40):
        at = ago(random.randint(0, 9))
        if sold and random.random() < 0.4:
            sale, product, price, quantity, back = left[random.choice(sold)]
            if back == quantity:
                continue
            number = random.randint(1, quantity - back)
            when = max(at, datetime.fromisoformat(sale["occurred_at"]))
            give_back(as_alice, sale, product, number, when)
            worth = [
                (price * part / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP) for part in (back, back + number)
            ]
            left[sale["operation"]] = sale, product, price, quantity, back + number
            expected["returned"] += worth[1] - worth[0]
            continue
        product, quantity = random.choice(products), random.randint(1, 7)
        price = Decimal(random.randint(0, 3000)) / 100
        sale = book(random.choice((as_alice, as_bob)), product, "OUT", quantity, at, total=str(price))
        sold.append(sale["operation"])
        left[sale["operation"]] = sale, product, price, quantity, 0
        expected["total"] += price
        expected["sales"] += 1
    expected["revenue"] = expected["total"] - expected["returned"]
    for by in BYS:
        found = read_report(as_alice, "sales", by=by, page_size=100)
        assert {name: Decimal(found["totals"][name]) for name in SUMS} == expected
        assert {name: sum(Decimal(row[name]) for row in found["results"]) for name in SUMS} == expected
    end = datetime.now(UTC)
    takings = read_takings(alice, [end - timedelta(days=10), end - timedelta(days=4)], end)
    assert {name: sum(part[name] for part in takings) for name in ("sales", "revenue")} == {
        name: expected[name] for name in ("sales", "revenue")
    }
    margins = read_report(as_alice, "margins")["totals"]
    assert Decimal(margins["revenue"]) == expected["revenue"]
    assert Decimal(margins["margin"]) == sum(Decimal(row["margin"]) for row in read_rows(as_alice, "sales", by="user"))
