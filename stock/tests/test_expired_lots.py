"""The expired stock of a product with lots: the flags, the filters, the alerts, the dashboard and the start page."""

from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from core.pages.columns import Display
from products.reading.details import read_expiring_of
from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

USER, COUNT, PAGE = 1, 1, 1


def day(user, offset):
    """Return a date in the shop, this many days from today, as text."""
    return (user.shop_today() + timedelta(days=offset)).isoformat()


def receive(owner, product, quantity, **place):
    body = {"product": product.pk, "movement_type": "IN", "quantity": quantity, **place}
    response = client_of(owner).post("/api/stock/", body)
    assert response.status_code == 201, response.content


@pytest.fixture
def tea(alice):
    """Return a product with 3 in an expired lot, 5 in another lot, and 2 in no lot."""
    tea = make_product(alice, "Tea", 2, price="10.00")
    receive(alice, tea, 3, lot="H24", expires_on=day(alice, -1))
    receive(alice, tea, 5, lot="H26", expires_on=day(alice, 1))
    return tea


def read_expiry(client, product):
    """Return the expired quantity and the flags.

    They are the same in the list, in the filtered list and in the single row.
    """
    [listed] = [row for row in client.get("/api/products/").json()["results"] if row["id"] == product.pk]
    [found] = client.get("/api/products/", {"search": product.name}).json()["results"]
    assert listed == found == client.get(f"/api/products/{product.pk}/").json()
    return listed["expired_quantity"], listed["is_expired"], listed["has_expiry"]


def set_date(client, product, date):
    assert client.patch(f"/api/products/{product.pk}/", {"expiration_date": date}).status_code == 200


@pytest.mark.quick
def test_a_product_is_expired_by_its_expired_lots(as_alice, tea):
    assert read_expiry(as_alice, tea) == (3, True, True)


def test_what_is_in_no_lot_expires_on_the_date_of_the_product(as_alice, alice, tea):
    set_date(as_alice, tea, day(alice, 0))
    assert read_expiry(as_alice, tea) == (5, True, True)


def test_a_lot_without_a_date_expires_on_the_date_of_the_product(as_alice, alice, tea):
    receive(alice, tea, 4, lot="X")
    set_date(as_alice, tea, day(alice, 1))
    assert read_expiry(as_alice, tea) == (3, True, True)
    set_date(as_alice, tea, day(alice, 0))
    assert read_expiry(as_alice, tea) == (9, True, True)


def test_the_date_of_the_product_does_not_count_for_lots_with_a_date(as_alice, alice):
    jam = make_product(alice, "Jam", expiration_date=day(alice, -1))
    receive(alice, jam, 5, lot="A", expires_on=day(alice, 1))
    assert read_expiry(as_alice, jam) == (0, False, True)


def test_a_lot_that_is_sold_out_does_not_count(as_alice, tea):
    sold = {"product": tea.pk, "movement_type": "OUT", "quantity": 3, "reason": "expiry"}
    assert as_alice.post("/api/stock/", sold).status_code == 201
    assert read_expiry(as_alice, tea) == (0, False, True)


def test_without_lots_the_date_of_the_product_decides(as_alice, alice):
    old = make_product(alice, "Aged", 4, expiration_date=day(alice, 0))
    sold_out = make_product(alice, "Sold out", 0, expiration_date=day(alice, 0))
    new = make_product(alice, "New", 4, expiration_date=day(alice, 1))
    kept = make_product(alice, "Kept", 4)
    found = [read_expiry(as_alice, product) for product in (old, sold_out, new, kept)]
    assert found == [(4, True, True), (0, True, True), (0, False, True), (0, False, False)]


def test_stock_at_a_location_has_no_date_of_its_own(as_alice, alice):
    jam = make_product(alice, "Jam", 4)
    receive(alice, jam, 2, lot="X")
    assert read_expiry(as_alice, jam) == (0, False, False)
    set_date(as_alice, jam, day(alice, 0))
    assert read_expiry(as_alice, jam) == (6, True, True)


@all_cases(("expired", "expected"), [("true", ["Old", "Tea"]), ("false", ["Fresh", "Jam"])])
def test_the_filter_by_expired_finds_expired_lots(as_alice, alice, charlie, tea, expired, expected):
    make_product(alice, "Old", 4, expiration_date=day(alice, 0))
    make_product(alice, "Fresh", 4)
    receive(alice, make_product(alice, "Jam", expiration_date=day(alice, -1)), 5, lot="A", expires_on=day(alice, 1))
    receive(charlie, make_product(charlie, "Foreign"), 5, lot="A", expires_on=day(charlie, -1))
    rows = as_alice.get("/api/products/", {"expired": expired, "ordering": "name"}).json()["results"]
    assert [row["name"] for row in rows] == expected


@all_cases(
    ("first", "end", "expected"),
    [
        (-1, 0, ["Tea"]),
        (1, 2, ["Jam", "Tea"]),
        (2, 9, []),
        (None, 1, ["Tea"]),
        (1, None, ["Jam", "Tea"]),
        (2, None, []),
    ],
)
def test_the_filters_by_date_find_lots_in_stock(as_alice, alice, tea, first, end, expected):
    make_product(alice, "Jam", 1, expiration_date=day(alice, 1))
    days = {"expires_after": first, "expires_before": end}
    query = {name: day(alice, offset) for name, offset in days.items() if offset is not None}
    rows = as_alice.get("/api/products/", {**query, "ordering": "name"}).json()["results"]
    assert [row["name"] for row in rows] == expected


def test_the_filters_by_date_leave_out_the_date_of_a_product_that_is_all_in_lots(as_alice, alice):
    jam = make_product(alice, "Jam", expiration_date=day(alice, 1))
    receive(alice, jam, 5, lot="A", expires_on=day(alice, 5))
    assert as_alice.get("/api/products/", {"expires_before": day(alice, 5)}).json()["results"] == []


def test_the_alerts_list_expired_lots_the_earliest_first(as_alice, alice, tea):
    make_product(alice, "Old", 9, expiration_date=day(alice, -2))
    older = make_product(alice, "Older", 9)
    receive(alice, older, 1, lot="A", expires_on=day(alice, -3))
    rows = as_alice.get("/api/products/alerts/").json()["expired"]
    assert [(row["name"], row["expired_quantity"]) for row in rows] == [("Older", 1), ("Old", 9), ("Tea", 3)]


def test_the_dashboard_counts_what_has_expired_and_its_value(as_alice, alice, tea):
    make_product(alice, "Old", 4, price="1.00", expiration_date=day(alice, 0))
    jam = make_product(alice, "Jam", 1, price="2.00", expiration_date=day(alice, -1))
    receive(alice, jam, 5, lot="A", expires_on=day(alice, 1))
    honey = make_product(alice, "Honey", expiration_date=day(alice, -1))
    receive(alice, honey, 5, lot="A", expires_on=day(alice, 1))
    dashboard = as_alice.get("/api/dashboard/").json()
    assert dashboard["counts"]["expired_products"] == 3
    assert dashboard["financial"]["expired_inventory_value"] == 3 * 10 + 4 * 1 + 1 * 2


def test_the_start_page_counts_products_whose_lots_expire_soon(alice, tea):
    receive(alice, tea, 1, lot="H27", expires_on=day(alice, 2))
    make_product(alice, "Later", 9, expiration_date=day(alice, 31))
    page = Browser(alice).get_page("/api/")
    assert ">1 expired</a>" in page
    assert page.partition("<h2>Expires within 30 days</h2>")[2].partition("</section>")[0].count("<tr>") == 2


def test_pages_show_the_date_of_the_lot_that_expires_first(alice, as_alice):
    jam = make_product(alice, "Jam", expiration_date=day(alice, 90))
    receive(alice, jam, 5, lot="B", expires_on=day(alice, 40))
    receive(alice, jam, 5, lot="A", expires_on=day(alice, -1))
    for address in ("/api/products/", "/api/products/alerts/", f"/api/products/{jam.pk}/"):
        text = strip_tags(Browser(alice).get_page(address))
        assert f"{Display.of(alice).date(day(alice, -1))} expired" in " ".join(text.split()), address
    assert as_alice.get(f"/api/products/{jam.pk}/").json()["expiration_date"] == day(alice, 90)


@pytest.mark.quick
def test_the_page_of_a_product_says_how_much_has_expired(alice, tea):
    assert "3 of 10" in Browser(alice).get_page(f"/api/products/{tea.pk}/")


def test_lots_cost_the_dashboard_and_the_list_no_statement(as_alice, alice, tea, django_assert_num_queries):
    with django_assert_num_queries(USER + COUNT + PAGE):
        as_alice.get("/api/products/")
    with django_assert_num_queries(USER + 2):
        as_alice.get("/api/dashboard/")


def test_the_lots_of_chosen_products_that_expire_are_read_by_name(alice, tea):
    cup = make_product(alice, "Cup", quantity=4, expiration_date=day(alice, 3))
    make_product(alice, "Bowl", quantity=4, expiration_date=day(alice, 3))
    first, last = alice.shop_today(), alice.shop_today() + timedelta(days=400)
    rows = read_expiring_of(alice.pk, [tea.pk, cup.pk], first, last, 100)
    assert [row.id for row in rows if row.id == cup.pk] == [cup.pk]
    assert {row.id for row in rows} <= {tea.pk, cup.pk}
