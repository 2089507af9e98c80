"""A file that was exported before the shop changed a product does not set it back."""

import csv
import io
import json

import pytest

from products.filing.tests.importing import ADDRESS, import_file
from products.models import Category, CustomField, Group, Product
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from users.access.roles import Role
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.measured]


@pytest.fixture
def kettle(alice):
    tea = Category.objects.create(owner=alice, name="Tea")
    acme = Supplier.objects.create(owner=alice, name="Acme")
    return make_product(alice, "Kettle", 5, sku="K", price="10.00", min_threshold=3, category=tea, supplier=acme)


def export(client, query=""):
    text = client.get(f"/api/products/export/{query}").getvalue().decode()
    return list(csv.DictReader(io.StringIO(text)))


def write(rows, **changes):
    """Return the rows as a file, the first with these changes."""
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows([rows[0] | changes, *rows[1:]])
    return file.getvalue()


def patch(client, product, **fields):
    assert client.patch(f"/api/products/{product.pk}/", fields, format="json").status_code == 200


def test_what_the_shop_has_changed_since_the_export_stays_and_is_told(as_alice, kettle):
    rows = export(as_alice)
    patch(as_alice, kettle, price="12.00", min_threshold=8)
    answer = import_file(as_alice, write(rows, name="Kettle 2 l", description="New"))
    kettle.refresh_from_db()
    assert (kettle.name, kettle.description, str(kettle.price), kettle.min_threshold) == (
        "Kettle 2 l", "New", "12.00", 8,
    )  # fmt: skip
    assert answer["conflicts"] == [
        {"line": 2, "product": kettle.pk, "name": "Kettle 2 l",
         "fields": {"price": ["12.00", "10.00"], "min_threshold": [8, 3]}},
    ]  # fmt: skip
    assert {"name": "conflicts", "value": "leave", "number": 1} in answer["choices"]


def test_it_is_overwritten_if_the_import_says_so(as_alice, kettle):
    rows = export(as_alice)
    patch(as_alice, kettle, price="12.00")
    answer = import_file(as_alice, write(rows), "?conflicts=overwrite")
    kettle.refresh_from_db()
    assert (str(kettle.price), answer["updated"], len(answer["conflicts"])) == ("10.00", 1, 1)


@pytest.mark.whole
@all_cases(
    ("change", "expected"),
    [
        ({"name": "Pot"}, {"name": ["Pot", "Kettle"]}),
        ({"sku": "P", "barcode": "4006381333931"}, {"sku": ["P", "K"], "barcode": ["4006381333931", ""]}),
        ({"category": "Pots"}, {"category": ["Pots", "Tea"]}),
        ({"supplier": None}, {"supplier": [None, "Acme"]}),
        ({"cost_price": "2.00", "expiration_date": "2027-01-02"},
         {"cost_price": ["2.00", None], "expiration_date": ["2027-01-02", None]}),
        ({"codes": [{"code": "C1"}]}, {"codes": ["C1 = 1", ""]}),
        ({"tags": ["new"]}, {"tags": [["new"], ["old"]]}),
        ({"fields": {"brand": "Bodum"}}, {"fields.brand": ["Bodum", "Alessi"]}),
        ({"options": {"size": "L"}}, {"options.size": ["L", "S"]}),
        ({"group": None}, {"group": [None, "Kettles"], "options.size": [None, "S"]}),
    ],
)  # fmt: skip
def test_every_column_is_protected(as_alice, alice, kettle, change, expected):
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    group = Group.objects.create(owner=alice, name="Kettles", axes=["size"])
    patch(as_alice, kettle, group=group.pk, options={"size": "S"}, fields={"brand": "Alessi"}, tags=["old"])
    rows = export(as_alice)
    patch(as_alice, kettle, **change)
    before = as_alice.get(f"/api/products/{kettle.pk}/").json()
    answer = import_file(as_alice, write(rows))
    assert [row["fields"] for row in answer["conflicts"]] == [expected]
    assert answer["unchanged"] == 1
    assert as_alice.get(f"/api/products/{kettle.pk}/").json() == before


def test_a_sale_or_the_same_value_is_no_conflict_and_an_empty_instant_protects_nothing(as_alice, kettle):
    rows = export(as_alice)
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/", sale, format="json").status_code == 201
    patch(as_alice, kettle, price="12.00")
    given = {"quantity": "", "price": "12.00"}
    assert import_file(as_alice, write(rows, **given))["conflicts"] == []
    assert import_file(as_alice, write(rows, quantity="", change_sequence=""))["updated"] == 1


def test_without_the_other_number_the_columns_still_protect(as_alice, kettle):
    rows = [{name: row[name] for name in ("sku", "price", "change_sequence")} for row in export(as_alice)]
    patch(as_alice, kettle, price="12.00")
    assert len(import_file(as_alice, write(rows))["conflicts"]) == 1


def test_two_exports_between_which_nothing_changes_are_equal(as_alice, kettle):
    assert export(as_alice) == export(as_alice)


def test_a_category_a_supplier_and_a_group_renamed_since_the_export_are_the_same(as_alice, alice, kettle):
    group = Group.objects.create(owner=alice, name="Kettles", axes=["size"])
    patch(as_alice, kettle, group=group.pk)
    rows = export(as_alice)
    for address in (f"categories/{kettle.category_id}", f"suppliers/{kettle.supplier_id}", f"groups/{group.pk}"):
        assert as_alice.patch(f"/api/{address}/", {"name": "Renamed"}, format="json").status_code == 200
    answer = import_file(as_alice, write(rows, description="New"))
    kettle.refresh_from_db()
    assert (answer["updated"], kettle.description, answer["also_created"]) == (1, "New", [])
    assert (kettle.category.name, kettle.supplier.name) == ("Renamed", "Renamed")
    assert [Category.objects.count(), Group.objects.count()] == [1, 1]


def test_rows_of_places_are_protected_as_well(as_alice, kettle):
    rows = export(as_alice, "?by=holding")
    patch(as_alice, kettle, price="12.00")
    answer = import_file(as_alice, write(rows, name="Pot"))
    kettle.refresh_from_db()
    assert (kettle.name, str(kettle.price), len(answer["conflicts"])) == ("Pot", "12.00", 1)


@pytest.mark.quick
def test_an_amount_is_left_with_the_decimals_of_its_product(as_alice, alice):
    flour = make_product(alice, "Flour", min_threshold=2)
    rows = export(as_alice)
    patch(as_alice, flour, decimals=3)
    now = json.loads(as_alice.get(f"/api/products/{flour.pk}/").content)["min_threshold"]
    import_file(as_alice, write(rows))
    flour.refresh_from_db()
    assert (flour.decimals, flour.min_threshold) == (3, now)


def test_the_page_asks_and_says_what_it_keeps(as_alice, kettle):
    rows = export(as_alice)
    patch(as_alice, kettle, price="12.00")
    file = io.BytesIO(write(rows, name="Pot").encode())
    file.name = "products.csv"
    page = as_alice.post(ADDRESS, {"file": file, "dry_run": "true"}, format="multipart", HTTP_ACCEPT="text/html")
    text = page.content.decode()
    assert "1 row has values that were changed in the shop after the file was exported" in text
    assert "<strong>12.00</strong> in the shop, 10.00 in the file" in text
    assert Product.objects.get(pk=kettle.pk).name == "Kettle"


@pytest.mark.quick
@all_cases(("query", "kept"), [("", "oak"), ("?conflicts=overwrite", "pine")])
def test_an_own_field_is_kept_or_overwritten(as_alice, alice, kettle, query, kept):
    CustomField.objects.create(owner=alice, key="wood", label="Wood", type="text")
    patch(as_alice, kettle, fields={"wood": "pine"})
    rows = export(as_alice)
    patch(as_alice, kettle, fields={"wood": "oak"})
    import_file(as_alice, write(rows), query)
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["fields"] == {"wood": kept}


def test_a_product_that_a_file_moves_from_a_renamed_category_is_no_conflict(as_alice, kettle):
    rows = export(as_alice)
    assert as_alice.patch(f"/api/categories/{kettle.category_id}/", {"name": "Teas"}).status_code == 200
    answer = import_file(as_alice, write(rows, category="Pots"))
    kettle.refresh_from_db()
    assert (answer["conflicts"], kettle.category.name) == ([], "Pots")


def send_corrected(client, rows, name="goods.csv", **changes):
    """Send the file with these changes under its name. Return the conflicts and the product."""
    file = io.BytesIO(write(rows, quantity="", **changes).encode())
    file.name = name
    answer = client.post(ADDRESS, {"file": file}, format="multipart").json()
    return [each["fields"] for each in answer["conflicts"]], Product.objects.get(sku="K")


@all_cases(
    ("column", "values"),
    [
        ("price", ["13.70", "14.90", "15.10"]), ("supplier", ["Acme", "", "Acme"]), ("option:size", ["S", "L", "M"]),
        ("codes", ["A = 1", "B = 1", "C = 2"]), ("tags", ["new", "old", "sale"]),
        ("field:brand", ["Bodum", "WMF", "AEG"]),
    ],
)  # fmt: skip
def test_a_file_is_corrected_any_number_of_times(as_alice, alice, kettle, column, values):
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    group = Group.objects.create(owner=alice, name="Kettles", axes=["size"])
    patch(as_alice, kettle, group=group.pk, options={"size": "XL"}, fields={"brand": "WMF"}, tags=["tea"])
    rows = export(as_alice)
    for value in values:
        for description in ("", value):  # an import that leaves the value leaves it that of the file
            assert send_corrected(as_alice, rows, **{column: value}, description=description)[0] == []
    assert export(as_alice)[0][column] == values[-1]


def test_the_last_change_of_a_field_decides(as_alice, kettle):
    rows = export(as_alice)
    send_corrected(as_alice, rows, price="13.70")
    patch(as_alice, kettle, price="12.00")
    for name in ("goods.csv", "goods.csv", "other.csv"):  # an import that leaves the price does not make it its own
        conflicts, product = send_corrected(as_alice, rows, name, price="14.90")
        assert (conflicts, str(product.price)) == ([{"price": ["12.00", "14.90"]}], "12.00")
    import_file(as_alice, write(rows, quantity="", price="11.00"), "?conflicts=overwrite")
    assert import_file(as_alice, write(rows, quantity="", price="12.50"))["conflicts"] == []


@all_cases(("sender", "name"), [("alice", "other.csv"), ("bob", "goods.csv")])
def test_what_another_file_or_user_has_set_is_a_conflict(alice, as_alice, bob, kettle, sender, name):
    User.objects.filter(pk=bob.pk).update(role=Role.MANAGER)
    rows = export(as_alice)
    send_corrected(as_alice, rows, price="11.00")
    client = client_of(User.objects.get(username=sender))
    assert send_corrected(client, rows, name, price="12.00")[0] == [{"price": ["11.00", "12.00"]}]


def test_of_files_without_a_name_only_the_last_one_counts(as_alice, kettle):
    rows = export(as_alice)
    for changes in ({"price": "11.00"}, {"price": "12.00"}, {"price": "12.00", "description": "New"}):
        assert import_file(as_alice, write(rows, quantity="", **changes))["conflicts"] == []
    assert len(import_file(as_alice, write(rows, quantity="", price="13.00"))["conflicts"]) == 1
