"""POST /api/stock/comparisons/: a list of another system against the stock, with the bookings that explain it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from desk.reports.comparison.comparing import Asked, TheirLine
from desk.reports.comparison.comparing import compare as compare_lists
from desk.reports.comparison.tests.comparing import COMPARISONS, compare, explain, find_position, list_suspects
from desk.reports.tests.reporting import book, reverse
from products.models import Product
from stock.booking.drafts import by_id
from stock.models import LATE
from testing.cast.people import client_with_key, make_product, make_products
from testing.tables import all_cases


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 8, sku="CUP", barcode="4006381333931", external_id="wc-1")


@pytest.fixture
def flour(alice):
    return make_product(alice, "Flour", 2500, sku="FLOUR", unit="kg", decimals=3)


@pytest.fixture
def shop_key(alice):
    """Return a client with the key of the web shop."""
    return client_with_key(alice, name="Web shop")


def sell(client, product, quantity=1, **extra):
    """Return the id of the operation that has sold the product."""
    return book(client, product, "OUT", quantity, **extra)["operation"]


def reserve(client, product, quantity, **extra):
    body = {"lines": [{"product": product.pk, "quantity": quantity}], "expires_in": None, **extra}
    answer = client.post("/api/stock/reservations/", body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_equal_quantities_agree(as_alice, cup, kettle):
    found = compare(as_alice, {cup: 8, kettle: kettle.quantity})
    assert found["agree"] == 2
    assert not any(found[name] for name in ("differ", "unknown", "missing", "suspects"))


def test_bookings_after_the_position_explain_a_difference(as_alice, cup):
    position = find_position(as_alice)
    operation = sell(as_alice, cup, 3, reference="till 7")
    found = compare(as_alice, {cup: 8}, position=position)
    [row] = found["differ"]
    [change] = row.pop("since")
    assert change.pop("timestamp")
    assert change == {
        "operation": operation, "reservation": None, "reason": "sale", "reference": "till 7", "change": -3,
    }  # fmt: skip
    assert row == {
        "product": cup.pk, "name": "Cup", "sku": "CUP", "theirs": 8, "ours": 5, "difference": -3, "since_change": -3,
        "since_count": 1, "unexplained": 0, "unit": "", "decimals": 0,
    }  # fmt: skip
    assert found["totals"] == {
        "products": 1, "differ": 1, "explained": 1, "unexplained": 0, "unknown": 0, "missing": 0, "without_quantity": 0,
    }  # fmt: skip


def test_bookings_before_the_position_are_known(as_alice, cup):
    sell(as_alice, cup, 3)
    assert compare(as_alice, {cup: 5}, position=find_position(as_alice))["agree"] == 1


def test_position_0_knows_nothing(as_alice, cup):
    sell(as_alice, cup, 3)
    assert explain(compare(as_alice, {cup: 0}, position=0)) == {"Cup": (0, [-3, 8], 0, 5)}


@pytest.mark.quick
def test_what_was_recorded_after_the_list_was_made_explains_a_difference(as_alice, cup):
    made = datetime.now(UTC)
    sell(as_alice, cup, 2)
    book(as_alice, cup, "OUT", 1, made - timedelta(hours=3))  # booked late
    book(as_alice, cup, "IN", 4, made - timedelta(minutes=3))
    book(as_alice, cup, "IN", 5, made - LATE)
    assert explain(compare(as_alice, {cup: 8}, as_of=made.isoformat())) == {"Cup": (8, [5, 4, -1, -2], 0, 14)}


def test_without_position_and_time_nothing_is_explained(as_alice, cup):
    sell(as_alice, cup, 2)
    assert explain(compare(as_alice, {cup: 8})) == {"Cup": (8, [], -2, 6)}


def test_equal_quantities_that_bookings_contradict_differ(as_alice, cup):
    position = find_position(as_alice)
    sell(as_alice, cup, 2)
    found = compare(as_alice, {cup: 6}, position=position)
    assert (explain(found), found["agree"]) == ({"Cup": (6, [-2], 2, 6)}, 0)


def test_what_the_other_system_has_booked_it_knows(as_alice, cup, shop_key):
    position = find_position(as_alice)
    sell(shop_key, cup, 2, reference="order 12")
    assert compare(as_alice, {cup: 6}, position=position)["agree"] == 1
    assert explain(compare(as_alice, {cup: 6}, position=position, source="till"))["Cup"][1] == [-2]


def test_what_it_has_sold_after_its_list_is_not_in_the_list(as_alice, cup, shop_key):
    position, made = find_position(as_alice), datetime.now(UTC)
    sell(shop_key, cup, 2, occurred_at=made - timedelta(minutes=1))
    sell(shop_key, cup, 3)
    for body in ({"as_of": made.isoformat()}, {"as_of": made.isoformat(), "position": position}):
        assert explain(compare(as_alice, {cup: 6}, **body)) == {"Cup": (6, [-3], 0, 3)}


def test_a_transfer_explains_nothing(as_alice, cup, cellar):
    position = find_position(as_alice)
    answer = as_alice.post(
        "/api/stock/transfers/",
        {"from": None, "to": cellar.pk, "lines": [{"product": cup.pk, "quantity": 2}]}, format="json",
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    assert compare(as_alice, {cup: 8}, position=position)["agree"] == 1


def test_a_position_beyond_the_feed_is_refused(as_alice, cup):
    body = {"source": "web shop", "position": 999, "lines": [{"sku": "CUP", "quantity": 1}]}
    answer = as_alice.post(COMPARISONS, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "position_unknown")


# --- what is available ---------------------------------------------------------------------------------------


def test_available_is_less_what_is_reserved(as_alice, cup):
    reserve(as_alice, cup, 3)
    position = find_position(as_alice)
    assert compare(as_alice, {cup: 5}, position=position)["agree"] == 1
    assert compare(as_alice, {cup: 8}, position=position, of="quantity")["agree"] == 1


def list_reasons(found):
    return [(change["reason"], change["change"]) for row in found["differ"] for change in row["since"]]


def test_reservations_since_explain_a_difference(as_alice, cup):
    kept, released, sold = (reserve(as_alice, cup, number) for number in (1, 2, 3))
    position, made = find_position(as_alice), datetime.now(UTC).isoformat()
    as_alice.post(f"/api/stock/reservations/{released}/release/")
    operation = as_alice.post(f"/api/stock/reservations/{sold}/fulfil/", {}, format="json").json()["id"]
    new = reserve(as_alice, cup, 4, reference="cart 9")
    for body in ({"position": position}, {"as_of": made}):
        found = compare(as_alice, {cup: 2}, **body)
        assert sorted(list_reasons(found)) == [("fulfilled", 3), ("released", 2), ("reserved", -4), ("sale", -3)]
        assert explain(found)["Cup"][2:] == (0, 0)
        by_reservation = {one["reservation"]: one["reference"] for one in found["differ"][0]["since"]}
        assert by_reservation == {new: "cart 9", sold: "", released: "", None: ""}
        assert operation in {one["operation"] for one in found["differ"][0]["since"]}
    assert kept


def test_a_reservation_that_was_made_and_released_since_changes_nothing(as_alice, cup):
    position, made = find_position(as_alice), datetime.now(UTC).isoformat()
    as_alice.post(f"/api/stock/reservations/{reserve(as_alice, cup, 2)}/release/")
    assert compare(as_alice, {cup: 8}, position=position)["agree"] == 1
    assert compare(as_alice, {cup: 8}, as_of=made)["agree"] == 1


def test_a_reservation_that_has_expired_since_explains_a_difference(as_alice, cup):
    reservation = reserve(as_alice, cup, 2, expires_in=900)
    position, made = find_position(as_alice), datetime.now(UTC)
    with connection.cursor() as cursor:
        for table, column in (("reservation", "expires_at"), ("reservationline", "reserved_until")):
            cursor.execute(
                f"UPDATE reservations_{table} SET {column} = statement_timestamp() WHERE owner_id = %s", [cup.owner_id]
            )  # fmt: skip
    for body in ({"position": position}, {"as_of": made.isoformat()}):
        found = compare(as_alice, {cup: 6}, **body)
        assert list_reasons(found) == [("expired", 2)]
        assert found["differ"][0]["since"][0]["reservation"] == reservation
        assert compare(as_alice, {cup: 8}, as_of=datetime.now(UTC).isoformat())["agree"] == 1


def test_what_the_other_system_has_reserved_and_sold_it_knows(as_alice, cup, shop_key):
    before = reserve(shop_key, cup, 1)
    position = find_position(as_alice)
    reserve(shop_key, cup, 2)
    shop_key.post(f"/api/stock/reservations/{before}/fulfil/", {}, format="json")
    released = reserve(shop_key, cup, 3)
    shop_key.post(f"/api/stock/reservations/{released}/release/")
    assert compare(as_alice, {cup: 5}, position=position)["agree"] == 1


# --- lines -------------------------------------------------------------------------------------------------------


def test_lines_name_products_as_bookings_do(as_alice, cup):
    for named in ({"sku": "cup"}, {"barcode": "4006381333931"}, {"external_id": "WC-1"}, {"product": cup.pk}):
        assert compare(as_alice, [{**named, "quantity": 8}])["agree"] == 1


def test_lines_of_one_product_add_up(as_alice, cup):
    assert compare(as_alice, [{"sku": "CUP", "quantity": 5}, {"product": cup.pk, "quantity": 3}])["agree"] == 1


def test_amounts_of_goods_by_weight(as_alice, flour):
    assert compare(as_alice, [{"sku": "FLOUR", "amount": "2.5"}])["agree"] == 1
    assert explain(compare(as_alice, [{"sku": "FLOUR", "quantity": 2000}])) == {"Flour": (2000, [], 500, 2500)}


def test_theirs_may_be_below_zero(as_alice, cup):
    assert explain(compare(as_alice, {cup: -2})) == {"Cup": (-2, [], 10, 8)}


def test_lines_without_a_product_are_unknown(as_alice, cup, charlie):
    foreign, old = make_product(charlie, "Foreign", 3), make_product(cup.owner, "Old", 1)
    Product.objects.filter(pk=old.pk).update(archived_at=datetime.now(UTC))
    lines = [
        {"sku": "CUP", "quantity": 8}, {"sku": "NONE", "quantity": 1}, {"product": foreign.pk, "quantity": 3},
        {"product": old.pk, "quantity": 1}, {"sku": "CUP", "amount": "1.5"},
    ]  # fmt: skip
    found = compare(as_alice, lines)
    assert [(row["line"], row["field"], row["value"], row["code"]) for row in found["unknown"]] == [
        (1, "sku", "NONE", "product_not_found"),
        (2, "product", f"{foreign.pk}", "product_not_found"),
        (3, "product", f"{old.pk}", "product_archived"),
        (4, "sku", "CUP", "amount_too_fine"),
    ]
    assert (found["agree"], found["totals"]["unknown"]) == (1, 4)


def test_products_with_stock_that_the_list_lacks_are_missing(as_alice, cup, kettle, charlie):
    make_product(charlie, "Foreign", 3)
    make_product(cup.owner, "Empty")
    mug = make_product(cup.owner, "Mug", 4)
    reserve(as_alice, mug, 1)
    found = compare(as_alice, {cup: 8, kettle: kettle.quantity})
    assert found["missing"] == [
        {"product": mug.pk, "name": "Mug", "sku": "", "ours": 3, "unit": "", "decimals": 0}
    ]  # fmt: skip
    assert found["totals"]["missing"] == 1


def test_malformed_lines_are_all_named(as_alice, cup):
    lines = [{"sku": "CUP", "quantity": 1}, {"quantity": 1}, {"sku": "CUP", "quantity": "many"}]
    answer = as_alice.post(COMPARISONS, {"source": "web shop", "lines": lines}, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Nothing was compared. Refused lines: 2."
    assert [line["line"] for line in answer.json()["lines"]] == [1, 2]


@all_cases(
    ("body", "field"),
    [
        ({"source": ""}, "source"), ({"source": "x" * 65}, "source"), ({"of": "reserved"}, "of"),
        ({"lines": []}, "lines"),
        ({"position": -1}, "position"), ({"as_of": "soon"}, "as_of"), ({"as_of": "2199-01-01"}, "as_of"),
        ({"lines": [{"sku": "CUP", "quantity": 1}] * 1001}, "lines"),
    ],
)  # fmt: skip
def test_a_malformed_body_is_refused(as_alice, cup, body, field):
    lines = [{"sku": "CUP", "quantity": 1}]
    answer = as_alice.post(COMPARISONS, {"source": "web shop", "lines": lines, **body}, format="json")
    assert (answer.status_code, [*answer.json()]) == (400, [field])


# --- suspects ---------------------------------------------------------------------------------------------------


def test_two_equal_bookings_with_one_reference_are_suspect(as_alice, cup, shop_key):
    first, second = (sell(shop_key, cup, 2, reference="order 12") for _ in range(2))
    sell(shop_key, cup, 2, reference="order 13")
    found = compare(as_alice, {cup: 4}, position=find_position(as_alice))
    [suspect] = [one for one in found["suspects"] if one["kind"] == "booked_twice"]
    assert (suspect["operation"], suspect["twin"], suspect["unexplained"]) == (second, first, -2)


def test_two_equal_bookings_without_a_reference_are_suspect_if_one_performer_has_made_them(as_alice, as_bob, cup):
    sell(as_bob, cup, 2)
    sell(as_alice, cup, 2)
    position = find_position(as_alice)
    assert {kind for kind, _ in list_suspects(compare(as_alice, {cup: 6}, position=position))} == {"not_applied"}
    second = sell(as_alice, cup, 2)
    found = compare(as_alice, {cup: 4}, position=find_position(as_alice))
    assert ("booked_twice", second) in list_suspects(found)


def test_a_reversed_booking_is_not_booked_twice(as_alice, cup, shop_key):
    first = sell(shop_key, cup, 2, reference="order 12")
    reverse(as_alice, {"operation": first})
    sell(shop_key, cup, 2, reference="order 12")
    found = compare(as_alice, {cup: 8}, position=find_position(as_alice))
    assert {one["kind"] for one in found["suspects"]} == {"applied_twice"}


def test_an_operation_that_did_not_arrive_is_suspect(as_alice, cup):
    lost, position = sell(as_alice, cup, 3), find_position(as_alice)
    sell(as_alice, cup, 1)
    assert list_suspects(compare(as_alice, {cup: 8}, position=position)) == {("not_applied", lost)}


def test_an_operation_that_was_applied_twice_or_too_early_is_suspect(as_alice, cup):
    twice, position = sell(as_alice, cup, 3), find_position(as_alice)
    early = sell(as_alice, cup, 1)
    assert list_suspects(compare(as_alice, {cup: 2}, position=position)) == {("applied_twice", twice)}
    assert list_suspects(compare(as_alice, {cup: 4}, position=position)) == {("applied_twice", early)}


def test_an_operation_since_is_no_suspect_for_its_own_change(as_alice, cup):
    position = find_position(as_alice)
    sell(as_alice, cup, 3)
    assert compare(as_alice, {cup: 5 + 6}, position=position)["suspects"] == []


# --- who, and how ----------------------------------------------------------------------------------------------


def test_operations_of_another_shop_explain_nothing(as_alice, cup, charlie, as_charlie):
    position = find_position(as_alice)
    pot = make_product(charlie, "Pot", 9, sku="CUP")
    sell(as_charlie, pot, 2)
    assert compare(as_alice, [{"sku": "CUP", "quantity": 8}], position=position)["agree"] == 1


def test_a_comparison_runs_in_a_read_only_transaction(as_alice, alice, cup):
    position = find_position(as_alice)
    sell(as_alice, cup)
    line = TheirLine(0, [by_id(cup.pk)], 3)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        asked = (Asked("x", "available", position), Asked("x", "available", None, datetime.now(UTC)))
        assert [compare_lists(alice.pk, one, [line])["totals"]["unexplained"] for one in asked] == [1, 1]
        transaction.set_rollback(True)


def test_the_number_of_statements_does_not_depend_on_the_lines(as_alice, alice):
    counts = []
    for number in (2, 40):
        products = make_products(alice, number, 5)
        position = find_position(as_alice)
        for product in products:
            sell(as_alice, product)
        with CaptureQueriesContext(connection) as queries:
            compare(as_alice, dict.fromkeys(products, 9), position=position)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 9


def test_a_row_lists_the_newest_changes_and_the_sum_of_all(as_alice, alice, monkeypatch):
    monkeypatch.setattr("desk.reports.comparison.comparing.MAX_CHANGES", 2)
    cup = make_product(alice, "Cup", 50)
    position = find_position(as_alice)
    for quantity in (1, 2, 3):
        sell(as_alice, cup, quantity)
    [row] = compare(as_alice, {cup: 50}, position=position)["differ"]
    assert [change["change"] for change in row["since"]] == [-3, -2]
    assert (row["since_change"], row["since_count"], row["unexplained"]) == (-6, 3, 0)
