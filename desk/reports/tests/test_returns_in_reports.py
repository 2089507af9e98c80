"""Returns in the reports: margins count them on their day at the sale's prices, other reports what was kept."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest

from desk.reports.tests.reporting import ago, book, read_csv, read_report, read_rows, reverse
from products.models import Category
from testing.cast.people import make_product


@pytest.fixture
def tea(alice):
    """Return a product at 9.00, of which 10 are in stock, each for 4.00."""
    category = Category.objects.create(owner=alice, name="Tea")
    return make_product(alice, "Assam", 10, price="9.00", cost_price="4.00", category=category)


def give_back(client, sale, *quantities, occurred_at=None, **more):
    """Return these quantities of the sale's product, each by a line."""
    lines = [{"product": sale["product"], "quantity": quantity, **more} for quantity in quantities]
    body = {"lines": lines, "occurred_at": occurred_at and occurred_at.isoformat()}
    answer = client.post(f"/api/stock/operations/{sale['operation']}/return/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def list_margins(client, **query):
    """Return (name or day, sold, returned, revenue, cost, margin) of each row."""
    names = ("sold", "returned", "revenue", "cost", "margin")
    rows = read_rows(client, "margins", **query)
    return [(row["name"] or row["day"], *(row[name] for name in names)) for row in rows]


@pytest.mark.quick
def test_a_return_counts_on_its_own_day_at_the_price_and_the_cost_of_the_sale(as_alice, tea):
    sale = book(as_alice, tea, "OUT", 3, ago(5), unit_price="7.00")
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "99.00", "cost_price": "50.00"})
    give_back(as_alice, sale, 1, occurred_at=ago(2))
    assert list_margins(as_alice, by="day") == [
        (ago(5).date().isoformat(), 3, 0, "21.00", "12.00", "9.00"),
        (ago(2).date().isoformat(), 0, 1, "-7.00", "-4.00", "-3.00"),
    ]
    assert list_margins(as_alice) == [("Assam", 3, 1, "14.00", "8.00", "6.00")]
    assert list_margins(as_alice, by="category") == [("Tea", 3, 1, "14.00", "8.00", "6.00")]
    totals = read_report(as_alice, "margins")["totals"]
    assert {name: totals[name] for name in ("sold", "returned", "revenue", "cost", "margin", "margin_percent")} == {
        "sold": 3, "returned": 1, "revenue": "14.00", "cost": "8.00", "margin": "6.00", "margin_percent": "42.86",
    }  # fmt: skip


def test_a_day_on_which_all_came_back_is_zero(as_alice, tea):
    give_back(as_alice, book(as_alice, tea, "OUT", 3), 3)
    [row] = read_rows(as_alice, "margins", by="day")
    numbers = ("revenue", "cost", "margin", "revenue_without_cost", "adjustment")
    assert [row[name] for name in numbers] == ["0.00"] * 5
    assert (row["sold"], row["returned"], row["margin_percent"]) == (3, 3, None)


def test_a_sale_of_an_earlier_period_comes_back(as_alice, tea):
    give_back(as_alice, book(as_alice, tea, "OUT", 3, ago(100)), 2)
    assert list_margins(as_alice) == [("Assam", 0, 2, "-18.00", "-8.00", "-10.00")]
    assert [row["returned"] for row in read_csv(as_alice, "margins")] == ["2"]


def test_a_return_that_is_undone_does_not_count_until_it_is_done_again(as_alice, tea):
    booked = give_back(as_alice, book(as_alice, tea, "OUT", 3), 1)
    found = [list_margins(as_alice)]
    for _ in range(2):
        booked = reverse(as_alice, booked)
        found.append(list_margins(as_alice))
    kept = [("Assam", 3, 1, "18.00", "8.00", "10.00")]
    assert found == [kept, [("Assam", 3, 0, "27.00", "12.00", "15.00")], kept]


def test_a_plain_return_and_scrap_stay_out_of_margins(as_alice, tea):
    sale = book(as_alice, tea, "OUT", 3)
    book(as_alice, tea, "IN", 1, reason="return")
    give_back(as_alice, sale, 1, condition="scrap")
    assert list_margins(as_alice) == [("Assam", 3, 1, "18.00", "8.00", "10.00")]


def test_what_was_sold_last_comes_back_first_at_its_own_price(as_alice, tea):
    lines = [
        {"product": tea.pk, "movement_type": "OUT", "quantity": quantity, "unit_price": price}
        for quantity, price in [(2, "1.00"), (1, "3.02")]
    ]
    sale = as_alice.post("/api/stock/operations/", {"lines": lines}).json()
    sale = {"operation": sale["id"], "product": tea.pk}
    found = []
    for _ in range(3):
        give_back(as_alice, sale, 1)
        found.append(list_margins(as_alice)[0][3])
    assert found == ["2.00", "1.00", "0.00"]


def test_returned_goods_without_a_cost_leave_the_percentage(as_alice, alice, tea):
    pin = make_product(alice, "Pin", 5, price="1.00")
    book(as_alice, tea, "OUT", 1)
    give_back(as_alice, book(as_alice, pin, "OUT", 3), 2)
    totals = read_report(as_alice, "margins")["totals"]
    assert (totals["sold_without_cost"], totals["revenue_without_cost"], totals["margin_percent"]) == (
        3, "1.00", "55.56",
    )  # fmt: skip


def test_the_page_shows_what_came_back(as_alice, alice, browser_of_alice, tea):
    give_back(as_alice, book(as_alice, tea, "OUT", 3, ago(2)), 2)
    for by in ("product", "day", "category"):
        page = browser_of_alice.get(f"/api/reports/margins/?by={by}").content.decode()
        assert "Returned" in page


@pytest.fixture
def browser_of_alice(client, alice):
    client.force_login(alice)
    client.defaults["HTTP_ACCEPT"] = "text/html"
    return client


def test_what_runs_out_and_what_to_order_count_what_was_kept(as_alice, tea):
    sale = book(as_alice, tea, "OUT", 6, ago(3))
    book(as_alice, tea, "OUT", 1, ago(60))
    back = give_back(as_alice, sale, 4)
    assert [row["sold"] for row in read_rows(as_alice, "days-left")] == [2]
    as_alice.patch(f"/api/products/{tea.pk}/", {"min_threshold": 100})
    assert [row["sold"] for row in read_rows(as_alice, "reorder")] == [2]
    reverse(as_alice, back)
    assert [row["sold"] for row in read_rows(as_alice, "reorder")] == [6]


def test_a_return_of_an_older_sale_does_not_reduce_what_was_sold(as_alice, tea):
    give_back(as_alice, book(as_alice, tea, "OUT", 5, ago(60)), 5)
    book(as_alice, tea, "OUT", 2, ago(1))
    assert [row["sold"] for row in read_rows(as_alice, "days-left")] == [2]


def test_random_returns_agree_with_a_plain_computation(as_alice, alice):
    """The last state of each day is compared: what was sold and came back, by additions in Decimal."""
    random = Random(7)  # noqa: S311
    products = [make_product(alice, f"P{number}", 500, price="1.00", cost_price="0.37") for number in range(3)]
    expected, open_sales = {}, []
    for _ in range(120):
        if not open_sales or random.random() < 0.5:
            days_ago, product = random.randint(3, 9), random.choice(products)
            lines = [(random.randint(1, 4), Decimal(random.randint(0, 900)) / 100) for _ in range(2)]
            body = {
                "lines": [
                    {"product": product.pk, "movement_type": "OUT", "quantity": quantity, "unit_price": str(price)}
                    for quantity, price in lines
                ],
                "occurred_at": ago(days_ago).isoformat(),
            }
            sale = as_alice.post("/api/stock/operations/", body).json()
            pieces = [  # what each piece brings back, the last one sold first
                [share(total, at + 1, quantity) - share(total, at, quantity) for total in (quantity * price, cost)]
                for (quantity, price), cost in zip(lines[::-1], values(sale)[::-1], strict=True)
                for at in range(quantity)
            ]
            open_sales.append([sale["id"], product.pk, pieces])
            revenue, cost = (sum(column) for column in zip(*pieces, strict=True))
            add(expected, days_ago, sold=len(pieces), revenue=revenue, cost=cost)
        else:
            row = random.choice(open_sales)
            operation, product, pieces = row
            quantity = random.randint(1, len(pieces))
            days_ago = random.randint(0, 2)
            line = {"operation": operation, "product": product}
            give_back(as_alice, line, quantity, occurred_at=ago(days_ago))
            back, row[2] = pieces[:quantity], pieces[quantity:]
            revenue, cost = (sum(column) for column in zip(*back, strict=True))
            add(expected, days_ago, returned=quantity, revenue=-revenue, cost=-cost)
            open_sales = [one for one in open_sales if one[2]]
    today = datetime.now(UTC).date()
    found = {row[0]: row[1:5] for row in list_margins(as_alice, by="day", page_size=100)}
    assert found == {
        (today - timedelta(days=days_ago)).isoformat(): (
            sums["sold"], sums["returned"], f"{sums['revenue']:.2f}", f"{sums['cost']:.2f}",
        )
        for days_ago, sums in expected.items()
    }  # fmt: skip
    assert sum(sums["returned"] for sums in expected.values()) > 50


def values(sale):
    return [Decimal(movement["value"]) for movement in sale["movements"]]


def add(expected, days_ago, **numbers):
    expected.setdefault(days_ago, Counter()).update(numbers)


def share(total, part, whole):
    return (Decimal(total) * part / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
