"""The files of orders, which suppliers get."""

import pytest

from core.files.writers import format_line
from testing.cast.orders import ADDRESS, make_supplier, post, write_order
from testing.cast.people import make_product
from testing.reading.pdf import read_pages
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases


@pytest.fixture
def order(as_alice, alice):
    pot = make_product(
        alice, "Pot", sku="POT", barcode="400", supplier_sku="M-7", unit="pcs", pack_size=4, cost_price="2.50"
    )
    cup = make_product(alice, "=1+1")
    mill = make_supplier(alice, "Mill")
    return write_order(as_alice, mill, pot, cup, quantity=8, reference="spring", note="back door")


def get_file(client, order, **query):
    response = client.get(f"{ADDRESS}{order['id']}/file/", query)
    assert response.status_code == 200
    return response


def test_the_table_has_what_the_supplier_needs_and_formulas_are_guarded(as_alice, order):
    response = get_file(as_alice, order)
    assert response.headers["Content-Disposition"] == f'attachment; filename="order-{order["id"]}.csv"'
    assert response.getvalue().decode().split("\r\n") == [
        "product,sku,barcode,supplier_sku,quantity,unit,packs,pack_size,unit_cost,cost",
        "Pot,POT,400,M-7,8,pcs,2,4,2.50,20.00",
        "'=1+1,,,,8,,8,1,,",
        "",
    ]


@pytest.mark.quick
def test_the_table_of_a_worker_has_no_costs(as_bob, order):
    header, pot, *_ = get_file(as_bob, order).getvalue().decode().split("\r\n")
    assert header + "\r\n" == format_line(
        ["product", "sku", "barcode", "supplier_sku", "quantity", "unit", "packs", "pack_size"]
    )
    assert pot == "Pot,POT,400,M-7,8,pcs,2,4"


def test_the_table_is_a_workbook_too(as_alice, order):
    rows = read_workbook(get_file(as_alice, order, format="xlsx").getvalue())
    assert rows[1][:5] == ["Pot", "POT", "400", "M-7", 8]


def test_the_text_is_that_of_the_mail_and_has_no_costs(as_alice, alice, order):
    type(alice).objects.filter(pk=alice.pk).update(shop_name="Tea & Pots")
    post(as_alice, order, "send", expected_on="2031-05-01")
    response = get_file(as_alice, order, format="txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text == (
        f"Order {order['id']} from Tea & Pots\n\nTo: Mill\nDate: {alice.shop_today()}\nExpected: 2031-05-01\n"
        "Reference: spring\n\n- 8 pcs: Pot, your number M-7, our number POT, 2 packs of 4\n- 8: =1+1\n\nback door\n\n"
    )


def test_the_text_of_a_draft_says_so(as_alice, order):
    assert get_file(as_alice, order, format="txt").text.startswith(f"Draft of order {order['id']}\n")


@all_cases(("quantity", "written"), [(7, "7 pcs"), (8, "8 pcs 2 × 4")])
def test_the_document_has_packs_only_for_whole_ones(as_alice, alice, quantity, written):
    pot = make_product(alice, "Pot", sku="POT", unit="pcs", pack_size=4)
    order = write_order(as_alice, make_supplier(alice, "Mill"), pot, quantity=quantity)
    [page] = read_pages(get_file(as_alice, order, format="pdf").getvalue())
    assert f"Pot POT {written} Draft of" in page


def test_an_unknown_format_is_refused(as_alice, order):
    response = as_alice.get(f"{ADDRESS}{order['id']}/file/", {"format": "docx"})
    assert (response.status_code, list(response.json())) == (400, ["format"])
