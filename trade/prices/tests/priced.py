"""Prices for tests."""

from testing.cast.people import client_of
from trade.kits.tests.kits import sell


def set_prices(owner, goods, *rows, kind="products", **headers):
    """Replace the prices of a product or kit, by default of everybody. Return the response."""
    address = f"/api/{kind}/{getattr(goods, 'pk', goods)}/prices/"
    return client_of(owner).put(address, {"rows": list(rows)}, format="json", headers=headers)


def make_group(owner, name="Regulars", percent="10.00"):
    answer = client_of(owner).post("/api/price-groups/", {"name": name, "percent": percent})
    assert answer.status_code == 201, answer.json()
    owner.refresh_from_db()  # requests of tests have this instance as their user
    return answer.json()["id"]


def make_customer(owner, group=None, name="Ada Fern"):
    answer = client_of(owner).post("/api/customers/", {"name": name, "price_group": group}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def buy(client, product, quantity=1, customer=None, late=None, **line):
    """Sell a product, and return its price of one, and what made it."""
    further = {"customer": customer} if customer else {}
    further |= {"occurred_at": late} if late else {}
    answer = sell(client, {"product": getattr(product, "pk", product), "quantity": quantity, **line}, **further)
    body = answer.json()
    if answer.status_code != 201:
        return body["lines"][0]["code"]
    [movement] = body["movements"]
    [shown] = client.get(f"/api/stock/operations/{body['id']}/").json()["movements"]
    assert shown["price_from"] == movement["price_from"]
    return movement["unit_price"], movement["price_from"]
