"""/api/reports/taxes/: the VAT of sales and returns, and reports whose margins are without it."""

import pytest

from desk.reports.cards import read_takings
from desk.reports.tests.reporting import ago, book, read_csv, read_report, read_rows, reverse
from desk.reports.tests.test_report_sales import give_back
from products.taxes.services import create_tax
from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser

SUMS = ("total", "returned", "net", "tax", "gross")


@pytest.fixture
def tea(alice):
    tax = create_tax(owner_id=alice.pk, name="Reduced", rate="7")
    return make_product(alice, "Tea", 30, price="10.70", cost_price="4.00", tax=tax)


@pytest.fixture
def cup(alice):
    tax = create_tax(owner_id=alice.pk, name="Standard", rate="19")
    return make_product(alice, "Cup", 30, price="1.19", cost_price="0.25", tax=tax)


@pytest.fixture
def client(alice, tea, cup):
    """Return a client of the owner as it is now: the shop has rates of VAT."""
    return client_of(type(alice).find(alice.pk))


def sell(client, *lines, **fields):
    sold = [{"product": product.pk, "movement_type": "OUT", "quantity": quantity} for product, quantity in lines]
    response = client.post("/api/stock/operations/", {"lines": sold, **fields})
    assert response.status_code == 201, response.json()
    return {**response.json(), "operation": response.json()["id"]}


def read_taxes(client, **query):
    return {row.pop("rate"): tuple(row[name] for name in SUMS) for row in read_rows(client, "taxes", **query)}


def test_a_row_is_a_rate_the_highest_first(client, as_bob, alice, tea, cup):
    pot = make_product(alice, "Pot", 5, price="3.00")
    sell(client, (tea, 1), (cup, 3), (pot, 1))
    sell(client, (cup, 1))
    found = read_report(as_bob, "taxes")
    assert found["results"] == [
        {
            "rate": "19.00",
            "category": "S",
            "total": "4.76",
            "returned": "0.00",
            "net": "4.00",
            "tax": "0.76",
            "gross": "4.76",
        },
        {
            "rate": "7.00",
            "category": "S",
            "total": "10.70",
            "returned": "0.00",
            "net": "10.00",
            "tax": "0.70",
            "gross": "10.70",
        },
        {
            "rate": None,
            "category": None,
            "total": "3.00",
            "returned": "0.00",
            "net": "3.00",
            "tax": "0.00",
            "gross": "3.00",
        },
    ]
    assert found["totals"] == {
        "total": "18.46", "returned": "0.00", "net": "17.00", "tax": "1.46", "gross": "18.46",
    }  # fmt: skip


@pytest.mark.quick
def test_a_return_counts_on_its_own_day_until_it_is_undone(client, tea):
    sale = sell(client, (tea, 3), occurred_at=ago(5).isoformat(), discount={"amount": "0.01"})
    back = give_back(client, sale, tea, 1)
    assert read_taxes(client, period="today") == {"7.00": ("0.00", "10.70", "-10.00", "-0.70", "-10.70")}
    assert read_taxes(client) == {"7.00": ("32.09", "10.70", "19.99", "1.40", "21.39")}
    give_back(client, sale, tea, 2)
    assert read_taxes(client) == {"7.00": ("32.09", "32.09", "0.00", "0.00", "0.00")}
    reverse(client, back)
    assert read_taxes(client, period="today") == {"7.00": ("0.00", "21.39", "-19.99", "-1.40", "-21.39")}


def test_what_is_undone_and_what_others_sell_does_not_count(client, as_charlie, tea, cup):
    undone = reverse(client, book(client, tea, "OUT", 1))
    assert read_taxes(client) == read_taxes(as_charlie) == {}
    reverse(client, undone)
    assert read_taxes(client) == {"7.00": ("10.70", "0.00", "10.00", "0.70", "10.70")}
    assert read_taxes(as_charlie) == {}


def test_a_delivery_that_goes_back_has_no_vat(client, alice, tea):
    wrapping = make_product(alice, "Wrapping", price="1.00", keeps_stock=False, tax=tea.tax)
    for product in (tea, wrapping):
        give_back(client, book(client, product, "IN", 2), product, 1)
    assert read_taxes(client) == {}
    assert read_rows(client, "sales") == read_rows(client, "margins") == []


@pytest.mark.quick
def test_prices_without_vat(client, alice, tea, cup):
    client.patch("/api/account/", {"prices_include_tax": False})
    client = client_of(type(alice).find(alice.pk))
    sale = sell(client, (tea, 1), (cup, 3))
    assert read_taxes(client) == {
        "19.00": ("4.25", "0.00", "3.57", "0.68", "4.25"), "7.00": ("11.45", "0.00", "10.70", "0.75", "11.45"),
    }  # fmt: skip
    [row] = read_rows(client, "sales")
    assert (row["total"], row["revenue"], row["margin"]) == ("15.70", "15.70", "9.52")
    margins = {row["name"]: (row["revenue"], row["margin"]) for row in read_rows(client, "margins")}
    assert margins == {"Tea": ("10.70", "6.70"), "Cup": ("3.57", "2.82")}
    give_back(client, sale, cup, 3)
    assert read_report(client, "sales")["totals"]["revenue"] == "11.45"


def test_margins_are_without_vat(client, alice, tea, cup):
    pot = make_product(alice, "Pot", 5, price="3.00", cost_price="1.00")
    sale = sell(client, (tea, 2), (cup, 1), (pot, 1))
    [row] = read_rows(client, "sales")
    assert (row["total"], row["margin"]) == ("25.59", "14.75")
    margins = {row["name"]: (row["revenue"], row["cost"], row["margin"]) for row in read_rows(client, "margins")}
    assert margins == {
        "Tea": ("20.00", "8.00", "12.00"), "Cup": ("1.00", "0.25", "0.75"), "Pot": ("3.00", "1.00", "2.00"),
    }  # fmt: skip
    give_back(client, sale, tea, 1)
    assert read_report(client, "margins")["totals"]["revenue"] == "14.00"
    give_back(client, sale, tea, 1)
    assert read_report(client, "margins")["totals"]["revenue"] == "4.00"


def test_the_takings_of_a_shop_with_net_prices_have_vat(alice, tea, cup):
    type(alice).objects.filter(pk=alice.pk).update(prices_include_tax=False)
    client = client_of(type(alice).find(alice.pk))
    sale = sell(client, (tea, 3), (cup, 1), (cup, 2))
    give_back(client, sale, cup, 2)
    [part] = read_takings(alice, [ago(1)], ago(-1))
    assert (part["sales"], str(part["revenue"])) == (1, read_report(client, "sales")["totals"]["revenue"])
    assert part["revenue"] > 3 * tea.price


def test_the_revenue_of_two_lines_of_a_product_comes_back_whole(client, cup):
    sale = sell(client, (cup, 1), (cup, 1), discount={"amount": "0.01"})
    give_back(client, sale, cup, 1)
    give_back(client, sale, cup, 1)
    totals = read_report(client, "margins")["totals"]
    assert (totals["revenue"], totals["cost"], totals["margin"]) == ("0.00", "0.00", "0.00")


def test_files_have_the_rates(client, tea):
    sell(client, (tea, 1))
    rows = read_csv(client, "taxes")
    assert rows[-1]["rate"] == "7.00"
    assert rows[-1]["tax"] == "0.70"


def test_the_page_shows_the_rates(client, alice, tea):
    sell(client, (tea, 1))
    page = Browser(alice).get_page("/api/reports/taxes/")
    assert "10.70" in page
    assert "0.70" in page
