"""Shops, customers, sales and invoices for tests."""

from typing import Any

from testing.cast.people import client_of, make_product

OPERATIONS, SALES, INVOICES = "/api/stock/operations/", "/api/sales/", "/api/invoices/"
SHOP = {
    "name": "Tea & Kettles", "currency": "EUR", "country": "AT", "street": "Mill Lane 3", "postcode": "1010",
    "city": "Vienna", "vat_id": "ATU12345678", "time_zone": "Europe/Vienna", "exempt_reason": "Small business",
}  # fmt: skip
CUSTOMER = {
    "name": "Ada Fern", "legal_name": "Fern Ltd", "vat_id": "DE123456789", "street": "High Street 1",
    "postcode": "10115", "city": "Berlin", "country": "DE",
}  # fmt: skip


class Books:
    """A shop whose settings are complete, with a customer. `client` is the owner's."""

    def __init__(self, owner: Any, **settings: Any) -> None:
        self.owner = owner
        self.call("patch", "/api/account/", {**SHOP, **settings}, 200)
        self.customer = self.call("post", "/api/customers/", CUSTOMER)["id"]
        self.taxes: dict[str, int] = {}

    @property
    def client(self) -> Any:
        return client_of(type(self.owner).find(self.owner.pk))

    def call(self, method: str, address: str, body: Any = None, status: int = 201, **headers: Any) -> Any:
        answer = getattr(self.client, method)(address, body, **({"format": "json"} if body else {}), headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    def make_product(self, name: str, price: str, rate: str | None = "20", **fields: Any) -> Any:
        """Return a product with this rate of VAT: a percentage, "Z" or "E", or None."""
        quantity = fields.pop("quantity", 10_000)
        return make_product(self.owner, name, quantity, price=price, tax_id=rate and self.find_tax(rate), **fields)

    def find_tax(self, rate: str) -> int:
        if rate not in self.taxes:
            reason = {"reason": "Article 132"} if rate == "E" else {}
            body = {"rate": "0", "category": rate, **reason} if rate in "ZE" else {"rate": rate}
            self.taxes[rate] = self.call("post", "/api/taxes/", {"name": f"VAT {rate}", **body})["id"]
        return self.taxes[rate]

    def sell(self, *lines: Any, **fields: Any) -> Any:
        """Sell lines (product, quantity), or lines as the API has them, to the customer, and return the operation."""
        bodies = [
            {"movement_type": "OUT", **line} if isinstance(line, dict)
            else {"product": line[0].pk, "movement_type": "OUT", "quantity": line[1]}
            for line in lines
        ]  # fmt: skip
        named = {name: value for name, value in {"customer": self.customer, **fields}.items() if value is not None}
        return self.call("post", OPERATIONS, {"reason": "sale", "lines": bodies, **named})

    def issue(self, sale: Any, status: int = 201, query: str = "", **body: Any) -> Any:
        return self.call("post", f"{SALES}{sale['id']}/invoice/{query}", body, status)

    def take_back(self, sale: Any, *lines: Any, status: int = 201, **fields: Any) -> Any:
        """Take back lines (product, quantity), or all that is left, and return the operation."""
        bodies = {"lines": [{"product": one.pk, "quantity": quantity} for one, quantity in lines]} if lines else {}
        return self.call("post", f"{OPERATIONS}{sale['id']}/return/", {**bodies, **fields}, status)

    def find(self, **query: Any) -> Any:
        return self.client.get(INVOICES, query).json()

    def read(self, pk: int) -> Any:
        return self.client.get(f"{INVOICES}{pk}/").json()

    def list_credits(self) -> list[Any]:
        """Return the credit notes in the order in which they were issued."""
        return [self.read(row["id"]) for row in self.find(kind="credit_note")["results"][::-1]]
