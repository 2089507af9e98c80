"""The statement of an account at the support desk has the statements of its products in one file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from desk.reports.overview import statements
from desk.reports.overview.statements import read_statement_rows
from desk.support.tests.test_support_pages import backdate, sell, sign_in_staff
from products.models import Product
from testing.cast.people import make_product
from users.models import User

COLUMNS = ["product", "product_name", "sku", "sequence", "timestamp", "occurred_at", "reason", "reference",
           "performed_by", "change", "balance", "portions"]  # fmt: skip


@pytest.fixture
def sam(db):
    return sign_in_staff()


@pytest.fixture
def shop(alice, charlie):
    """Create two products that moved, one that did not, and another shop. Return the first two."""
    pot, cup = make_product(alice, "Pot", quantity=9, sku="P-1"), make_product(alice, "Cup, blue", quantity=5)
    make_product(alice, "Still")
    make_product(charlie, "Theirs", quantity=1)
    sell(cup, 1)
    sell(pot, 2)
    sell(cup, 3)
    return pot, cup


def read(client, owner, **query):
    """Return the header and the rows of the file."""
    response = client.get(f"/admin/accounts/{owner.pk}/statement/", query)
    assert response["Content-Type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    return header, rows


def test_has_the_statement_of_each_product_that_moved(sam, alice, shop):
    header, rows = read(sam, alice)
    assert header == COLUMNS
    pot, cup = shop
    assert [(row[1], row[6], row[9], row[10]) for row in rows] == [
        ("Pot", "opening balance", "", "0"),
        ("Pot", "opening", "9", "9"),
        ("Pot", "sale", "-2", "7"),
        ("Pot", "closing balance", "", "7"),
        ("Cup, blue", "opening balance", "", "0"),
        ("Cup, blue", "opening", "5", "5"),
        ("Cup, blue", "sale", "-1", "4"),
        ("Cup, blue", "sale", "-3", "1"),
        ("Cup, blue", "closing balance", "", "1"),
    ]
    assert {(row[0], row[2]) for row in rows} == {(str(pot.pk), "P-1"), (str(cup.pk), "")}


def test_each_part_is_the_product_s_own_statement(alice, shop):
    start = datetime.now(UTC) - timedelta(days=2)
    for product in shop:
        backdate(product.movements.get(sequence=1).operation, days=3)
    for period in ((None, None), (start, None), (None, start), (start, datetime.now(UTC))):
        rows = [list(row) for row in statements.read_account_rows(alice, *period)][1:]
        assert rows == list_expected(alice, period)


def list_expected(owner, period):
    """Return the rows of the products' own statements, without those of products that did not move."""
    found = []
    for product in Product.objects.filter(owner=owner).order_by("id"):
        _, *rows = read_statement_rows(product, *period)
        if len(rows) > 2:  # more than the two balances
            found += [[product.pk, product.name, product.sku, *row] for row in rows]
    return found


def test_a_period_without_movements_has_the_header_alone(sam, alice, shop):
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert read(sam, alice, since=tomorrow) == (COLUMNS, [])


@pytest.mark.quick
def test_has_the_shop_s_form_of_csv_and_a_name(sam, alice, shop):
    User.objects.filter(pk=alice.pk).update(csv_format="european")
    response = sam.get(f"/admin/accounts/{alice.pk}/statement/")
    assert response.getvalue().decode().startswith("\ufeffproduct;product_name;sku;sequence")
    assert response["Content-Disposition"] == f'attachment; filename="statement-account-{alice.pk}.csv"'


def test_too_many_movements_are_refused_with_the_form(sam, alice, shop, monkeypatch):
    monkeypatch.setattr(statements, "MAX_ACCOUNT_MOVEMENTS", 4)
    page = sam.get(f"/admin/accounts/{alice.pk}/statement/")
    assert page.status_code == 200
    assert "There are more than 4 movements in this period. Choose a shorter one." in page.text
    monkeypatch.setattr(statements, "MAX_ACCOUNT_MOVEMENTS", 5)
    assert len(read(sam, alice)[1]) == 9


def test_reads_in_batches(sam, alice, shop, monkeypatch, django_assert_num_queries):
    whole = read(sam, alice)
    monkeypatch.setattr(statements, "ROWS_AT_A_TIME", 2)
    with django_assert_num_queries(1 + 2 * 3):  # the ids; movements and products of three batches
        list(statements.read_account_rows(alice, None, None))
    assert read(sam, alice) == whole


def test_needs_the_permissions_for_accounts_products_and_movements(alice, bob, shop):
    address = f"/admin/accounts/{alice.pk}/statement/"
    permissions = ["view_user", "view_product", "view_movement"]
    for number, missing in enumerate(permissions):
        client = sign_in_staff(f"staff{number}", *(name for name in permissions if name != missing))
        assert client.get(address).status_code == 403
    client = sign_in_staff("kim", *permissions)
    assert client.get(address).status_code == 200
    assert client.get(f"/admin/accounts/{bob.pk}/statement/").status_code == 404


def test_the_account_page_and_a_list_of_the_account_lead_to_it(sam, alice, shop):
    address = f"/admin/accounts/{alice.pk}/statement/"
    assert f'action="{address}"' in sam.get(f"/admin/accounts/{alice.pk}/").text
    filtered = sam.get("/admin/stock/movement/", {"owner": "alice", "since": "2026-01-05"}).text
    assert f'"{address}?since=2026-01-05&amp;until="' in filtered
    product = sam.get("/admin/stock/movement/", {"owner": "alice", "product": shop[0].pk, "until": "2026-01-05"}).text
    assert f'"/admin/products/{shop[0].pk}/statement/?since=&amp;until=2026-01-05"' in product


def test_a_malformed_period_is_explained(sam, alice):
    page = sam.get(f"/admin/accounts/{alice.pk}/statement/", {"since": "x"})
    assert page.status_code == 200
    assert "Enter a valid date" in page.text
