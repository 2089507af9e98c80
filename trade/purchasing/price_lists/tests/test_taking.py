"""Price lists: how rows are matched, what is taken and what is only told."""

import pytest

from products.models import Product
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.purchasing.price_lists.models import PriceList
from trade.purchasing.price_lists.tests.lists import (
    make_offer,
    make_offered,
    make_supplier,
    read_offer,
    read_terms,
    send,
    take,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(alice, mill):
    """Return a product of the supplier. Another supplier has given its number to another product."""
    make_offered(alice, "Twin", make_supplier(alice, "Twin"), supplier_sku="T-100", cost_price="4.00")
    return make_offered(alice, "Tea", mill, supplier_sku="T-100", cost_price="4.00", barcode="4006381333931")


def test_a_list_changes_the_price_in_the_products_row(as_alice, mill, tea):
    body = take(as_alice, mill, "Artikelnummer;Bezeichnung;Preis\nT-100;Tee;4,20\nX-1;Zucker;1,00\n")
    assert body["changed"] == [
        {
            "line": 2, "product": tea.pk, "name": "Tea", "field": "cost_price", "old": "4.00", "new": "4.20",
            "percent": "5.0",
        }
    ]  # fmt: skip
    assert (body["unchanged"], body["unknown"], body["number"]) == (0, 1, 1)
    assert body["unknown_rows"] == [
        {"line": 3, "supplier_sku": "X-1", "barcode": "", "name": "Zucker", "cost_price": "1.00"}
    ]
    assert read_terms(tea) == ("4.20", "T-100", 1)


@pytest.mark.quick
def test_a_dry_run_tells_the_same_and_changes_nothing(as_alice, mill, tea):
    file = "Art.-Nr.;EK netto\nT-100;4,20\n"
    told = take(as_alice, mill, file, "?dry_run=true")
    assert (told["number"], told["dry_run"], len(told["changed"])) == (None, True, 1)
    assert read_terms(tea) == ("4.00", "T-100", 1)
    assert not PriceList.objects.exists()
    assert take(as_alice, mill, file)["changed"] == told["changed"]
    assert take(as_alice, mill, file)["unchanged"] == 1


def test_another_supplier_s_list_changes_its_own_offer(alice, as_alice, tea):
    other = make_supplier(alice, "Other")
    make_offer(tea, other, supplier_sku="900", cost_price="3.90", pack_size=6)
    file = "item no,pack size,net unit price,MOQ,lead time\n0900,12,3.80,24,2 weeks\n"
    body = take(as_alice, other, file)
    assert [(one["field"], one["old"], one["new"]) for one in body["changed"]] == [
        ("cost_price", "3.90", "3.80"), ("supplier_sku", "900", "0900"), ("pack_size", "6", "12"),
        ("min_packs", "1", "2"), ("lead_days", None, "14"),
    ]  # fmt: skip
    assert [str(one) for one in read_offer(tea, other)] == ["0900", "12", "3.80", "2", "14"]
    assert read_terms(tea) == ("4.00", "T-100", 1)


@all_cases("row", ["T-100,,", "t-100,,", ",4006381333931,", ",04006381333931,", ",,tea-1", "UNKNOWN,4006381333931,"])
def test_rows_are_matched_by_number_then_barcode_then_sku(alice, as_alice, mill, row):
    product = make_offered(alice, "Tea", mill, supplier_sku="T-100", barcode="4006381333931", sku="TEA-1")
    body = take(as_alice, mill, f"supplier code,ean,your sku,cost price\n{row},2.50\n")
    assert [(one["product"], one["new"]) for one in body["changed"] if one["field"] == "cost_price"] == [
        (product.pk, "2.50")
    ]


def test_the_number_decides_before_the_barcode(alice, as_alice, mill, tea):
    other = make_offered(alice, "Other", mill, supplier_sku="T-200", cost_price="1.00")
    body = take(as_alice, mill, "article no,ean,price\nT-200,4006381333931,1.10\n")
    assert [one["product"] for one in body["changed"]] == [other.pk]


@all_cases(
    ("rows", "reasons"),
    [
        ("T-100,,4\nt-100,,5\n", [(2, "Line 3"), (3, "Line 2")]),
        ("T-100,,4\nZ,4006381333931,5\n", [(2, "Line 3"), (3, "Line 2")]),
        ("T-100,,4\n,,5\n", [(3, "This row has a price")]),
    ],
)
def test_a_number_or_a_product_twice_is_a_wrong_row(as_alice, mill, tea, rows, reasons):
    response = send(as_alice, mill, f"article no,ean,price\n{rows}")
    assert response.status_code == 400, response.json()
    body = response.json()
    assert body["code"] == "invalid_rows"
    assert [
        (row["line"], row["reason"][: len(text)]) for row, (_line, text) in zip(body["rows"], reasons, strict=True)
    ] == reasons
    assert read_terms(tea) == ("4.00", "T-100", 1)


def test_wrong_rows_can_be_left_out(alice, as_alice, mill, tea):
    make_offered(alice, "Cup", mill, supplier_sku="C-1", cost_price="2.00")
    body = take(as_alice, mill, "article no,price\nT-100,4\nT-100,5\nC-1,2.10\n", "?wrong_rows=skip")
    assert body["refused"]["total"] == body["totals"]["refused"] == 2
    assert [one["new"] for one in body["changed"]] == ["2.10"]
    assert body["missing"] == []
    file = as_alice.get(f"/api/products/import/refused/{body['refused']['id']}/file/")
    assert file.status_code == 200


def test_offers_that_the_list_lacks_are_named(as_alice, mill, tea):
    body = take(as_alice, mill, "article no,price\nX,4\n")
    assert body["missing"] == [
        {"product": tea.pk, "name": "Tea", "supplier_sku": "T-100", "cost_price": "4.00", "is_preferred": True}
    ]


def test_products_that_were_not_offered_are_told_and_taken_if_wanted(alice, as_alice, mill):
    product = make_product(alice, "Cup", barcode="4006381333931", cost_price="9.00")
    file = "article no,ean,price\nC-1,4006381333931,2.00\n"
    told = take(as_alice, mill, file)
    assert told["not_offered"] == [
        {"line": 2, "product": product.pk, "name": "Cup", "supplier_sku": "C-1", "cost_price": "2.00"}
    ]
    assert (told["changed"], read_offer(product, mill)) == ([], None)
    taken = take(as_alice, mill, file, "?create_offers=true")
    assert (taken["not_offered"], taken["totals"]["created_offers"]) == ([], 1)
    assert [str(one) for one in read_offer(product, mill)] == ["C-1", "1", "2.00", "1", "None"]
    assert read_terms(product) == ("9.00", "", 1)


@pytest.mark.quick
@all_cases(
    ("choice", "terms", "doubtful"),
    [("", ("4.00", "T-100", 1), 1), ("leave", ("4.00", "T-100", 6), 1), ("take", ("40.00", "T-100", 6), 1)],
)
def test_a_price_of_ten_times_is_doubtful(alice, as_alice, mill, tea, choice, terms, doubtful):
    cup = make_offered(alice, "Cup", mill, supplier_sku="C-1", cost_price="2.00")
    query = f"?doubtful={choice}&price_per=unit" if choice else "?price_per=unit"
    body = take(as_alice, mill, "article no,pack,price\nT-100,6,40.00\nC-1,1,2.20\n", query)
    assert body["doubtful"] == [
        {"line": 2, "product": tea.pk, "name": "Tea", "old": "4.00", "new": "40.00", "percent": "900.0"}
    ]
    assert body["totals"]["doubtful"] == doubtful
    assert read_terms(tea) == terms
    assert read_terms(cup)[0] == "2.20"


def test_prices_of_packs_are_asked_about_once(alice, as_alice, mill, tea):
    file = "article no,ve,price\nT-100,12,49.20\n"
    refused = send(as_alice, mill, file).json()
    assert (refused["code"], refused["allowed"], refused["likely"]) == ("price_per_unknown", ["unit", "pack"], "pack")
    assert refused["example"] == {"line": 2, "name": "T-100", "price": "49.20", "pack_size": "12"}
    take(as_alice, mill, file, "?price_per=pack")
    assert read_terms(tea) == ("4.10", "T-100", 12)
    body = take(as_alice, mill, "article no,price\nT-100,54\n")
    assert (body["price_per"], read_terms(tea)) == ("pack", ("4.50", "T-100", 12))


@pytest.mark.quick
def test_prices_are_of_what_they_were_of_in_the_suppliers_last_list(alice, as_alice, mill, tea):
    make_offered(alice, "Free", mill, supplier_sku="F-1", cost_price="0.00", pack_size=6)
    file = "article no,ve,price\nT-100,12,{}\nF-1,6,1.00\n"
    lists = ((mill, "4.10", "unit"), (mill, "48.00", "pack"), (make_supplier(alice, "B"), "4", "unit"))
    for supplier, price, per in lists:
        take(as_alice, supplier, file.format(price), f"?price_per={per}")
    assert take(as_alice, mill, "article no,price\nT-100,54\n")["price_per"] == "pack"
    assert read_terms(tea) == ("4.50", "T-100", 12)


@all_cases(
    ("header", "price", "cost"),
    [
        ("Art.-Nr.;VE;Preis pro Karton", "48,00", "4.00"),
        ("Art.-Nr.;VE;Stückpreis", "5,00", "5.00"),
        ("Réf.;Colisage;Prix unitaire HT", "5,00", "5.00"),
        ("Art.-Nr.;VE;Nettopreis;PE", "500,00;100", None),
    ],
)
def test_the_name_of_the_price_may_say_of_what_it_is(as_alice, mill, tea, header, price, cost):
    response = send(as_alice, mill, f"{header}\nT-100;12;{price}\n")
    if cost is None:
        assert response.json()["code"] == "price_per_unknown"
    else:
        assert (response.status_code, read_terms(tea)[0]) == (200, cost)


@pytest.mark.quick
@all_cases(("number", "status"), [("T-100", 200), ("L-1", 400)])
def test_the_highest_price_is_taken_but_not_for_half_a_kilogram(alice, as_alice, mill, tea, number, status):
    make_offered(alice, "Leaf", mill, supplier_sku="L-1", cost_price="4.00", unit="kg", decimals=3, pack_size=500)
    query = "?price_per=pack&doubtful=take"
    response = send(as_alice, mill, f"article no,price\n{number},9999999999.99\n", query)
    assert response.status_code == status, response.json()


def test_missing_products_are_created(alice, as_alice, mill, tea):
    file = "article no,ean,name,price,rrp,lead time\nN-1,4012345678901,Sugar,0.80,1.50,5\nN-2,,Salt,0.40,,\nN-3,,,1,,\n"
    body = take(as_alice, mill, file, "?create_missing=true")
    assert (body["unknown"], body["totals"]["created_products"], body["totals"]["without_price"]) == (1, 2, 1)
    found = as_alice.get("/api/products/?search=Sugar").json()["results"][0]
    assert (found["price"], found["cost_price"], found["supplier_sku"], found["barcode"]) == (
        "1.50", "0.80", "N-1", "4012345678901",
    )  # fmt: skip
    assert found["supplier"] == mill.pk
    again = take(as_alice, mill, file, "?create_missing=true")
    assert (again["unchanged"], again["totals"]["created_products"]) == (2, 0)


@pytest.mark.quick
def test_a_product_that_a_list_creates_is_in_the_history(as_alice, mill):
    take(as_alice, mill, "article no,name,price\nN-1,Sugar,0.80\n", "?create_missing=true")
    changes = as_alice.get(f"/api/products/{Product.objects.get().pk}/changes/").json()["results"]
    assert [change["changes"]["created"][1]["name"] for change in changes] == ["Sugar"]


def test_an_empty_cell_changes_nothing(alice, as_alice, mill):
    product = make_offered(
        alice, "Tea", mill, supplier_sku="T-1", cost_price="4.00", pack_size=6, barcode="4006381333931"
    )
    body = take(as_alice, mill, "article no,ean,pack,unit price,MOQ\n,4006381333931,,on request,\n")
    assert (body["unchanged"], body["changed"]) == (1, [])
    assert read_terms(product) == ("4.00", "T-1", 6)
