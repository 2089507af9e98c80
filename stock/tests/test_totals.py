"""Sales of which a line has a price of all: what the ledger keeps, what comes back, and the prices of late sales."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.database.transactions import atomic
from stock.models import Movement, Seal
from stock.proofs import services
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.tables import all_cases

URL, OPERATIONS = "/api/stock/", "/api/stock/operations/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", cost_price="1.00", quantity=20)


def sell(client, product, quantity=3, **fields):
    response = client.post(URL, {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **fields})
    assert response.status_code == 201, response.json()
    return response.json()


def read_margins(client):
    return client.get("/api/reports/margins/?period=today").json()["totals"]


def test_a_total_is_kept_exactly_and_the_price_of_one_is_rounded(as_alice, tea):
    sold = sell(as_alice, tea, total="10.00")
    assert (sold["unit_price"], sold["total"]) == ("3.33", "10.00")
    assert as_alice.get(f"{URL}{sold['id']}/").json() == sold
    assert read_margins(as_alice)["revenue"] == "10.00"


def test_each_line_of_an_operation_has_its_total(as_alice, alice, tea):
    flour = make_product(alice, "Flour", price="2.00", decimals=3, unit="kg", quantity=5000)
    lines = [
        {"product": tea.pk, "movement_type": "OUT", "quantity": 3, "total": "10.00"},
        {"product": tea.pk, "movement_type": "OUT", "quantity": 1},
        {"product": flour.pk, "movement_type": "OUT", "amount": "0.333", "total": "0.99"},
    ]
    sold = as_alice.post(OPERATIONS, {"lines": lines}).json()["movements"]
    assert [(one["unit_price"], one["total"]) for one in sold] == [("3.33", "10.00"), ("4.00", None), ("2.97", "0.99")]
    assert read_margins(as_alice)["revenue"] == "14.99"


@all_cases(
    ("movement_type", "given", "sold_for"),
    [
        ("IN", {}, (None, None)), ("IN", {"unit_cost": None, "unit_price": None, "total": None}, (None, None)),
        ("OUT", {}, ("4.00", None)), ("OUT", {"unit_cost": None, "unit_price": None, "total": None}, ("4.00", None)),
    ],
)  # fmt: skip
def test_of_a_sale_only_what_goes_out_has_a_price_and_null_is_none(as_alice, tea, movement_type, given, sold_for):
    line = {"product": tea.pk, "movement_type": movement_type, "quantity": 1, **given}
    [one] = as_alice.post(OPERATIONS, {"reason": "sale", "lines": [line]}, format="json").json()["movements"]
    assert (one["unit_price"], one["total"]) == sold_for


def test_a_total_of_nothing_is_not_a_missing_one(as_alice, tea):
    sold = sell(as_alice, tea, total="0")
    assert (sold["unit_price"], sold["total"]) == ("0.00", "0.00")
    assert read_margins(as_alice)["revenue"] == "0.00"


@pytest.mark.measured
@all_cases(
    ("fields", "code"),
    [
        ({"total": "10.00", "unit_price": "3.00"}, "price_twice"),
        ({"total": "10.00", "unit_price": "0.00"}, "price_twice"),
        ({"total": "10.00", "reason": "damage"}, "price_without_sale"),
        ({"total": "30000000000.00"}, "price_too_high"),
    ],
)
def test_a_total_that_can_not_be_is_refused(as_alice, tea, fields, code):
    response = as_alice.post(URL, {"product": tea.pk, "movement_type": "OUT", "quantity": 3, **fields})
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response.json().get("limit") in ("9999999999.99", None)
    assert Movement.objects.count() == 1


@all_cases(
    ("fields", "names"),
    [
        ({"movement_type": "IN", "total": "1.00"}, ["total"]),
        ({"movement_type": "IN", "total": "1.00", "unit_price": "1.00"}, ["unit_price", "total"]),
        ({"movement_type": "OUT", "total": "-1.00"}, ["total"]),
        ({"movement_type": "OUT", "total": "1.001"}, ["total"]),
    ],
)
def test_a_total_in_the_wrong_place_is_refused(as_alice, tea, fields, names):
    response = as_alice.post(URL, {"product": tea.pk, "quantity": 1, **fields})
    assert (response.status_code, list(response.json())) == (400, names)


def test_what_comes_back_is_worth_its_part_to_the_cent(as_alice, tea):
    sold = sell(as_alice, tea, total="10.00")
    address = f"{OPERATIONS}{sold['operation']}/return/"
    revenues = []
    for _ in range(3):
        assert as_alice.post(address, {"lines": [{"product": tea.pk, "quantity": 1}]}).status_code == 201
        revenues.append(read_margins(as_alice)["revenue"])
    assert revenues == ["6.67", "3.33", "0.00"]


def test_a_reversal_has_no_total(as_alice, tea):
    sold = sell(as_alice, tea, total="10.00")
    [undone] = as_alice.post(f"{OPERATIONS}{sold['operation']}/reverse/", {}).json()["movements"]
    assert (undone["unit_price"], undone["total"]) == (None, None)
    assert read_margins(as_alice)["revenue"] == "0.00"


def test_what_is_reserved_can_be_sold_for_a_total(as_alice, tea):
    line = {"product": tea.pk, "quantity": 3}
    made = as_alice.post("/api/stock/reservations/", {"lines": [line | {"unit_price": "3.50"}]}).json()
    address = f"/api/stock/reservations/{made['id']}/fulfil/"
    twice = as_alice.post(address, {"lines": [line | {"unit_price": "3.00", "total": "10.00"}]})
    assert twice.json()["lines"][0]["code"] == "price_twice"
    [sold] = as_alice.post(address, {"lines": [line | {"total": "10.00"}]}).json()["movements"]
    assert (sold["unit_price"], sold["total"]) == ("3.33", "10.00")


# --- Late sales -------------------------------------------------------------------------------------------------


def read_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].isoformat()


@pytest.mark.quick
def test_a_late_sale_has_the_price_of_its_time(as_alice, tea):
    times = [read_time()]
    for price in ("5.00", "6.00"):
        as_alice.patch(f"/api/products/{tea.pk}/", {"price": price})
        times.append(read_time())
    assert [sell(as_alice, tea, occurred_at=at)["unit_price"] for at in times] == ["4.00", "5.00", "6.00"]
    assert sell(as_alice, tea)["unit_price"] == "6.00"


def test_before_the_product_was_there_it_has_its_first_price(as_alice, tea):
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "5.00", "name": "Green tea"})
    assert sell(as_alice, tea, occurred_at="2020-01-01T00:00:00Z")["unit_price"] == "4.00"


def test_a_price_that_a_late_sale_names_counts(as_alice, tea):
    at = read_time()
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "5.00"})
    lines = [{"product": tea.pk, "movement_type": "OUT", "quantity": 1, **one} for one in ({"unit_price": "4.50"}, {})]
    sold = as_alice.post(OPERATIONS, {"lines": lines, "occurred_at": at}).json()["movements"]
    assert [one["unit_price"] for one in sold] == ["4.50", "4.00"]


def test_another_shop_prices_do_not_count(as_alice, as_charlie, charlie, tea):
    at = read_time()
    cup = make_product(charlie, "Cup", price="7.00", quantity=9)
    as_charlie.patch(f"/api/products/{cup.pk}/", {"price": "8.00"})
    assert sell(as_alice, tea, occurred_at=at)["unit_price"] == "4.00"


@pytest.mark.measured
@all_cases(
    ("fields", "is_read"),
    [({}, False), ({"late": True}, True), ({"late": True, "unit_price": "4.00"}, False),
     ({"late": True, "total": "12.00"}, False), ({"late": True, "unit_price": "1.00"}, True)],
)  # fmt: skip
def test_only_a_late_sale_without_the_present_price_reads_the_history(as_alice, tea, fields, is_read):
    given = {**fields, "occurred_at": read_time()} if fields else {}
    given.pop("late", None)
    with CaptureQueriesContext(connection) as captured:
        sell(as_alice, tea, **given)
    assert any("DISTINCT ON (row_id)" in one["sql"] for one in captured) is is_read


# --- Seals --------------------------------------------------------------------------------------------------------


@atomic
def read_lines(seal):
    return [json.loads(line) for line in b"".join(services.read_file(seal)).splitlines()]


def test_only_the_line_of_a_movement_with_a_total_has_one(as_alice, alice, tea):
    sell(as_alice, tea, total="10.00")
    sell(as_alice, tea)
    services.seal_account(owner_id=alice.pk)
    totals = [line.get("total", "none") for line in read_lines(Seal.objects.get()) if "unit_price" in line]
    assert totals == ["none", "10.00", "none"]
    assert find_breaks(alice.pk) == []


@all_cases(("total", "changed"), [(None, "9.00"), ("10.00", "9.00"), ("10.00", None)])
def test_a_total_that_was_changed_is_found(as_alice, alice, tea, total, changed):
    sold = sell(as_alice, tea, total=total)
    services.seal_account(owner_id=alice.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE stock_movement SET total = %s WHERE id = %s", [changed and Decimal(changed), sold["id"]])
        cursor.execute("SET session_replication_role = DEFAULT")
    [found] = find_breaks(alice.pk)
    assert found.what.startswith("not what was sealed: seal 1")
