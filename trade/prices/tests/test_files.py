"""Prices as files, and their import."""

import pytest

from testing.reading.streamed import read_in_parts
from testing.tables import all_cases
from trade.prices.models import PriceRow
from trade.prices.tests.priced import make_group, set_prices

pytestmark = pytest.mark.django_db
URL = "/api/prices/"


def send(client, text, **query):
    return client.post(f"{URL}import/", text, content_type="text/csv", query_params=query)


def list_rows(client, goods, kind="products"):
    rows = client.get(f"/api/{kind}/{goods}/prices/").json()["rows"]
    return [(row["price_group"], row["from"], row["price"], row["starts_on"], row["ends_on"]) for row in rows]


@pytest.fixture
def coded(as_alice, tea, basket):
    as_alice.patch(f"/api/products/{tea.pk}/", {"sku": "TEA", "external_id": "T-1"})
    as_alice.patch(f"/api/kits/{basket}/", {"sku": "KIT", "barcode": "4006381333931"}, format="json")


def test_the_file_that_the_list_writes_changes_nothing(alice, as_alice, tea, basket, regulars, coded):
    set_prices(
        alice, tea, {"price": "9.00", "from": "12", "ends_on": "2030-12-31"}, {"price": "8.00", "price_group": regulars}
    )
    set_prices(alice, basket, {"price": "14.00"}, kind="kits")
    file = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[0] == "name,sku,barcode,external_id,price_group,from,unit,price,starts_on,ends_on"
    assert "Tea,TEA,,T-1,,12,,9.00,,2030-12-31" in lines
    imported = send(as_alice, file)
    assert (imported.status_code, imported.json()["unchanged"]) == (200, 2), imported.json()


@pytest.mark.quick
def test_the_rows_of_what_a_file_names_are_replaced(alice, as_alice, tea, cup, basket, regulars, coded):
    set_prices(alice, tea, {"price": "5.00"})
    set_prices(alice, cup, {"price": "2.00"})
    text = "sku,price group,from,price,starts on,ends on\nTEA,regulars,12,8.50,2030-01-01,2030-01-31\nKIT,,,14.00,,\n"
    checked = send(as_alice, text, dry_run="true").json()
    assert list_rows(as_alice, tea.pk) == [(None, None, "5.00", None, None)]
    imported = send(as_alice, text).json()
    assert {**checked, "dry_run": False} == imported
    assert [(one["name"], one["change"]) for one in imported["prices"]] == [("Tea", "updated"), ("Basket", "created")]
    assert list_rows(as_alice, tea.pk) == [(regulars, "12", "8.50", "2030-01-01", "2030-01-31")]
    assert list_rows(as_alice, basket, "kits") == [(None, None, "14.00", None, None)]
    assert list_rows(as_alice, cup.pk) == [(None, None, "2.00", None, None)]


def test_a_row_without_a_price_takes_all_prices(alice, as_alice, tea, coded):
    set_prices(alice, tea, {"price": "5.00"})
    assert send(as_alice, "external_id,price\nT-1,\n").json()["updated"] == 1
    assert list_rows(as_alice, tea.pk) == []


@all_cases(
    ("row", "column"),
    [
        ("NONE,,,8.00,,", "sku"),
        (",,,8.00,,", "sku"),
        ("TEA,Staff,,8.00,,", "price_group"),
        ("TEA,,0,8.00,,", "from"),
        ("TEA,,1.5,8.00,,", "from"),
        ("TEA,,,x,,", "price"),
        ("TEA,,,8.00,2030-02-01,2030-01-01", "from"),
        ("TEA,,,9.00,,", "from"),
    ],
)
def test_a_wrong_row_refuses_the_whole_file(as_alice, tea, coded, row, column):
    refused = send(as_alice, f"sku,price group,from,price,starts on,ends on\nTEA,,,9.00,,\n{row}\n")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_rows")
    assert [(one["line"], one["column"]) for one in refused.json()["rows"]] == [(3, column)]
    assert not PriceRow.objects.exists()


def test_the_file_keeps_the_prices_of_an_archived_group(alice, as_alice, tea, regulars, coded):
    set_prices(alice, tea, {"price": "8.00", "price_group": regulars})
    as_alice.delete(f"/api/price-groups/{regulars}/")
    file = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    assert send(as_alice, file).json()["unchanged"] == 1
    assert send(as_alice, "sku,price group,price\nTEA,Regulars,7.00\n").json()["code"] == "price_group_archived"
    new = make_group(alice)  # a live one has the name now
    assert send(as_alice, "sku,price group,price\nTEA,Regulars,7.00\n").status_code == 200
    assert list_rows(as_alice, tea.pk) == [(new, None, "7.00", None, None)]


def test_a_file_gives_no_prices_of_a_kit_to_a_product_with_its_external_id(alice, as_alice, tea, basket, coded):
    as_alice.patch(f"/api/kits/{basket}/", {"sku": "", "barcode": "", "external_id": "T-1"}, format="json")
    set_prices(alice, basket, {"price": "7.00"}, kind="kits")
    file = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    assert send(as_alice, file).json()["rows"][0]["column"] == "sku"  # the row names nothing
    assert list_rows(as_alice, tea.pk) == []


def test_a_file_is_written_without_holding_all_rows(alice, as_alice, tea, monkeypatch):
    set_prices(alice, tea, {"price": "8.00"})
    assert b"8.00" in read_in_parts(as_alice, URL, PriceRow, monkeypatch)


def test_workers_import_no_prices(as_bob, alice, coded):
    make_group(alice)
    assert send(as_bob, "sku,price\nTEA,8.00\n").status_code == 403
