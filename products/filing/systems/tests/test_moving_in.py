"""Files of other systems: what an import with `moving` makes of them."""

from functools import partial
from time import process_time

import pytest
from django.db import connection

from products.filing.systems.parts import write_category, write_description
from products.filing.systems.shop_names import find_present
from products.filing.systems.systems import NO_SYSTEM, SYSTEMS
from products.filing.systems.tests.system_files import SYSTEM_FILES
from products.filing.tests.importing import import_file, upload
from products.models import CustomField, Group, Product, Profile
from stock.importing import services
from stock.models import Holding, Import, Movement
from suppliers.models import Supplier
from testing.cast.people import make_product

pytestmark = pytest.mark.django_db
MOVING = "?moving=true"


def move_in(client, text, query=MOVING):
    return import_file(client, text, query)


RATES = {
    "Zoho": """\
Item ID,Item Name,Stock On Hand,Selling Price,Tax Name,Tax Percentage
1,Tea,3,SAR 20.00,Standard,15.000000
2,Cup,4,SAR 21.00,,
3,Pot,4,SAR 21.00,Standard,15.000000
""",
    "Loyverse": """\
Handle,SKU,Name,Sold by weight,Track stock,Price [Bar],"Tax - ""VAT"" (15%)","Tax - ""Low"" (5%)"
tea,1,Tea,N,Y,3,Y,N
cup,2,Cup,N,Y,4,Y,Y
pot,3,Pot,N,Y,5,Y,
""",
    "Square": """\
Token,Item Name,Variation Name,SKU,Price,Current Quantity Pier,Tax - VAT (15%)
1,Tea,,A,3,2,Y
2,Cup,,B,4,2,N
3,Pot,,C,4,2,Y
""",
    "Vend": """\
handle,sku,name,supply_price,retail_price,tax_name,tax_value
tea,1,Tea,1,2,GST,0.15
cup,2,Cup,1,2,,
pot,3,Pot,1,3,GST,0.15
""",
    "EC-CUBE": "商品名,商品コード,在庫数無制限フラグ,販売価格,税率\nTea,1,0,300,15\nCup,2,0,300,\nPot,3,0,300,15\n",
    "Odoo": """\
Name,Internal Reference,Sales Price,Quantity On Hand,Customer Taxes
Tea,1,3,2,15% G
Cup,2,3,2,
Pot,3,3,2,15%
""",
}


@pytest.mark.parametrize("system", RATES)
def test_the_rates_of_vat_are_asked_about_and_added_by_the_answer(as_alice, system):
    answer = move_in(as_alice, RATES[system], f"{MOVING}&dry_run=true")
    assert answer["recognised"]["system"].startswith(system)
    [question] = answer["questions"]
    assert (question["of"], question["samples"], question["answers"]["yes"]) == ("rates", ["15"], "create_rates=true")
    move_in(as_alice, RATES[system], f"{MOVING}&create_rates=true")
    found = Product.objects.order_by("id").values_list("name", "tax__rate")
    assert [(name, rate and int(rate)) for name, rate in found] == [("Tea", 15), ("Cup", None), ("Pot", 15)]


def test_the_answer_no_leaves_all_columns_of_rates_out(as_alice):
    text = RATES["Loyverse"].replace("cup,2,Cup,N,Y,4,Y,Y", "cup,2,Cup,N,Y,4,N,Y")
    [question] = move_in(as_alice, text, f"{MOVING}&dry_run=true")["questions"]
    assert (question["samples"], question["answers"]["no"]) == (["5", "15"], "columns==G:,=H:")
    assert move_in(as_alice, text, f"{MOVING}&columns==G:,=H:")["questions"] == []


def describe(product, asked):
    """Return the asked values of a product, in the form of the samples."""
    profile = Profile.objects.filter(product=product).select_related("group").first()
    places = Holding.objects.filter(product=product, location__isnull=False).select_related("location")
    values = {
        "group": profile and profile.group and profile.group.name, "options": profile and profile.options,
        "places": {holding.location.name: holding.quantity for holding in places},
        "category": product.category and product.category.name, "tags": profile and sorted(profile.tags),
        "supplier": product.supplier and product.supplier.name,
    }  # fmt: skip
    return {name: values[name] if name in values else tidy(getattr(product, name)) for name in asked}


def tidy(value):
    return value if isinstance(value, int | type(None)) else str(value)


@pytest.mark.quick
@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_a_file_of_another_system_comes_in_as_it_is_and_changes_nothing_a_second_time(as_alice, name):
    sample = SYSTEM_FILES[name]
    if sample.after:
        move_in(as_alice, SYSTEM_FILES[sample.after].text)
    answer = move_in(as_alice, sample.text)
    assert answer["recognised"] == sample.recognised
    assert answer["refused"] is None
    products = {
        product.sku or product.name: product for product in Product.objects.select_related("category", "supplier")
    }
    assert sample.after or sorted(products) == sorted(sample.products)
    found = {key: describe(products[key], asked) for key, asked in sample.products.items()}
    assert found == {key: tidy_sample(asked) for key, asked in sample.products.items()}
    movements = Movement.objects.count()
    dry = move_in(as_alice, sample.text, f"{MOVING}&dry_run=true")
    again = move_in(as_alice, sample.text)
    counts = {"created": 0, "updated": 0, "unchanged": answer["created"] + answer["updated"] + answer["unchanged"]}
    assert {key: again[key] for key in counts} == counts
    assert (dry["changes"], dry["changed"], again["operation"]) == ([], {}, None)
    assert Movement.objects.count() == movements


def tidy_sample(asked):
    return {name: sorted(value) if name == "tags" else value for name, value in asked.items()}


SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n"
MAGENTO = "sku,attribute_set_code,product_type,product_websites,name,price,qty,configurable_variations\n"


@pytest.mark.quick
def test_a_row_without_a_parent_continues_the_one_above_it(as_alice):
    header = "name,slug,optionGroups,optionValues,sku,price,stockOnHand"
    move_in(as_alice, f"{header}\nJug,jug,size,1 l,JUG-1,22.00,3\n,,,2 l,JUG-2,28.00,1\n")
    assert [*Profile.objects.values_list("group__name", flat=True)] == ["Jug", "Jug"]


def test_two_products_of_the_same_title_are_two_groups(as_alice):
    rows = "".join(f"{handle},Tee,Size,{size},,5,\n" for handle in ("tee", "tee-1") for size in "SM")
    move_in(as_alice, SHOPIFY + rows)
    assert sorted(Group.objects.values_list("name", flat=True)) == ["Tee", "Tee (tee-1)"]
    assert sorted(Product.objects.values_list("name", flat=True)) == [
        "Tee (tee-1) M", "Tee (tee-1) S", "Tee M", "Tee S",
    ]  # fmt: skip


def test_rows_of_pictures_are_no_products_and_their_links_are_counted(as_alice):
    links = [f"https://cdn.example/{number}.jpg" for number in range(3)]
    answer = move_in(
        as_alice, f"{SHOPIFY}tee,Tee,Title,Default Title,T,5,{links[0]}\ntee,,,,,,{links[1]}\ntee,,,,,,{links[2]}\n"
    )
    assert (answer["created"], answer["recognised"]["pictures"]) == (1, 3)
    assert answer["left_out"] == [{"column": "Image Src", "values": 2}]
    assert Profile.objects.get().fields == {"image_src": links[0]}


def test_an_option_that_is_used_twice_leaves_the_second_row_out(as_alice):
    answer = move_in(as_alice, f"{SHOPIFY}tee,Tee,Size,S,A,5,\ntee,,,S,B,6,\ntee,,,M,C,7,\n")
    assert (answer["created"], answer["refused"]["total"]) == (2, 1)
    assert answer["refused"]["rows"][0]["line"] == 3


@pytest.mark.parametrize("name", ["", "  ", "#", "\u200b", "x" * 500, "=1+1", "<b>", "Size\x00"])
def test_a_hostile_name_of_an_option_is_shortened_or_numbered(as_alice, name):
    move_in(as_alice, f"{SHOPIFY}tee,Tee,{name},S,A,5,\ntee,,,M,B,6,\n")
    [group] = Group.objects.all()
    assert len(group.axes) == 1
    assert 0 < len(group.axes[0]) <= 40


def test_more_names_of_options_than_a_file_may_have_are_refused(as_alice):
    rows = "".join(f"p{number},P{number},Axis {number},S,,5,\n" for number in range(51))
    answer = upload(as_alice, SHOPIFY + rows, MOVING)
    assert answer.status_code == 400
    assert "more than 50 different names" in answer.json()["detail"]


@pytest.mark.parametrize("number", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_thousands_of_groups_come_in(as_alice, number):
    rows = "".join(f"p{place},P{place},Size,{size},,5,\n" for place in range(number) for size in "SM")
    answer = move_in(as_alice, SHOPIFY + rows)
    assert answer["recognised"] == {
        "system": "Shopify", "products": number, "variants": 2 * number, "pictures": 0, "places": 0,
    }  # fmt: skip
    assert Group.objects.count() == number


BROKEN_FILE = "name,price,quantity,Brand,supplier\nPan,1,2,Acme,Kitchen Ltd\n"


def is_empty():
    return not any(model.objects.exists() for model in (Product, CustomField, Supplier, Movement, Import))


@pytest.mark.parametrize("query", ["", "&wrong_rows=refuse"])
@pytest.mark.parametrize("step", ["store_skipped", "book_imported", "save_new_fields"])
def test_nothing_is_imported_if_a_step_fails(as_alice, monkeypatch, query, step):
    def fail(*args, **kwargs):
        raise RuntimeError(step)

    monkeypatch.setattr(services, step, fail)
    as_alice.raise_request_exception = False
    assert upload(as_alice, BROKEN_FILE + "Pot,much,1,,\n" * (not query), MOVING + query).status_code == 500
    assert is_empty()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["", "&wrong_rows=refuse"])
def test_nothing_is_imported_if_its_connection_is_killed_at_the_last_step(as_alice, monkeypatch, query):
    def kill(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(services, "store_skipped", kill)
    as_alice.raise_request_exception = False
    assert upload(as_alice, BROKEN_FILE + "Pot,much,1,,\n" * (not query), MOVING + query).status_code >= 500
    connection.close()
    assert is_empty()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Titel;Preis;Bestand", "Tee;1,50;2"),
        ("Désignation;Prix de vente;Quantité", "Thé;1,50;2"),
        ("Nombre;Precio;Existencias", "Té;1,50;2"),
        ("Articolo;Prezzo;Giacenza", "Tè;1,50;2"),
        ("Artigo;Preço;Quantidade", "Chá;1,50;2"),
        ("Productnaam;Prijs;Voorraad", "Thee;1,50;2"),
        ("Item;Price;Qty", "Tea;1.50;2"),
    ],
)
def test_the_header_of_a_small_shop_is_read_in_seven_languages(as_alice, header, row):
    text = f"Lista 2026;;\n\n{header}\nA;;\n{row}\nTotal;;2\n"
    answer = move_in(as_alice, text)
    product = Product.objects.get()
    assert (str(product.price), product.quantity) == ("1.50", 2)
    assert answer["left_out"] == []
    assert [note.split(",")[0] for note in answer["notes"]] == [
        "1 row above the names of the columns is left out.",
        "Rows with totals", "Rows with titles",
    ]  # fmt: skip


def test_categories_of_paths_and_lists_become_one(as_alice):
    text = 'name,price,category\nPan,1,Home > Kitchen > Pans\nCup,1,Room 1->Shelf 1\nNut,1,"Nuts, bolts"\n'
    move_in(as_alice, text)
    assert dict(Product.objects.values_list("name", "category__name")) == {
        "Pan": "Pans", "Cup": "Shelf 1", "Nut": "Nuts, bolts",
    }  # fmt: skip


def test_html_becomes_text(as_alice):
    move_in(
        as_alice, 'name,price,description\nPan,1,"<p>Good &amp; <b>flat</b>.</p><ul><li>One</li><li>2 < 3</li></ul>"\n'
    )
    assert Product.objects.get().description == "Good & flat.\nOne\n2 < 3"


def test_tags_that_no_product_can_have_are_counted(as_alice):
    tags = "; ".join(["x" * 41, *(f"tag {number}" for number in range(21))])
    answer = move_in(as_alice, f"name,price,tags\nPan,1,{tags}\n")
    assert answer["left_out"] == [{"column": "tags", "values": 2}]
    assert len(Profile.objects.get().tags) == 20


def test_an_own_field_of_a_variant_is_not_filled_down_and_that_of_the_product_is(as_alice):
    header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Brand\n"
    move_in(as_alice, f"{header}tee,Tee,Size,S,A,5,9.00,Acme\ntee,,,M,B,5,8.00,\ntee,,,L,C,5,,\n")
    fields = dict(Profile.objects.values_list("product__sku", "fields__variant_compare_at_price"))
    assert fields == {"A": "9.00", "B": "8.00", "C": None}
    assert {*Profile.objects.values_list("fields__brand", flat=True)} == {"Acme"}


def test_options_of_a_product_that_is_no_variant_are_counted(as_alice):
    header = "Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
    answer = move_in(as_alice, f'{header}simple,A,Hat,5,,Colour,"Red, Blue"\n')
    assert {"column": "Attribute 1 value(s)", "values": 1} in answer["left_out"]


def test_a_place_without_a_quantity_is_counted(as_alice):
    answer = move_in(as_alice, "name,price,quantity,location\nPan,1,,Shelf\nPot,1,2,Shelf\n")
    assert answer["left_out"] == [{"column": "location", "values": 1}]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("name,price,quantity,Track inventory", "Pan,1,9,No\nPot,1,,Yes\nJug,1,,"),
        ("Handle,Title,Variant Price,Variant Inventory Tracker", "a,Pan,1,\nb,Pot,1,shopify\nc,Jug,1,shopify"),
        ("Handle,REF,Nombre,Vendido por peso,Seguir el Inventario", "a,1,Pan,N,N\nb,2,Pot,N,Y\nc,3,Jug,N,Y"),
    ],
)
def test_products_that_nobody_counts_keep_no_stock_and_are_named(as_alice, header, cells):
    answer = move_in(as_alice, f"{header}\n{cells}\n")
    assert [*Product.objects.filter(keeps_stock=False).values_list("name", flat=True)] == ["Pan"]
    name = header.rpartition(",")[2]
    assert any(f'whose stock is not counted, as "{name}" says: 1.' in note for note in answer["notes"])


def test_rows_of_totals_are_not_counted_as_products(as_alice):
    answer = move_in(as_alice, "name,price,quantity\nKitchen,,\nPan,1,2\nTotal,,2\n")
    assert answer["recognised"]["products"] == 1


@pytest.mark.quick
def test_a_set_of_another_system_is_no_product(as_alice):
    answer = move_in(as_alice, f"{MAGENTO}A,Default,simple,base,Vest,5,1,\nB,Default,bundle,base,Box,40,0,\n")
    assert (answer["refused"], [*Product.objects.values_list("name", flat=True)]) == (None, ["Vest"])


@pytest.mark.quick
def test_hostile_options_in_the_row_of_a_parent_are_shortened(as_alice):
    options = ",".join(f"{'x' * 50}{number}=S" for number in range(5))
    move_in(as_alice, f'{MAGENTO}A,Top,simple,base,Vest S,5,1,\nV,Top,configurable,base,Vest,,,"sku=A,{options}"\n')
    group = Group.objects.get()
    assert group.axes
    assert all(len(axis) <= 40 for axis in group.axes)


def test_two_single_products_of_the_same_title_are_two_products(as_alice):
    row = "{},Ring,Title,Default Title,,5,\n"
    answer = move_in(as_alice, SHOPIFY + row.format("ring") + row.format("ring-1"))
    assert (answer["created"], answer["refused"]) == (2, None)
    assert sorted(Product.objects.values_list("name", flat=True)) == ["Ring", "Ring (ring-1)"]


def test_a_row_as_long_as_one_with_the_columns_of_options_is_still_wrong(as_alice):
    answer = move_in(as_alice, f"{SHOPIFY}tee,Tee,Size,S,A,5,\ntee,,,M,B,6,,Tee,M\ntee,,,L,C,7,\n")
    assert (answer["created"], [row["line"] for row in answer["refused"]["rows"]]) == (2, [3])


@pytest.mark.quick
def test_a_null_byte_in_the_code_of_a_parent_is_no_error_of_the_server(as_alice):
    text = SYSTEM_FILES["PrestaShop combinations"].text.replace("\n2;", "\n2\0;")
    assert upload(as_alice, text, MOVING).status_code in (200, 400)


@pytest.mark.quick
def test_cells_beyond_the_header_are_no_options(as_alice):
    answer = move_in(as_alice, f"{SHOPIFY}tee,Tee,Size,S,A,5,\ntee,,,M,B,5,\ntee,,,L,C,5,,Coat,XL\n")
    assert [(row["line"], row["column"]) for row in answer["refused"]["rows"]] == [(4, "")]
    assert {*Group.objects.values_list("name", flat=True)} == {"Tee"}
    refused = as_alice.get(f"/api/products/import/refused/{answer['refused']['id']}/file/").getvalue().decode()
    assert "Coat" not in refused


def test_a_parent_with_a_control_character_is_a_wrong_row(as_alice):
    text = "Handle,Option1 Name,Option1 Value,SKU,Location,On hand\na\0b,Size,S,A,Shop,3\ntee,Size,S,B,Shop,3\n"
    assert {row["line"] for row in move_in(as_alice, text)["refused"]["rows"]} == {2}


@pytest.mark.parametrize("title", ["Tee (tee-1)", "tee (TEE-1)"])
def test_a_title_that_is_the_name_of_another_group_gets_a_group_of_its_own(as_alice, title):
    products = (("tee", "Tee"), ("tee-1", "Tee"), ("x", title))
    rows = "".join(f"{handle},{name},Size,{size},,5,\n" for handle, name in products for size in "SM")
    move_in(as_alice, SHOPIFY + rows)
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(["Tee", "Tee (tee-1)", f"{title} (x)"])


def test_long_titles_and_handles_that_begin_alike_are_different_groups(as_alice):
    products = [("h" * 300 + end, "N" * 255) for end in "abc"]
    rows = "".join(f"{handle},{name},Size,{size}{handle[-1]},,5,\n" for handle, name in products for size in "SM")
    move_in(as_alice, SHOPIFY + rows.replace(",,5,", ",SKU,5,").replace("SKU", "{}").format(*"123456"))
    assert Group.objects.count() == 3


@pytest.mark.quick
def test_the_names_of_more_parents_than_a_statement_has_parameters_are_looked_up(alice, charlie):
    make_product(alice, "Mug", sku="7")
    make_product(charlie, "Jug", sku="7")
    assert find_present(alice.pk, [str(number) for number in range(70_000)]) == {"7": ("Mug", None)}


def test_a_quantity_beside_columns_of_places_is_counted_as_left_out(as_alice):
    answer = move_in(as_alice, "name,price,quantity,quantity [Shop]\nPan,1,7,3\nPot,1,4,\n")
    assert answer["left_out"] == [{"column": "quantity", "values": 2}]
    assert dict(Product.objects.values_list("name", "quantity")) == {"Pan": 3, "Pot": 0}


def test_the_second_description_of_products_whose_first_one_is_the_name_is_left_out(as_alice):
    header = "Type,Regular price,Parent,Description,Short description\n"
    answer = move_in(as_alice, f"{header}simple,5,,Green tea,Mild\nsimple,6,,Black tea,Hot\nsimple,7,,Mint tea,Cold\n")
    assert {*Product.objects.values_list("name", flat=True)} == {"Green tea", "Black tea", "Mint tea"}
    assert answer["columns"][4]["column"] in (None, "field:short_description")


def test_a_second_quantity_beside_the_one_of_a_place_is_left_out(as_alice):
    header = "Handle,Title,Variant Price,Variant Inventory Qty,Inventory quantity,Depot\n"
    move_in(as_alice, f"{header}tea,Tea,3,1,2,5\n", f"{MOVING}&columns=Depot:quantity [Shop]")
    assert [*Holding.objects.values_list("location__name", "quantity")] == [("Shop", 5)]


@pytest.mark.parametrize("write", [partial(write_category, system=NO_SYSTEM), write_description])
def test_a_cell_with_many_spaces_is_read_in_a_moment(write):
    text = f"<b>a</b>{' ' * 30_000}b"
    start = process_time()
    write(text)
    assert process_time() - start < 0.5  # a search for spaces before a line end took 3 seconds


def test_an_axis_has_its_first_spelling_in_all_rows(as_alice):
    rows = "tee,Tee,Size,S,A,5,\ntee,,SIZE,M,B,5,\nhat,Hat,size,L,C,5,\nhat,,Size,M,D,5,\n"
    move_in(as_alice, SHOPIFY + rows)
    assert [group.axes for group in Group.objects.all()] == [["Size"], ["Size"]]
    assert dict(Profile.objects.values_list("product__sku", "options")) == {
        sku: {"Size": size} for sku, size in ("AS", "BM", "CL", "DM")
    }


def test_values_of_more_axes_than_a_group_has_and_of_the_same_axis_are_counted(as_alice):
    header = "Product Template,Name,Internal Reference,Sales Price,Quantity On Hand,Variant Values\n"
    values = "Size: {}, Colour: red, size: wide, blue, Cut: short, Fit: {}"
    rows = "".join(f'Tee,Tee,{size},5,1,"{values.format(size, fit)}"\n' for size, fit in (("S", ""), ("M", "slim")))
    answer = move_in(as_alice, header + rows)
    assert answer["left_out"] == [{"column": "Variant Values", "values": 5}]
    assert Profile.objects.get(product__sku="S").options == {"Size": "S", "Colour": "red", "Cut": "short"}


@pytest.mark.parametrize(
    ("system", "cell", "category", "left"),
    [
        ("woocommerce", "Music > Albums, Music", "Albums", 1), ("woocommerce", "Music", "Music", 0),
        ("woocommerce", "A > B, C, A > D", "B", 3), ("lightspeed", "Bourbon/Whiskey", "Bourbon/Whiskey", 0),
        ("lightspeed", "Drinks / Bourbon/Whiskey", "Bourbon/Whiskey", 1), ("magento", "Root/Men,Root/Sale", "Men", 2),
        (None, "", "", 0), (None, "Tea -> Green", "Green", 1),
    ],
)  # fmt: skip
def test_categories_that_are_not_taken_are_counted(system, cell, category, left):
    [found] = [one for one in SYSTEMS if one.name.lower() == system] or [NO_SYSTEM]
    assert write_category(cell, found) == (category, left)


@pytest.mark.quick
def test_the_answer_has_the_number_of_categories_that_were_not_taken(as_alice):
    answer = move_in(as_alice, SYSTEM_FILES["Lightspeed"].text)
    assert {"column": "product_category", "values": 2} in answer["left_out"]


@pytest.mark.quick
def test_parts_of_a_cell_of_places_that_are_no_place_are_counted(as_alice):
    text = SYSTEM_FILES["Bagisto"].text.replace("default=3,depot=2", "default=3,many,depot=1,depot=2")
    left = {row["column"]: row["values"] for row in move_in(as_alice, text)["left_out"]}
    assert left["inventories"] == 2


def test_an_own_column_of_another_system_with_a_name_of_this_service_is_left_out(as_alice):
    header = SHOPIFY.replace("\n", ",group,option:Size\n")
    answer = move_in(as_alice, f"{header}tee,Tee,Size,S,A,5,,Summer,XL\ntee,,,M,B,5,,,\n")
    assert answer["left_out"] == [{"column": "group", "values": 1}, {"column": "option:Size", "values": 1}]
    assert Group.objects.get().name == "Tee"
    assert {*Profile.objects.values_list("options__Size", flat=True)} == {"S", "M"}


@pytest.mark.quick
@pytest.mark.parametrize("choice", ["name:Handle", "price:Title"])
def test_a_chosen_column_wins_over_the_table_of_the_system(as_alice, choice):
    column, name = choice.split(":")
    rows = "7,7,Title,Default Title,A,5,\n"
    answer = move_in(as_alice, SHOPIFY + rows, f"{MOVING}&columns={name}:{column}")
    assert answer["created"] == 1
    assert tidy(getattr(Product.objects.get(), column)) in ("7", "7.00")


def test_names_and_fields_of_another_shop_are_not_found(as_alice, as_charlie, charlie):
    text = SHOPIFY.replace("\n", ",Brand\n") + "tee,Tee,Size,S,A,5,,Acme\ntee,,,M,B,5,,\n"
    move_in(as_charlie, text)
    inventory = "Handle,Option1 Name,Option1 Value,SKU,Location,On hand\ntee,Size,S,A,Shop,3\n"
    assert move_in(as_alice, inventory)["created"] == 1
    assert [*Product.objects.filter(owner=charlie).values_list("quantity", flat=True)] == [0, 0]
    move_in(as_alice, text.replace("Acme", "Other"))
    assert CustomField.objects.count() == 2
    assert {*Profile.objects.filter(owner=charlie).values_list("fields__brand", flat=True)} == {"Acme"}


def test_a_value_that_fills_an_empty_cell_is_not_left_out(as_alice):
    answer = move_in(as_alice, SYSTEM_FILES["Zoho Inventory"].text.replace(",10,8,", ",10,,"))
    assert {"column": "Opening Stock", "values": 2} in answer["left_out"]
    assert Product.objects.get(sku="ROPE-5").quantity == 10


def test_a_picture_on_a_host_without_a_dot_is_left_out(as_alice):
    answer = move_in(as_alice, SHOPIFY + "tee,Tee,Title,Default Title,A,5,https://nas/a.jpg\n")
    assert (answer["created"], answer["refused"]) == (1, None)
    assert answer["left_out"] == [{"column": "Image Src", "values": 1}]
