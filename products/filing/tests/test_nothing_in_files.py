"""A cell with a word for no value changes nothing."""

from datetime import date

import pytest

from products.filing.tests.importing import import_file, upload
from products.models import Product

NOTHING = ["-", "–", "n/a", "N/A", "NULL", "None", "nan", "\\N"]


@pytest.fixture
def tea(as_alice):
    text = "sku,name,price,cost_price,quantity,barcode,min_threshold,expiration_date\nT1,Tea,5,2,7,77,3,2099-01-31\n"
    import_file(as_alice, text)
    return Product.objects.get()


@pytest.mark.quick
def test_a_word_for_nothing_leaves_what_the_product_has(as_alice, tea):
    names = "price,cost_price,quantity,barcode,min_threshold,expiration_date"
    rows = [f"T1,Tea,{','.join([word] * 6)}" for word in NOTHING]
    for row in rows:
        answer = import_file(as_alice, f"sku,name,{names}\n{row}\n")
        assert (answer["unchanged"], answer["updated"]) == (1, 0), row
    tea.refresh_from_db()
    assert (tea.barcode, tea.min_threshold, tea.expiration_date) == ("77", 3, date(2099, 1, 31))


def test_words_for_nothing_are_counted(as_alice):
    notes = import_file(as_alice, "name,price,barcode,quantity\nTea,5,n/a,-\nPot,6,n/a,3\n")["notes"]
    assert notes == ["Cells without a value, which change nothing: 3, for example n/a."]
    assert [*Product.objects.values_list("barcode", flat=True)] == ["", ""]


def test_a_new_product_needs_another_price_than_nothing(as_alice):
    [row] = upload(as_alice, "name,price\nTea,n/a\n").json()["rows"]
    assert (row["line"], row["column"]) == (2, "price")
    assert import_file(as_alice, "name,price\nTea,n/a\n", "?no_price=zero")["created"] == 1


def test_a_name_is_never_nothing(as_alice):
    assert import_file(as_alice, "name,price\nNone,5\n")["created"] == 1


def test_an_export_keeps_a_sku_that_is_a_word_for_nothing(as_alice, tea):
    Product.objects.filter(pk=tea.pk).update(sku="NULL")
    export = b"".join(as_alice.get("/api/products/export/").streaming_content)
    assert import_file(as_alice, export)["unchanged"] == 1


def test_a_wrong_date_is_left_out_and_counted_when_a_shop_moves_in(as_alice, tea):
    text = "sku,name,price,expiration_date\nT1,Tea,6,soon\nT2,Pot,7,2099-01-31\n"
    answer = import_file(as_alice, text, "?moving=true")
    assert (answer["created"], answer["updated"], answer["refused"]) == (1, 1, None)
    left = "that are no values of it and are left out: 1, for example line 2: soon."
    assert left in " ".join(answer["notes"])
    tea.refresh_from_db()
    assert tea.expiration_date == date(2099, 1, 31)


def test_a_wrong_date_refuses_its_row_otherwise(as_alice):
    assert upload(as_alice, "name,price,expiration_date\nTea,6,soon\n").status_code == 400
