"""Offers of suppliers, for the tests of several apps."""

URL = "/api/offers/"


def offer(client, product, supplier, **terms):
    response = client.post(URL, {"product": product.pk, "supplier": supplier.pk, **terms}, format="json")
    assert response.status_code == 201, response.json()
    return response.json()


def list_terms(client, **query):
    names = ("supplier_name", "is_preferred", "supplier_sku", "pack_size", "cost_price", "min_packs")
    return [tuple(row[name] for name in names) for row in client.get(URL, query).json()["results"]]
