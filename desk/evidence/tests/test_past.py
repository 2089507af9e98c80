"""A pack of a past instant has what was there then, whatever has happened since."""

from decimal import Decimal

import pytest

from desk.evidence.reading.pack import CHECKER
from desk.evidence.tests.conftest import ask, count, write
from desk.evidence.tests.test_checker import check
from desk.evidence.tests.test_packs import CLOCKS, read_table
from desk.reports.tests.reporting import ago, book
from products.models import Product
from testing.cast.people import make_product

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_the_stock_of_now_is_that_of_the_products(shop, as_alice, tea):
    book(as_alice, tea, "OUT", 7, ago(2), reason="damage")
    for clock in CLOCKS:
        rows = read_table(write(ask(shop, clock=clock)), "inventory.csv", "product", "quantity", "value")
        for product in Product.objects.filter(owner=shop, stock_sequence__gt=0):
            parts = [(int(quantity), Decimal(value)) for pk, quantity, value in rows if int(pk) == product.pk]
            assert tuple(map(sum, zip(*parts, strict=True))) == (product.quantity, product.stock_value)


def sell_all(client, tea, cellar):
    book(client, tea, "OUT", 10, ago(1), lot="H26", reason="sale")


def take_lots_from_elsewhere(client, tea, cellar):
    book(client, tea, "IN", 3, ago(1), lot="J27", unit_cost="50.00")


def deliver_at_another_cost(client, tea, cellar):
    book(client, tea, "IN", 100, ago(1), unit_cost="99.00")


def empty_and_archive_the_place(client, tea, cellar):
    book(client, tea, "OUT", 39, ago(1), location=cellar.pk, reason="sale")
    assert client.delete(f"/api/locations/{cellar.pk}/").status_code == 204


def archive_the_product(client, tea, cellar):
    assert client.delete(f"/api/products/{tea.pk}/").status_code == 204


def count_it(client, tea, cellar):
    count(client, tea, 5)


CHANGES = (
    sell_all, take_lots_from_elsewhere, deliver_at_another_cost, empty_and_archive_the_place, count_it,
    archive_the_product,
)  # fmt: skip


def test_what_happens_later_changes_nothing_of_the_past(shop, as_alice, tea, cellar):
    columns = ("name", "category_name", "location_name", "lot_code", "expires_on", "quantity", "cost_of_one", "value")
    before = read_table(write(ask(shop, as_of=ago(5))), "inventory.csv", *columns)
    for change in CHANGES:
        change(as_alice, tea, cellar)
        assert read_table(write(ask(shop, as_of=ago(5))), "inventory.csv", *columns) == before, change


def test_a_delivery_from_before_the_product_was_entered_counts(alice, as_alice):
    product = make_product(alice, "Pot")
    book(as_alice, product, "IN", 3, ago(90), unit_cost="2.50")
    pack = write(ask(alice, as_of=ago(80)))
    assert read_table(pack, "inventory.csv", "quantity", "value") == [("3", "7.50")]


def test_what_is_booked_late_before_a_count_is_a_difference_of_it(shop, as_alice, tea, cellar):
    book(as_alice, tea, "OUT", 2, ago(25), location=cellar.pk)
    [row, _] = read_table(write(ask(shop)), "counts.csv", "counted", "moved_since", "rolled", "in_inventory")
    assert row == ("39", "0", "39", "37")


def test_less_than_nothing_can_be_checked(alice, as_alice, tmp_path):
    product = make_product(alice, "Pot")
    book(as_alice, product, "IN", 3, unit_cost="2.50")
    book(as_alice, product, "OUT", 2, ago(3), reason="sale")
    pack = write(ask(alice, as_of=ago(1)))
    assert read_table(pack, "inventory.csv", "quantity", "cost_of_one", "value") == [("-2", "2.5000", "-5.00")]
    path = tmp_path / "pack.zip"
    path.write_bytes(pack)
    assert check(CHECKER, path)[0] == 0
