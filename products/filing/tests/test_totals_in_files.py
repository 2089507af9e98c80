"""Rows with totals, and amounts in several currencies, are named in the notes of an import."""

from decimal import Decimal

import pytest

from products.filing.surveys import Sums, find_groups, find_subtotals
from products.filing.tests.importing import import_counts, upload
from products.models import Product
from testing.tables import all_cases

HEADER = "No,SKU,Name,Price,Stock,Category"


@pytest.mark.parametrize(
    "row",
    ["Total,,,,57,", ",,Total,12.50,57,", ",Grand total:,,,57,", "ZWISCHENSUMME,,,€ 57,", "Total général,,,57 pcs,,"],
)
def test_a_row_with_totals_is_named_and_no_product(as_alice, row):
    answer = upload(as_alice, f"{HEADER}\n,T-1,Tea,12.50,57,Food\n{row}\n", "?columns=No:").json()
    assert (answer["created"], Product.objects.count()) == (1, 1)
    label = next(filter(None, row.split(",")))
    assert answer["notes"][-1] == (
        f"Rows with totals, which are no products and are left out: 1, for example line 3: {label}."
    )


@pytest.mark.parametrize(
    "row", ["1,T-2,Total,9,3,", ",T-2,Total,9,3,", ",,Total,9,3,Oil", "Total,T-2,9000,35,3,", "Total,,9000,35,3,",
            ",,Total 9000,35,3,", ",,Sumatra,35,3,"],
)  # fmt: skip
def test_a_product_with_such_a_name_is_imported(as_alice, row):
    assert import_counts(as_alice, f"{HEADER}\n{row}\n", "?columns=No:")["created"] == 1


def test_totals_amid_the_file_are_counted(as_alice):
    answer = upload(as_alice, "name,price,stock\nTea,1,2\nSubtotal,,2\nPot,1,3\nSum,,3\n\nTotal,,5\n").json()
    assert (answer["created"], answer["notes"]) == (
        2, ["Rows with totals, which are no products and are left out: 3, for example line 3: Subtotal."]
    )  # fmt: skip


TALLY = """\
Particulars,Quantity,Rate,Value
Dairy,16 Jar,200.00,3200.00
Ghee,4 Jar,310.00,1240.00
Butter,12 Jar,163.33,1960.00
Bakery,,,900.00
Sweet,,,900.00
Cake,3 Box,300.00,900.00
Tea,5 Box,180.00,900.00
Grand Total,,,5000.00
"""


def test_rows_with_the_sums_of_the_rows_below_are_not_imported(as_alice):
    answer = upload(as_alice, TALLY, "?moving=true").json()
    assert {*Product.objects.values_list("name", "quantity")} == {("Ghee", 4), ("Butter", 12), ("Cake", 3), ("Tea", 5)}
    assert answer["notes"][-1].startswith("Rows with totals, which are no products and are left out: 4, for example")


@all_cases(
    ("rows", "lines"),
    [
        ([(3, 1, True), (2, 1, True), (1, 1, True)], set()),
        ([(1, 1, True), (1, 1, True)], set()),
        ([(1, 1, False), (1, 1, True)], {0}),
        ([(0, 0, False), (0, 0, True)], set()),
        ([(6, 9, True), (4, 2, True), (2, 1, True)], set()),
        ([(9, 0, False), (6, 0, True), (4, 2, True), (2, 1, True), (3, 1, True)], {0, 1}),
    ],
)  # fmt: skip
def test_a_row_is_a_subtotal_if_its_value_and_quantity_are_sums(rows, lines):
    sums = [Sums(line, Decimal(value), Decimal(quantity), price) for line, (value, quantity, price) in enumerate(rows)]
    assert find_subtotals(reversed(sums)) == lines


GROUPS = """\
Name,Stock,Price,Sum
Price list,14,,30
Juices,7,,15
Apple,3,5,15
Pear,4,0,0
Waters,7,,15
Still,2,5,10
Gas,5,1,5
"""


@all_cases(
    ("text", "products"),
    [
        (GROUPS, {("Apple", 3), ("Pear", 4), ("Still", 2), ("Gas", 5)}),
        # The group is below its rows, one sum is wrong, and the stock is in columns of places.
        ("Name,Stock,Price\nA,3,5\nB,4,1\nX,7,\nC,2,5\nD,5,1\nY,7,\nE,1,1\nF,1,1\nZ,3,\n",
         {("A", 3), ("B", 4), ("C", 2), ("D", 5), ("E", 1), ("F", 1)}),
        ("Name,Price,quantity [Shop],quantity [Depot]\nX,,3,4\nA,5,1,4\nB,1,2,\nY,,4,3\nC,5,2,\nD,1,2,3\n",
         {("A", 5), ("B", 2), ("C", 2), ("D", 5)}),
        # A single row has the sum of all others.
        ("Name,Stock,Price\nAll of it,7,\nA,3,5\nB,4,1\n", {("A", 3), ("B", 4)}),
        ("Name,Stock,Price\nA,3,5\nB,4,1\nAll of it,7,\n", {("A", 3), ("B", 4)}),
        # Products without a price, whose quantities are sums by chance or not at all, or which have a code.
        ("Name,Stock,Price\nA,3,5\nX,7,\nB,3,1\nC,4,1\n", {("A", 3), ("X", 7), ("B", 3), ("C", 4)}),
        ("Name,Stock,Price\nX,3,\nA,3,1\nY,4,\nB,4,1\n", {("X", 3), ("A", 3), ("Y", 4), ("B", 4)}),
        ("Name,SKU,Stock,Price\nX,S,7,\nA,,3,5\nB,,4,1\n", {("X", 7), ("A", 3), ("B", 4)}),
    ],
)  # fmt: skip
def test_a_row_without_a_price_and_with_the_sum_of_others_is_no_product(as_alice, text, products):
    Product.objects.all().delete()
    answer = upload(as_alice, text, "?moving=true").json()
    assert {*Product.objects.values_list("name", "quantity")} == products
    left = text.count("\n") - 1 - len(products)
    assert any(f"are left out: {left}, for example" in note for note in answer["notes"]) == (left > 0)


def test_a_group_needs_the_sum_of_its_rows():
    three, four, seven, nine = map(Decimal, (3, 4, 7, 9))
    assert find_groups([(2, nine), (0, three), (0, four), (5, seven), (0, three), (0, four)]) == set()
    assert find_groups([]) == set()


# --- Currencies ------------------------------------------------------------------------------------------------------


@all_cases(
    ("prices", "named"),
    [
        (
            ["ARS 100.00", "USD 5.00", "ARS 7.00"],
            "The column price has amounts in several currencies, which are not converted: ARS (2), USD (1).",
        ),
        (["€ 5", "5 $"], "EUR (1), USD (1)"), (["5 EUR", "5.00", "CHF 3"], "EUR (1), CHF (1)"),
        (["100 zł", "5 EUR"], "ZŁ (1), EUR (1)"), (["€ 5", "5 EUR", "5,00€"], ""), (["$5", "USD 5", "US$ 5"], ""),
        (["5", "6"], ""),
    ],
)  # fmt: skip
def test_two_currencies_in_a_column_are_named(as_alice, prices, named):
    lines = "".join(f'P{number},"{price}"\n' for number, price in enumerate(prices))
    notes = upload(as_alice, f"name,price\n{lines}", "?dry_run=true").json()["notes"]
    assert [named in note for note in notes] == ([True] if named else [])


def test_the_currencies_of_prices_and_costs_are_not_compared(as_alice):
    answer = upload(as_alice, "name,price,cost,stock\nTea,EUR 5,USD 3,5 pcs\nPot,EUR 5,USD 3,5 pc\n").json()
    assert (answer["created"], answer["notes"]) == (2, [])
