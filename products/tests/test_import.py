"""Importing products from CSV."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import client_of, make_product
from products import imports
from products.errors import TooManyRows
from products.models import Category, Product
from stock.models import Movement, Operation
from stock.verification import breaks
from suppliers.models import Supplier

ADDRESS = "/api/products/import/"


def upload(client, text, query="", **headers):
    body = text if isinstance(text, bytes) else text.encode()
    return client.generic("POST", f"{ADDRESS}{query}", body, content_type="text/csv", headers=headers)


def imported(client, text, query=""):
    answer = upload(client, text, query)
    assert answer.status_code == 200, answer.content
    return {name: answer.json()[name] for name in ("created", "updated", "unchanged")}


def refused(client, text):
    """The bad rows as (line, column)."""
    answer = upload(client, text)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_rows"
    return [(row["line"], row["column"]) for row in answer.json()["rows"]]


def test_new_products_are_created_with_their_stock_as_one_operation(as_alice, alice):
    answer = upload(as_alice, "name,price,quantity,category\nPan,12.50,3,Kitchen\nPot,20,4,kitchen\n").json()
    assert answer | {"operation": None} == {
        "dry_run": False, "created": 2, "updated": 0, "unchanged": 0, "operation": None,
    }  # fmt: skip
    operation = Operation.objects.get(pk=answer["operation"])
    assert (operation.reason, operation.movements.count()) == ("import", 2)
    assert list(Product.objects.order_by("id").values_list("name", "quantity")) == [("Pan", 3), ("Pot", 4)]
    assert Category.objects.get().name == "Kitchen"
    assert breaks(alice.pk) == []


def test_a_form_s_file_is_taken_like_a_body(as_alice):
    file = SimpleUploadedFile("p.csv", b"name,price\nPan,1\n", "text/csv")
    assert as_alice.post(ADDRESS, {"file": file}, format="multipart").json()["created"] == 1


@pytest.mark.parametrize(
    "text",
    ["name;price\r\nPan;1\r\n", "name\tprice\nPan\t1", '\ufeffname,price\n"Pan",1\n', " Name , PRICE \nPan,1\n\n"],
)
def test_the_usual_kinds_of_csv_are_read(as_alice, text):
    assert imported(as_alice, text) == {"created": 1, "updated": 0, "unchanged": 0}
    assert Product.objects.get().name == "Pan"


def test_rows_match_by_id_then_sku_then_name(as_alice, alice):
    a, b, c = (make_product(alice, name, sku=sku) for name, sku in [("A", "s-1"), ("B", "s-2"), ("C", "")])
    text = f"id,sku,name,price\n{a.pk},,A2,1\n,S-2,B2,2\n,,c,3\n"
    assert imported(as_alice, text) == {"created": 0, "updated": 3, "unchanged": 0}
    found = Product.objects.order_by("id").values_list("id", "name", "sku", "price")
    assert [(pk, name, sku, int(price)) for pk, name, sku, price in found] == [
        (a.pk, "A2", "s-1", 1), (b.pk, "B2", "S-2", 2), (c.pk, "c", "", 3),
    ]  # fmt: skip


def test_a_sku_is_given_to_the_product_of_that_name_that_has_none(as_alice, alice):
    make_product(alice, "Pan")
    make_product(alice, "Pot", sku="p-1")
    assert imported(as_alice, "name,sku,price\nPan,x-1,10\nPot,x-2,10\n") == {
        "created": 1, "updated": 1, "unchanged": 0,
    }  # fmt: skip
    assert sorted(Product.objects.values_list("name", "sku")) == [("Pan", "x-1"), ("Pot", "p-1"), ("Pot", "x-2")]


def test_exporting_and_importing_changes_nothing(as_alice, alice):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    make_product(alice, "=cmd()", 5, sku="+1", description='two\nlines; "quoted", \'=x', supplier=supplier)
    make_product(alice, "'=odd", 0, barcode="-9", expiration_date="2027-01-31", cost_price="1.10")
    text = b"".join(as_alice.get("/api/products/export/").streaming_content)
    assert imported(as_alice, text.decode()) == {"created": 0, "updated": 0, "unchanged": 2}
    assert b"".join(as_alice.get("/api/products/export/").streaming_content) == text


@pytest.mark.parametrize("text", ["a;=cmd", "a|'@cmd", 'a,"-1', "a;'+b", "a\t=cmd\n=x;\r\n-5"])
def test_formulas_inside_of_cells_come_back_as_they_were(as_alice, alice, text):
    make_product(alice, "Pan", description=text, **({} if "\n" in text else {"sku": text, "unit": text}))
    exported = b"".join(as_alice.get("/api/products/export/").streaming_content)
    assert imported(as_alice, exported) == {"created": 0, "updated": 0, "unchanged": 1}
    assert imported(as_alice, exported.replace(b"Pan", b"Pot")) == {"created": 0, "updated": 1, "unchanged": 0}
    assert Product.objects.get().description == text


def test_a_changed_quantity_is_booked_and_can_be_reversed(as_alice, alice, kettle):
    before = Product.objects.get().quantity
    operation = upload(as_alice, f"id,quantity\n{kettle.pk},4\n").json()["operation"]
    assert Product.objects.get().quantity == 4
    assert as_alice.post(f"/api/stock/operations/{operation}/reverse/", {}).status_code == 201
    assert Product.objects.get().quantity == before
    assert breaks(alice.pk) == []


def test_without_a_quantity_no_stock_moves(as_alice, kettle):
    answer = upload(as_alice, f"id,price,quantity\n{kettle.pk},11,\n").json()
    assert (answer["updated"], answer["operation"]) == (1, None)
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.quantity) == ("11.00", 10)


def test_a_price_list_of_noon_undoes_no_sale_of_the_day(as_alice, kettle):
    noon = b"".join(as_alice.get("/api/products/export/").streaming_content).decode().replace("10.00", "12.00")
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 2})
    assert refused(as_alice, noon) == [(2, "stock_sequence")]
    rows = [
        {name: cell for name, cell in row.items() if name not in ("quantity", "stock_sequence")}
        for row in csv.DictReader(io.StringIO(noon))
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    assert imported(as_alice, out.getvalue()) == {"created": 0, "updated": 1, "unchanged": 0}
    kettle.refresh_from_db()
    assert (kettle.quantity, str(kettle.price)) == (8, "12.00")


def test_an_empty_cell_clears_what_is_optional_and_nothing_else(as_alice, alice):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    product = make_product(alice, "Pan", 3, sku="p", unit="pcs", cost_price="1.00", supplier=supplier, min_threshold=9)
    columns = "id,name,sku,unit,cost_price,supplier,min_threshold,quantity"
    assert imported(as_alice, f"{columns}\n{product.pk},,,,,,,\n")["updated"] == 1
    product.refresh_from_db()
    assert (product.name, product.sku, product.quantity) == ("Pan", "p", 3)
    assert (product.unit, product.cost_price, product.supplier, product.min_threshold) == ("", None, None, 5)


def test_a_dry_run_says_the_same_and_writes_nothing(as_alice, alice, kettle):
    text = f"id,name,price,quantity,category\n{kettle.pk},Kettle,99,1,Kitchen\n,Pan,1,1,Kitchen\n"
    dry = upload(as_alice, text, "?dry_run=true", **{"Idempotency-Key": "k"}).json()
    assert dry == {"dry_run": True, "created": 1, "updated": 1, "unchanged": 0, "operation": None}
    assert (Product.objects.count(), Category.objects.count(), Movement.objects.count()) == (1, 0, 1)
    assert imported(as_alice, text) == {"created": 1, "updated": 1, "unchanged": 0}


@pytest.mark.parametrize("query", ["?dryrun=true", "?dry_run=true&dry-run=1", "?DRY_RUN=true"])
def test_a_mistyped_dry_run_is_refused_and_imports_nothing(as_alice, query):
    name = query.removeprefix("?").split("&")[-1].split("=")[0]
    answer = upload(as_alice, "name,price\nPan,1\n", query)
    assert (answer.status_code, answer.json()) == (400, {name: ["There is no such parameter. Did you mean dry_run?"]})
    assert not Product.objects.exists()


def test_all_bad_rows_are_told_at_once_and_nothing_is_written(as_alice, alice, kettle):
    make_product(alice, "Twin")
    make_product(alice, "Twin")
    text = (
        "id,name,price,quantity,supplier,sku\n"
        "999999,X,1,1,,\n"  # 2: no such id
        ",New,abc,1.5,,\n"  # 3: price and quantity
        ",Twin,1,1,,\n"  # 4: two of that name
        ",Other,1,1,Nobody,\n"  # 5: no such supplier
        ",,1,1,,\n"  # 6: no name
        ",Late,,1,,\n"  # 7: no price
        f"{kettle.pk},K,1,1,,\n{kettle.pk},K,1,1,,\n"  # 9: the second for one product
        ",short\n"  # 10: too few cells
    )
    assert refused(as_alice, text) == [
        (2, "id"), (3, "price"), (3, "quantity"), (4, "name"), (5, "supplier"), (6, "name"), (7, "price"), (9, "id"),
        (10, ""),
    ]  # fmt: skip
    assert Product.objects.count() == 3
    kettle.refresh_from_db()
    assert kettle.name == "Kettle"


def test_codes_of_other_products_are_refused_with_their_line(as_alice, alice):
    make_product(alice, "Pan", sku="p-1", barcode="77")
    other = make_product(alice, "Pot")
    text = f"id,name,price,sku,barcode\n{other.pk},Pot,1,P-1,77\n,New,1,n-1,55\n,New2,1,N-1,55\n"
    assert refused(as_alice, text) == [(2, "barcode"), (2, "sku"), (4, "barcode"), (4, "sku")]


@pytest.mark.parametrize("code", ["sku", "barcode"])
@pytest.mark.parametrize(("first", "second"), [("x-1", "x-1"), ("x-1", "X-1"), ("öl", "ÖL"), ("İ", "i̇"), ("ß", "ẞ")])
def test_a_new_code_in_two_rows_is_a_bad_row_or_two_codes(as_alice, alice, code, first, second):
    """Which letters are the same is the database's decision, as in its unique index: never a field error."""
    pan, pot = make_product(alice, "Pan"), make_product(alice, "Pot")
    text = f"id,name,price,{code}\n{pan.pk},Pan,1,{first}\n{pot.pk},Pot,1,{second}\n"
    answer = upload(as_alice, text)
    if answer.status_code == 400:
        assert [(row["line"], row["column"], row["reason"]) for row in answer.json()["rows"]] == [
            (3, code, f"Line 2 has this {code} already."),
        ]  # fmt: skip
    else:
        assert imported(as_alice, text)["unchanged"] == 2


def test_each_row_with_a_new_sku_of_another_row_is_told_once(as_alice, kettle):
    text = f"id,name,price,sku\n{kettle.pk},K,1,n-1\n,New,1,N-1\n,Newer,1,n-1\n"
    assert refused(as_alice, text) == [(3, "sku"), (4, "sku")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n", "A column that says"),
        ("name,price\n", "There is no row"),
        ("name,colour\nPan,red\n", "Unknown columns: colour."),
        ("name,name\nPan,Pan\n", "twice"),
        ("price\n1\n", "which product"),
        (b"name,pr\xffice\nPan,1\n", "Unknown columns"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(as_alice, text, reason):
    answer = upload(as_alice, text)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("bad_row", ["Pot,1\n", '"Pot"x,1\n', "Pot,much\n", "too,many,cells\n"])
def test_a_file_has_a_limit_of_rows_and_is_refused_at_the_row_over_it(as_alice, monkeypatch, bad_row):
    monkeypatch.setattr(imports, "MAX_ROWS", 3)
    rows = ["Pan,1\n", "\n", "Pot,1\n", ",\n", bad_row]
    assert upload(as_alice, "".join(["name,price\n", *rows[:3], "Cup,1\n", "\n,\n"]), "?dry_run=1").status_code == 200
    answer = upload(as_alice, "".join(["name,price\n", *rows, "Cup,1\n", "never read, \xff\n"]))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "too_many_rows", 3)
    assert not Product.objects.exists()


def test_the_row_over_the_limit_is_the_last_one_read(as_alice, alice, monkeypatch):
    monkeypatch.setattr(imports, "MAX_ROWS", 3)
    lines = iter([b"name,price\n", *[f"P{number},1\n".encode() for number in range(9)]])
    refused = imports.Refused()
    reader = imports.reader_of(line.decode() for line in lines)
    imports.header(reader)
    with pytest.raises(TooManyRows):
        list(imports.rows(reader, refused))
    assert len(list(lines)) == 5


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"name,price\nPan,1\nP\xffn,1\n", (3, "")),
        (b'name,price\n"Pan"x,1\n', (2, "")),
        (b"name,price\nP\x00n,1\n", (2, "name")),
        (b"name,price\n" + b"x" * 300 + b",1\n", (2, "name")),
        (b"name,price\nPan,1e400\n", (2, "price")),
        (b"name,price\n" + b"x" * 140_000 + b",1\n", (2, "")),
    ],
)
def test_bytes_that_are_no_cells_are_refused_with_their_line(as_alice, text, place):
    assert place in refused(as_alice, text)
    assert not Product.objects.exists()


def test_a_line_without_end_is_refused_and_not_split(as_alice):
    answer = upload(as_alice, b"name,price\n" + b"," * (imports.MAX_LINE_BYTES + 1) + b"\nPan,much\n")
    assert [(row["line"], row["reason"]) for row in answer.json()["rows"]] == [
        (2, "This line is longer than 1048576 bytes."), (3, "A valid number is required."),
    ]  # fmt: skip


def test_a_large_body_is_read_from_the_disk_and_closed(as_alice, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    text = "name,price\n" + "".join(f"Pan {number},1\n" for number in range(300))
    assert imported(as_alice, text)["created"] == 300


def test_a_file_past_the_limit_is_too_large(as_alice, settings):
    settings.MAX_IMPORT_BYTES = 1000
    assert upload(as_alice, "name,price\n" + "Pan,1\n" * 300).status_code == 413
    file = SimpleUploadedFile("p.csv", b"name,price\n" + b"Pan,1\n" * 300, "text/csv")
    assert as_alice.post(ADDRESS, {"file": file}, format="multipart").status_code == 413


def test_a_key_imports_once(as_alice):
    first, second = (upload(as_alice, "name,price,quantity\nPan,1,5\n", **{"Idempotency-Key": "k"}) for _ in "ab")
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Movement.objects.count() == 1
    assert upload(as_alice, "name,price\nPot,1\n", **{"Idempotency-Key": "k"}).status_code == 422


def test_a_worker_may_not_import(as_bob):
    assert upload(as_bob, "name,price\nPan,1\n").status_code == 403


def test_another_shop_s_product_does_not_exist(as_charlie, kettle):
    assert refused(as_charlie, f"id,price\n{kettle.pk},1\n") == [(2, "id")]
    assert imported(as_charlie, "name,price\nKettle,1\n")["created"] == 1


def test_the_template_is_an_empty_file_with_the_header(as_alice):
    answer = as_alice.get("/api/products/import/template/", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    row = "Pan,s,b,d,pcs,1.00,0.50,3,2,2027-01-01,Kitchen,\n"
    assert imported(as_alice, answer.content.decode() + row)["created"] == 1


@pytest.mark.parametrize("count", [1, 300])
def test_the_number_of_statements_does_not_depend_on_the_file(as_alice, count, django_assert_max_num_queries):
    text = "name,price,quantity,category\n" + "".join(f"P{n},1,{n + 1},C{n % 7}\n" for n in range(count))
    with django_assert_max_num_queries(27):
        assert imported(as_alice, text)["created"] == count


@pytest.mark.django_db(transaction=True)
def test_one_import_after_the_other_on_one_connection(alice):
    """The statements are prepared by then, and the temporary table they were prepared for is gone."""
    client = client_of(alice)
    for price in range(1, 7):
        answer = client.generic(
            "POST", "/api/products/import/", f"sku,name,price\nA,Pan,{price}\n", content_type="text/csv"
        )
        assert answer.status_code == 200
    assert Product.objects.get().price == 6


def send_form(client, **fields):
    file = SimpleUploadedFile("p.csv", b"name,price\nPan,12.50\n", "text/csv")
    return client.post(ADDRESS, {"file": file, **fields}, format="multipart")


@pytest.mark.parametrize(("dry_run", "products"), [("true", 0), ("false", 1), ("", 1)])
def test_a_form_may_say_that_it_is_a_dry_run(as_alice, alice, dry_run, products):
    answer = send_form(as_alice, **({"dry_run": dry_run} if dry_run else {}))
    assert (answer.status_code, answer.json()["created"], answer.json()["dry_run"]) == (200, 1, not products)
    assert Product.objects.filter(owner=alice).count() == products


def test_a_form_s_other_fields_are_refused_and_nothing_is_imported(as_alice, alice):
    answer = send_form(as_alice, **{"dry-run": "true"})
    assert (answer.status_code, list(answer.json())) == (400, ["dry-run"])
    assert not Product.objects.filter(owner=alice).exists()


def test_a_spreadsheet_s_own_format_is_named(as_alice):
    answer = upload(as_alice, b"PK\x03\x04\x14\x00rest of an archive")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")
    assert "save it as CSV" in answer.json()["detail"]
