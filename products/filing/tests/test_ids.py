"""A column `id` has the ids of this shop in files of this service, and those of another program in all others."""

import pytest

from products.filing.tests.importing import import_counts, upload
from products.filing.tests.test_page import find_result, list_choices, send
from products.models import Product
from testing.cast.people import make_product
from testing.reading.browser import Browser

# The header of an export of release 1.0.0.
HEADER_OF_1_0_0 = (
    "id,name,sku,barcode,description,unit,price,cost_price,quantity,stock_sequence,min_threshold,expiration_date,"
    "category,supplier,supplier_sku,pack_size,codes"
)


def list_stored():
    return [*Product.objects.order_by("id").values_list("name", "external_id", "quantity")]


def ask(client, text, query=""):
    """Return the question about the column of ids, for which the file is refused."""
    answer = upload(client, text, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file"), answer.json()
    [column] = [column for column in answer.json()["columns"] if column["question"]]
    assert column["column"] is None
    assert column["question"] in answer.json()["detail"]
    return column["question"]


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
@pytest.mark.parametrize("header", ["ID,Name,Price,Stock", "id,name,price,quantity"])
def test_an_id_of_another_program_changes_no_product_of_this_shop(as_alice, kettle, header, query):
    before = list_stored()
    question = ask(as_alice, f"{header}\n{kettle.pk},Robot,5,77\n", query)
    assert question.startswith(f"Line 2: {kettle.pk} is the id of your product Kettle.")
    assert list_stored() == before


def test_ids_that_no_product_of_this_shop_has_are_external_ids(as_alice, kettle):
    file = "ID,Name,Price\n900001,Robot,5\nA-7,Arm,6\n"
    answer = upload(as_alice, file).json()
    assert answer["columns"][0] == {
        "name": "ID", "column": "external_id", "letter": "A", "question": "", "role": None, "may_be": [],
    }  # fmt: skip
    assert answer["notes"][-1].startswith('"ID" is read as external_id: only files of this service')
    assert list_stored()[1:] == [("Robot", "900001", 0), ("Arm", "A-7", 0)]
    assert import_counts(as_alice, file) == {"created": 0, "updated": 0, "unchanged": 2}


def test_an_id_that_is_also_the_external_id_of_the_product_is_no_question(as_alice, alice, kettle):
    Product.objects.update(external_id=str(kettle.pk))
    assert import_counts(as_alice, f"ID,Name,Price\n{kettle.pk},Kettle,10\n")["unchanged"] == 1


def test_ids_of_other_shops_and_of_archived_products_are_no_question(as_alice, as_charlie, kettle):
    assert import_counts(as_charlie, f"ID,Name,Price\n{kettle.pk},Robot,5\n")["created"] == 1
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert import_counts(as_alice, f"ID,Name,Price\n{kettle.pk},Robot,5\n")["created"] == 1


@pytest.mark.parametrize(
    ("columns", "stored"),
    [
        ("id:id", [("Robot", None, 77)]),
        ("id:external_id", [("Kettle", None, 10), ("Robot", "{id}", 77)]),
        ("id:", [("Kettle", None, 10), ("Robot", None, 77)]),
    ],
)
def test_the_parameter_columns_answers_the_question(as_alice, kettle, columns, stored):
    assert upload(as_alice, f"ID,Name,Price,Stock\n{kettle.pk},Robot,5,77\n", f"?columns={columns}").status_code == 200
    assert list_stored() == [(name, text and text.format(id=kettle.pk), number) for name, text, number in stored]


def test_a_file_with_ids_and_external_ids_has_a_question(as_alice, kettle):
    file = f"id,name,external_id,price\n{kettle.pk},Robot,R-1,5\n"
    assert ask(as_alice, file).startswith('"id" may have the ids of this shop or those of another program')
    assert import_counts(as_alice, file, "?columns=id:id")["updated"] == 1
    assert list_stored() == [("Robot", "R-1", 10)]


def test_a_price_list_by_ids_alone_has_a_question(as_alice, kettle):
    ask(as_alice, f"id,price\n{kettle.pk},5\n")
    assert import_counts(as_alice, f"id,price\n{kettle.pk},5\n", "?columns=id:id")["updated"] == 1


def test_a_price_list_by_external_ids_alone_is_imported(as_alice, alice):
    make_product(alice, "Robot", external_id="A-7", price="4.00")
    assert import_counts(as_alice, "ID,price\nA-7,5\n")["updated"] == 1


@pytest.mark.parametrize("sequence", ["1", ""])
def test_an_export_of_release_1_0_0_is_imported_by_id(as_alice, kettle, sequence):
    row = f"{kettle.pk},Pot,,,,,12.00,,10,{sequence},5,,,,,1,"
    assert import_counts(as_alice, f"{HEADER_OF_1_0_0}\n{row}\n")["updated"] == 1
    assert list_stored() == [("Pot", None, 10)]


def test_the_page_asks_whose_ids_the_file_has(alice, kettle):
    browser = Browser(alice)
    answer = send(browser, f"ID,Name,Price\n{kettle.pk},Robot,5\n".encode(), dry_run="true")
    assert list_choices(answer)["ID"] == "?"
    assert "ID Id in another program None of them" in find_result(answer)
    assert f"Line 2: {kettle.pk} is the id of your product Kettle." in find_result(answer)
    assert "Id in another program" in find_result(answer)


def test_the_page_does_not_send_ids_that_are_only_assumed_to_be_external(alice, kettle):
    """The script omits the choice, so that the file is still checked for ids of this shop."""
    answer = send(Browser(alice), b"ID,Name,Price,Colour\n900001,Robot,5,red\n", dry_run="true")
    assert list_choices(answer) == {"ID": "external_id", "Name": "name", "Price": "price", "Colour": "?"}
    assert answer.text.count("data-assumed") == 1
