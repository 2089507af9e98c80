"""The groups of variants in the files of other programs: their names, and those of a plain list with options."""

import pytest

from products.filing.tests.importing import import_file
from products.models import Group, Product, Profile

pytestmark = pytest.mark.django_db
SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty\n"


def move_in(client, text):
    return import_file(client, text, "?moving=true")


def write_tees(*handles, codes=True):
    rows = [
        f"{handle},Tee,Size,{size},{f'{handle}-{size}' if codes else ''},5,1\n" for handle in handles for size in "SM"
    ]
    return SHOPIFY + "".join(rows)


def list_groups():
    rows = Profile.objects.exclude(group=None).order_by("product_id")
    return dict(rows.values_list("product__sku", "group__name"))


def test_products_of_one_title_keep_their_names_and_groups_in_any_order(as_alice):
    move_in(as_alice, write_tees("a", "b"))
    before = list_groups()
    assert before == {"a-S": "Tee", "a-M": "Tee", "b-S": "Tee (b)", "b-M": "Tee (b)"}
    assert move_in(as_alice, write_tees("b", "a"))["unchanged"] == 4
    answer = move_in(as_alice, write_tees("c", "b"))
    assert (answer["created"], answer["unchanged"]) == (2, 2)
    assert list_groups() == before | {"c-S": "Tee (c)", "c-M": "Tee (c)"}
    assert move_in(as_alice, write_tees("c", "a", "b"))["unchanged"] == 6


@pytest.mark.quick
def test_a_product_without_options_in_a_group_stays_there(as_alice):
    text = "Name,Variant,SKU,Price\nCoco,,C-1,5\nCoco,580 g,C-2,6\n"
    move_in(as_alice, text)
    assert list_groups() == {"C-2": "Coco"}
    assert move_in(as_alice, text)["unchanged"] == 2


def test_single_products_of_one_title_keep_their_names_in_any_order(as_alice):
    rows = [f"{handle},Pan,Title,Default Title,{handle},5,1\n" for handle in "ab"]
    move_in(as_alice, SHOPIFY + "".join(rows))
    assert move_in(as_alice, SHOPIFY + "".join(rows[::-1]))["unchanged"] == 2


def test_a_new_title_renames_the_group_and_products_without_codes_stay_in_it(as_alice):
    move_in(as_alice, write_tees("a"))
    move_in(as_alice, write_tees("a").replace("Tee", "Shirt"))
    assert {*list_groups().values()} == {"Shirt"}
    move_in(as_alice, write_tees("d", codes=False))
    assert move_in(as_alice, write_tees("d", codes=False))["unchanged"] == 2


PLAIN = [
    ("Name,Variant,Price,Stock\nTee,S,5,1\nTee,M,6,2\nPan,,9,3\nCup,0.2 l,1,1\n", "Variant"),
    ("Name;Größe;Preis;Bestand\nTee;S;5;1\nTee;M;6;2\nPan;;9;3\n", "Größe"),
    ("name,option:Size,price,quantity\nTee,S,5,1\nTee,M,6,2\nPan,,9,3\n", "Size"),
]


@pytest.mark.parametrize(("text", "axis"), PLAIN, ids=[axis for _text, axis in PLAIN])
def test_a_name_with_several_options_is_that_of_the_group(as_alice, text, axis):
    answer = move_in(as_alice, text)
    assert (answer["created"], answer["refused"]) == (text.count("\n") - 1, None)
    assert Product.objects.filter(name="Cup 0.2 l").exists() is ("Cup" in text)
    options = dict(Profile.objects.exclude(options={}).values_list("product__name", "options"))
    assert options == {"Tee S": {axis: "S"}, "Tee M": {axis: "M"}}
    found = Product.objects.order_by("id").values_list("name", "price", "quantity")[:3]
    assert [(name, int(price), quantity) for name, price, quantity in found] == [
        ("Tee S", 5, 1), ("Tee M", 6, 2), ("Pan", 9, 3),
    ]  # fmt: skip
    assert Group.objects.get().name == "Tee"
    assert move_in(as_alice, text)["unchanged"] == text.count("\n") - 1


def test_sizes_of_products_with_names_of_their_own_are_no_variants(as_alice):
    move_in(as_alice, "Name,Size,Price\nTee,S,5\nPan,26 cm,6\n")
    assert not Group.objects.exists()
    assert Profile.objects.get(product__name="Pan").fields == {"size": "26 cm"}


@pytest.mark.quick
def test_a_catalogue_of_packs_without_amounts_comes_in_without_the_titles_of_its_sections(as_alice):
    rows = "RICE,,\nSona Masoori,5 Kg,In stock\nRed rice,500 g,In stock\n,,\nMILLETS,,\nRagi,1 Kg,Sold out\n"
    answer = move_in(as_alice, f"Product name,Pack size,Stock status\n{rows}")
    assert (answer["created"], answer["refused"]) == (3, None)
    assert Profile.objects.get(product__name="Ragi").fields == {"pack_size": "1 Kg", "stock_status": "Sold out"}


def test_new_variants_join_the_group_that_the_file_names(as_alice):
    header = "Name,Size,SKU,Price\n"
    move_in(as_alice, header + "Hat,S,H-S,5\nHat,M,H-M,5\n")
    move_in(as_alice, header + "Hat,L,H-L,5\nHat,XL,H-XL,5\n")
    assert list_groups() == dict.fromkeys(("H-S", "H-M", "H-L", "H-XL"), "Hat")


def test_rows_with_the_same_options_and_other_codes_are_not_variants(as_alice):
    text = "Name,Size,SKU,Price,Stock\nHat,S,H-1,5,1\nHat,M,H-2,5,2\nHat,S,H-3,5,3\n"
    assert (move_in(as_alice, text)["created"], list_groups()) == (3, {})
    assert move_in(as_alice, text)["unchanged"] == 3
