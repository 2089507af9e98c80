"""Recipes and makings for tests."""

from testing.cast.people import client_of


def write_recipe(owner, product, makes, parts, **fields):
    """Set the recipe of a product: `makes` of it need these quantities of other products. Return its body."""
    body = {"makes": makes, "parts": [{"product": part.pk, "quantity": each} for part, each in parts.items()], **fields}
    response = client_of(owner).put(f"/api/products/{product.pk}/recipe/", body)
    assert response.status_code == 200, response.json()
    return response.json()


def make(client, product, quantity, **body):
    """Make a product, and return the response."""
    return client.post("/api/stock/makings/", {"product": product.pk, "quantity": quantity, **body})


def read_stock(*products):
    """Return the present quantity and value of each product."""
    stock = []
    for product in products:
        product.refresh_from_db()
        stock.append((product.quantity, str(product.stock_value)))
    return stock
