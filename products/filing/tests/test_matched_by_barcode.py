"""A row of a file is the product that has its barcode."""

import pytest

from products.filing.tests.importing import import_counts, import_file, upload
from products.models import Code, Product
from testing.tables import all_cases

UPC, EAN = "042100005264", "0042100005264"


@pytest.fixture
def can(as_alice):
    import_file(as_alice, f"name,price,quantity,barcode\nCan,2,5,{UPC}\nOther,3,1,4006381333931\n")
    return Product.objects.get(barcode=UPC)


@all_cases("barcode", [UPC, EAN, f"0{EAN}"])
def test_a_price_list_by_barcode_changes_the_product(as_alice, can, barcode):
    for price in (4, 5):
        counts = import_counts(as_alice, f"barcode,price\n{barcode},{price}\n")
        assert counts == {"created": 0, "updated": 1, "unchanged": 0}
    import_file(as_alice, f"barcode,price\n{UPC},2\n")


def test_the_file_of_a_counting_scanner_sets_the_stock(as_alice, can):
    import_file(as_alice, f"barcode,quantity\n{EAN},12\n4006381333931,7\n")
    assert [*Product.objects.order_by("id").values_list("quantity", flat=True)] == [12, 7]


def test_a_product_that_was_renamed_elsewhere_is_the_same(as_alice, can):
    assert import_counts(as_alice, f"name,price,barcode\nBig can,2,{UPC}\n")["updated"] == 1
    can.refresh_from_db()
    assert can.name == "Big can"


def test_a_further_code_identifies_its_product_which_keeps_its_barcode(as_alice, can):
    as_alice.post(f"/api/products/{can.pk}/codes/", {"code": "5449000000996"}, format="json")
    assert import_counts(as_alice, "barcode,price\n5449000000996,9\n")["updated"] == 1
    can.refresh_from_db()
    assert (can.barcode, str(can.price), Code.objects.count()) == (UPC, "9.00", 1)


def test_the_code_of_a_case_is_no_row_of_its_product(as_alice, can):
    as_alice.post(f"/api/products/{can.pk}/codes/", {"code": "5449000000996", "quantity": 12}, format="json")
    assert upload(as_alice, "barcode,quantity\n5449000000996,3\n").status_code == 400


def test_the_sku_goes_before_the_barcode(as_alice, can):
    Product.objects.filter(pk=can.pk).update(sku="C1")
    answer = upload(as_alice, f"sku,name,price,barcode\nC2,New,2,{UPC}\n").json()
    assert [(row["column"], row["line"]) for row in answer["rows"]] == [("barcode", 2)]


def test_a_new_product_is_not_created_without_the_barcode_of_another_one(as_alice, can):
    Product.objects.filter(pk=can.pk).update(sku="C1")
    answer = import_file(as_alice, f"sku,name,price,barcode\nC2,New,2,{UPC}\nC3,Newer,2,\n", "?moving=true")
    assert (answer["created"], answer["refused"]["total"]) == (1, 1)


def test_two_products_of_one_name_with_different_barcodes_come_in(as_alice):
    text = "name,price,barcode\nTea,2,4006381333931\nTea,3,5449000000996\n"
    assert import_counts(as_alice, text)["created"] == 2
    assert import_counts(as_alice, text)["unchanged"] == 2


def test_a_row_with_nothing_but_the_name_of_another_row_is_refused(as_alice):
    answer = upload(as_alice, "name,price,barcode\nTea,2,4006381333931\nTea,3,\n").json()
    assert "Line 2 has the same name and a barcode." in answer["rows"][0]["reason"]


def test_a_row_without_codes_belongs_to_the_only_product_of_its_name_without_one(as_alice):
    text = "SKU,Name,Price,Stock\nT-1,Tea,1,2\nT-2,Tea,2,3\n,Tea,3,4\n"
    assert import_counts(as_alice, text)["created"] == 3
    assert import_counts(as_alice, text)["unchanged"] == 3
    # In a file without codes, the name may be that of any of the three products. A new code creates a product.
    assert upload(as_alice, "Name,Stock\nTea,9\n").json()["rows"][0]["column"] == "name"
    assert import_counts(as_alice, "SKU,Name,Price\nT-4,Tea,3\n")["created"] == 1
