"""The levels at an instant, by the time of happening or of recording."""

from datetime import UTC, datetime, timedelta

import pytest

from stock.models import Operation
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases

ADDRESS = "/api/stock/levels/"
DAY = timedelta(days=1)


@pytest.fixture
def cup(alice):
    """Return a product with three pieces, booked now."""
    return make_product(alice, "Cup", 3, sku="CUP")


def book(client, product, movement_type, quantity, occurred_at):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, "occurred_at": occurred_at}
    answer = client.post("/api/stock/", body)
    assert answer.status_code == 201
    return answer.json()


def read_levels(client, as_of="", **query):
    """Return the quantities by product id."""
    answer = client.get(ADDRESS, {"as_of": as_of, **query})
    assert answer.status_code == 200, answer.content
    return {row["product"]: row["quantity"] for row in answer.json()["results"]}


def parse_instant(text):
    return datetime.fromisoformat(text)


def test_without_as_of_the_levels_are_current(as_alice, kettle, cup):
    answer = as_alice.get(ADDRESS).json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert answer["results"] == [
        {"product": kettle.pk, "name": "Kettle", "sku": "", "quantity": 10, "unit": "", "decimals": 0},
        {"product": cup.pk, "name": "Cup", "sku": "CUP", "quantity": 3, "unit": "", "decimals": 0},
    ]
    assert as_alice.get(f"{ADDRESS}?as_of=&clock=").json() == answer


@all_cases(
    ("as_of", "quantity"),
    [
        ("2026-01-01", 0), ("2026-04-30T23:59:59.999999Z", 0), ("2026-05-01", 20), ("2026-05-31", 20),
        ("2026-06-01T02:00:00+02:00", 15), ("2026-06-01T01:59:59+02:00", 20), ("2026-06-02", 15),
    ],
)  # fmt: skip
def test_a_level_includes_movements_up_to_and_at_the_instant(as_alice, alice, as_of, quantity):
    pot = make_product(alice, "Pot")
    book(as_alice, pot, "IN", 20, "2026-05-01T00:00:00Z")
    book(as_alice, pot, "OUT", 5, "2026-06-01T00:00:00Z")
    assert read_levels(as_alice, as_of) == {pot.pk: quantity}


def test_a_late_booking_changes_levels_by_occurred_but_not_by_recorded(as_alice, kettle):
    before = book(as_alice, kettle, "OUT", 1, None)["timestamp"]
    late = book(as_alice, kettle, "IN", 7, "2026-05-01")
    assert read_levels(as_alice, "2026-05-02") == {kettle.pk: 7}
    assert read_levels(as_alice, "2026-05-02", clock="occurred") == {kettle.pk: 7}
    assert read_levels(as_alice, "2026-05-02", clock="recorded") == {kettle.pk: 0}
    assert read_levels(as_alice, before, clock="recorded") == {kettle.pk: 9}
    assert read_levels(as_alice, before) == {kettle.pk: 16}
    assert read_levels(as_alice, late["timestamp"], clock="recorded") == {kettle.pk: 16}


def test_a_late_sale_may_make_a_past_level_negative(as_alice, kettle, cup):
    book(as_alice, kettle, "OUT", 4, "2026-05-01")
    assert read_levels(as_alice, "2026-05-02") == {kettle.pk: -4, cup.pk: 0}
    assert read_levels(as_alice) == {kettle.pk: 6, cup.pk: 3}


def test_levels_by_recorded_are_the_balances_of_the_ledger(as_alice, alice, kettle):
    balances = []
    for number in range(1, 6):
        movement = book(as_alice, kettle, "IN", number, "2026-05-01")
        balances.append((movement["timestamp"], movement["new_quantity"]))
    for timestamp, quantity in balances:
        assert read_levels(as_alice, timestamp, clock="recorded") == {kettle.pk: quantity}
        just_before = (parse_instant(timestamp) - timedelta(microseconds=1)).isoformat()
        assert read_levels(as_alice, just_before, clock="recorded")[kettle.pk] < quantity


def test_levels_include_archived_products(as_alice, kettle, cup):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert read_levels(as_alice) == {kettle.pk: 10, cup.pk: 3}
    assert read_levels(as_alice, "2026-05-01") == {kettle.pk: 0, cup.pk: 0}


def test_all_lines_of_an_operation_appear_at_the_same_instant(as_alice, kettle, cup):
    lines = [{"product": p.pk, "movement_type": "OUT", "quantity": 1} for p in (kettle, cup, kettle)]
    at = "2026-05-01T12:00:00Z"
    as_alice.post("/api/stock/operations/", {"lines": lines, "occurred_at": at})
    assert read_levels(as_alice, at) == {kettle.pk: -2, cup.pk: -1}
    assert read_levels(as_alice, "2026-05-01T11:59:59Z") == {kettle.pk: 0, cup.pk: 0}


def test_a_reversal_does_not_change_earlier_levels(as_alice, kettle):
    sold = book(as_alice, kettle, "OUT", 4, None)
    as_alice.post(f"/api/stock/operations/{sold['operation']}/reverse/", {})
    for clock in ("occurred", "recorded"):
        assert read_levels(as_alice, sold["timestamp"], clock=clock) == {kettle.pk: 6}
        assert read_levels(as_alice, clock=clock) == {kettle.pk: 10}


def test_levels_include_counts_and_corrections(as_alice, kettle):
    as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 3})
    as_alice.post("/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": 8}]})
    stamps = Operation.objects.order_by("created_at").values_list("created_at", flat=True)
    assert [read_levels(as_alice, at.isoformat(), clock="recorded")[kettle.pk] for at in stamps] == [10, 3, 8]
    assert [read_levels(as_alice, at.isoformat())[kettle.pk] for at in stamps] == [10, 3, 8]


def test_a_future_instant_returns_the_current_levels(as_alice, kettle):
    tomorrow = (datetime.now(UTC) + DAY).isoformat()
    assert [read_levels(as_alice, tomorrow, clock=clock)[kettle.pk] for clock in ("occurred", "recorded")] == [10, 10]


@all_cases("clock", ["occurred", "recorded"])
def test_levels_at_an_instant_are_paged_and_ordered_by_id(as_alice, alice, clock, django_assert_num_queries):
    ids = [make_product(alice, f"P{n}", n).pk for n in range(12)]
    # The statements read the user, the count, the products and the levels. By `occurred` they also count the operations
    # since, which chooses the statement.
    with django_assert_num_queries(5 if clock == "occurred" else 4):
        first = as_alice.get(ADDRESS, {"clock": clock}).json()
    second = as_alice.get(first["next"]).json()
    rows = first["results"] + second["results"]
    assert [(row["product"], row["quantity"]) for row in rows] == list(zip(ids, range(12), strict=True))
    assert (first["count"], second["next"]) == (12, None)
    assert as_alice.get(ADDRESS, {"page": 3}).status_code == 404


@all_cases(
    ("parameter", "value"),
    [("as_of", "yesterday"), ("as_of", "1999-12-31"), ("as_of", "99999-01-01"), ("as_of", "0000-01-01"),
     ("as_of", "2026-13-01"), ("as_of", "\0"), ("as_of", "２０２６-01-01"), ("clock", "wall"), ("page", "x"),
     ("page_size", "0")],
)  # fmt: skip
def test_the_400_names_a_malformed_parameter(as_alice, kettle, parameter, value):
    answer = as_alice.get(ADDRESS, {parameter: value})
    assert (answer.status_code, list(answer.json())) == (400, [parameter])


def test_levels_by_recorded_are_computed_from_the_movements(as_alice, kettle):
    """Without its movements, a product with a quantity has the level 0."""
    tamper("DELETE FROM stock_movement")
    assert read_levels(as_alice, clock="recorded") == {kettle.pk: 0}
