"""A count with the time when it was made. Everything that has happened since then stays booked."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from products.models import Product
from stock.booking import counts
from stock.booking.drafts import BookingLine, CountLine, OperationDraft, by_id
from stock.booking.locks import lock_products
from stock.models import Movement, Operation, OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_behind_lock
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.selling import services

pytestmark = [pytest.mark.measured]

NOW = datetime.now(UTC).replace(microsecond=0)
NINE, TEN, ELEVEN = (NOW - timedelta(hours=hours) for hours in (3, 2, 1))


@pytest.fixture
def tin(alice):
    """Return a product with thirty pieces, received a week ago."""
    product = make_product(alice, "Tin", sku="TIN")
    book(alice, product, "IN", 30, NOW - timedelta(days=7))
    return product


def book(user, product, movement_type, quantity, moment=None):
    draft = OperationDraft(by=user, reason=OperationReason.OTHER, occurred_at=moment)
    return services.book_one(draft=draft, line=BookingLine(by_id(product.pk), movement_type, quantity))


def make_line(product, counted, moment=None):
    line = {"product": product.pk, "counted": counted}
    return line | ({"counted_at": moment.isoformat()} if moment else {})


def count(client, *lines):
    return client.post("/api/stock/counts/", {"lines": [make_line(*line) for line in lines]})


def count_one(client, product, counted, moment=None):
    """Count one product. Return the booked difference and the quantity afterwards."""
    answer = count(client, (product, counted, moment))
    assert answer.status_code == 201, answer.content
    product.refresh_from_db()
    return answer.json()["lines"][0]["difference"], product.quantity


def get_refusal(client, *lines):
    before = Movement.objects.count(), list(Product.objects.order_by("pk").values())
    answer = count(client, *lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")
    assert before == (Movement.objects.count(), list(Product.objects.order_by("pk").values()))
    return answer.json()["lines"]


# --- Which quantity is set ------------------------------------------------------------------------------------


def test_what_was_sold_after_the_count_stays_booked(as_bob, alice, tin):
    """The product is counted as 29 at ten, two are sold at eleven, and the count is sent at noon."""
    book(alice, tin, "OUT", 1, NINE)
    book(alice, tin, "OUT", 2, ELEVEN)
    answer = count(as_bob, (tin, 29, TEN)).json()
    assert answer == {
        "operation": None,
        "lines": [
            {
                "product": tin.pk,
                "previous": 27,
                "counted": 29,
                "counted_amount": None,
                "difference": 0,
                "outdated": False,
            }
        ],
    }
    tin.refresh_from_db()
    assert (tin.quantity, tin.last_counted_at) == (27, TEN)


def test_without_counted_at_the_counted_quantity_is_set(as_bob, alice, tin):
    book(alice, tin, "OUT", 2, ELEVEN)
    assert count_one(as_bob, tin, 29) == (1, 29)
    assert tin.last_counted_at > NOW - timedelta(seconds=1)


def test_null_means_now(as_alice, alice, tin):
    book(alice, tin, "OUT", 2, ELEVEN)
    answer = as_alice.post("/api/stock/counts/", {"lines": [{**make_line(tin, 29), "counted_at": None}]})
    assert answer.json()["lines"][0]["difference"] == 1


def test_a_difference_is_booked_for_the_time_of_the_count(as_alice, alice, tin):
    book(alice, tin, "OUT", 2, ELEVEN)
    assert count_one(as_alice, tin, 25, TEN) == (-5, 23)
    operation = Operation.objects.latest("pk")
    assert (operation.reason, operation.occurred_at) == (OperationReason.COUNT, TEN)
    levels = [read_level(as_alice, tin, moment) for moment in (NINE, TEN, ELEVEN, None)]
    assert levels == [30, 25, 23, 23]


def read_level(client, product, moment=None):
    answer = client.get("/api/stock/levels/", {"as_of": moment.isoformat()} if moment else {})
    return {row["product"]: row["quantity"] for row in answer.json()["results"]}[product.pk]


@all_cases(("booked_at", "stays"), [(TEN - timedelta(seconds=1), False), (TEN, False), (ELEVEN, True)])
def test_the_time_that_counts_is_that_of_the_event_not_of_the_booking(as_alice, alice, tin, booked_at, stays):
    """All are booked after the count, some of them with an earlier `occurred_at`."""
    book(alice, tin, "OUT", 3, booked_at)
    assert count_one(as_alice, tin, 30, TEN)[1] == (27 if stays else 30)


def test_returns_and_deliveries_stay_booked_too(as_alice, alice, tin):
    for movement_type, quantity in (("IN", 12), ("OUT", 5), ("IN", 1)):
        book(alice, tin, movement_type, quantity, ELEVEN)
    assert count_one(as_alice, tin, 28, TEN) == (-2, 36)


def test_other_products_and_accounts_do_not_count(as_alice, alice, charlie, tin):
    other, theirs = make_product(alice, "Other", 50), make_product(charlie, "Tin", 50)
    book(alice, other, "OUT", 7, ELEVEN)
    book(charlie, theirs, "OUT", 7, ELEVEN)
    assert count_one(as_alice, tin, 30, TEN) == (0, 30)


def test_each_line_has_its_own_time(as_alice, alice, tin):
    pot = make_product(alice, "Pot")
    cup = make_product(alice, "Cup", 5)
    book(alice, pot, "IN", 10, NOW - timedelta(days=2))
    for product in (tin, pot):
        book(alice, product, "OUT", 1, NINE)
        book(alice, product, "OUT", 1, ELEVEN)
    answer = count(as_alice, (tin, 28, TEN), (pot, 10, NOW - timedelta(hours=4)), (cup, 4)).json()
    assert [line["difference"] for line in answer["lines"]] == [-1, 0, -1]
    products = [Product.objects.get(pk=product.pk) for product in (tin, pot, cup)]
    assert [product.quantity for product in products] == [27, 8, 4]
    assert products[1].last_counted_at == NOW - timedelta(hours=4)
    assert products[2].last_counted_at > NOW - timedelta(seconds=1)


# --- Several counts of a product ------------------------------------------------------------------------------


def test_a_count_that_is_sent_twice_has_the_same_result(as_alice, alice, tin):
    pot = make_product(alice, "Pot", 3)
    book(alice, tin, "OUT", 2, ELEVEN)
    first = count(as_alice, (tin, 26, TEN), (pot, 9, TEN + timedelta(minutes=20))).json()
    again = count(as_alice, (tin, 26, TEN), (pot, 9, TEN + timedelta(minutes=20))).json()
    assert [line["difference"] for line in first["lines"]] == [-4, 9]
    assert (again["operation"], [line["difference"] for line in again["lines"]]) == (None, [0, 0])


def test_a_count_older_than_the_last_one_changes_nothing(as_alice, tin):
    assert count_one(as_alice, tin, 28, ELEVEN) == (-2, 28)
    assert count_one(as_alice, tin, 29, TEN) == (0, 28)
    assert tin.last_counted_at == ELEVEN


def test_a_later_count_replaces_an_earlier_one(as_alice, alice, tin):
    assert count_one(as_alice, tin, 29, TEN) == (-1, 29)
    book(alice, tin, "OUT", 4, NOW - timedelta(minutes=5))
    assert count_one(as_alice, tin, 28, ELEVEN) == (-1, 24)
    assert tin.last_counted_at == ELEVEN


# --- Refusals -------------------------------------------------------------------------------------------------


@pytest.mark.measured
@all_cases(
    ("value", "message"),
    [
        ((NOW + timedelta(days=1)).isoformat(), "This is in the future."),
        ((NOW - timedelta(days=31)).isoformat(), "This is more than 30 days ago."),
        ("x", "Enter a time from 2000 on, 2026-12-31T23:59:00Z for instance."),
        (7, "Enter a time from 2000 on, 2026-12-31T23:59:00Z for instance."),
    ],
)
def test_an_invalid_time_is_an_error_of_its_line(as_alice, tin, value, message):
    line = {**make_line(tin, 30), "counted_at": value}
    answer = as_alice.post("/api/stock/counts/", {"lines": [make_line(tin, 30), line]})
    assert answer.json()["lines"] == [{"line": 1, "code": "invalid", "errors": {"counted_at": [message]}}]


def test_thirty_days_ago_and_a_fast_clock_are_accepted(as_alice, tin):
    assert count_one(as_alice, tin, 0, datetime.now(UTC) - timedelta(days=30) + timedelta(minutes=1)) == (0, 30)
    assert count_one(as_alice, tin, 9, datetime.now(UTC) + timedelta(minutes=4)) == (-21, 9)
    assert tin.last_counted_at <= datetime.now(UTC)


def test_refuses_a_quantity_below_zero_or_above_the_limit(as_alice, alice, tin):
    pot = make_product(alice, "Pot")
    book(alice, pot, "IN", 5, ELEVEN)
    book(alice, tin, "OUT", 3, ELEVEN)
    low, high, twice = get_refusal(as_alice, (tin, 2, TEN), (pot, 999_999_996, TEN), (pot, 1))
    assert (low["line"], low["code"], low["available"], low["requested"]) == (0, "insufficient_stock", 2, 3)
    assert (high["line"], high["code"], high["available"], high["requested"]) == (
        1, "stock_limit_exceeded", 999_999_996, 5,
    )  # fmt: skip
    assert (twice["line"], twice["code"]) == (2, "counted_twice")


def test_a_form_of_a_program_takes_a_time_in_each_line(as_alice, alice, tin):
    book(alice, tin, "OUT", 2, ELEVEN)
    form = {"lines[0]product": tin.pk, "lines[0]counted": 30, "lines[0]counted_at": TEN.isoformat(), "lines[1]sku": ""}
    answer = as_alice.post("/api/stock/counts/", form, format="multipart")
    assert answer.json()["lines"][0]["difference"] == 0


def test_the_page_of_a_count_takes_a_time_in_each_line(alice, tin):
    book(alice, tin, "OUT", 2, ELEVEN)
    browser = Browser(alice)
    review = browser.send_task("/shop/count/", {"product": tin.name, "counted": 30, "counted_at": TEN.isoformat()})
    assert browser.client.post("/shop/count/", read_task(review.text)).status_code == 303
    tin.refresh_from_db()
    assert (tin.quantity, tin.last_counted_at) == (28, TEN)


# --- Statements -----------------------------------------------------------------------------------------------
def test_times_take_one_more_statement_for_any_number_of_lines(as_alice, alice, django_assert_num_queries):
    Product.objects.bulk_create(Product(owner=alice, name=f"{n}", price=1) for n in range(100))
    products = list(Product.objects.order_by("pk"))
    for counted, number in ((products[:1], 3), (products, 4)):
        for _ in ("with differences", "without"):
            with django_assert_num_queries(7):  # the user, the lock, the changes, the writes; BEGIN and COMMIT
                assert count(as_alice, *[(product, number, TEN) for product in counted]).status_code == 201
    with django_assert_num_queries(6):
        assert count(as_alice, (products[0], 5)).status_code == 201


def test_the_sum_equals_that_of_all_movements(as_alice, alice):
    """The test compares random bookings, many of them late, with the sum over the whole ledger."""
    chance = random.Random(7)  # noqa: S311, not for cryptography
    moments = [NOW - timedelta(minutes=chance.randint(1, 600)) for _ in range(120)]
    products = [make_product(alice, f"P{n}", 1000) for n in range(4)]
    for moment in moments:
        late = moment if chance.random() < 0.7 else None
        book(alice, chance.choice(products), chance.choice(["IN", "OUT"]), chance.randint(1, 9), late)
    for product in products:
        for moment in [*chance.sample(moments, 8), NOW - timedelta(days=29)]:
            after = Movement.objects.filter(product=product, operation__occurred_at__gt=moment)
            expected = sum(movement.new_quantity - movement.old_quantity for movement in after)
            line = CountLine(by_id(product.pk), 5000, moment)
            locked, draft = lock_products(alice.pk, [line.product]), OperationDraft(by=alice, reason="count")
            [result], _ = counts.resolve_counts(draft, locked, [line])
            assert result.quantity == 5000 + expected


# --- Races ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_commits_while_the_count_waits_stays_booked(alice, tin):
    client = client_of(alice)
    quantities = run_behind_lock(lambda: book(alice, tin, "OUT", 2), lambda: count(client, (tin, 30, TEN)).json())
    assert quantities["lines"] == [
        {"product": tin.pk, "previous": 28, "counted": 30, "counted_amount": None, "difference": 0, "outdated": False}
    ]
    tin.refresh_from_db()
    assert tin.quantity == 28
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_count_would_not_see_the_sale(alice, tin, monkeypatch):
    """This is the negative control: the count uses the quantity before the sale, and the ledger refuses the second
    movement.
    """
    disable_locks(monkeypatch)
    client = client_of(alice)
    answer = run_behind_lock(lambda: book(alice, tin, "OUT", 2), lambda: count(client, (tin, 29, TEN)))
    assert answer.status_code == 400
