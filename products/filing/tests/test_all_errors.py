"""All wrong cells of a row are in one response, each once, also if one of them is malformed."""

import pytest

from products.codes.services import replace_codes
from products.filing.tests.importing import find_bad_rows, upload
from products.models import Product
from stock.models import Location
from suppliers.models import Supplier
from testing.cast.people import make_product


def list_reasons(client, text, query=""):
    """Return the reasons of a refused file by (line, column). Each cell has one error."""
    answer = upload(client, text, query)
    assert answer.status_code == 400, answer.content
    rows = answer.json()["rows"]
    reasons = {(row["line"], row["column"]): row["reason"] for row in rows}
    assert len(reasons) == len(rows) == answer.json()["total"]
    return reasons


def test_a_row_with_a_malformed_cell_is_judged_by_its_other_cells(as_alice, alice):
    make_product(alice, "Pan", sku="P-1", barcode="77")
    text = (
        "name,sku,barcode,price,supplier,quantity\n"
        "New,N-1,77,abc,Nobody,1.5\n"  # the price and the quantity are malformed, the barcode is taken
        "Newer,n-1,,x,Nobody,1\n"  # line 3: the sku of line 2
    )
    expected = [(2, "barcode"), (2, "price"), (2, "quantity"), (2, "supplier"), (3, "price"), (3, "sku"),
                (3, "supplier")]  # fmt: skip
    assert list(list_reasons(as_alice, text)) == expected
    assert list(list_reasons(as_alice, text, "?dry_run=1")) == expected
    assert Product.objects.count() == 1


@pytest.mark.quick
def test_a_malformed_cell_is_not_reported_as_missing_as_well(as_alice):
    long = "x" * 300
    assert find_bad_rows(as_alice, f"name,price,supplier\n{long},abc,Nobody\n") == [
        (2, "name"), (2, "price"), (2, "supplier")
    ]  # fmt: skip


@pytest.mark.parametrize("row", ["x,,Twin,77,", "x,P-1,Other,,9", ",4.01235E+12,Twin,77,7", ",,{long},77,7"])
def test_a_row_whose_product_a_malformed_cell_hides_is_not_compared_with_products(as_alice, alice, row):
    """Its id could be that of the product with the barcode, and its name need not be unique then."""
    make_product(alice, "Pan", sku="P-1", barcode="77")
    for _ in range(2):
        make_product(alice, "Twin")
    text = f"stock_sequence,id,sku,name,barcode,quantity,supplier\n,{row.format(long='x' * 300)},Nobody\n"
    assert [column for _, column in list_reasons(as_alice, text)][1:] == ["supplier"]


@pytest.mark.quick
def test_a_product_that_is_found_despite_a_malformed_name_is_compared(as_alice, alice):
    pan = make_product(alice, "Pan", 5, sku="p-1")
    make_product(alice, "Pot", barcode="77")
    long = "x" * 300
    text = f"id,sku,name,barcode,quantity,stock_sequence\n,P-1,{long},77,9,7\n{pan.pk},,{long},,,\n"
    assert list(list_reasons(as_alice, text)) == [
        (2, "barcode"), (2, "name"), (2, "stock_sequence"), (3, "id"), (3, "name")
    ]  # fmt: skip


def test_codes_that_two_rows_have_are_found_beside_a_malformed_id(as_alice):
    text = "stock_sequence,id,sku,barcode,name,price\n,x,S-1,77,Pan,1\n,x,s-1,77,Pan,1\n"
    assert list(list_reasons(as_alice, text)) == [(2, "id"), (3, "barcode"), (3, "id"), (3, "sku")]


def test_a_cell_with_two_reasons_is_one_error(as_alice, alice):
    make_product(alice, "Pan", sku="P-1", barcode="77")
    text = "sku,name,price,barcode\nP-2,Pot,1,88\nP-3,Cup,1,77\nP-4,Mug,1,77\n"
    reason = list_reasons(as_alice, text)[4, "barcode"]
    assert "Line 3 has the same barcode." in reason
    assert "Another of your products has this barcode." in reason


def test_places_are_judged_beside_malformed_cells(as_alice, alice):
    Location.objects.create(owner=alice, name="Shelf")
    make_product(alice, "Pan", sku="P-1")
    text = (
        "sku,price,quantity,location,lot,expires_on\n"
        "P-1,abc,1,Nowhere,,2030-01-01\n"
        "P-1,2,x,Shelf,,\n"
        "P-1,abc,1,shelf,,\n"  # the place of line 3
        f"P-1,2,1,{'x' * 300},,\n"  # nobody knows its place
        f"P-1,2,1,,{'x' * 300},2030-01-01\n"  # nobody knows its lot
    )
    # The price of line 2 is malformed, so the others may have other values or not.
    assert list(list_reasons(as_alice, text)) == [
        (2, "expires_on"), (2, "location"), (2, "price"), (3, "quantity"), (4, "price"), (4, "sku"), (5, "location"),
        (6, "lot"),
    ]  # fmt: skip


def test_rows_of_one_product_are_not_compared_by_malformed_cells(as_alice, alice):
    make_product(alice, "Pan", sku="P-1")
    Supplier.objects.create(owner=alice, name="Acme")
    text = f"sku,price,supplier,description,location\nP-1,1,Acme,Old,\nP-1,1,{'x' * 300},Old,\nP-1,x,Acme,New,\n"
    assert list(list_reasons(as_alice, text)) == [(3, "sku"), (3, "supplier"), (4, "price"), (4, "sku")]
    assert "other values" in list_reasons(as_alice, text)[4, "sku"]
    assert "other values" not in list_reasons(as_alice, text)[3, "sku"]


def test_rows_of_hidden_products_may_repeat_codes_at_several_places(as_alice, alice):
    pan = make_product(alice, "Pan", sku="P-1", barcode="77")
    Location.objects.create(owner=alice, name="Shelf")
    text = f"stock_sequence,id,sku,barcode,location,quantity\n,{pan.pk},P-1,77,,1\n,x,P-1,77,Shelf,1\n"
    assert list(list_reasons(as_alice, text)) == [(3, "id")]


@pytest.mark.quick
def test_further_codes_are_judged_beside_other_errors(as_alice, alice, kettle):
    replace_codes(make_product(alice, "Pan", sku="PAN"), [{"code": "C-1", "quantity": 1}])
    text = (
        "name,sku,price,codes\n"
        'Pot,,abc,"c-1\npan"\n'  # both codes are those of another product
        "Cup,,1,Twice\n"
        "Mug,,1,twice\n"
        "Jar,JAR,1,jar\n"
        "Lid,LID,x,A = 0\n"
        "Bag,,1,LID\n"
    )
    reasons = list_reasons(as_alice, text)
    assert list(reasons) == [
        (2, "codes"), (2, "price"), (5, "codes"), (6, "codes"), (7, "codes"), (7, "price"), (8, "codes"),
    ]  # fmt: skip
    assert ("one of the codes of Pan" in reasons[2, "codes"], "the SKU of Pan" in reasons[2, "codes"]) == (True, True)
    assert reasons[5, "codes"] == 'Line 4 has the code "twice", too. Change it in one of the two lines.'
    assert (reasons[6, "codes"], reasons[8, "codes"]) == (
        '"jar" is the SKU of this product already.', '"LID" is the SKU of Lid already.'
    )  # fmt: skip


def test_codes_that_a_refused_file_would_free_are_not_reported(as_alice, alice, kettle):
    replace_codes(kettle, [{"code": "C-1", "quantity": 1}])
    make_product(alice, "Pot")
    text = "name,price,codes\nKettle,x,\nPot,1,C-1\n"
    assert list(list_reasons(as_alice, text)) == [(2, "price")]


@pytest.mark.quick
def test_the_page_shows_all_errors_of_a_row(as_alice):
    answer = upload(as_alice, "name,price,supplier\nPan,abc,Nobody\n", "?dry_run=1", Accept="text/html")
    assert "This is not a number" in answer.text
    assert "Not in your shop yet" in answer.text
