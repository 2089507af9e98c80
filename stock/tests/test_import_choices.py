"""The choices of an import: what each parameter does."""

import csv
import io
from time import process_time

import pytest

from products.filing.tests.importing import find_bad_rows, import_file, upload
from products.models import CustomField, Group, Product, Profile
from stock.importing import bad_rows
from stock.models import Holding, Import, Location, Movement
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

pytestmark = [pytest.mark.django_db, pytest.mark.measured]
REFUSED = "/api/products/import/refused/"


def read_choice(answer, name):
    return next((choice["value"], choice["number"]) for choice in answer["choices"] if choice["name"] == name)


@all_cases(
    ("text", "place"),
    [
        ("name,quantity\nPan,1\n", (2, "price")),
        ("name,price\nPan,\n", (2, "price")),
        ("name,price,quantity\nPan,1,-2\n", (2, "quantity")),
        ("name,price,quantity\nPan,1,1.5\n", (2, "quantity")),
        ("name,price,cost_price\nPan,1,0.125\n", (2, "cost_price")),
    ],
)
def test_by_default_a_file_is_refused(as_alice, text, place):
    assert find_bad_rows(as_alice, text) == [place]


@pytest.mark.quick
@all_cases("text", ["name,quantity\nPan,1\nPot,1\n", "name,price\nPan,\nPot,\n"])
def test_without_a_price_a_new_product_costs_nothing_and_another_one_keeps_its_price(as_alice, alice, text):
    pot = make_product(alice, "Pot", price="7.50")
    answer = import_file(as_alice, text, "?no_price=zero")
    assert read_choice(answer, "no_price") == ("zero", 1)
    assert str(Product.objects.get(name="Pan").price) == "0.00"
    pot.refresh_from_db()
    assert str(pot.price) == "7.50"


def test_a_refused_file_says_how_many_rows_a_choice_concerns(as_alice):
    answer = upload(as_alice, "name,price,quantity\nPan,,-1\nPot,,2.5\nCup,1,1\n").json()
    choices = {choice["name"]: choice["number"] for choice in answer["choices"]}
    assert choices == {
        "no_price": 2, "below_zero": 1, "unknown": 0, "wrong_rows": 0, "fractions": 1, "quantities": 0,
        "conflicts": 0, "archived": 0, "repeated": 0, "no_quantity": 0, "decimal_sign": 0,
    }  # fmt: skip


def test_a_quantity_below_zero_is_read_as_zero(as_alice):
    answer = import_file(as_alice, "name,price,quantity\nPan,1,-3\nPot,1,4\n", "?below_zero=zero")
    assert read_choice(answer, "below_zero") == ("zero", 1)
    assert list(Product.objects.order_by("name").values_list("name", "quantity")) == [("Pan", 0), ("Pot", 4)]


@all_cases("cell", ["-x", "1-", "--1", "−1x"])
def test_what_is_no_number_below_zero_is_wrong_with_any_choice(as_alice, cell):
    answer = upload(as_alice, f"name,price,quantity\nPan,1,{cell}\n", "?below_zero=zero").json()
    assert answer["rows"][0]["column"] == "quantity"


def test_new_products_get_the_decimals_of_their_finest_amount(as_alice, alice):
    make_product(alice, "Rope", quantity=3)
    text = "name,price,quantity,min_threshold\nSilk,2,1.25,0.5\nTape,1,7,\nRope,1,3,\n"
    answer = import_file(as_alice, text, "?fractions=amounts")
    assert read_choice(answer, "fractions") == ("amounts", 1)
    silk = Product.objects.get(name="Silk")
    assert (silk.decimals, silk.quantity, silk.min_threshold) == (2, 125, 50)
    assert {*Product.objects.exclude(name="Silk").values_list("decimals", flat=True)} == {0}
    assert import_file(as_alice, text, "?fractions=amounts")["unchanged"] == 3


def test_a_fraction_of_a_product_that_exists_is_still_refused(as_alice, alice):
    make_product(alice, "Rope", quantity=3)
    answer = upload(as_alice, "name,price,quantity\nRope,1,3.5\n", "?fractions=amounts").json()
    assert [row["column"] for row in answer["rows"]] == ["quantity"]


@pytest.mark.quick
def test_money_is_rounded_to_cents_with_a_note(as_alice):
    answer = import_file(as_alice, "name,price,cost_price\nPan,1.005,0.1249\nPot,2,0.5000\n", "?fractions=amounts")
    assert "Amounts in the column cost_price that are rounded to cents: 1." in answer["notes"]
    pan = Product.objects.get(name="Pan")
    assert (str(pan.price), str(pan.cost_price)) == ("1.01", "0.12")


def test_zeros_after_the_cents_are_no_fraction(as_alice):
    assert import_file(as_alice, "name,price,cost_price\nPan,5.0000,2.500\n")["created"] == 1
    assert str(Product.objects.get().cost_price) == "2.50"


def test_unknown_columns_are_left_out_and_counted(as_alice):
    answer = import_file(as_alice, "name,price,Brand,Empty\nPan,1,Acme,\nPot,1,,\nCup,1,Bolt,\n", "?unknown=ignore")
    assert answer["left_out"] == [{"column": "Brand", "values": 2}]
    assert read_choice(answer, "unknown") == ("ignore", 2)
    assert not CustomField.objects.exists()


def test_unknown_columns_are_kept_as_own_fields(as_alice, alice):
    text = 'name,price,Brand,Größe,Page,Story,Empty\nPan,1,Acme,26 cm,https://a.example/1,"{}",\nPot,1,,,,,\n'
    answer = import_file(as_alice, text.format("x" * 501), "?unknown=keep")
    assert answer["left_out"] == [{"column": "Story", "values": 1}]
    fields = CustomField.objects.order_by("position").values_list("key", "label", "type")
    assert list(fields) == [("brand", "Brand", "text"), ("grosse", "Größe", "text"), ("page", "Page", "link")]
    assert Profile.objects.get().fields["brand"] == "Acme"
    assert import_file(as_alice, text.format("x"), "?unknown=keep")["updated"] == 1


def test_a_kept_column_becomes_the_field_that_has_its_name(as_alice, alice):
    CustomField.objects.create(owner=alice, key="maker", label="Brand", type="text")
    CustomField.objects.create(owner=alice, key="weight", label="Weight", type="number")
    CustomField.objects.create(owner=alice, key="gone", label="Gone", type="text", archived_at="2026-01-01T00:00Z")
    answer = import_file(as_alice, "name,price,BRAND,Weight,Gone\nPan,1,Acme,2 kg,x\n", "?unknown=keep")
    assert Profile.objects.get().fields == {"maker": "Acme", "weight": "2", "gone": "x"}
    assert answer["left_out"] == []
    assert CustomField.objects.live().count() == 3


def test_no_more_columns_are_kept_than_the_shop_may_have_fields(as_alice, alice):
    names = [f"Column {number}" for number in range(40)]
    text = ",".join(["name", "price", *names]) + "\nPan,1" + ",x" * 40 + "\n"
    answer = import_file(as_alice, text, "?unknown=keep")
    assert CustomField.objects.live().count() == 30
    assert [left["column"] for left in answer["left_out"]] == names[30:]


def test_columns_of_other_scripts_are_kept_by_a_spelled_key(as_alice):
    text = "name,price,Бренд,ブランド,品牌,Σειρά,Maker,maker!\nPan,1,A,B,C,D,E,F\n"
    import_file(as_alice, text, "?unknown=keep")
    assert [*CustomField.objects.order_by("position").values_list("key", flat=True)] == [
        "brend", "burando", "54c1724c", "seira", "maker", "maker_2",
    ]  # fmt: skip
    assert import_file(as_alice, text, "?unknown=keep")["unchanged"] == 1


def test_technical_columns_and_those_that_never_change_take_no_place_of_others(as_alice, alice):
    names = ["create_uid_id", "meta_title", "Active", "Maker", *map("Column {}".format, range(30))]
    rows = [f"Pan {n},1,{n},A pan {n},yes,Acme" + f",{n}" * 30 for n in range(10)]
    text = "\n".join([",".join(["name", "price", *names]), *rows])
    answer = import_file(as_alice, text, "?unknown=keep")
    assert [left["column"] for left in answer["left_out"]] == names[:4]
    CustomField.objects.all().delete()
    answer = import_file(as_alice, text, "?unknown=keep&columns=Active:field:active,meta_title:field:Title")
    assert [left["column"] for left in answer["left_out"]] == ["create_uid_id", "Maker", *names[-2:]]
    assert [*CustomField.objects.order_by("position").values_list("key", "label")[:2]] == [
        ("title", "meta_title"), ("active", "Active"),
    ]  # fmt: skip


def test_a_column_that_can_not_become_the_chosen_field_is_named(as_alice):
    answer = import_file(as_alice, "name,price,Story\nPan,1,\n", "?unknown=keep&columns=Story:field:story")
    assert answer["notes"][-1].startswith('"Story" can\'t become an own field: it has no values')


def test_wrong_rows_are_left_out_and_given_back(as_alice, alice):
    text = "sku,name,price,quantity\nA,Pan,1,2\nB,Pot,much,3\nC,,,\nA,Cup,2,1\nE,Jug,4,1\n"
    answer = import_file(as_alice, text, "?wrong_rows=skip")
    assert (answer["created"], answer["refused"]["total"]) == (2, 3)
    assert {row["line"] for row in answer["refused"]["rows"]} == {3, 4, 5}
    file = as_alice.get(f"{REFUSED}{answer['refused']['id']}/file/")
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["refused because", "sku", "name", "price", "quantity"]
    assert [row[1:] for row in rows[1:]] == [["B", "Pot", "much", "3"], ["C", "", "", ""], ["A", "Cup", "2", "1"]]
    assert "This is not a number" in rows[1][0]


def test_the_corrected_file_of_refused_rows_is_imported(as_alice, alice):
    answer = import_file(as_alice, "name,price,Brand\nPan,1,Acme\nPot,much,Bolt\n", "?wrong_rows=skip&unknown=keep")
    file = as_alice.get(f"{REFUSED}{answer['refused']['id']}/file/").getvalue().decode("utf-8-sig")
    assert import_file(as_alice, file.replace("much", "2"))["created"] == 1
    assert Profile.objects.get(product__name="Pot").fields == {"brand": "Bolt"}


def test_rows_that_were_wrong_because_of_others_come_in(as_alice):
    answer = import_file(as_alice, "sku,name,price\nA,Pan,much\nA,Pot,1\n", "?wrong_rows=skip")
    assert (answer["created"], answer["refused"]["total"]) == (1, 1)


def test_a_file_of_wrong_rows_only_is_refused(as_alice):
    answer = upload(as_alice, "name,price\nPan,much\nPot,more\n", "?wrong_rows=skip")
    assert answer.status_code == 400
    assert answer.json()["total"] == 2
    assert not Product.objects.exists()


def test_a_dry_run_names_the_wrong_rows_and_stores_nothing(as_alice):
    answer = import_file(as_alice, "name,price\nPan,much\nPot,1\n", "?wrong_rows=skip&dry_run=true")
    assert (answer["refused"]["id"], answer["refused"]["total"]) == (None, 1)
    assert not Import.objects.exists()


def test_a_row_with_a_repeated_barcode_alone_comes_in_without_it(as_alice, alice):
    text = "name,price,barcode\nPot,1,96385074\nJug,1,96385074\nCup,1,4006381333931\n"
    answer = import_file(as_alice, text, "?wrong_rows=skip")
    assert (answer["created"], answer["refused"]) == (3, None)
    assert dict(Product.objects.values_list("name", "barcode")) == {
        "Pot": "96385074", "Jug": "", "Cup": "4006381333931",
    }  # fmt: skip
    assert any(note.startswith("Barcodes that are left out") and ": 1," in note for note in answer["notes"])
    again = import_file(as_alice, text, "?wrong_rows=skip")
    assert again["unchanged"] == 3


def test_a_new_product_with_the_barcode_of_another_one_is_left_out(as_alice, alice):
    make_product(alice, "Cup", barcode="4006381333931", price=1)
    text = "name,price,barcode\nPan,1,4006381333931\nCup,1,4006381333931\n"
    answer = import_file(as_alice, text, "?wrong_rows=skip")
    assert (answer["created"], answer["unchanged"], answer["refused"]["total"]) == (0, 1, 1)


def test_quantities_are_added_to_the_stock_of_products_that_exist(as_alice, alice):
    make_product(alice, "Pan", quantity=5, price=1)
    answer = import_file(as_alice, "name,price,quantity\nPan,1,3\nPot,1,2\n", "?quantities=add&dry_run=true")
    assert answer["changes"] == [
        {"line": 2, "product": Product.objects.get().pk, "name": "Pan", "fields": {"quantity": [5, 8]}}
    ]
    import_file(as_alice, "name,price,quantity\nPan,1,3\nPot,1,2\n", "?quantities=add")
    assert dict(Product.objects.values_list("name", "quantity")) == {"Pan": 8, "Pot": 2}
    assert list(Movement.objects.filter(product__name="Pan").order_by("id").values_list("quantity", flat=True))[-1] == 3


@pytest.mark.quick
def test_quantities_of_places_are_added(as_alice, alice):
    pan = make_product(alice, "Pan", price=1)
    import_file(as_alice, "name,price,location,quantity\nPan,1,Shelf,4\nPan,1,,2\n", "?create_missing=true")
    import_file(as_alice, "name,price,location,quantity\nPan,1,SHELF,1\nPan,1,,2\n", "?quantities=add")
    pan.refresh_from_db()
    assert (pan.quantity, Holding.objects.get().quantity) == (9, 5)


def test_a_list_of_prices_undoes_no_sale(as_alice, alice):
    make_product(alice, "Pan", quantity=5, price=1)
    text = "name,price,quantity\nPan,2,9\nPot,1,2\n"
    answer = import_file(as_alice, text, "?quantities=leave")
    assert (answer["created"], answer["updated"]) == (1, 1)
    assert dict(Product.objects.values_list("name", "quantity")) == {"Pan": 5, "Pot": 2}


@pytest.mark.quick
@all_cases("quantities", ["add", "leave"])
def test_an_old_export_is_no_conflict_if_its_quantities_are_not_set(as_alice, alice, quantities):
    make_product(alice, "Pan", quantity=5, price=1)
    file = as_alice.get("/api/products/export/").getvalue()
    as_alice.post("/api/stock/", {"product": Product.objects.get().pk, "movement_type": "OUT", "quantity": 1})
    assert upload(as_alice, file).status_code == 400
    import_file(as_alice, file, f"?quantities={quantities}")
    assert Product.objects.get().quantity == {"add": 9, "leave": 4}[quantities]


def test_places_in_columns_become_holdings(as_alice, alice):
    text = "sku,name,price,quantity [Shop],quantity [Store room]\nA,Pan,1,2,30\nB,Pot,1,,4\nC,Cup,1,0,\n"
    answer = import_file(as_alice, text, "?create_missing=true")
    assert answer["recognised"]["places"] == 2
    held = Holding.objects.order_by("product_id", "id").values_list("product__sku", "location__name", "quantity")
    assert sorted(held) == [("A", "Shop", 2), ("A", "Store room", 30), ("B", "Store room", 4)]
    assert dict(Product.objects.values_list("sku", "quantity")) == {"A": 32, "B": 4, "C": 0}
    again = text.replace(",2,30", ",0,31")
    answer = import_file(as_alice, again, "?dry_run=true")
    assert answer["changes"][0]["fields"] == {"quantity": [32, 31]}
    import_file(as_alice, again)
    assert Product.objects.get(sku="A").quantity == 31


@pytest.mark.quick
def test_places_in_columns_must_exist(as_alice):
    answer = upload(as_alice, "name,price,quantity [Shop]\nPan,1,2\n").json()
    assert answer["rows"][0]["column"] == "location"
    assert not Location.objects.exists()


def test_amounts_in_columns_of_places_are_scaled(as_alice):
    import_file(as_alice, "name,price,quantity [Shop]\nSilk,1,1.25\n", "?create_missing=true&fractions=amounts")
    silk = Product.objects.get()
    assert (silk.decimals, silk.quantity) == (2, 125)
    answer = upload(as_alice, "name,price,quantity [Shop]\nSilk,1,1.255\n").json()
    assert [row["column"] for row in answer["rows"]] == ["quantity"]


@pytest.mark.quick
def test_moving_takes_the_values_that_other_systems_need(as_alice):
    text = "name,price,quantity,supplier,location,Brand\nPan,,-1,Acme,Shelf,X\nPot,1,1.5,,,\nJug,much,,,,\n"
    answer = import_file(as_alice, text, "?moving=true")
    values = {choice["name"]: choice["value"] for choice in answer["choices"]}
    assert values == {
        "no_price": "zero", "below_zero": "zero", "unknown": "keep", "wrong_rows": "skip", "fractions": "amounts",
        "quantities": "set", "conflicts": "leave", "archived": "create", "repeated": "add", "no_quantity": "zero",
        "decimal_sign": "shop",
    }  # fmt: skip
    assert (answer["created"], answer["refused"]["total"]) == (2, 1)
    assert (Supplier.objects.get().name, Location.objects.get().name) == ("Acme", "Shelf")


def test_a_parameter_that_is_sent_wins_over_moving(as_alice):
    answer = upload(as_alice, "name,price\nPan,\n", "?moving=true&no_price=refuse&wrong_rows=refuse")
    assert answer.status_code == 400


def test_moving_does_not_change_how_our_own_files_are_read(as_alice, alice):
    make_product(alice, "Pan", price=1)
    file = as_alice.get("/api/products/export/").getvalue().decode()
    assert upload(as_alice, file.replace("1.00", "much"), "?moving=true").status_code == 400


@all_cases("name", ["no_price", "below_zero", "unknown", "wrong_rows", "fractions", "quantities"])
def test_an_unknown_value_of_a_parameter_is_refused(as_alice, name):
    answer = upload(as_alice, "name,price\nPan,1\n", f"?{name}=maybe")
    assert (answer.status_code, [*answer.json()]) == (400, [name])


def test_a_similar_name_of_a_needed_column_is_asked_when_a_shop_moves_in(as_alice):
    answer = upload(as_alice, "name,Pryce,Brand\nPan,1,Acme\n", "?moving=true").json()
    assert [column["name"] for column in answer["columns"] if not (column["column"] or column["role"])] == ["Pryce"]
    assert upload(as_alice, "name,Pryce,Brand\nPan,1,Acme\n", "?moving=true&unknown=keep").status_code == 200


def test_the_better_known_name_of_two_is_read_when_unknown_columns_are_left_out(as_alice):
    text = "name,price,category,type\nPan,1,Pans,Goods\n"
    assert upload(as_alice, text).status_code == 400
    answer = import_file(as_alice, text, "?unknown=ignore")
    assert Product.objects.get().category.name == "Pans"
    assert answer["left_out"] == [{"column": "type", "values": 1}]


def test_a_thousand_columns_are_read_if_unknown_ones_are_left_out(as_alice):
    names = [f"c{number}" for number in range(998)]
    text = ",".join(["name", "price", *names]) + "\nPan,1" + "," * 998 + "\n"
    assert upload(as_alice, text).status_code == 400
    assert import_file(as_alice, text, "?unknown=ignore")["created"] == 1
    wider = text.replace("name,", "name,more,", 1).replace("Pan,", "Pan,,", 1)
    assert "1,001 columns" in upload(as_alice, wider, "?unknown=ignore").json()["detail"].replace("1001", "1,001")


def test_a_name_that_no_column_can_have_is_left_out(as_alice):
    text = f"name,price,{'x' * 300}\nPan,1,2\n"
    assert upload(as_alice, text).status_code == 400
    assert import_file(as_alice, text, "?unknown=ignore")["left_out"][0]["values"] == 1


def test_only_those_who_manage_products_get_the_refused_rows(as_alice, as_bob, as_charlie):
    answer = import_file(as_alice, "name,price\nPan,much\nPot,1\n", "?wrong_rows=skip")
    address = f"{REFUSED}{answer['refused']['id']}/file/"
    assert [client.get(address).status_code for client in (as_bob, as_charlie)] == [403, 404]


def test_a_file_that_was_refused_as_a_whole_has_no_file_of_rows(as_alice):
    upload(as_alice, "name,price\nPan,much\n")
    assert as_alice.get(f"{REFUSED}{Import.objects.get().pk}/file/").status_code == 404


@pytest.mark.quick
def test_undo_archives_groups_and_own_fields_that_the_import_has_made(as_alice, alice):
    text = "name,price,quantity,group,option:size,Brand\nTee S,1,2,Tee,S,Acme\nTee M,1,3,Tee,M,Acme\n"
    answer = import_file(as_alice, text, "?unknown=keep")
    undone = as_alice.post(f"/api/stock/operations/{answer['operation']}/reverse/", {"archive_created": True})
    assert undone.status_code == 201, undone.json()
    assert not Product.objects.live().exists()
    assert not Group.objects.live().exists()
    assert not CustomField.objects.live().exists()


def test_undo_leaves_an_own_field_that_another_product_uses(as_alice, alice):
    pan = make_product(alice, "Pan", price=1)
    answer = import_file(as_alice, "name,price,quantity,Brand\nTee,1,2,Acme\n", "?unknown=keep")
    as_alice.patch(f"/api/products/{pan.pk}/", {"fields": {"brand": "Bolt"}})
    as_alice.post(f"/api/stock/operations/{answer['operation']}/reverse/", {"archive_created": True})
    assert CustomField.objects.live().get().key == "brand"


def test_the_number_of_statements_does_not_depend_on_the_wrong_rows(as_alice, django_assert_max_num_queries):
    rows = "".join(f"P{number},{'much' if number % 2 else 1}\n" for number in range(400))
    with django_assert_max_num_queries(90):
        import_file(as_alice, f"name,price\n{rows}", "?wrong_rows=skip")


def test_changes_of_a_dry_run_have_amounts_and_names(as_alice, alice):
    silk = make_product(alice, "Silk", quantity=125, decimals=2, price=1)
    text = "name,price,quantity,category\nSilk,2.50,1.5,Cloth\n"
    answer = import_file(as_alice, text, "?dry_run=true")
    fields = {"price": ["1.00", "2.50"], "quantity": ["1.25", "1.50"], "category": [None, "Cloth"]}
    assert answer["changes"] == [{"line": 2, "product": silk.pk, "name": "Silk", "fields": fields}]
    assert answer["changed"] == {"category": 1, "price": 1, "quantity": 1}
    assert import_file(as_alice, text)["changes"] == []


def test_the_places_of_another_system_have_all_of_the_stock(as_alice, alice):
    make_product(alice, "Tee", sku="TEE", quantity=4, price=1)
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Location,On hand (current)"
    rows = "tee,Tee,Title,Default Title,TEE,Shop,4\ntee,Tee,Title,Default Title,TEE,Depot,2\n"
    import_file(as_alice, f"{header}\n{rows}", "?moving=true")
    assert Product.objects.get().quantity == 6
    assert sorted(Holding.objects.values_list("location__name", "quantity")) == [("Depot", 2), ("Shop", 4)]


@all_cases(
    ("columns", "said"),
    [
        ("quantity [Shop],quantity [SHOP]", 'Two columns have the quantity in the place "SHOP".'),
        (f"quantity [{'x' * 300}],a", "The place"),
        ("quantity [a\x00b],a", "The place"),
        (",".join(f"quantity [{number}]" for number in range(99)), "It has 101 columns"),
        ("quantity [Shop],location", "location"),
        ("quantity [Shop],stock_sequence", "stock_sequence"),
    ],
)
def test_a_place_that_no_column_can_have_is_refused(as_alice, columns, said):
    text = f"name,price,{columns}\nPan,1{',' * (columns.count(',') + 1)}\n"
    answer = upload(as_alice, text, "?unknown=ignore&create_missing=true")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


@all_cases("name", ["A\x00b", "€€€", "x" * 256, "\u0301" * 40])
def test_a_column_with_a_hostile_name_is_left_out(as_alice, name):
    answer = import_file(as_alice, f"name,price,{name}\nPan,1,x\n", "?unknown=keep")
    assert [left["values"] for left in answer["left_out"]] == [1]
    assert not CustomField.objects.exists()


def test_a_barcode_that_is_left_out_is_left_out_of_all_rows_of_its_product(as_alice):
    for shelf in ("North", "South"):
        as_alice.post("/api/locations/", {"name": shelf})
    code = "4006381333931"
    rows = f"A,A,1,{code},North,1\nB,B,1,{code},North,1\nB,B,1,{code},South,2\n"
    answer = import_file(as_alice, f"sku,name,price,barcode,location,quantity\n{rows}", "?moving=true")
    assert answer["refused"] is None
    assert dict(Product.objects.values_list("sku", "barcode")) == {"A": code, "B": ""}
    assert Product.objects.get(sku="B").quantity == 3


def test_only_rows_with_options_for_which_the_group_has_no_room_are_skipped(as_alice):
    header = "name,price,group,option:a,option:b,option:c,option:d\n"
    rows = "A,1,G,1,1,1,\nB,1,G,2,1,1,1\nC,1,G,3,1,1,\nD,1,G,4,1,1,1\n"
    answer = import_file(as_alice, header + rows, "?wrong_rows=skip")
    assert [row["line"] for row in answer["refused"]["rows"]] == [3, 5]
    assert Group.objects.get().axes == ["a", "b", "c"]


def test_undo_and_the_same_file_again_restores_the_own_fields(as_alice):
    text = "name,price,quantity,Brand\nTee,1,2,Acme\n"
    first = import_file(as_alice, text, "?unknown=keep")
    as_alice.post(f"/api/stock/operations/{first['operation']}/reverse/", {"archive_created": True})
    second = import_file(as_alice, text, "?unknown=keep")
    assert (second["created"], second["left_out"]) == (1, [])
    assert Profile.objects.get(product__archived_at=None).fields == {"brand": "Acme"}
    assert CustomField.objects.live().get().key == "brand"


def test_codes_that_the_product_has_do_not_count_twice_when_wrong_rows_are_left_out(as_alice, alice):
    make_product(alice, "Pan", price=1)
    codes = "\n".join(f"C-{number}" for number in range(20))
    text = f'name,price,codes\nPan,1,"{codes}"\nPot,much,\n'
    assert import_file(as_alice, text, "?wrong_rows=skip")["updated"] == 1
    again = import_file(as_alice, text, "?wrong_rows=skip")
    assert (again["unchanged"], again["refused"]["total"]) == (1, 1)


def test_a_code_above_the_limit_leaves_out_its_row_alone(as_alice, alice):
    codes = "\n".join(f"C-{number}" for number in range(21))
    answer = import_file(as_alice, f'name,price,codes\nPan,1,"{codes}"\nPot,1,\n', "?wrong_rows=skip")
    assert (answer["created"], [row["line"] for row in answer["refused"]["rows"]]) == (1, [2])


@pytest.mark.quick
def test_a_row_that_repeats_a_wrong_one_comes_in(as_alice):
    text = "sku,name,price,codes\nA,Pan,,C-1\nA,Pot,1,\nB,Jug,1,C-1\n"
    answer = import_file(as_alice, text, "?wrong_rows=skip")
    assert (answer["created"], [row["line"] for row in answer["refused"]["rows"]]) == (2, [2])


def test_after_too_many_rounds_the_file_is_refused(as_alice, monkeypatch):
    monkeypatch.setattr(bad_rows, "MAX_ROUNDS", 1)
    text = "sku,name,price\nA,Pan,much\nA,Pot,1\nA,Jug,2\n"
    assert upload(as_alice, text, "?wrong_rows=skip").json()["code"] == "invalid_rows"
    assert not Product.objects.exists()


def test_columns_of_places_do_not_make_a_file_that_of_another_system(as_alice):
    as_alice.post("/api/locations/", {"name": "Shop"})
    import_file(as_alice, "name,price,category,quantity [Shop]\nPan,1,Home > Pans,2\n", "?create_missing=true")
    assert Product.objects.get().category.name == "Home > Pans"


def test_a_long_cell_of_commas_is_no_list_of_barcodes(as_alice):
    started = process_time()
    assert find_bad_rows(as_alice, f'name,price,barcode\nPan,1,"1{"," * 30_000}"\n') == [(2, "barcode")]
    assert process_time() - started < 1


def test_rows_of_archived_products_are_counted_and_refused_if_this_is_chosen(as_alice, alice):
    pan = make_product(alice, "Pan", external_id="A-1")
    as_alice.delete(f"/api/products/{pan.pk}/")
    text = "external_id,name,price\na-1,Pan,1\nA-2,Pot,1\n"
    refused = upload(as_alice, text, "?archived=refuse").json()
    assert [(row["line"], row["column"], row["reason"]) for row in refused["rows"]] == [
        (2, "external_id", "The product with this external_id is archived. Restore it first, or leave this row out."),
    ]  # fmt: skip
    assert import_file(as_alice, text, "?archived=refuse&wrong_rows=skip")["created"] == 1
    answer = import_file(as_alice, text)
    assert (read_choice(answer, "archived"), answer["created"]) == (("create", 1), 1)
    assert any("another product is created: 1, for example line 2." in note for note in answer["notes"])


def test_a_row_with_the_id_of_an_archived_product_says_so(as_alice, alice):
    pan = make_product(alice, "Pan")
    as_alice.delete(f"/api/products/{pan.pk}/")
    [row] = upload(as_alice, f"id,stock_sequence,price\n{pan.pk},,1\n").json()["rows"]
    assert (row["column"], row["reason"].split(".")[0]) == ("id", "The product with this id is archived")
