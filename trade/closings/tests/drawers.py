"""Sales, closings and cash for tests."""

from typing import Any

from testing.cast.tills import OPERATIONS

CLOSINGS, CASH = "/api/closings/", "/api/closings/cash/"


def sell(client: Any, product: Any, quantity: int = 1, **fields: Any) -> int:
    """Sell the quantity. Return the id of the sale."""
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    response = client.post(OPERATIONS, {"reason": "sale", "lines": [line], **fields})
    assert response.status_code == 201, response.json()
    return int(response.json()["id"])


def close(client: Any, counted: str = "0.00", kept: str = "0.00", **fields: Any) -> Any:
    """Close a drawer. Return the closing."""
    response = client.post(CLOSINGS, {"counted": counted, "float": kept, **fields})
    assert response.status_code == 201, response.json()
    return response.json()


def preview(client: Any, till: int | None = None) -> Any:
    response = client.get(f"{CLOSINGS}preview/", {} if till is None else {"till": till})
    assert response.status_code == 200, response.json()
    return response.json()


def move(client: Any, kind: str, amount: str, reason: str = "Change", **fields: Any) -> Any:
    """Put cash in, or take it out. Return the response."""
    return client.post(CASH, {"kind": kind, "amount": amount, "reason": reason, **fields})


def give_back(client: Any, sale: int, product: Any, quantity: int, **fields: Any) -> int:
    """Take a quantity of a sale back. Return the id of the return."""
    body = {"lines": [{"product": product.pk, "quantity": quantity}], **fields}
    response = client.post(f"{OPERATIONS}{sale}/return/", body)
    assert response.status_code == 201, response.json()
    return int(response.json()["id"])


def undo(client: Any, operation: int) -> int:
    """Reverse an operation. Return the id of the reversal."""
    response = client.post(f"{OPERATIONS}{operation}/reverse/")
    assert response.status_code == 201, response.json()
    return int(response.json()["id"])
