"""The import of products from CSV: matching, quantities, dry runs and idempotency keys."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.tests.importing import ADDRESS, find_bad_rows, import_counts, upload
from products.models import Category, Product
from records.events.models import Event, EventType
from stock.models import Location, Movement, Operation
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product


def test_new_products_are_created_with_their_stock_as_one_operation(as_alice, alice):
    answer = upload(as_alice, "name,price,quantity,category\nPan,12.50,3,Kitchen\nPot,20,4,kitchen\n").json()
    assert {name: answer[name] for name in list(answer)[:4]} == {
        "dry_run": False, "created": 2, "updated": 0, "unchanged": 0,
    }  # fmt: skip
    operation = Operation.objects.get(pk=answer["operation"])
    assert (operation.reason, operation.movements.count()) == ("import", 2)
    assert list(Product.objects.order_by("id").values_list("name", "quantity")) == [("Pan", 3), ("Pot", 4)]
    assert Category.objects.get().name == "Kitchen"
    assert find_breaks(alice.pk) == []


def test_new_products_get_their_ids_in_the_order_of_the_lines(as_alice, alice):
    """PostgreSQL reads the rows by category when it has matched the categories."""
    names = [f"Pan {number}" for number in range(10)]
    upload(as_alice, "name,price,category\n" + "".join(f"{name},1,Room {ord(name[-1]) % 3}\n" for name in names))
    assert list(Product.objects.order_by("id").values_list("name", flat=True)) == names
    events = Event.objects.filter(type=EventType.PRODUCT_CREATED).order_by("id")
    assert list(events.values_list("product", flat=True)) == list(
        Product.objects.order_by("id").values_list("id", flat=True)
    )


def test_accepts_a_file_in_a_form(as_alice):
    file = SimpleUploadedFile("p.csv", b"name,price\nPan,1\n", "text/csv")
    assert as_alice.post(ADDRESS, {"file": file}, format="multipart").json()["created"] == 1


@pytest.mark.parametrize(
    "text",
    ["name;price\r\nPan;1\r\n", "name\tprice\nPan\t1", '\ufeffname,price\n"Pan",1\n', " Name , PRICE \nPan,1\n\n"],
)
def test_accepts_common_variants_of_csv(as_alice, text):
    assert import_counts(as_alice, text) == {"created": 1, "updated": 0, "unchanged": 0}
    assert Product.objects.get().name == "Pan"


def test_rows_match_products_by_id_then_sku_then_name(as_alice, alice):
    a, b, c = (make_product(alice, name, sku=sku) for name, sku in [("A", "s-1"), ("B", "s-2"), ("C", "")])
    text = f"stock_sequence,id,sku,name,price\n,{a.pk},,A2,1\n,,S-2,B2,2\n,,,c,3\n"
    assert import_counts(as_alice, text) == {"created": 0, "updated": 3, "unchanged": 0}
    found = Product.objects.order_by("id").values_list("id", "name", "sku", "price")
    assert [(pk, name, sku, int(price)) for pk, name, sku, price in found] == [
        (a.pk, "A2", "s-1", 1), (b.pk, "B2", "S-2", 2), (c.pk, "c", "", 3),
    ]  # fmt: skip


def test_a_new_sku_is_given_to_the_product_of_the_same_name_without_sku(as_alice, alice):
    make_product(alice, "Pan")
    make_product(alice, "Pot", sku="p-1")
    assert import_counts(as_alice, "name,sku,price\nPan,x-1,10\nPot,x-2,10\n") == {
        "created": 1, "updated": 1, "unchanged": 0,
    }  # fmt: skip
    assert sorted(Product.objects.values_list("name", "sku")) == [("Pan", "x-1"), ("Pot", "p-1"), ("Pot", "x-2")]


def test_exporting_and_importing_changes_nothing(as_alice, alice):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    make_product(alice, "=cmd()", 5, sku="+1", description='two\nlines; "quoted", \'=x', supplier=supplier)
    make_product(alice, "'=odd", 0, barcode="-9", expiration_date="2027-01-31", cost_price="1.10")
    text = b"".join(as_alice.get("/api/products/export/").streaming_content)
    assert import_counts(as_alice, text.decode()) == {"created": 0, "updated": 0, "unchanged": 2}
    assert b"".join(as_alice.get("/api/products/export/").streaming_content) == text


@pytest.mark.parametrize("text", ["a;=cmd", "a|'@cmd", 'a,"-1', "a;'+b", "a\t=cmd\n=x;\r\n-5"])
def test_formulas_inside_cells_survive_export_and_import(as_alice, alice, text):
    make_product(alice, "Pan", description=text, **({} if "\n" in text else {"sku": text, "unit": text}))
    exported = b"".join(as_alice.get("/api/products/export/").streaming_content)
    assert import_counts(as_alice, exported) == {"created": 0, "updated": 0, "unchanged": 1}
    assert import_counts(as_alice, exported.replace(b"Pan", b"Pot")) == {"created": 0, "updated": 1, "unchanged": 0}
    assert Product.objects.get().description == text


def test_a_changed_quantity_is_booked_and_can_be_reversed(as_alice, alice, kettle):
    before = Product.objects.get().quantity
    operation = upload(as_alice, f"stock_sequence,id,quantity\n,{kettle.pk},4\n").json()["operation"]
    assert Product.objects.get().quantity == 4
    assert as_alice.post(f"/api/stock/operations/{operation}/reverse/", {}).status_code == 201
    assert Product.objects.get().quantity == before
    assert find_breaks(alice.pk) == []


def test_an_empty_quantity_moves_no_stock(as_alice, kettle):
    answer = upload(as_alice, f"stock_sequence,id,price,quantity\n,{kettle.pk},11,\n").json()
    assert (answer["updated"], answer["operation"]) == (1, None)
    kettle.refresh_from_db()
    assert (str(kettle.price), kettle.quantity) == ("11.00", 10)


def test_importing_an_older_export_does_not_undo_later_sales(as_alice, kettle):
    noon = b"".join(as_alice.get("/api/products/export/").streaming_content).decode().replace("10.00", "12.00")
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 2})
    assert find_bad_rows(as_alice, noon) == [(2, "stock_sequence")]
    rows = [
        {name: cell for name, cell in row.items() if name not in ("quantity", "stock_sequence")}
        for row in csv.DictReader(io.StringIO(noon))
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    assert import_counts(as_alice, out.getvalue(), "?columns=id:id") == {"created": 0, "updated": 1, "unchanged": 0}
    kettle.refresh_from_db()
    assert (kettle.quantity, str(kettle.price)) == (8, "12.00")


def test_an_empty_cell_clears_only_optional_fields(as_alice, alice):
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    packs = {"supplier_sku": "A/7", "pack_size": 12}
    product = make_product(
        alice, "Pan", 3, sku="p", unit="pcs", cost_price="1.00", supplier=supplier, min_threshold=9, **packs
    )
    columns = "stock_sequence,id,name,sku,unit,cost_price,supplier,min_threshold,supplier_sku,pack_size,quantity"
    assert import_counts(as_alice, f"{columns}\n,{product.pk},,,,,,,,,\n")["updated"] == 1
    product.refresh_from_db()
    assert (product.name, product.sku, product.quantity) == ("Pan", "p", 3)
    assert (product.unit, product.cost_price, product.supplier, product.min_threshold) == ("", None, None, 5)
    assert (product.supplier_sku, product.pack_size) == ("", 1)


def test_packs_are_above_zero_and_a_pack_of_0_is_none(as_alice):
    answer = upload(as_alice, "name,price,pack_size\nPan,1,12\nPot,1,-1\nCup,1,0\n")
    assert [row["column"] for row in answer.json()["rows"]] == ["pack_size"]
    assert answer.json()["rows"][0]["reason"] == "This is too low: enter more than 0."


def test_a_dry_run_returns_the_same_counts_and_writes_nothing(as_alice, alice, kettle):
    text = f"stock_sequence,id,name,price,quantity,category\n,{kettle.pk},Kettle,99,1,Kitchen\n,,Pan,1,1,Kitchen\n"
    dry = upload(as_alice, text, "?dry_run=true", **{"Idempotency-Key": "k"}).json()
    assert {name: dry[name] for name in list(dry)[:5]} == {
        "dry_run": True, "created": 1, "updated": 1, "unchanged": 0, "operation": None,
    }  # fmt: skip
    assert (Product.objects.count(), Category.objects.count(), Movement.objects.count()) == (1, 0, 1)
    assert import_counts(as_alice, text) == {"created": 1, "updated": 1, "unchanged": 0}


@pytest.mark.parametrize("query", ["?dryrun=true", "?dry_run=true&dry-run=1", "?DRY_RUN=true"])
def test_a_misspelled_dry_run_parameter_is_refused(as_alice, query):
    name = query.removeprefix("?").split("&")[-1].split("=")[0]
    answer = upload(as_alice, "name,price\nPan,1\n", query)
    assert (answer.status_code, answer.json()) == (400, {name: ["There is no such parameter. Did you mean dry_run?"]})
    assert not Product.objects.exists()


def test_an_idempotency_key_imports_once(as_alice):
    first, second = (upload(as_alice, "name,price,quantity\nPan,1,5\n", **{"Idempotency-Key": "k"}) for _ in "ab")
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Movement.objects.count() == 1
    assert upload(as_alice, "name,price\nPot,1\n", **{"Idempotency-Key": "k"}).status_code == 422


@pytest.mark.quick
def test_a_worker_may_not_import(as_bob):
    assert upload(as_bob, "name,price\nPan,1\n").status_code == 403


@pytest.mark.quick
def test_a_product_of_another_account_does_not_match(as_charlie, kettle):
    assert find_bad_rows(as_charlie, f"stock_sequence,id,price\n,{kettle.pk},1\n") == [(2, "id")]
    assert import_counts(as_charlie, "name,price\nKettle,1\n")["created"] == 1


def test_the_template_contains_only_the_header(as_alice):
    answer = as_alice.get("/api/products/import/template/", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header = answer.getvalue().decode()
    cells = {
        "name": "Pan", "sku": "s", "barcode": "b", "description": "d", "unit": "pcs", "price": "1.00",
        "cost_price": "0.50", "quantity": "3", "min_threshold": "2", "expiration_date": "2027-01-01",
        "category": "Kitchen", "supplier_sku": "A/7", "pack_size": "12",
    }  # fmt: skip
    names = header.strip().split(",")
    assert {*cells, "supplier"} <= {*names}
    assert import_counts(as_alice, header + ",".join(cells.get(name, "") for name in names) + "\n")["created"] == 1


@pytest.mark.parametrize("count", [1, 300])
def test_the_number_of_statements_does_not_depend_on_the_file(as_alice, count, django_assert_max_num_queries):
    text = "name,price,quantity,category\n" + "".join(f"P{n},1,{n + 1},C{n % 7}\n" for n in range(count))
    with django_assert_max_num_queries(33):
        assert import_counts(as_alice, text)["created"] == count


@pytest.mark.django_db(transaction=True)
def test_several_imports_on_one_connection(alice):
    """After several executions psycopg prepares the statements, although each import has a new temporary table."""
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
def test_a_form_may_request_a_dry_run(as_alice, alice, dry_run, products):
    answer = send_form(as_alice, **({"dry_run": dry_run} if dry_run else {}))
    assert (answer.status_code, answer.json()["created"], answer.json()["dry_run"]) == (200, 1, not products)
    assert Product.objects.filter(owner=alice).count() == products


def test_a_form_with_an_unknown_field_is_refused(as_alice, alice):
    answer = send_form(as_alice, **{"dry-run": "true"})
    assert (answer.status_code, list(answer.json())) == (400, ["dry-run"])
    assert not Product.objects.filter(owner=alice).exists()


@pytest.mark.parametrize("day", ["2027-02-31", "31.02.2027", "31/02/2027"])
def test_a_day_that_the_calendar_does_not_have_is_called_that(as_alice, day):
    answer = upload(as_alice, f"name,price,expiration_date\nTea,1,{day}\n").json()
    assert answer["rows"][0]["reason"] == "The calendar has no such day: enter another one."


def test_missing_suppliers_and_locations_are_created_once_each_if_the_request_says_so(as_alice, alice):
    lines = "".join(f"Tea {number},1,2,Fairleaf,Shelf\n" for number in range(40))
    text = f"name,price,quantity,supplier,location\n{lines}"
    assert upload(as_alice, text).json()["total"] == 80
    dry = upload(as_alice, text, "?create_missing=true&dry_run=true")
    assert (dry.status_code, Supplier.objects.count()) == (200, 0)
    assert import_counts(as_alice, text, "?create_missing=true") == {"created": 40, "updated": 0, "unchanged": 0}
    assert list(Supplier.objects.for_user(alice).values_list("name", "lead_days")) == [("Fairleaf", 7)]
    assert list(Location.objects.for_user(alice).values_list("name", flat=True)) == ["Shelf"]
