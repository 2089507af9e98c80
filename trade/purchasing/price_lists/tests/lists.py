"""Price lists for tests."""

from django.urls import reverse

from products.models import Offer, Product
from suppliers.models import Supplier
from testing.cast.people import make_product


def make_supplier(owner, name="Tea & Co"):
    return Supplier.objects.create(owner=owner, name=name)


def make_offered(owner, name, supplier, **fields):
    """Return a product whose preferred supplier is this one."""
    return make_product(owner, name, supplier=supplier, **fields)


def make_offer(product, supplier, **fields):
    return Offer.objects.create(owner=product.owner, product=product, supplier=supplier, **fields)


def send(client, supplier, file, query="", **headers):
    """Send a price list, and return the response."""
    address = reverse("price-list-list", args=[supplier.pk]) + query
    return client.generic("POST", address, file, content_type="text/csv", headers=headers)


def take(client, supplier, file, query="", **headers):
    """Take a price list, and return the body of the response."""
    response = send(client, supplier, file, query, **headers)
    assert response.status_code == 200, response.json()
    return response.json()


def undo(client, supplier, number=1):
    response = client.post(reverse("price-list-undo", args=[supplier.pk, number]))
    assert response.status_code == 200, response.json()
    return response.json()


def read_terms(product):
    """Return the cost price, the supplier's number and the pack in the product's row."""
    row = Product.objects.get(pk=product.pk)
    return (None if row.cost_price is None else str(row.cost_price), row.supplier_sku, row.pack_size)


def read_offer(product, supplier):
    """Return the row of the supplier beside the product, or None."""
    names = ("supplier_sku", "pack_size", "cost_price", "min_packs", "lead_days")
    return Offer.objects.filter(product=product, supplier=supplier).values_list(*names).first()
