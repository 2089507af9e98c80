"""Counts that are kept, and which of them overtake a count that arrives late: only those that still hold."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from products.models import Product
from stock.booking.counts import Since
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, Operation, OperationReason, StockCount
from stock.tests.test_places import held, receive
from testing.cast.people import make_product
from testing.cast.sheets import OpenSheet
from testing.tables import all_cases
from trade.selling import services
from trade.sheets.models import Sheet

pytestmark = [pytest.mark.measured]

NOW = datetime.now(UTC).replace(microsecond=0)
NINE, TEN, ELEVEN = (NOW - timedelta(hours=hours) for hours in (3, 2, 1))


def stock(user, quantity):
    """Return a product with this quantity, received a week ago."""
    product = make_product(user, "Tin")
    draft = OperationDraft(by=user, reason=OperationReason.PURCHASE, occurred_at=NOW - timedelta(days=7))
    services.book_one(draft=draft, line=BookingLine(by_id(product.pk), "IN", quantity))
    return product


@pytest.fixture
def tin(alice):
    return stock(alice, 10)


def count(client, product, counted, moment=None, **place):
    """Count a product. Return its line of the response, the id of the operation, and the product's quantity."""
    line = {"product": product.pk, "counted": counted, **place}
    line |= {"counted_at": moment.isoformat()} if moment else {}
    answer = client.post("/api/stock/counts/", {"lines": [line]})
    assert answer.status_code == 201, answer.content
    product.refresh_from_db()
    return {**answer.json()["lines"][0], "operation": answer.json()["operation"], "quantity": product.quantity}


def reverse(client, operation):
    answer = client.post(f"/api/stock/operations/{operation}/reverse/", {})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def open_old_sheet(client, *products):
    """Return a sheet that was opened yesterday, so that its entries may be from today."""
    sheet = OpenSheet(client, *products)
    Sheet.objects.filter(pk=sheet.pk).update(created_at=NOW - timedelta(days=1))
    return sheet


@pytest.mark.quick
def test_the_last_count_of_a_product_is_one_that_was_not_undone(as_alice, tin):
    first, second = (count(as_alice, tin, counted, moment)["operation"] for counted, moment in ((9, TEN), (8, ELEVEN)))
    times = []

    def undo(operation):
        undone = reverse(as_alice, operation)
        tin.refresh_from_db()
        times.append(tin.last_counted_at)
        return undone

    again = undo(undo(second))
    undo(first)
    undo(as_alice.post("/api/stock/", {"product": tin.pk, "movement_type": "OUT", "quantity": 1}).json()["operation"])
    undo(again)
    assert times == [TEN, ELEVEN, ELEVEN, ELEVEN, None]


# --- What is kept ---------------------------------------------------------------------------------------------


def test_each_line_is_kept_also_one_that_matches(as_bob, bob, alice, tin):
    pot = stock(alice, 3)
    lines = [{"product": tin.pk, "counted": 8, "counted_at": TEN.isoformat()}, {"product": pot.pk, "counted": 3}]
    operation = as_bob.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    first, second = StockCount.objects.order_by("pk")
    assert (first.product, first.counted, first.expected, first.counted_at) == (tin, 8, 10, TEN)
    assert (second.product, second.counted, second.expected, second.counted_at) == (pot, 3, 3, second.created_at)
    assert {(row.owner_id, row.counted_by, row.operation_id, row.outdated) for row in (first, second)} == {
        (alice.pk, bob, operation, False)
    }


def test_a_count_that_books_nothing_is_kept_without_an_operation(as_alice, tin):
    count(as_alice, tin, 10)
    row = StockCount.objects.get()
    assert (row.operation, row.counted, row.expected, str(row)) == (None, 10, 10, f"10 of {tin.pk}")
    tin.refresh_from_db()
    assert tin.last_counted_at <= row.counted_at


def test_a_count_of_a_place_is_kept_with_its_location_and_lot(as_alice, tin, cellar):
    receive(as_alice, tin, 4, location="Cellar", lot="A")
    count(as_alice, tin, 3, location="Cellar", lot="a")
    row = StockCount.objects.get()
    assert (row.location, row.lot.code, row.counted, row.expected) == (cellar, "A", 3, 4)


@pytest.mark.quick
def test_a_count_of_a_sheet_is_kept_under_the_user_who_has_entered_it(as_alice, as_bob, bob, alice, tin):
    sheet = OpenSheet(as_alice, tin, pot := stock(alice, 2))
    sheet.enter(tin, 9, as_bob)
    sheet.book(uncounted="zero")
    kept = {row.product: (row.counted, row.expected, row.counted_by) for row in StockCount.objects.all()}
    assert kept == {tin: (9, 10, bob), pot: (0, 2, alice)}


@pytest.mark.quick
def test_expected_is_what_was_in_stock_when_it_was_counted(as_alice, alice, tin):
    draft = OperationDraft(by=alice, reason=OperationReason.SALE, occurred_at=ELEVEN)
    services.book_one(draft=draft, line=BookingLine(by_id(tin.pk), "OUT", 4))
    assert count(as_alice, tin, 9, TEN)["quantity"] == 5
    assert StockCount.objects.get().expected == 10


def test_a_count_that_cannot_be_kept_books_nothing(as_alice, tin, monkeypatch):
    monkeypatch.setattr("stock.booking.services.keep_counts", lambda *_: 1 / 0)
    before = Movement.objects.count(), Product.objects.values().get(pk=tin.pk)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        as_alice.post("/api/stock/counts/", {"lines": [{"product": tin.pk, "counted": 8}]})
    assert before == (Movement.objects.count(), Product.objects.values().get(pk=tin.pk))


# --- A count that was reversed --------------------------------------------------------------------------------


def test_a_later_count_is_told_as_outdated_and_changes_nothing(as_alice, tin):
    assert count(as_alice, tin, 8, ELEVEN)["outdated"] is False
    late = count(as_alice, tin, 9, TEN)
    assert (late["outdated"], late["difference"], late["quantity"]) == (True, 0, 8)
    assert [row.outdated for row in StockCount.objects.order_by("pk")] == [False, True]


@all_cases(("reversals", "quantity", "outdated"), [(0, 2, True), (1, 9, False), (2, 2, True)])
def test_a_count_that_was_reversed_overtakes_none(as_alice, tin, reversals, quantity, outdated):
    latest = count(as_alice, tin, 2, ELEVEN)["operation"]
    for _ in range(reversals):
        latest = reverse(as_alice, latest)
    late = count(as_alice, tin, 9, TEN)
    assert (late["quantity"], late["outdated"]) == (quantity, outdated)


def test_a_count_that_was_reversed_overtakes_no_sheet(as_alice, tin):
    sheet = OpenSheet(as_alice, tin)
    sheet.enter(tin, 9)
    mistake = count(as_alice, tin, 2)["operation"]
    assert sheet.differences()[tin.pk]["outdated"] is True
    reverse(as_alice, mistake)
    row = sheet.differences()[tin.pk]
    assert (row["outdated"], row["expected"], row["difference"], row["moved"]) == (False, 10, -1, 0)
    sheet.book()
    tin.refresh_from_db()
    assert tin.quantity == 9


def test_an_outdated_count_overtakes_none_after_the_later_one_was_reversed(as_alice, tin):
    latest = count(as_alice, tin, 2, ELEVEN)["operation"]
    assert count(as_alice, tin, 9, TEN)["outdated"] is True
    reverse(as_alice, latest)
    assert count(as_alice, tin, 8, NINE)["quantity"] == 8


def test_a_reversed_count_is_left_out_of_what_was_expected(as_alice, tin):
    """The mistake is older than the count, and its reversal is later. Nothing has moved."""
    mistake = count(as_alice, tin, 5, NINE)["operation"]
    reverse(as_alice, mistake)
    late = count(as_alice, tin, 9, TEN)
    assert (late["difference"], late["quantity"]) == (-1, 9)
    assert StockCount.objects.latest("pk").expected == 10


def test_all_lines_of_a_reversed_count_hold_no_more(as_alice, alice, tin):
    pot = stock(alice, 3)
    lines = [{"product": product.pk, "counted": 3, "counted_at": ELEVEN.isoformat()} for product in (tin, pot)]
    reverse(as_alice, as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"])
    assert count(as_alice, pot, 2, TEN)["quantity"] == 2


# --- Entries that count no more -------------------------------------------------------------------------------


def test_a_replaced_entry_overtakes_none(as_alice, tin):
    sheet, other = open_old_sheet(as_alice, tin), open_old_sheet(as_alice, tin)
    wrong = sheet.enter(tin, 2, counted_at=ELEVEN.isoformat()).json()["entries"][0]["id"]
    sheet.enter(tin, 9, counted_at=NINE.isoformat(), replaces=wrong)
    sheet.book()
    other.enter(tin, 8, counted_at=TEN.isoformat())
    assert other.differences()[tin.pk]["outdated"] is False
    other.book()
    tin.refresh_from_db()
    assert tin.quantity == 8


def test_an_entry_before_a_recount_overtakes_none(as_alice, tin):
    sheet, other = open_old_sheet(as_alice, tin), open_old_sheet(as_alice, tin)
    sheet.enter(tin, 2, counted_at=ELEVEN.isoformat())
    as_alice.post(f"{sheet.address}recount/", {"products": [tin.pk]})
    sheet.enter(tin, 9, counted_at=NINE.isoformat())
    sheet.book()
    other.enter(tin, 8, counted_at=TEN.isoformat())
    other.book()
    tin.refresh_from_db()
    assert tin.quantity == 8


@pytest.mark.quick
def test_an_older_entry_is_booked_after_one_of_another_sheet_in_the_order_of_their_times(as_alice, tin):
    sheet, other = open_old_sheet(as_alice, tin), open_old_sheet(as_alice, tin)
    sheet.enter(tin, 9, counted_at=ELEVEN.isoformat())
    other.enter(tin, 8, counted_at=TEN.isoformat())
    sheet.book()
    assert other.book().json()["booked"] == 1
    tin.refresh_from_db()
    assert (tin.quantity, StockCount.objects.latest("pk").outdated) == (9, True)


# --- Counts of a place ----------------------------------------------------------------------------------------


@pytest.fixture
def placed(as_alice, tin, cellar):
    """Return a product with ten pieces at no location, and four in the cellar."""
    receive(as_alice, tin, 4, location="Cellar", occurred_at=(NOW - timedelta(days=7)).isoformat())
    return tin


def test_a_count_of_one_place_overtakes_none_of_the_whole_product(as_alice, placed):
    count(as_alice, placed, 4, ELEVEN, location="Cellar")
    late = count(as_alice, placed, 12, TEN)
    assert (late["outdated"], late["difference"], late["quantity"]) == (False, -2, 12)


@pytest.mark.quick
def test_a_late_count_leaves_the_time_of_the_last_one(as_alice, placed):
    count(as_alice, placed, 4, ELEVEN, location="Cellar")
    assert count(as_alice, placed, 12, TEN)["difference"] == -2
    assert placed.last_counted_at == ELEVEN


def test_a_count_of_the_whole_product_overtakes_an_older_one_of_a_place(as_alice, placed):
    count(as_alice, placed, 14, ELEVEN)
    late = count(as_alice, placed, 1, TEN, location="Cellar")
    assert (late["outdated"], late["quantity"]) == (True, 14)
    assert held(placed) == {("Cellar", None): 4}


def test_a_count_of_a_location_overtakes_an_older_one_of_a_lot_there_alone(as_alice, placed, shelf):
    for location in ("Cellar", "Shelf"):
        receive(as_alice, placed, 2, location=location, lot="A", occurred_at=(NOW - timedelta(days=7)).isoformat())
    count(as_alice, placed, 6, ELEVEN, location="Cellar")
    assert count(as_alice, placed, 1, TEN, location="Cellar", lot="A")["outdated"] is True
    assert count(as_alice, placed, 1, TEN, location="Shelf", lot="A")["outdated"] is False


@all_cases(("whole", "quantity"), [(12, 12), (14, 12), (11, 11), (13, 12), (15, 13)])
def test_what_a_later_count_of_a_place_has_found_is_not_booked_twice(as_alice, placed, whole, quantity):
    """Two pieces of the cellar are missing at eleven. How many does the late count of all, from ten, find missing?"""
    count(as_alice, placed, 2, ELEVEN, location="Cellar")
    late = count(as_alice, placed, whole, TEN)
    assert (late["quantity"], late["outdated"]) == (quantity, False)
    kept = StockCount.objects.latest("pk")
    assert kept.counted - kept.expected == late["difference"]


@all_cases(
    ("counted", "present", "change", "found", "moved"),
    [
        (8, 10, 0, 0, 0),
        (8, 8, -2, -2, 0),  # both have found two missing
        (7, 8, -2, -2, 0),  # this one has found one more
        (9, 8, -2, -2, -1),  # one was missing already, one was lost later
        (10, 8, -2, -2, -2),  # both were lost later
        (12, 8, -2, -2, -2),  # a surplus is no part of a shortage
        (13, 11, -1, 2, -2),  # three were sold, and both have found one too many
        (10, 5, -5, -2, -5),  # three were sold, two were lost later
    ],
)
def test_a_shortage_that_both_counts_have_found_has_not_moved(counted, present, change, found, moved):
    assert Since(change, found).compute_moved(counted, present) == moved


def test_the_time_of_a_count_is_that_of_its_own_line(as_alice, alice, tin):
    """The operation has the time of its first line, which is older than the late count."""
    pot = stock(alice, 3)
    lines = [
        {"product": pot.pk, "counted": 2, "counted_at": NINE.isoformat()},
        {"product": tin.pk, "counted": 8, "counted_at": ELEVEN.isoformat()},
    ]
    operation = as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    assert Operation.objects.get(pk=operation).occurred_at == NINE
    assert count(as_alice, tin, 10, TEN)["outdated"] is True


def test_a_count_of_an_earlier_release_overtakes_by_the_time_of_the_product(as_alice, tin):
    """Releases before 1.1.0 have kept no counts."""
    QuerySet.update(Product.objects.filter(pk=tin.pk), last_counted_at=ELEVEN)
    assert count(as_alice, tin, 9, TEN)["outdated"] is True
    assert count(as_alice, tin, 8)["quantity"] == 8


# --- The table ------------------------------------------------------------------------------------------------


@all_cases("statement", ["UPDATE stock_stockcount SET counted = 1", "DELETE FROM stock_stockcount"])
def test_the_database_refuses_to_change_a_count(as_alice, tin, statement):
    count(as_alice, tin, 9)
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@all_cases(
    ("column", "value", "constraint"),
    [
        ("counted", -1, "stock_stockcount_counted"),
        ("counted", 1_000_000_001, "stock_stockcount_counted"),
        ("product_id", 0, "stock_stockcount_product"),
        ("location_id", 0, "stock_stockcount_location"),
        ("lot_id", 0, "stock_stockcount_lot"),
        ("operation_id", 0, "stock_stockcount_operation"),
        ("nowhere", "true", "stock_stockcount_nowhere"),
    ],
)
def test_the_database_refuses_a_wrong_count(as_alice, tin, cellar, column, value, constraint):
    count(as_alice, tin, 9, location="Cellar")
    copied = ["owner_id", "product_id", "location_id", "lot_id", "nowhere", "counted", "expected", "outdated",
              "counted_at", "counted_by_id", "operation_id", "created_at"]  # fmt: skip
    values = ", ".join(str(value) if name == column else name for name in copied)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO stock_stockcount ({', '.join(copied)}) SELECT {values} FROM stock_stockcount")
    assert refused.value.__cause__.diag.constraint_name == constraint
