"""An import writes products and books their quantities, or starts again if a match has changed."""

import io
from functools import partial

import pytest

from products.filing.errors import ImportRunning, InvalidFile, InvalidRows
from products.filing.files import open_rows
from products.models import Code, Product
from stock.importing import table as sql
from stock.importing.services import import_products
from testing.cast.people import make_product

pytestmark = [pytest.mark.measured]

# Locks nothing, but gives the products other SKUs, as another transaction could have done before the lock.
CHANGE_SKUS = "UPDATE products_product SET sku = 'OTHER' WHERE owner_id = %(owner)s RETURNING id"


def import_text(by, text, **options):
    open_file = partial(open_rows, io.BytesIO(text.encode()), owner_id=by.pk)
    return import_products(by=by, open_file=open_file, **options)


def test_a_file_without_fields_of_products_books_quantities_only(alice):
    pot = make_product(alice, "Pot")
    result = import_text(alice, f"stock_sequence,id,quantity\n,{pot.pk},7\n")
    assert (result["updated"], Product.objects.get().quantity) == (1, 7)


def test_further_codes_of_a_file_are_written(alice):
    import_text(alice, "name,price,codes\nPot,3,P-1 = 6\n")
    assert list(Code.objects.values_list("code", "quantity")) == [("P-1", 6)]


def test_amounts_of_a_file_become_base_units(alice):
    import_text(alice, "name,price,decimals,quantity\nBrie,20,3,0.25\n")
    assert Product.objects.get().quantity == 250
    with pytest.raises(InvalidRows) as refused:
        import_text(alice, "name,price,decimals\nBrie,20,2\n")
    assert [row["column"] for row in refused.value.as_dict()["rows"]] == ["decimals"]


def test_names_that_a_file_uses_often_are_created_once(alice):
    import_text(alice, "name,price,supplier\nPot,3,Mill\nCup,2,Mill\n", create_missing=True)
    assert set(Product.objects.values_list("name", "supplier__name")) == {("Pot", "Mill"), ("Cup", "Mill")}


def test_an_import_whose_matches_keep_changing_is_refused(alice, monkeypatch):
    make_product(alice, "Pot", sku="P-1")
    monkeypatch.setattr(sql, "LOCK_PRODUCTS", CHANGE_SKUS)
    with pytest.raises(ImportRunning):
        import_text(alice, "sku,price\nP-1,3\n")
    assert Product.objects.get().sku == "P-1"


def test_further_codes_are_judged_beside_other_errors(alice):
    make_product(alice, "Pan", sku="P-1")
    with pytest.raises(InvalidRows) as refused:
        import_text(alice, "name,price,codes\nPot,abc,P-1 = 6\n")
    assert sorted(row["column"] for row in refused.value.as_dict()["rows"]) == ["codes", "price"]


def test_a_file_with_ids_of_this_shop_that_may_be_those_of_another_program_has_a_question(alice):
    pot = make_product(alice, "Pot")
    with pytest.raises(InvalidFile, match=f"Line 2: {pot.pk} is the id of your product Pot"):
        import_text(alice, f"id,name,price\n{pot.pk},Robot,5\n")
    assert Product.objects.get().name == "Pot"


def test_a_file_of_this_service_leaves_barcodes_that_are_the_same(alice):
    make_product(alice, "Pot", barcode="'9009518582030")
    result = import_text(alice, "stock_sequence,name,barcode\n,Pot,'9009518582030\n")
    assert (result["unchanged"], result["notes"], Product.objects.get().barcode) == (1, [], "'9009518582030")


def test_a_file_with_ids_of_another_program_stores_them_as_external_ids(alice):
    import_text(alice, "id,name,price\nA-7,Robot,5\n")
    assert Product.objects.get().external_id == "A-7"
