"""/api/reports/margins/: the quantities that were sold, their prices and their costs."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.money.sums import write_by_unit
from desk.reports.margins import build_margins
from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_report, read_rows, reverse
from products.models import Category, Group, Product
from testing.cast.people import make_product
from testing.laws.query_plans import walk
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from users.models import User

NUMBERS = (
    "sold", "returned", "revenue", "cost", "margin", "margin_percent", "adjustment", "sold_without_cost",
    "revenue_without_cost",
)  # fmt: skip


def list_margins(client, **query):
    """Return (name or day, sold, revenue, cost, adjustment) of each row."""
    rows = read_rows(client, "margins", **query)
    return [(row["name"] or row["day"], row["sold"], row["revenue"], row["cost"], row["adjustment"]) for row in rows]


@pytest.fixture
def tea(alice):
    """Return a product at 9.00, of which 10 are in stock, each for 4.00."""
    category = Category.objects.create(owner=alice, name="Tea")
    return make_product(alice, "Assam", 10, sku="A", price="9.00", cost_price="4.00", category=category)


def test_a_row_has_what_was_earned_of_a_product(as_alice, tea):
    book(as_alice, tea, "OUT", 2)
    book(as_alice, tea, "OUT", 1, unit_price="6.00")
    assert read_rows(as_alice, "margins") == [
        {
            "day": None, "product": tea.pk, "category": None, "group": None, "name": "Assam", "sku": "A",
            "sold": 3, "returned": 0, "revenue": "24.00", "cost": "12.00", "margin": "12.00", "margin_percent": "50.00",
            "adjustment": "0.00", "sold_without_cost": 0, "revenue_without_cost": "0.00", "unit": "",
            "decimals": 0, "by_unit": [{"unit": "", "sold": "3", "returned": "0", "sold_without_cost": "0"}],
        }
    ]  # fmt: skip


def test_a_row_can_be_a_category(as_alice, alice, tea):
    mint = make_product(alice, "Mint", 5, price="2.00", cost_price="1.50", category=tea.category)
    pin = make_product(alice, "Pin", 5, price="1.00")
    for product in (tea, mint, pin):
        book(as_alice, product, "OUT", 1)
    found = read_rows(as_alice, "margins", by="category")
    assert [(row["category"], row["name"], row["revenue"]) for row in found] == [
        (tea.category_id, "Tea", "11.00"), (None, "Uncategorized", "1.00"),
    ]  # fmt: skip


def test_a_row_can_be_a_group_of_variants(as_alice, alice, tea):
    shirts, cups = (Group.objects.create(owner=alice, name=name, axes=["size"]) for name in ("Shirt", "Cup"))
    for group, size in ((shirts, "S"), (shirts, "M"), (cups, "S")):
        variant = make_product(alice, size, 5, price="2.00", group=group, options={"size": size})
        book(as_alice, variant, "OUT", 1)
    book(as_alice, tea, "OUT", 1)
    as_alice.delete(f"/api/groups/{cups.pk}/")
    found = read_rows(as_alice, "margins", by="group")
    assert [(row["group"], row["name"], row["sold"], row["revenue"]) for row in found] == [
        (None, "Without a group", 2, "11.00"), (shirts.pk, "Shirt", 2, "4.00"),
    ]  # fmt: skip
    page = Browser(alice).get_page(f"{REPORTS}margins/?by=group")
    assert f'<a href="/api/groups/{shirts.pk}/">Shirt</a>' in page
    assert "<span>Without a group</span>" in page


def test_a_row_can_be_a_day_of_the_shop(as_alice, alice, tea):
    alice.time_zone = "Asia/Tokyo"  # Tokyo is 9 hours ahead, so 21:00 is in the next day
    alice.save(update_fields=["time_zone"])
    book(as_alice, tea, "OUT", 1, "2026-05-03T21:00:00Z")
    book(as_alice, tea, "OUT", 2, "2026-05-03T08:00:00Z")
    found = list_margins(as_alice, by="day", **{"from": "2026-05-01", "to": "2026-06-01"})
    assert found == [("2026-05-03", 2, "18.00", "8.00", "0.00"), ("2026-05-04", 1, "9.00", "4.00", "0.00")]


def test_the_highest_margins_come_first(as_alice, alice):
    for name, price in [("Low", "2.00"), ("High", "9.00"), ("Loss", "0.50")]:
        product = make_product(alice, name, 5, price=price, cost_price="1.00")
        book(as_alice, product, "OUT", 1)
    assert [row[0] for row in list_margins(as_alice)] == ["High", "Low", "Loss"]


def test_a_sale_below_cost_has_a_negative_margin(as_alice, tea):
    book(as_alice, tea, "OUT", 1, unit_price="3.00")
    [row] = read_rows(as_alice, "margins")
    assert (row["margin"], row["margin_percent"]) == ("-1.00", "-33.33")


def test_a_present_has_no_percentage(as_alice, tea):
    book(as_alice, tea, "OUT", 1, unit_price="0.00")
    [row] = read_rows(as_alice, "margins")
    assert (row["revenue"], row["margin"], row["margin_percent"]) == ("0.00", "-4.00", None)


def test_only_sales_of_the_period_count(as_alice, tea):
    book(as_alice, tea, "OUT", 1, ago(40))
    book(as_alice, tea, "OUT", 2, ago(3))
    book(as_alice, tea, "OUT", 1, reason="damage")
    assert list_margins(as_alice) == [("Assam", 2, "18.00", "8.00", "0.00")]
    assert list_margins(as_alice, **{"from": ago(2).isoformat()}) == []


@pytest.mark.quick
def test_a_sale_at_the_end_of_a_period_counts_in_the_next_one(as_alice, tea):
    book(as_alice, tea, "OUT", 1, "2026-05-03T00:00:00Z")
    days = [f"2026-05-0{day}T00:00:00Z" for day in (2, 3, 4)]
    found = [list_margins(as_alice, **{"from": start, "to": end}) for start, end in pairwise(days)]
    assert found == [[], [("Assam", 1, "9.00", "4.00", "0.00")]]


def test_what_comes_in_with_a_sale_does_not_count(as_alice, tea):
    lines = [{"product": tea.pk, "movement_type": kind, "quantity": 1} for kind in ("OUT", "IN")]
    assert as_alice.post("/api/stock/operations/", {"lines": lines, "reason": "sale"}).status_code == 201
    assert list_margins(as_alice) == [("Assam", 1, "9.00", "4.00", "0.00")]


@pytest.mark.quick
def test_a_reversed_sale_does_not_count_until_its_reversal_is_reversed(as_alice, tea):
    booked = book(as_alice, tea, "OUT", 1)
    found = [list_margins(as_alice)]
    for _ in range(3):
        booked = reverse(as_alice, booked)
        found.append(list_margins(as_alice))
    sold = [("Assam", 1, "9.00", "4.00", "0.00")]
    assert found == [sold, [], sold, []]


def test_the_cost_is_that_of_the_booking(as_alice, tea):
    book(as_alice, tea, "OUT", 1)
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "100.00", "cost_price": "50.00"})
    assert list_margins(as_alice) == [("Assam", 1, "9.00", "4.00", "0.00")]


def test_an_archived_product_counts(as_alice, tea):
    book(as_alice, tea, "OUT", 1)
    as_alice.delete(f"/api/products/{tea.pk}/")
    assert [row[0] for row in list_margins(as_alice)] == ["Assam"]


# --- Sales without a cost -----------------------------------------------------------------------------------


def read_without_cost(client, **query):
    """Return (name or day, sold, without a cost, their revenue, percent) of each row and of the totals."""
    report = read_report(client, "margins", **query)
    names = ("sold", "sold_without_cost", "revenue_without_cost", "margin_percent")
    rows = [(row["name"] or row["day"], *(row[name] for name in names)) for row in report["results"]]
    return [*rows, ("totals", *(report["totals"][name] for name in names))]


@pytest.fixture
def cup(alice, tea):
    """Return a product at 5.00 in the category of the tea, of which 10 are in stock, whose cost is not known."""
    return make_product(alice, "Cup", 10, price="5.00", category=tea.category)


@pytest.mark.quick
def test_goods_without_a_cost_have_no_percentage(as_alice, cup, tea):
    book(as_alice, cup, "OUT", 4)
    book(as_alice, tea, "OUT", 1)
    assert read_without_cost(as_alice) == [
        ("Cup", 4, 4, "20.00", None), ("Assam", 1, 0, "0.00", "55.56"), ("totals", 5, 4, "20.00", "55.56"),
    ]  # fmt: skip


def test_the_percentage_of_a_category_is_that_of_what_has_a_cost(as_alice, cup, tea):
    book(as_alice, cup, "OUT", 4)
    book(as_alice, tea, "OUT", 1)
    assert read_without_cost(as_alice, by="category") == [
        ("Tea", 5, 4, "20.00", "55.56"), ("totals", 5, 4, "20.00", "55.56"),
    ]  # fmt: skip
    [row] = read_rows(as_alice, "margins", by="category")
    assert (row["revenue"], row["cost"], row["margin"]) == ("29.00", "4.00", "25.00")


def test_sales_without_a_cost_belong_to_their_day_and_to_the_period(as_alice, cup, tea):
    for product, at in [(cup, "2026-04-30T23:59:59Z"), (cup, "2026-05-01T00:00:00Z"), (tea, "2026-05-02T09:00:00Z")]:
        book(as_alice, product, "OUT", 1, at)
    assert read_without_cost(as_alice, by="day", **{"from": "2026-05-01", "to": "2026-06-01"}) == [
        ("2026-05-01", 1, 1, "5.00", None), ("2026-05-02", 1, 0, "0.00", "55.56"), ("totals", 2, 1, "5.00", "55.56"),
    ]  # fmt: skip


def test_a_reversed_sale_without_a_cost_does_not_count_until_its_reversal_is_reversed(as_alice, cup):
    booked = book(as_alice, cup, "OUT", 2)
    found = []
    for _ in range(2):
        booked = reverse(as_alice, booked)
        found.append(read_without_cost(as_alice))
    assert found == [
        [("totals", 0, 0, "0.00", None)], [("Cup", 2, 2, "10.00", None), ("totals", 2, 2, "10.00", None)],
    ]  # fmt: skip


def test_a_cost_that_is_entered_later_does_not_change_what_was_sold_without_one(as_alice, cup):
    book(as_alice, cup, "OUT", 10)
    as_alice.patch(f"/api/products/{cup.pk}/", {"cost_price": "2.00"})
    book(as_alice, cup, "IN", 1)
    book(as_alice, cup, "OUT", 1)
    assert read_without_cost(as_alice)[0] == ("Cup", 11, 10, "50.00", "60.00")


def test_mixed_stock_has_a_cost(as_alice, cup):
    book(as_alice, cup, "IN", 10, unit_cost="4.00")
    book(as_alice, cup, "OUT", 1)
    assert read_without_cost(as_alice)[0] == ("Cup", 1, 0, "0.00", "60.00")


# --- Undone deliveries --------------------------------------------------------------------------------------


def test_the_adjustment_is_negative_if_undoing_a_delivery_took_less_than_its_value(as_alice, alice):
    cup = make_product(alice, "Cup", price="2.00")
    delivery = book(as_alice, cup, "IN", 1, unit_cost="9.00")
    book(as_alice, cup, "IN", 9, unit_cost="0.00")
    book(as_alice, cup, "OUT", 8)
    reverse(as_alice, delivery)  # takes 1.80, which is all that is left: the cups that were sold have cost nothing
    assert list_margins(as_alice) == [("Cup", 8, "16.00", "7.20", "-7.20")]


def test_an_undone_delivery_can_take_more_than_it_had_brought(as_alice, alice):
    cup = make_product(alice, "Cup", price="2.00")
    delivery = book(as_alice, cup, "IN", 1, unit_cost="1.00")
    book(as_alice, cup, "IN", 1, unit_cost="9.00")
    book(as_alice, cup, "OUT", 1, reason="damage")
    reverse(as_alice, delivery)  # takes 5.00, all that is left
    assert list_margins(as_alice) == [("Cup", 0, "0.00", "0.00", "4.00")]
    [row] = read_rows(as_alice, "margins")
    assert row["margin_percent"] is None


def test_a_delivery_that_is_restored_has_no_adjustment(as_alice, alice):
    cup = make_product(alice, "Cup", price="2.00")
    delivery = book(as_alice, cup, "IN", 1, unit_cost="9.00")
    book(as_alice, cup, "IN", 9, unit_cost="0.00")
    book(as_alice, cup, "OUT", 8)
    reverse(as_alice, reverse(as_alice, delivery))
    assert list_margins(as_alice) == [("Cup", 8, "16.00", "7.20", "0.00")]


def test_the_adjustment_belongs_to_the_day_of_the_reversal(as_alice, alice):
    cup = make_product(alice, "Cup", price="2.00")
    delivery = book(as_alice, cup, "IN", 1, ago(5), unit_cost="1.00")
    book(as_alice, cup, "IN", 1, ago(5), unit_cost="9.00")
    book(as_alice, cup, "OUT", 1, ago(3))
    reverse(as_alice, delivery)
    found = list_margins(as_alice, by="day")
    assert [(sold, adjustment) for _, sold, _, _, adjustment in found] == [(1, "0.00"), (0, "4.00")]
    assert found[1][0] == alice.shop_today().isoformat()


def test_exact_reversals_and_transfers_have_no_adjustment(as_alice, tea):
    as_alice.post("/api/locations/", {"name": "Shelf"})
    body = {"from": None, "to": "Shelf", "lines": [{"product": tea.pk, "quantity": 3}]}
    moved = as_alice.post("/api/stock/transfers/", body).json()
    delivery = book(as_alice, tea, "IN", 3, unit_cost="1.00")
    reverse(as_alice, moved)
    reverse(as_alice, delivery)
    reverse(as_alice, book(as_alice, tea, "OUT", 2, reason="damage"))
    assert list_margins(as_alice) == []


def count_steps(owner):
    """Return the number of rows in the recursive parts of the statement, as PostgreSQL counts them."""
    day = {"start": ago(1), "end": ago(-1), "uncategorized": "", "owner": owner.pk, "limit": 10, "offset": 0}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {build_margins('product')}", day)
        [[plan]] = cursor.fetchone()
    nodes = [node for node in walk(plan["Plan"]) if node["Node Type"] == "Recursive Union"]
    return sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes)


def test_each_reversal_of_a_long_chain_is_read_a_fixed_number_of_times(as_alice, alice, tea):
    counts, latest = [], book(as_alice, tea, "OUT", 1)
    for _ in range(3):
        for _ in range(10):
            latest = reverse(as_alice, latest)
        counts.append(count_steps(alice))
    first, second, third = counts
    assert third - second == second - first > 0


# --- Against a plain computation ----------------------------------------------------------------------------


class PlainLedger:
    """Random deliveries, sales and reversals, and their sums by plain additions."""

    def __init__(self, client, owner, random):
        self.client, self.random = client, random
        categories = [Category.objects.create(owner=owner, name=name) for name in ("Tea", "Pots")]
        self.products = [
            make_product(owner, f"P{number}", price=f"{number + 1}.35", category=random.choice([*categories, None]))
            for number in range(6)
        ]
        # A list has the sale or delivery, the day, its movements, and those of each reversal of the one before.
        self.booked = []

    def book(self):
        lines = [self.make_line(product) for product in self.random.sample(self.products, 3)]
        is_sale = self.random.random() < 0.6
        days_ago = self.random.randint(0, 6) if is_sale else 0
        for line in lines:
            line["movement_type"] = "OUT" if is_sale else "IN"
            line["unit_price" if is_sale else "unit_cost"] = f"{self.random.randint(0, 999) / 100:.2f}"
            if not is_sale and line["product"] == self.products[0].pk:
                line["unit_cost"] = "0.00"
        at = datetime.now(UTC) - timedelta(days=days_ago)
        answer = self.client.post("/api/stock/operations/", {"lines": lines, "occurred_at": at.isoformat()})
        if answer.status_code == 201:
            self.booked.append([is_sale, at.date(), answer.json()])

    def make_line(self, product):
        return {"product": product.pk, "quantity": self.random.randint(1, 4)}

    def reverse(self):
        chain = self.random.choice(self.booked)
        answer = self.client.post(f"/api/stock/operations/{chain[-1]['id']}/reverse/", {})
        if answer.status_code == 201:
            chain.append(answer.json())

    def add_up(self, key):
        """Add up the numbers by the key that `key` returns for a product and a day."""
        sums = defaultdict(Counter)
        today = datetime.now(UTC).date()
        products = {product.pk: product for product in self.products}
        for is_sale, day, *operations in self.booked:
            values = [sum_values(operation) for operation in operations]
            if is_sale and len(operations) % 2:
                for movement in operations[0]["movements"]:
                    found = sums[key(products[movement["product"]], day)]
                    found["sold"] += movement["quantity"]
                    found["revenue"] += Decimal(movement["unit_price"]) * movement["quantity"]
                    found["cost"] += Decimal(movement["value"])
                    if Decimal(movement["value"]) == 0:
                        found["sold_without_cost"] += movement["quantity"]
                        found["revenue_without_cost"] += Decimal(movement["unit_price"]) * movement["quantity"]
            for number, value in enumerate(values[1:], 1):
                for pk, first in values[0].items():
                    due = -first if number % 2 else first
                    sums[key(products[pk], today)]["adjustment"] -= value[pk] - due
        return {name: found for name, found in sums.items() if found["sold"] or found["adjustment"]}


def sum_values(operation):
    """Return the value that the operation has added to each product."""
    sums = Counter()
    for movement in operation["movements"]:
        sums[movement["product"]] += Decimal(movement["value"]) * (1 if movement["movement_type"] == "IN" else -1)
    return sums


KEYS = {
    "product": lambda product, _day: product.name,
    "category": lambda product, _day: product.category.name if product.category else "Uncategorized",
    "group": lambda _product, _day: "Without a group",
    "day": lambda _product, day: day.isoformat(),
}


def test_random_bookings_agree_with_a_plain_computation(as_alice, alice):
    ledger = PlainLedger(as_alice, alice, Random(5))  # noqa: S311
    for number in range(250):
        ledger.reverse() if ledger.booked and number % 3 == 2 else ledger.book()
    with connection.cursor() as cursor:
        # PostgreSQL has no statistics of rows that are not committed, and would plan for empty tables.
        cursor.execute("ANALYZE stock_movement, stock_operation, products_product")
    for by, key in KEYS.items():
        expected = ledger.add_up(key)
        found = {row["name"] or row["day"]: row for row in read_rows(as_alice, "margins", by=by, page_size=100)}
        assert found.keys() == expected.keys()
        for name, sums in expected.items():
            assert_numbers(found[name], sums)
    adjusted = sum(sums["adjustment"] for sums in expected.values())
    assert adjusted != 0
    assert sum(sums["cost"] for sums in expected.values()) > 0
    assert sum(sums["sold_without_cost"] for sums in expected.values()) > 0


def assert_numbers(row, sums):
    """Compare a row with the sums."""
    margin = sums["revenue"] - sums["cost"]
    percent, without = None, sums["revenue_without_cost"]
    if sums["revenue"] != without:
        share = 100 * (margin - without) / (sums["revenue"] - without)
        percent = str(share.quantize(Decimal("0.01"), ROUND_HALF_UP))
    names = ("revenue", "cost", "margin", "adjustment", "revenue_without_cost")
    amounts = {name: f"{Decimal({**sums, 'margin': margin}.get(name, 0)):.2f}" for name in names}
    counts = {name: sums[name] for name in ("sold", "returned", "sold_without_cost")}
    expected = {**amounts, **counts, "margin_percent": percent}
    assert {name: row[name] for name in NUMBERS} == expected


def test_the_value_of_the_stock_is_what_was_bought_less_costs_and_adjustments(as_alice, alice):
    """The cost of the goods that left by sales is exactly what the value of the stock lacks."""
    ledger = PlainLedger(as_alice, alice, Random(7))  # noqa: S311
    for number in range(120):
        ledger.reverse() if ledger.booked and number % 3 == 2 else ledger.book()
    bought = sum(
        sum(sum_values(operations[0]).values())
        for is_sale, _, *operations in ledger.booked
        if not is_sale and len(operations) % 2
    )
    rows = read_rows(as_alice, "margins", page_size=100)
    left = sum(Product.objects.values_list("stock_value", flat=True))
    assert left == bought - sum(Decimal(row["cost"]) + Decimal(row["adjustment"]) for row in rows)


# --- The route ----------------------------------------------------------------------------------------------


def test_another_account_s_sales_do_not_count(as_alice, as_charlie, charlie, tea):
    book(as_charlie, make_product(charlie, "Cup", 5), "OUT", 1)
    book(as_alice, tea, "OUT", 1)
    assert [row[0] for row in list_margins(as_alice)] == ["Assam"]
    assert [row[0] for row in list_margins(as_charlie)] == ["Cup"]


@all_cases(
    ("by", "columns"),
    [
        ("product", ["product", "name", "sku", *NUMBERS, "unit"]),
        ("category", ["category", "name", *NUMBERS, "by_unit"]),
        ("day", ["day", *NUMBERS, "by_unit"]),
    ],
)
def test_a_file_has_the_columns_of_its_rows(as_alice, tea, by, columns):
    book(as_alice, tea, "OUT", 2)
    [line] = read_csv(as_alice, "margins", by=by)
    [row] = read_rows(as_alice, "margins", by=by)
    row["by_unit"] = write_by_unit(row["by_unit"])
    assert line == {name: str(row[name]) for name in columns}
    workbook = as_alice.get(f"{REPORTS}margins/", {"format": "xlsx", "by": by})
    assert read_workbook(workbook.getvalue())[0] == columns


@all_cases(
    ("name", "value"),
    [("by", "week"), ("by", "\0"), ("from", "yesterday"), ("to", "2026-13-01"), ("format", "pdf"), ("page", "0")],
)
def test_the_400_names_a_malformed_parameter(as_alice, name, value):
    answer = as_alice.get(f"{REPORTS}margins/", {name: value})
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_a_period_of_more_than_a_year_is_refused(as_alice):
    answer = as_alice.get(f"{REPORTS}margins/", {"from": "2025-01-01", "to": "2026-06-01"})
    assert (answer.status_code, list(answer.json())) == (400, ["from"])


def test_pages_count_all_rows(as_alice, alice):
    for number in range(3):
        book(as_alice, make_product(alice, f"P{number}", 5), "OUT", 1)
    found = read_report(as_alice, "margins", page_size=2)
    assert (found["count"], len(found["results"])) == (3, 2)
    assert len(read_report(as_alice, "margins", page_size=2, page=2)["results"]) == 1
    assert as_alice.get(f"{REPORTS}margins/", {"page": 9}).status_code == 404


@all_cases("form", ["json", "csv"])
def test_the_report_takes_one_statement(as_alice, tea, form):
    book(as_alice, tea, "OUT", 1)
    with CaptureQueriesContext(connection) as captured:
        as_alice.get(f"{REPORTS}margins/", {"format": form}).getvalue()
    assert sum("stock_movement" in query["sql"] for query in captured) == 1
    assert len([query for query in captured if "SELECT" in query["sql"]]) == 3  # the user, the time limit, the report


# --- The page -----------------------------------------------------------------------------------------------


@all_cases("by", ["product", "category", "group", "day"])
def test_the_page_draws_revenue_and_the_cost_in_it_by_day(as_alice, alice, tea, by):
    book(as_alice, tea, "OUT", 2)
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    page = Browser(alice).get_page(f"{REPORTS}margins/?period=today&by={by}")
    bars = dict(re.findall(r'<rect class="(\w+)" [^>]*y="(\d+)"[^>]*><title>[^<]*: (?:18|8).00 EUR', page))
    assert bars.keys() == {"sold", "cost"}
    assert int(bars["sold"]) < int(bars["cost"])  # both begin at the axis, the cost in front of the revenue
    assert re.findall(r'text-anchor="end">(\d+ EUR)<', page) == ["0 EUR", "5 EUR", "10 EUR", "15 EUR"]


def test_the_totals_are_above_the_table(as_alice, alice, tea, cup):
    book(as_alice, tea, "OUT", 2)
    book(as_alice, cup, "OUT", 1)
    figures, _, table = Browser(alice).get_page(f"{REPORTS}margins/").partition('<div class="wide-plot">')
    figures = figures.partition('<dl class="figures">')[2]
    shown = re.findall(r"<dt>(.*?)</dt><dd><span>(.*?)</span>", figures)
    assert shown == [
        ("Margin", "15.00"), ("Percent", "55.56"), ("Sold for", "23.00"), ("Cost", "8.00"),
        ("Sold for, without a cost", "5.00"),
    ]  # fmt: skip
    assert ">partly without a cost</b>" in figures
    assert 'class="totals"' not in table


def test_the_rows_lead_to_the_product_and_to_the_products_of_the_category(as_alice, alice, tea):
    book(as_alice, tea, "OUT", 2)
    browser = Browser(alice)
    assert f'href="/api/products/{tea.pk}/"' in browser.get_page(f"{REPORTS}margins/")
    assert f'href="/api/products/?category={tea.category_id}"' in browser.get_page(f"{REPORTS}margins/?by=category")


@all_cases("by", ["product", "category", "day"])
def test_the_page_marks_what_was_sold_without_a_cost_and_says_what_to_do(as_alice, alice, cup, by):
    book(as_alice, cup, "OUT", 2)
    page = Browser(alice).get_page(f"{REPORTS}margins/?by={by}")
    figures, rows = page.split('<dl class="figures">')[1].split("<tbody>")
    for part in (figures, rows):
        assert '<b class="chip low">without a cost</b>' in part
    assert "Enter the cost price of each product" in page
    assert 'href="/docs/bookings/#goods-without-a-cost"' in page


def test_the_page_marks_rows_in_which_a_part_has_no_cost(as_alice, alice, cup, tea):
    book(as_alice, cup, "OUT", 2)
    book(as_alice, tea, "OUT", 2)
    assert ">partly without a cost</b>" in Browser(alice).get_page(f"{REPORTS}margins/?by=category")


def test_the_page_marks_nothing_if_everything_has_a_cost(as_alice, alice, tea):
    book(as_alice, tea, "OUT", 2)
    page = Browser(alice).get_page(f"{REPORTS}margins/")
    assert "without a cost" not in page
    assert "Enter the cost price" not in page


def test_a_page_without_sales_says_so(alice, tea):
    for by in ("product", "day"):
        page = Browser(alice).get_page(f"{REPORTS}margins/?by={by}")
        assert "Nothing was sold in this time." in page
        assert 'class="plot"' not in page
