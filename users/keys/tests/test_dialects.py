"""A client of each published README works with an API key instead of the token."""

from testing.cast.people import client_of, make_key
from testing.tables import all_cases
from users.models import KeyScope

# The word in the header, the list of goods, a new one, and the request that changes its quantity to 7.
DIALECTS = {
    "R0": ("Bearer", "/api/products/", {"name": "Desk", "price": "9.90", "quantity": 10}, ("OUT", 3)),
    "R1": ("Token", "/api/products/", {"name": "A", "price": "9", "quantity_in_stock": 10}, {"quantity_in_stock": 7}),
    "R2": ("Bearer", "/api/items/", {"name": "Laptop", "price": 500000, "quantity": 10}, {"quantity": 7}),
    "R3": ("Bearer", "/api/items/", {"name": "Mug", "price": "7.50", "quantity": 12}, {"quantity": 7}),
    "R4": ("Token", "/api/products/", {"name": "B", "price": "1200", "quantity": 10, "min_threshold": 3}, ("OUT", 3)),
}  # fmt: skip
LISTS = {
    "R0": ("/api/suppliers/", "/api/stock/"),
    "R1": ("/api/suppliers/",),
    "R2": ("/api/item-changes/",),
    "R3": ("/api/items/levels/",),
    "R4": ("/api/categories/", "/api/products/alerts/", "/api/dashboard/", "/api/products/export/"),
}


@all_cases("dialect", DIALECTS)
def test_a_client_works_with_a_key(alice, dialect):
    word, address, goods, change = DIALECTS[dialect]
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"{word} {make_key(alice, scope=KeyScope.MANAGE)[1]}")
    number = client.post(address, goods).json()["id"]
    if isinstance(change, tuple):
        movement = {"product": number, "movement_type": change[0], "quantity": change[1]}
        assert client.post("/api/stock/", movement).status_code == 201
    else:
        assert client.patch(f"{address}{number}/", change).status_code == 200
    assert client.get(f"{address}{number}/").json()["quantity"] == 7
    assert [client.get(page).status_code for page in LISTS[dialect]] == [200] * len(LISTS[dialect])
