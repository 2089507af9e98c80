"""A file with doubtful prices, or with times in a column of days, says so where they are."""

import io

import pytest

from products.filing.tests.importing import ADDRESS, import_file, upload
from testing.cast.people import make_product

pytestmark = [pytest.mark.django_db, pytest.mark.measured]


def test_prices_of_zero_and_of_ten_times_the_present_one_are_told_with_their_lines(as_alice, alice):
    for name, price in (("Tea", "4.90"), ("Bag", "0.00"), ("Cup", "3.00"), ("Pot", "5.00")):
        make_product(alice, name, sku=name, price=price)
    text = "sku,name,price\nTea,,49.00\nBag,,0\nCup,,0\nPot,,49.99\nJug,Jug,0\nPan,Pan,900\n"
    answer = import_file(as_alice, text, "?dry_run=true")
    assert answer["doubtful_prices"] == [
        {"line": 2, "name": "Tea", "price": "49.00", "usual": "4.90"},
        {"line": 4, "name": "Cup", "price": "0.00", "usual": "3.00"},
        {"line": 6, "name": "Jug", "price": "0.00", "usual": None},
    ]
    assert any("more: 3, for example line 2, Tea: 49.00." in note for note in answer["notes"])
    assert import_file(as_alice, text)["created"] == 2


def test_prices_that_a_choice_sets_to_zero_are_not_told(as_alice):
    assert import_file(as_alice, "name,price\nTea,\nCup,0\n", "?no_price=zero")["doubtful_prices"] == [
        {"line": 3, "name": "Cup", "price": "0.00", "usual": None}
    ]


def test_the_page_lists_them_before_the_button(as_alice):
    file = io.BytesIO(b"name,price\nTea,0.00\n")
    file.name = "products.csv"
    page = as_alice.post(ADDRESS, {"file": file, "dry_run": "true"}, format="multipart", HTTP_ACCEPT="text/html").text
    assert page.index("Check these prices before you import") < page.index("Import 1 product")


def test_a_time_in_a_column_of_days_is_named(as_alice):
    refused = upload(as_alice, "name,price,expiration_date\nTea,1,2031-02-03 14:30\nCup,1,03.02.2031 00:00\n").json()
    assert [(row["line"], row["column"], row["reason"]) for row in refused["rows"]] == [
        (2, "expiration_date",
         "This has a time of day, but the column has days: enter the day alone, as 2026-12-31."),
    ]  # fmt: skip


def test_a_time_in_a_field_of_a_day_is_named(as_alice, alice):
    tea = make_product(alice, "Tea")
    answer = as_alice.patch(f"/api/products/{tea.pk}/", {"expiration_date": "2031-02-03T14:30"})
    said = "This is a day: leave the time of day out, as 2026-12-31."
    assert (answer.status_code, answer.json()) == (400, {"expiration_date": [said]})
