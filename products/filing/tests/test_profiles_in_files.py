"""Groups and options, own fields and tags in files: exported, and imported from files of people."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.filing.tests.importing import find_bad_rows, import_counts, upload
from products.filing.tests.test_page import list_choices, send
from products.models import CustomField, Group, Product, Profile
from records.history.models import Change
from stock.models import Import
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook

EXPORT = "/api/products/export/"
FILE = "name,price,group,option:size,option:colour,field:brand,tags\n"
UNCHANGED = {"created": 0, "updated": 0, "unchanged": 2}


@pytest.fixture
def brand(alice):
    return CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")


@pytest.fixture
def two_shirts(as_alice, shirts, brand):
    rows = 'Shirt S,9,shirt,S,red,Acme,"New, Sale"\nShirt M,9,Shirt,M,,,\n'
    assert import_counts(as_alice, FILE + rows)["created"] == 2
    return list(Product.objects.order_by("id"))


def show(client, product):
    row = client.get(f"/api/products/{product.pk}/").json()
    return {name: row[name] for name in ("group_name", "options", "fields", "tags")}


def read_export(client, query=""):
    return client.get(f"{EXPORT}{query}").getvalue().decode().splitlines()


def list_reasons(client, text):
    answer = upload(client, text)
    assert answer.status_code == 400, answer.json()
    return [(row["line"], row["column"], row["reason"]) for row in answer.json().get("rows", [])]


def test_a_shop_without_profiles_exports_the_same_columns(as_alice, alice):
    make_product(alice, "Pot")
    assert read_export(as_alice)[0].endswith(",codes,external_id,change_sequence")
    assert read_export(as_alice, "?by=holding")[0].endswith(",external_id,change_sequence,location,lot,expires_on")


def test_an_export_has_the_columns_that_the_shop_uses(as_alice, two_shirts):
    header, first, second = read_export(as_alice)
    assert header.endswith("external_id,change_sequence,group,option:size,option:colour,field:brand,tags")
    assert first.endswith(',Shirt,S,red,Acme,"New, Sale"')
    assert second.endswith(",Shirt,M,,,")


def test_an_archived_group_or_field_is_in_no_export(as_alice, two_shirts, brand):
    Group.objects.update(archived_at="2026-01-01T00:00Z")
    CustomField.objects.update(archived_at="2026-01-01T00:00Z")
    assert read_export(as_alice)[0].endswith("external_id,change_sequence,tags")


@pytest.mark.parametrize("query", ["", "?by=holding", "?format=xlsx", "?csv=european"])
def test_an_export_is_imported_unchanged(as_alice, alice, two_shirts, query):
    for key, kind in (("weight", "number"), ("since", "date"), ("vegan", "yes_no"), ("seen", "link")):
        CustomField.objects.create(owner=alice, key=key, label=key, type=kind)
    fields = {"weight": "1.234", "since": "2026-02-01", "vegan": False, "seen": "https://example.com/a?b=1"}
    as_alice.patch(f"/api/products/{two_shirts[0].pk}/", {"fields": fields, "metadata": {"a": "1"}})
    extremes = {"weight": "-123456789012345.123456", "since": "1850-01-31", "vegan": True}
    as_alice.patch(f"/api/products/{two_shirts[1].pk}/", {"fields": extremes})
    before, changes = list(Profile.objects.order_by("id").values()), Change.objects.count()
    file = SimpleUploadedFile("a.xlsx" if "xlsx" in query else "a.csv", as_alice.get(f"{EXPORT}{query}").getvalue())
    imported = as_alice.post("/api/products/import/", {"file": file}, format="multipart").json()
    assert {name: imported.get(name) for name in UNCHANGED} == UNCHANGED, imported
    assert (list(Profile.objects.order_by("id").values()), Change.objects.count()) == (before, changes)


def test_own_numbers_of_a_european_file_of_an_earlier_release_are_read(as_alice, alice):
    CustomField.objects.create(owner=alice, key="weight", label="Weight", type="number")
    for weight in ("1.234", "1,234"):
        file = f"name;price;stock_sequence;field:weight\nTea;1,50;;{weight}\n"
        assert upload(as_alice, file).status_code == 200
        assert Profile.objects.get().fields == {"weight": "1.234"}


def test_own_numbers_and_days_are_numbers_and_days_in_files(as_alice, alice):
    for key, kind in (("weight", "number"), ("since", "date"), ("model", "text")):
        CustomField.objects.create(owner=alice, key=key, label=key, type=kind)
    for weight in ("0", "1.234", "2.5", "123456789012345.5"):
        fields = {"weight": weight, "since": "2026-02-01", "model": "1.5"}
        as_alice.post("/api/products/", {"name": weight, "price": "1.00", "fields": fields}, format="json")
    place = read_export(as_alice)[0].split(",").index("field:weight")
    european = [line.split(";")[place:] for line in read_export(as_alice, "?csv=european")[1:]]
    assert european == [[weight, "2026-02-01", "1.5"] for weight in ("0", "1,234", "2,5", "123456789012345,5")]
    rows = read_workbook(as_alice.get(f"{EXPORT}?format=xlsx").getvalue())[1:]
    # Day 46,054 of a spreadsheet is 1 February 2026.
    weights = [0, 1.234, 2.5, "123456789012345.5"]  # a number in a workbook has 15 digits
    assert [row[place:] for row in rows] == [[weight, 46054, "1.5"] for weight in weights]


def test_the_export_of_an_archived_group_is_imported_unchanged(as_alice, two_shirts):
    Group.objects.update(archived_at="2026-01-01T00:00Z")
    make_group = 'name,group,option:size,tags\nShirt S,,,"New, Sale"\nShirt M,,,\n'
    assert import_counts(as_alice, make_group) == UNCHANGED
    assert [reason[:2] for reason in list_reasons(as_alice, "name,option:size\nShirt S,L\n")] == [(2, "option:size")]


def test_an_unknown_group_is_made_with_the_axes_that_its_rows_use(as_alice, alice):
    rows = "A,1,Shirt,S,,\nB,1,SHIRT,M,,\nC,1,Mug,,red,\nD,1,Box,,,\n"
    assert import_counts(as_alice, FILE.replace("field:brand,", "") + rows)["created"] == 4
    assert list(Group.objects.order_by("id").values_list("name", "axes")) == [
        ("Shirt", ["size"]), ("Mug", ["colour"]), ("Box", []),
    ]  # fmt: skip
    assert show(as_alice, Product.objects.get(name="B"))["options"] == {"size": "M"}
    assert Change.objects.filter(kind="group").count() == 3
    assert not Group.objects.exclude(owner=alice).exists()


def test_a_file_replaces_what_its_columns_name_and_leaves_the_rest(as_alice, two_shirts):
    as_alice.patch(f"/api/products/{two_shirts[0].pk}/", {"metadata": {"a": "1"}})
    before = two_shirts[0].updated_at
    assert import_counts(as_alice, "name,option:size,tags\nShirt S,XL,\nShirt M,M,\n") == {
        "created": 0, "updated": 1, "unchanged": 1,
    }  # fmt: skip
    assert show(as_alice, two_shirts[0]) == {
        "group_name": "Shirt", "options": {"size": "XL", "colour": "red"}, "fields": {"brand": "Acme"}, "tags": [],
    }  # fmt: skip
    assert Profile.objects.get(product=two_shirts[0]).metadata == {"a": "1"}
    assert Product.objects.get(pk=two_shirts[0].pk).updated_at > before
    [last, *_] = as_alice.get(f"/api/products/{two_shirts[0].pk}/changes/").json()["results"]
    assert last["changes"] == {"options.size": ["S", "XL"], "tags": [["New", "Sale"], None]}
    assert last["via"] == "import"


def test_an_empty_group_takes_a_product_out_of_it(as_alice, two_shirts):
    import_counts(as_alice, "name,group,option:size\nShirt S,,\n")
    assert show(as_alice, two_shirts[0])["group_name"] is None
    assert show(as_alice, two_shirts[0])["options"] == {}


def test_two_products_exchange_their_options_in_one_file(as_alice, two_shirts):
    assert import_counts(as_alice, "name,option:size,option:colour\nShirt S,M,\nShirt M,S,red\n")["updated"] == 2
    assert show(as_alice, two_shirts[1])["options"] == {"size": "S", "colour": "red"}


def test_the_history_of_a_new_product_has_its_profile(as_alice, two_shirts):
    [made] = as_alice.get(f"/api/products/{two_shirts[0].pk}/changes/").json()["results"]
    created = made["changes"]["created"][1]
    assert (created["options.size"], created["fields.brand"], created["tags"]) == ("S", "Acme", ["New", "Sale"])
    assert created["group"]["name"] == "Shirt"


def test_wrong_cells_are_all_named(as_alice, alice, two_shirts):
    for key, kind in (("weight", "number"), ("since", "date"), ("vegan", "yes_no"), ("seen", "link")):
        CustomField.objects.create(owner=alice, key=key, label=key, type=kind)
    CustomField.objects.create(owner=alice, key="wood", label="Wood", type="choice", choices=["oak"])
    text = "name,price,option:size,field:weight,field:since,field:vegan,field:seen,field:wood,tags\n"
    rows = f"A,1,{'x' * 61},heavy,31.2.2026,maybe,javascript:1,pine,{'t' * 41}\n"
    columns = ["option:size", "field:weight", "field:since", "field:vegan", "field:seen", "field:wood", "tags"]
    assert sorted(find_bad_rows(as_alice, text + rows)) == sorted((2, column) for column in columns)
    tags = ";".join(["name;tags", "Shirt S;" + ",".join(map(str, range(21)))]).replace(";Shirt", "\nShirt")
    assert list_reasons(as_alice, tags) == [(2, "tags", "A product has at most 20 tags.")]


@pytest.mark.parametrize(
    ("kind", "cell", "stored"),
    [
        ("number", "1,50", "1.5"), ("number", "1.000,25", "1000.25"), ("date", "31.12.2026", "2026-12-31"),
        ("yes_no", "TRUE", True), ("yes_no", "no", False), ("choice", "OAK", "oak"), ("text", " Acme  ", "Acme"),
        ("link", "https://example.com", "https://example.com"),
    ],
)  # fmt: skip
def test_values_are_read_as_people_write_them(as_alice, alice, kettle, kind, cell, stored):
    CustomField.objects.create(owner=alice, key="a", label="A", type=kind, choices=["oak"])
    assert import_counts(as_alice, f"name;Field: A\nKettle;{cell}\n")["updated"] == 1
    assert show(as_alice, kettle)["fields"] == {"a": stored}


def test_an_unknown_axis_is_an_error_that_names_the_known_ones(as_alice, two_shirts):
    text = "name,price,group,option:size,option:fit\nA,1,Shirt,L,slim\nB,1,,,slim\n"
    assert list_reasons(as_alice, text) == [
        (2, "option:fit", "The product's group has no axis “fit”. Its axes are: size, colour."),
        (3, "option:fit", "The product's group has no axis “fit”. Its axes are: ."),
    ]


def test_equal_options_are_refused_within_a_file_and_beside_other_products(as_alice, two_shirts):
    text = "name,price,group,option:size,option:colour\nA,1,Shirt,S,red\nB,1,Shirt,L,\nC,1,Shirt,L,\n"
    assert list_reasons(as_alice, text) == [
        (2, "option:size", "Another product of the group has these options."),
        (4, "option:size", "Line 3 has the same group and options. Change one of the two lines."),
    ]


def test_a_file_keeps_to_the_limits_of_groups(as_alice, shirts):
    axes = ",".join(f"option:a{number}" for number in range(4))
    assert [row[:2] for row in list_reasons(as_alice, f"name,price,group,{axes}\nA,1,G,1,2,3,4\n")] == [(2, "group")]
    rows = "".join(f"P{number},1,Shirt,{number}\n" for number in range(61))
    assert list_reasons(as_alice, f"name,price,group,option:size\n{rows}") == [
        (62, "option:size", "The products of a group have at most 60 different values of “size”."),
    ]
    assert not Product.objects.exists()


@pytest.mark.parametrize("column", ["field:brand", "field:", "option:", "option:" + "x" * 41])
def test_an_unknown_field_is_an_unknown_column(as_alice, kettle, column):
    answer = upload(as_alice, f"name,{column}\nKettle,Acme\n").json()
    assert answer["detail"].startswith(f"This file can't be imported. Unknown columns: {column[:40]}")


def test_columns_are_mapped_to_options_and_fields(as_alice, two_shirts):
    query = "?columns=Marke:field:brand,=C:option:size,Farbe:"
    counts = import_counts(as_alice, "name,Marke,Größe,Farbe\nShirt S,Bolt,L,blue\n", query)
    assert counts["updated"] == 1
    assert show(as_alice, two_shirts[0])["fields"] == {"brand": "Bolt"}
    assert show(as_alice, two_shirts[0])["options"]["size"] == "L"
    answer = upload(as_alice, "name,Marke\nShirt S,Bolt\n", "?columns=Marke:field:label").json()
    assert "Unknown columns: Marke." in answer["detail"]


def test_a_column_group_alone_is_still_that_of_categories(as_alice, shirts):
    import_counts(as_alice, "name,price,group\nPot,1,Kitchen\n")
    assert Product.objects.get().category.name == "Kitchen"
    import_counts(as_alice, "name,price,category,group\nPot,1,Kitchen,Shirt\n")
    assert Profile.objects.get().group == shirts


def test_fields_and_groups_of_another_shop_are_unknown(as_alice, charlie):
    CustomField.objects.create(owner=charlie, key="brand", label="Brand", type="text")
    Group.objects.create(owner=charlie, name="Shirt", axes=["fit"])
    assert upload(as_alice, "name,price,field:brand\nA,1,Acme\n").status_code == 400
    import_counts(as_alice, "name,price,group,option:size\nA,1,Shirt,S\n")
    assert list(Group.objects.order_by("id").values_list("owner__username", "axes")) == [
        ("charlie", ["fit"]), ("alice", ["size"]),
    ]  # fmt: skip


def test_rows_of_places_have_one_profile(as_alice, alice, shirts):
    as_alice.post("/api/locations/", {"name": "Shelf"})
    text = "name,price,quantity,location,group,option:size\nA,1,1,Shelf,Shirt,S\nA,1,2,,Shirt,S\n"
    assert import_counts(as_alice, text)["created"] == 1
    assert find_bad_rows(as_alice, text.replace("Shelf,Shirt,S", "Shelf,Shirt,M")) == [(3, "name")]


def test_an_undone_import_archives_the_groups_that_nothing_else_uses(as_alice, kettle):
    import_counts(as_alice, "name,price,quantity,group,option:size\nA,1,1,Shirt,S\nB,1,1,Mug,S\n")
    mug = Group.objects.get(name="Mug")
    as_alice.patch(f"/api/products/{kettle.pk}/", {"group": mug.pk, "options": {"size": "M"}})
    operation = Import.objects.get().operation_id
    answer = as_alice.post(f"/api/stock/operations/{operation}/reverse/", {"archive_created": True}).json()
    assert answer["archived"]["groups"] == [Group.objects.get(name="Shirt").pk]
    assert len(answer["archived"]["products"]) == 2


def test_a_dry_run_writes_nothing(as_alice, kettle):
    assert upload(as_alice, "name,group,option:size,tags\nKettle,Pots,S,New\n", "?dry_run=true").json()["updated"] == 1
    assert not Group.objects.exists()
    assert not Profile.objects.exists()


def test_the_number_of_statements_does_not_depend_on_the_rows(as_alice, shirts, brand):
    counts = []
    for first, number in ((0, 3), (10, 30)):
        names = range(first, first + number)
        with CaptureQueriesContext(connection) as captured:
            rows = "".join(f"P{one},1,Shirt,{one},,B{one},T\n" for one in names)
            assert import_counts(as_alice, FILE + rows)["created"] == number
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_preview_shows_the_values_as_cells(as_alice, alice, kettle):
    CustomField.objects.create(owner=alice, key="vegan", label="Vegan", type="yes_no")
    [row] = upload(as_alice, "name;field:vegan;tags\nKettle;TRUE;a,b\n", "?dry_run=true").json()["preview"]
    assert row["values"] == {"name": "Kettle", "field:vegan": "yes", "tags": "a, b"}


def test_the_page_offers_own_fields_and_shows_options_as_chosen(alice, brand):
    page = send(Browser(alice), b"name;Marke;option:size\nA;B;C\n")
    assert list_choices(page) == {"name": "name", "Marke": "?", "option:size": "option:size"}
    assert '<option value="field:brand">Brand</option>' in page.text


def test_a_tag_in_a_file_is_written_as_the_shop_has_first_written_it(as_alice, two_shirts):
    file = 'name,price,tags\nPot,9,"NEW,Red"\nPan,9,"red,sale"\nShirt S,9,"new,SALE"\n'
    assert import_counts(as_alice, file) == {"created": 2, "updated": 0, "unchanged": 1}
    tags = [show(as_alice, product)["tags"] for product in Product.objects.order_by("id")]
    assert tags == [["New", "Sale"], [], ["New", "Red"], ["Red", "Sale"]]
