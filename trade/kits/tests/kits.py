"""Kits for tests."""

from testing.cast.people import client_of


def make_kit(owner, name, parts, **fields):
    """Create a kit of these products, each with its quantity in one kit. Return its body."""
    body = {"name": name, "parts": [{"product": pk, "quantity": each} for pk, each in parts.items()], **fields}
    response = client_of(owner).post("/api/kits/", body)
    assert response.status_code == 201, response.json()
    return response.json()


def sell(client, *lines, **body):
    """Sell these lines as one operation, and return the response."""
    return client.post(
        "/api/stock/operations/", {"lines": [{"movement_type": "OUT", **line} for line in lines], **body}
    )
