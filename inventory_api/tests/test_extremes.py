"""The largest numbers that fields accept, multiplied and added up: they are stored or refused, and reads never fail."""

import json
import re

import pytest

from testing.cast.people import make_product
from testing.laws.record import Kind, Record
from trade.customers.models import Customer

pytestmark = [pytest.mark.django_db]
PRICE, TOTAL, QUANTITY = "9999999999.99", "99999999999999999999.99", 10**9
NUMBER = 12  # more lines than the highest total has tenths of the sum of their values
NO_AMOUNT = re.compile(r'"-?[0-9.]+E[+-]?[0-9]+"')


@pytest.fixture
def send(world):
    """Return a function that sends a request as Charlie, and returns the body of its response."""
    client = world.client("charlie")
    client.raise_request_exception = False

    def send(method, address, refused=False, **body):
        answer = client.generic(method, address, json.dumps(body), content_type="application/json")
        assert answer.status_code in ((400, 409) if refused else (200, 201)), (address, answer.content)
        return answer.json()

    return send


def sell(send, lines, refused=False, **body):
    lines = [{"movement_type": "OUT", "quantity": QUANTITY, **line} for line in lines]
    return send("POST", "/api/stock/operations/", refused, reason="sale", lines=lines, **body)


def fill_shop(send, owner):
    """Write rows with the largest numbers."""
    terms = {"price": PRICE, "cost_price": PRICE}
    goods = [make_product(owner, f"Goods {number}", QUANTITY, **terms, decimals=number % 4) for number in range(NUMBER)]
    dear = [make_product(owner, f"Dear {number}", 0, **terms) for number in range(NUMBER)]
    services = [make_product(owner, f"Service {number}", **terms, keeps_stock=False) for number in range(NUMBER)]
    service = services[0]
    for product in dear:
        send("POST", "/api/stock/", product=product.pk, movement_type="IN", quantity=1, reason="purchase", cost=TOTAL)
    parts = [{"product": product.pk, "quantity": QUANTITY} for product in dear]
    kit = send("POST", "/api/kits/", name="Kit", parts=parts)
    assert kit["list_price"] == f"{NUMBER * 9999999999990000000:d}.00"
    send("PUT", f"/api/products/{service.pk}/recipe/", True, makes=1, parts=parts)  # a service is not made
    send("PUT", f"/api/products/{goods[0].pk}/recipe/", makes=1, parts=parts)
    send("PUT", f"/api/products/{goods[3].pk}/recipe/", makes=1, parts=parts)
    sold = [{"product": service.pk}] * NUMBER
    refused = sell(send, sold, True, payments=[{"kind": "cash"}])
    assert refused["code"] == "number_too_high"
    sale = sell(send, sold, payments=[{"kind": "cash", "amount": TOTAL}, {"kind": "card"}])
    other = sell(send, sold)
    address = f"/api/sales/{other['id']}/payments/"
    assert send("POST", address, True, kind="cash")["code"] == "number_too_high"
    send("POST", address, kind="card", amount=TOTAL)
    sell(send, [{"product": product.pk} for product in goods])
    orders = [{"product": product.pk, "quantity": QUANTITY, "cost": TOTAL} for product in goods]
    supplier = send("POST", "/api/suppliers/", name="Mill")["id"]
    send("POST", "/api/purchase-orders/", supplier=supplier, lines=orders)
    customer = Customer.objects.create(owner=owner, name="Mira").pk
    reserved = [{"product": product.pk, "quantity": QUANTITY} for product in services]
    send("POST", "/api/stock/reservations/", lines=reserved, customer=customer)
    send("POST", "/api/closings/cash/", kind="in", amount=PRICE, reason="change")
    assert send("POST", "/api/closings/", True, counted="0", float="0")["code"] == "number_too_high"
    for _ in range(2):
        send("POST", "/api/closings/cash/", kind="out", amount=PRICE, reason="change")
    send("POST", "/api/closings/", counted=PRICE, float=PRICE)
    send("POST", f"/api/stock/operations/{sale['id']}/return/", lines=[{"product": service.pk, "quantity": QUANTITY}])
    send("POST", "/api/closings/", counted="0", float="0")


def test_no_read_of_the_largest_sums_fails(world, send):
    fill_shop(send, world.shops["charlie"].owner)
    record = Record(world, "charlie", methods={"GET"})
    for kind in (Kind.VALID, Kind.CSV, Kind.XLSX, Kind.PAGE, Kind.OTHER_PAGE):
        read = record.get(kind)
        assert [f"{sent}" for sent in read if sent.answer.status >= 500] == []
        assert [f"{sent}" for sent in read if kind is Kind.VALID and NO_AMOUNT.search(sent.answer.content)] == []
