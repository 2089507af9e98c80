"""The changes of a product that an API key may make."""

import pytest

from testing.cast.people import client_with_key
from users.models import KeyScope


@pytest.mark.quick
def test_a_key_that_books_changes_only_the_quantity_of_a_product(alice, kettle):
    address = f"/api/products/{kettle.pk}/"
    client = client_with_key(alice, KeyScope.BOOK)
    response = client.patch(address, {"price": "0.01"})
    assert (response.status_code, response.json()["code"], response.json()["required"]) == (403, "key_scope", "manage")
    assert client.patch(address, {"quantity": 4, "price": "10.00"}).status_code == 200
    assert client_with_key(alice, KeyScope.MANAGE).patch(address, {"price": "0.01"}).status_code == 200
