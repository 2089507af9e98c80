"""/api/reports/makings/: what was made, and what was used for it beside what the recipes expected."""

import pytest

from desk.reports.tests.reporting import ago, read_csv, read_rows, reverse
from stock.making.tests.recipes import make, write_recipe
from testing.cast.people import make_product
from testing.reading.browser import Browser


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, cost_price="2.00")


@pytest.fixture
def paper(alice):
    return make_product(alice, "Paper", 50, cost_price="0.10")


@pytest.fixture
def bag(alice, tea, paper):
    bag = make_product(alice, "Bag")
    write_recipe(alice, bag, 5, {tea: 10, paper: 5})
    return bag


def make_of(client, product, quantity, used, **body):
    """Make a product of what was used: quantities by product."""
    lines = [{"product": part.pk, "quantity": each} for part, each in used.items()]
    return make(client, product, quantity, used=lines, **body)


def read_makings(client, **query):
    """Return the numbers of each row, by what was made, taken apart or used."""
    names = ("makings", "quantity", "expected", "difference", "cost")
    return {
        (row["part_name"] or row["name"], row["take_apart"]): tuple(row[name] for name in names)
        for row in read_rows(client, "makings", **query)
    }


def test_the_recipe_is_beside_what_was_used(as_alice, bag, tea, paper):
    string = make_product(bag.owner, "String", 10)
    make(as_alice, bag, 5)
    make_of(as_alice, bag, 5, {tea: 11, string: 1})
    assert read_makings(as_alice) == {
        ("Bag", False): (2, 10, None, None, "42.50"),
        ("Paper", False): (2, 5, 10, -5, "0.50"),
        ("String", False): (1, 1, 0, 1, "0.00"),
        ("Tea", False): (2, 21, 20, 1, "42.00"),
    }
    rows = read_rows(as_alice, "makings")
    assert [(row["product"], row["part"]) for row in rows[:2]] == [(bag.pk, None), (bag.pk, paper.pk)]


def test_what_was_taken_apart_has_rows_of_its_own(as_alice, bag):
    make(as_alice, bag, 10)
    make(as_alice, bag, 5, take_apart=True)
    found = read_makings(as_alice)
    assert found["Bag", False] == (1, 10, None, None, "41.00")
    assert (found["Bag", True], found["Tea", True]) == ((1, 5, None, None, "20.50"), (1, 10, 10, 0, "20.00"))


def test_a_part_without_stock_counts_once(as_alice, alice):
    wrap, basket = make_product(alice, "Wrap", keeps_stock=False, cost_price="0.30"), make_product(alice, "Basket")
    cup = make_product(alice, "Cup", 10)
    make_of(as_alice, basket, 4, {wrap: 4, cup: 4})
    make_of(as_alice, basket, 1, {wrap: 1, cup: 1}, take_apart=True)
    found = read_makings(as_alice)
    assert (found["Wrap", False], found["Wrap", True]) == ((1, 4, 4, 0, "1.20"), (1, 1, 1, 0, "0.00"))


def test_without_a_recipe_the_use_is_what_was_expected(as_alice, alice, tea):
    cup = make_product(alice, "Cup of tea")
    make_of(as_alice, cup, 1, {tea: 3})
    assert read_makings(as_alice)["Tea", False] == (1, 3, 3, 0, "6.00")


def test_undone_makings_and_those_of_other_times_and_shops_are_left_out(as_alice, as_dora, bag):
    reverse(as_alice, make(as_alice, bag, 5).json())
    make(as_alice, bag, 10, occurred_at=ago(3).isoformat())
    assert read_makings(as_alice)["Bag", False][:2] == (1, 10)
    assert (read_makings(as_alice, period="today"), read_makings(as_dora)) == ({}, {})


def test_workers_see_no_costs(as_alice, as_bob, bag):
    make(as_alice, bag, 5)
    assert read_makings(as_bob)["Tea", False] == (1, 10, 10, 0, None)
    assert "cost" in read_csv(as_alice, "makings")[0]
    assert "cost" not in read_csv(as_bob, "makings")[0]


def test_quantities_have_the_unit_of_their_own_product(as_alice, alice):
    loose = make_product(alice, "Loose tea", 2000, unit="kg", decimals=3)
    bag = make_product(alice, "Bag")
    write_recipe(alice, bag, 10, {loose: 1000})
    make_of(as_alice, bag, 10, {loose: 1050})
    assert [(row["unit"], row["quantity"]) for row in read_csv(as_alice, "makings")] == [("", "10"), ("kg", "1.050")]
    page = Browser(alice).get_page("/api/reports/makings/")
    assert all(text in page for text in ("1.050 kg", "1.000 kg", "+0.050 kg"))
