"""Counting sheets for tests."""

from typing import Any

from rest_framework.test import APIClient

from products.models import Product

SHEETS = "/api/stock/sheets/"


class OpenSheet:
    """A sheet that the client has opened, and requests to it."""

    def __init__(self, client: APIClient, *products: Product, **fields: Any) -> None:
        select = {"select": {"products": [product.pk for product in products]}} if products else {}
        response = client.post(SHEETS, {"name": "July", **select, **fields})
        assert response.status_code == 201, response.json()
        self.client, self.pk = client, response.json()["id"]

    @property
    def address(self) -> str:
        return f"{SHEETS}{self.pk}/"

    def enter(self, product: Product, quantity: int, client: APIClient | None = None, **fields: Any) -> Any:
        """Enter what was counted. Return the response."""
        line = {"product": product.pk, "quantity": quantity, **fields}
        return self.send([line], client)

    def send(self, entries: list[dict[str, Any]], client: APIClient | None = None, **options: Any) -> Any:
        return (client or self.client).post(f"{self.address}entries/", {"entries": entries}, **options)

    def book(self, *, key: str = "", **body: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"{self.address}book/", body, headers=headers)

    def read(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(self.address).json()
        return body

    def differences(self) -> dict[int, dict[str, Any]]:
        """Return the rows of the differences by product."""
        return {row["product"]: row for row in self.client.get(f"{self.address}differences/").json()}

    def states(self) -> dict[int, str]:
        """Return the states of the lines by product."""
        rows = self.client.get(f"{self.address}lines/").json()["results"]
        return {row["product"]: row["state"] for row in rows}
