"""Functions for tests of quotes."""

QUOTES = "/api/quotes/"


def line(product, quantity=1, **fields):
    return {"product": product.pk, "quantity": quantity, **fields}


def kits(pk, quantity=1, **fields):
    return {"kit": pk, "quantity": quantity, **fields}


def quote(client, *lines, **fields):
    """Write a quote, and return the body of the response, which must be a 201."""
    answer = client.post(QUOTES, {"lines": lines, **fields}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def post(client, made, action, **body):
    return client.post(f"{QUOTES}{made['id']}/{action}/", body, format="json")


def read(client, made):
    return client.get(f"{QUOTES}{made['id']}/").json()


def list_prices(made):
    return [(one["unit_price"], one["price_from"], one["sum"]) for one in made["lines"]]
