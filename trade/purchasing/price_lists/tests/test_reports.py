"""What went wrong with price lists in other programs: the prices of a list are never lost, doubled or mixed up."""

import pytest

from products.models import Product
from testing.cast.people import make_product
from testing.tables import all_cases
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
    return make_offered(alice, "Tea", mill, supplier_sku="00123", cost_price="4.00", sku="TEA", price="9.00")


@all_cases("number", ["00123", "123", "0123"])
def test_a_list_that_is_sent_again_updates_and_never_duplicates(as_alice, mill, tea, number):
    for cost in ("4.10", "4.20"):
        take(as_alice, mill, f"item no,price\n{number},{cost}\n")
    assert (read_terms(tea)[0], Product.objects.count()) == ("4.20", 1)


@all_cases(("price", "cost"), [('"1,234.50"', "1234.50"), ('"1.234,50"', "1234.50"), ("1 234.50 EUR", "1234.50")])
def test_thousands_are_no_decimals(as_alice, mill, tea, price, cost):
    take(as_alice, mill, f"item no,price\n00123,{price}\n", "?doubtful=take")
    assert read_terms(tea)[0] == cost


@all_cases("header", ["item no,price", "Artikelnummer,Preis", "code,cost price"])
def test_the_sales_price_and_all_else_of_a_product_stay(as_alice, mill, tea, header):
    before = Product.objects.filter(pk=tea.pk).values().get()
    take(as_alice, mill, f"{header},description,quantity,category\n00123,4.50,Other,99,Other\n")
    after = Product.objects.filter(pk=tea.pk).values().get()
    assert {name for name in after if after[name] != before[name]} == {"cost_price", "updated_at"}


@all_cases("pack", ["6", "6 pcs", "6 x 330 ml"])
def test_a_price_of_a_pack_is_divided_by_the_pack(as_alice, mill, tea, pack):
    take(as_alice, mill, f"item no,pack size,price per case\n00123,{pack},27.00\n")
    assert read_terms(tea) == ("4.50", "00123", 6)


@all_cases("row", ["L,Loose", "NEW-1,Tin"])
def test_a_price_that_becomes_too_high_by_its_pack_is_refused_with_its_row(as_alice, alice, mill, row):
    make_offered(alice, "Loose", mill, supplier_sku="L", cost_price="1.00", decimals=3)
    file = f"item no,name,pack size,price per case\n{row},0.001,9999999999.99\n"
    response = send(as_alice, mill, file, "?doubtful=take&create_missing=true&price_per=pack")
    assert response.status_code == 400
    assert [(row["line"], row["column"]) for row in response.json()["rows"]] == [(2, "cost_price")]


@all_cases("unit", ["100", "per 100", "100 St"])
def test_a_price_of_a_hundred_is_divided(as_alice, mill, tea, unit):
    take(as_alice, mill, f"Artikelnummer;Preis;Preiseinheit\n00123;450,00;{unit}\n")
    assert read_terms(tea)[0] == "4.50"


@all_cases("number", ["19-0007", "19-0008", "19-000"])
def test_a_number_that_begins_as_another_one_is_another_one(alice, as_alice, mill, number):
    for each in ("19-0007", "19-0008"):
        make_offered(alice, each, mill, supplier_sku=each, cost_price="1.00")
    body = take(as_alice, mill, f"item no,price\n{number},1.50\n")
    assert {one["name"] for one in body["changed"]} == {number} - {"19-000"}


@all_cases("query", ["", "?create_offers=true", "?create_missing=true"])
def test_the_number_of_one_supplier_is_not_that_of_another_one(alice, as_alice, tea, query):
    other = make_supplier(alice, "Other")
    take(as_alice, other, f"item no,price\n00123,1.00\n{query}".removesuffix(query), query)
    assert read_terms(tea) == ("4.00", "00123", 1)
    assert read_offer(tea, other) is None


@all_cases("cell", ["", "-", "on request"])
def test_a_row_without_a_price_keeps_the_price(as_alice, mill, tea, cell):
    take(as_alice, mill, f"item no,price,lead time\n00123,{cell},5 days\n")
    assert read_terms(tea)[0] == "4.00"
    assert read_offer(tea, mill)[4] == 5


@all_cases("unit", ["1", "1000", "0.5"])
def test_goods_by_weight_are_updated_and_not_created_again(alice, as_alice, mill, unit):
    flour = make_product(alice, "Flour", decimals=3, unit="kg", supplier=mill, supplier_sku="F", cost_price="1.00")
    body = take(as_alice, mill, f"item no,name,pack size,unit price\nF,Flour,{unit},1.20\n", "?create_missing=true")
    assert body["totals"]["created_products"] == 0
    flour.refresh_from_db()
    assert (str(flour.cost_price), flour.pack_size) == ("1.20", int(float(unit) * 1000))


@all_cases(("rows", "status"), [("A,1\nA,2", 400), ("A,1\na,1", 400), ("A,1\nB,2", 200)])
def test_two_prices_of_one_number_are_never_chosen_between(alice, as_alice, mill, rows, status):
    make_offered(alice, "A", mill, supplier_sku="A", cost_price="3.00")
    assert send(as_alice, mill, f"item no,price\n{rows}\n").status_code == status


@all_cases("fields", [{"supplier_sku": "X"}, {"pack_size": 5}, {"cost_price": "7.00"}])
def test_offers_of_other_suppliers_stay(alice, as_alice, mill, tea, fields):
    other = make_supplier(alice, "Other")
    make_offer(tea, other, **fields)
    before = read_offer(tea, other)
    take(as_alice, mill, "item no,price\n00123,4.50\n")
    assert read_offer(tea, other) == before
