"""/api/reports/days-left/: how long the stock lasts at the rate of recent sales."""

from datetime import timedelta

from core.time_zones import today
from desk.reports.tests.reporting import ago, book, read_report, read_rows, reverse
from products.models import Category
from testing.cast.people import make_product
from testing.tables import all_cases


def list_days_left(client, **query):
    """Return (name, quantity sold, days left) of each row."""
    return [(row["name"], row["sold"], row["days_left"]) for row in read_rows(client, "days-left", **query)]


def test_a_row_contains_the_rate_and_the_date_of_running_out(as_alice, kettle):
    book(as_alice, kettle, "OUT", 4, ago(3))
    assert read_rows(as_alice, "days-left") == [
        {
            "product": kettle.pk, "name": "Kettle", "sku": "", "quantity": 6, "sold": 4, "per_day": "0.13",
            "days_left": 45, "runs_out_on": (today() + timedelta(days=45)).isoformat(),
            "unit": "", "decimals": 0, "lead_days": 7, "cover": 14, "basis": "last",
            "window_from": (today() - timedelta(days=29)).isoformat(), "window_to": today().isoformat(),
            "window_days": 30, "in_stock_days": 1, "few_days": True, "factor": "1.00", "used": 0,
        }
    ]  # fmt: skip


def test_rows_are_ordered_by_the_exact_ratio_of_stock_to_sales(as_alice, alice):
    for name, quantity, sold in [("Slow", 100, 1), ("Gone", 5, 5), ("Later", 9, 2), ("Sooner", 13, 3)]:
        book(as_alice, make_product(alice, name, quantity), "OUT", sold)
    assert list_days_left(as_alice) == [("Gone", 5, 0), ("Sooner", 3, 100), ("Later", 2, 105), ("Slow", 1, 2970)]


def test_days_left_are_whole_days(as_alice, kettle):
    book(as_alice, kettle, "OUT", 7)
    assert list_days_left(as_alice) == [("Kettle", 7, 12)]  # 3 * 30 / 7 = 12.86


@all_cases(("days", "found"), [(None, (4, 45)), (30, (4, 45)), (5, (3, 10)), (1, (1, 6)), (366, (4, 549))])
def test_the_rate_uses_the_given_number_of_days(as_alice, kettle, days, found):
    for quantity, at in [(1, ago(20)), (2, ago(4)), (1, ago(0))]:
        book(as_alice, kettle, "OUT", quantity, at)
    assert list_days_left(as_alice, **({"days": days} if days else {})) == [("Kettle", *found)]


def test_products_without_sales_are_left_out(as_alice, alice, kettle):
    cup = make_product(alice, "Cup", 5)
    book(as_alice, cup, "OUT", 1, ago(31))
    for reason in ("damage", "theft", "expiry", "correction", "other", "return"):
        book(as_alice, kettle, "OUT", 1, reason=reason)
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 1}]})
    as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 1})
    assert read_report(as_alice, "days-left") == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_late_sale_counts_at_the_time_it_happened(as_alice, kettle):
    book(as_alice, kettle, "OUT", 1, ago(29))
    book(as_alice, kettle, "OUT", 2, ago(31))
    assert list_days_left(as_alice) == [("Kettle", 1, 210)]


def test_a_reversed_sale_does_not_count_until_the_reversal_is_reversed(as_alice, kettle):
    book(as_alice, kettle, "OUT", 1)
    booked = book(as_alice, kettle, "OUT", 3)
    found = [list_days_left(as_alice)]
    for _ in range(4):
        booked = reverse(as_alice, booked)
        found.append(list_days_left(as_alice))
    assert [sold for [(_, sold, _)] in found] == [4, 1, 4, 1, 4]


def test_the_reversal_of_an_older_sale_does_not_reduce_recent_sales(as_alice, kettle):
    old = book(as_alice, kettle, "OUT", 5, ago(40))
    book(as_alice, kettle, "OUT", 2)
    reverse(as_alice, old)
    assert list_days_left(as_alice) == [("Kettle", 2, 120)]


def test_only_the_reversal_of_a_sale_counts(as_alice, kettle):
    reverse(as_alice, book(as_alice, kettle, "IN", 5))
    assert list_days_left(as_alice) == []


def test_an_in_movement_with_reason_sale_is_subtracted(as_alice, kettle):
    book(as_alice, kettle, "OUT", 5)
    book(as_alice, kettle, "IN", 2, reason="sale")
    assert list_days_left(as_alice) == [("Kettle", 3, 70)]
    book(as_alice, kettle, "IN", 4, reason="sale")
    assert list_days_left(as_alice) == []


def test_all_lines_of_a_sale_count(as_alice, alice, kettle):
    cup = make_product(alice, "Cup", 9)
    lines = [{"product": p.pk, "movement_type": "OUT", "quantity": 1} for p in (kettle, cup, kettle)]
    as_alice.post("/api/stock/operations/", {"lines": lines})
    assert list_days_left(as_alice) == [("Kettle", 2, 120), ("Cup", 1, 240)]


def test_a_date_more_than_a_hundred_years_ahead_is_null(as_alice, alice):
    for name, quantity in [("Lasts", 1218), ("Lasts longer", 1_000_000_000)]:
        book(as_alice, make_product(alice, name, quantity), "OUT", 1)
    found = read_rows(as_alice, "days-left", days=30)
    assert [row["days_left"] for row in found] == [36_510, 29_999_999_970]
    assert [row["runs_out_on"] for row in found] == [None, None]
    [first, _] = read_rows(as_alice, "days-left", days=29)
    assert first["runs_out_on"] == (today() + timedelta(days=1217 * 29)).isoformat()


def test_archived_products_are_left_out(as_alice, kettle):
    book(as_alice, kettle, "OUT", 1)
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert list_days_left(as_alice) == []


def test_can_be_filtered_by_product_and_category(as_alice, alice, kettle):
    cup = make_product(alice, "Cup", 9, category=Category.objects.create(owner=alice, name="Tea"))
    for product in (kettle, cup):
        book(as_alice, product, "OUT", 1)
    for query in ({"product": cup.pk}, {"category": "tea"}, {"category": cup.category_id}):
        assert list_days_left(as_alice, **query) == [("Cup", 1, 240)]
