"""Files of products that say whether the stock of a product is counted, and thresholds that no file gives."""

import pytest
from django.test import Client

from products.models import Product
from testing.cast.people import PASSWORD, make_product
from testing.tables import all_cases

URL = "/api/products/import/"


def send(client, text, query="", status=200):
    response = client.post(f"{URL}?{query}", text.encode(), content_type="text/csv")
    assert response.status_code == status, response.json()
    return response.json()


def read(name):
    names = "keeps_stock", "quantity", "min_threshold"
    return Product.objects.values_list(*names).get(name=name)


def test_a_column_says_it_and_an_export_is_imported_unchanged(as_alice):
    send(as_alice, "name,price,keeps_stock,quantity,min_threshold\nWrap,2,no,,4\nTea,3,yes,7,4\nPot,9,,1,\n")
    assert (read("Wrap"), read("Tea"), read("Pot")) == ((False, 0, None), (True, 7, 4), (True, 1, 5))
    Product.objects.filter(name="Tea").update(min_threshold=None)
    exported = b"".join(as_alice.get("/api/products/export/").streaming_content).decode()
    answer = send(as_alice, exported)
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (0, 0, 3)


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 7)


@pytest.fixture
def wrap(alice):
    return make_product(alice, "Wrap", keeps_stock=False, min_threshold=None)


@all_cases("text", ["name,keeps_stock\nTea,no\n", "name,keeps_stock,quantity\nTea,no,0\n"])
def test_stock_that_is_left_is_refused(as_alice, tea, text):
    [row] = send(as_alice, text, status=400)["rows"]
    assert (row["column"], row["line"]) == ("keeps_stock", 2)
    assert "7 are in stock" in row["reason"]


@pytest.mark.quick
@all_cases("text", ["name,quantity\nWrap,3\n", "name,price,keeps_stock,quantity\nBread,1,no,3\n"])
def test_a_quantity_of_a_product_without_stock_is_refused(as_alice, wrap, text):
    [row] = send(as_alice, text, status=400)["rows"]
    assert row["column"] == "quantity"


@pytest.mark.quick
def test_a_file_switches_the_stock_off_and_on(as_alice, alice):
    make_product(alice, "Tea", min_threshold=9)
    send(as_alice, "name,keeps_stock\nTea,no\n")
    assert read("Tea") == (False, 0, None)
    types = [event["type"] for event in as_alice.get("/api/events/?limit=100").json()["events"]]
    assert types[-2:] == ["product.changed", "stock.recovered"]
    send(as_alice, "name,keeps_stock,quantity\nTea,yes,4\n")
    assert read("Tea") == (True, 4, None)


def test_an_answer_that_is_neither_yes_nor_no_is_refused(as_alice):
    [row] = send(as_alice, "name,price,keeps_stock\nTea,1,maybe\n", status=400)["rows"]
    assert (row["column"], row["reason"]) == ("keeps_stock", "This is neither yes nor no: enter one of the two.")


@all_cases(
    ("text", "found"),
    [("Handle,Name,SKU,Sold by weight,Track stock,Default price,In stock [Shop]\na,Wrap,1,N,N,2,5\nb,Tea,2,N,Y,3,4\n",
      {"Wrap": (False, 0), "Tea": (True, 4)}),
     ("Token,Item Name,Variation Name,SKU,Price,Current Quantity Shop,Stockable\nA,Wrap,,1,2,,N\nB,Tea,,2,3,4,Y\n",
      {"Wrap": (False, 0), "Tea": (True, 4)}),
     ("Handle,Title,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty\n"
      "a,Wrap,1,2,,9\nb,Tea,2,3,shopify,4\n", {"Wrap": (False, 0), "Tea": (True, 4)}),
     ("id,handle,sku,name,product_category,supply_price,retail_price,track_inventory,inventory_Shop\n"
      "A,a,1,Wrap,Paper,1,2,0,\nB,b,2,Tea,Tea,1,3,1,4\n", {"Wrap": (False, 0), "Tea": (True, 4)}),
     ("ID,Type,SKU,Name,In stock?,Stock,Regular price,Parent\n1,simple,1,Wrap,1,,2,\n2,simple,2,Tea,1,4,3,\n"
      "3,simple,3,Pot,0,,9,\n", {"Wrap": (False, 0), "Tea": (True, 4), "Pot": (True, 0)})],
)  # fmt: skip
def test_files_of_other_systems(as_alice, text, found):
    for _ in range(2):  # the second time changes nothing
        answer = send(as_alice, text, "moving=true&create_missing=true")
    assert (answer["created"], answer["updated"]) == (0, 0)
    assert {one.name: (one.keeps_stock, one.quantity) for one in Product.objects.all()} == found


@pytest.fixture
def browser(alice):
    """Return a client that is signed in by a session, as people are."""
    client = Client()
    assert client.login(username=alice.username, password=PASSWORD)
    return client


def test_a_file_that_a_person_uploads_makes_no_product_low(browser, as_alice, alice):
    text = "name,price,quantity,min_threshold\nTea,3,1,\nPot,9,1,2\n"
    response = browser.post(URL, text.encode(), content_type="text/csv", headers={"accept": "application/json"})
    assert response.status_code == 200, response.content
    assert (read("Tea"), read("Pot")) == ((True, 1, None), (True, 1, 2))
    send(as_alice, "name,price,decimals,unit\nLoose tea,30,3,kg\nCup,4,0,\n")
    assert (read("Loose tea"), read("Cup")) == ((True, 0, None), (True, 0, 5))
