"""Rows of an import that have the same product: their quantities are added, or only the first one is read."""

import pytest

from core.fields import MAX_QUANTITY
from products.filing.tests.importing import import_file, upload
from products.models import Product
from stock.models import Holding, Movement
from stock.tests.test_import_choices import read_choice
from testing.tables import all_cases

pytestmark = pytest.mark.django_db
TYRES = "sku,name,price,quantity\nT-1,Tyre,80,9\nT-2,Rim,50,1\nT-1,Tyre,80,6\nT-1,Tyre,80,\nt-1,Tyre,80,2\n"


@pytest.mark.measured
@all_cases(
    ("query", "quantity", "updated"), [("?repeated=add", 17, 17), ("?repeated=first", 9, 9), ("?moving=true", 17, 17)]
)
def test_quantities_of_a_product_are_added_or_the_first_one_counts(as_alice, query, quantity, updated):
    answer = import_file(as_alice, TYRES, query)
    assert (answer["created"], read_choice(answer, "repeated")[1]) == (2, 3)
    tyre = Product.objects.get(sku="T-1")
    assert tyre.quantity == quantity
    assert import_file(as_alice, TYRES, query)["unchanged"] == 2
    import_file(as_alice, TYRES, f"{query}&quantities=add")
    tyre.refresh_from_db()
    assert tyre.quantity == quantity + updated


@pytest.mark.quick
def test_only_the_new_products_of_a_file_are_opened(as_alice):
    old = "sku,name,price,quantity\nA,Pan,5,3\n"
    import_file(as_alice, old)
    assert import_file(as_alice, f"{old}B,Pot,5,4\nC,Lid,5,0\n")["created"] == 2
    assert [*Movement.objects.order_by("id").values_list("product_name", "quantity")] == [("Pan", 3), ("Pot", 4)]


def test_a_refused_file_says_how_many_rows_repeat_a_product(as_alice):
    answer = upload(as_alice, TYRES).json()
    assert read_choice(answer, "repeated") == ("refuse", 3)


def test_rows_without_quantities_are_read_once_if_they_are_equal(as_alice):
    text = "name,price,Store\nPan,1,North\nPan,1,North\nPot,2,North\nPot,2,South\n"
    answer = import_file(as_alice, text, "?moving=true")
    assert answer["created"] == 2
    assert [row["line"] for row in answer["refused"]["rows"]] == [5]


@all_cases(
    ("text", "refused"),
    [
        ("sku,name,price,cost_price,quantity\nA,Pan,5,2,3\nA,Pan,5,2.50,4\n", []),
        ("sku,name,price,Delivery,quantity\nA,Pan,5,May,3\nA,Pan,5,June,4\n", []),
        ("sku,name,price,quantity\nA,Pan,5,3\nA,Pan,6,4\n", [3]),
        ("sku,name,price,quantity\nA,Pan S,5,3\nA,Pan M,5,4\n", [3]),
        ("name,price,cost_price,quantity\nPan,5,2,3\nPan,5,2.50,4\n", [3]),
        ("sku,name,price,option:Size,group,quantity\nA,Pan,5,S,Pans,3\nA,Pan,5,M,Pans,4\n", [3]),
    ],
)
def test_rows_with_other_values_are_added_only_if_a_code_says_that_they_are_one_product(as_alice, text, refused):
    answer = import_file(as_alice, text, "?moving=true")
    assert [row["line"] for row in (answer["refused"] or {"rows": []})["rows"]] == refused
    assert Product.objects.get().quantity == (3 if refused else 7)
    noted = [note for note in answer["notes"] if "although other values differ: 1, for example line 3." in note]
    assert bool(noted) is not bool(refused)


@pytest.mark.quick
def test_quantities_are_added_by_place_and_lot(as_alice):
    text = (
        "sku,name,price,location,lot,quantity\nA,Pan,5,Shop,,3\nA,Pan,5,Depot,L,4\nA,Pan,5,shop,,2\nA,Pan,5,Depot,L,1\n"
    )
    import_file(as_alice, text, "?moving=true")
    held = dict(Holding.objects.values_list("location__name", "quantity"))
    assert held == {"Shop": 5, "Depot": 5}


def test_quantities_in_columns_of_places_are_added(as_alice):
    text = "sku,name,price,quantity [Shop],quantity [Depot]\nA,Pan,5,3,\nA,Pan,5,2,7\n"
    import_file(as_alice, text, "?moving=true")
    assert dict(Holding.objects.values_list("location__name", "quantity")) == {"Shop": 5, "Depot": 7}


def test_a_wrong_row_adds_nothing(as_alice):
    text = "sku,name,price,quantity\nA,Pan,x,3\nA,Pan,5,4\nA,Pan,5,2\n"
    assert import_file(as_alice, text, "?moving=true")["refused"]["total"] == 1
    assert Product.objects.get().quantity == 6


def test_a_sum_that_is_too_high_is_refused(as_alice):
    text = f"sku,name,price,quantity\nA,Pan,5,{MAX_QUANTITY}\nA,Pan,5,1\n"
    answer = upload(as_alice, text, "?repeated=add").json()
    assert [(row["line"], row["column"]) for row in answer["rows"]] == [(3, "quantity")]
