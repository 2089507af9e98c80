"""Run lines of the ledger that otherwise only tests of other apps run."""

from datetime import date

import pytest
from rest_framework.exceptions import ValidationError

from core.fields import MAX_QUANTITY
from core.money.amounts import MAX_DECIMALS
from products.filing.tests.importing import import_file
from products.models import Product
from products.reading.details import Expiring
from stock.goods.measures import rescale
from stock.importing import planner
from stock.pages import tell_present
from testing.cast.gtins import EAN, GTIN, UPC, make_pair
from testing.tables import all_cases

pytestmark = [pytest.mark.django_db, pytest.mark.measured]


@all_cases(("form", "status"), [(UPC, 201), (EAN, 201), (GTIN, 400), ("5449000000996", 400)])
def test_a_booking_by_a_shared_gtin_needs_the_form_of_one_product(as_alice, alice, form, status):
    cup, mug = make_pair(alice)
    answer = as_alice.post("/api/stock/", {"barcode": form, "movement_type": "OUT", "quantity": 1})
    assert answer.status_code == status
    if form == GTIN:
        assert {candidate["product"] for candidate in answer.json()["candidates"]} == {cup.pk, mug.pk}


def test_a_word_for_nothing_keeps_what_the_product_has(as_alice, alice):
    import_file(as_alice, "name,price,barcode\nTea,5,77\n")
    import_file(as_alice, "name,price,barcode\nTea,n/a,-\n")
    assert [str(value) for value in Product.objects.values_list("price", "barcode").get()] == ["5.00", "77"]


def test_a_new_threshold_is_in_the_new_base_units(as_alice, alice):
    [cup, _mug] = make_pair(alice)
    Product.objects.filter(pk=cup.pk).update(min_threshold=5, pack_size=2)
    made = as_alice.post("/api/products/", {"name": "Cheese", "price": "1"}).json()
    changed = as_alice.patch(f"/api/products/{made['id']}/", {"decimals": 3, "min_threshold": 250}).json()
    assert (changed["min_threshold"], changed["pack_size"]) == (250, 1000)


@all_cases(
    ("field", "quantity", "present", "decimals"),
    [("min_threshold", MAX_QUANTITY, 0, MAX_DECIMALS), ("codes", 1500, MAX_DECIMALS, 0)],
)
def test_a_measure_above_the_limit_and_a_part_of_a_base_unit_are_refused(field, quantity, present, decimals):
    with pytest.raises(ValidationError):
        rescale(field, quantity, Product(decimals=present), decimals)


def test_rows_that_are_left_out_can_be_saved_as_a_workbook(as_alice):
    refused = import_file(as_alice, "name,price\nTea,5\nPot,much\n", "?wrong_rows=skip")["refused"]["id"]
    answer = as_alice.get(f"/api/products/import/refused/{refused}/file/?format=xlsx")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.getvalue().startswith(b"PK")


def test_nothing_is_analysed_without_a_table():
    assert planner.analyze([]) is None


def test_lines_that_keep_nothing_say_so():
    assert tell_present({"lines": [{"is_kept": True}]}) == ""
    assert tell_present({"lines": [{"is_kept": True}, {"is_kept": False}]}).startswith("The names and numbers")


def test_an_expiring_product_has_its_quantity_with_the_unit():
    product = Expiring(1, "Cheese", "", "", date(2030, 1, 1), 2500, "kg", 3)
    assert product.shown_quantity == "2.500 kg"
