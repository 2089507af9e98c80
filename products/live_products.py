"""The unfiltered list of an account's live products: the most frequent read."""

from typing import Any

from core.replicas import reading
from products import sql, sql_codes, sql_expiry, sql_on_order
from products.models import Product

PRODUCT_COLUMNS = ", ".join(f"product.{field.column}" for field in Product._meta.concrete_fields)
FRAGMENTS = {
    **sql_expiry.FRAGMENTS,
    "may_be_reserved": sql.MAY_BE_RESERVED.format(product="product"),
    "on_order": sql_on_order.ZERO_OR_UNREAD.format(owner="%(owner)s"),
}
PAGE, PAGE_BACKWARDS = (
    sql.PAGE_OF_LIVE_PRODUCTS.format(product_columns=PRODUCT_COLUMNS, direction=direction, **FRAGMENTS)
    for direction in ("ASC", "DESC")
)
EXPIRY_OF_HELD_PRODUCTS = sql.EXPIRY_OF_HELD_PRODUCTS.format(**FRAGMENTS)


class LiveProducts:
    """The rows of `Product.objects.for_user(user).live().detailed(user)` ordered by id, for a paginator.

    Uses SQL written by hand: composing the query with the ORM took longer than the rest of a page of 50 products.
    """

    ordered = True

    def __init__(self, user: Any, page: str = PAGE) -> None:
        self.user, self.page = user, page
        self.parameters: dict[str, Any] = {"owner": user.account_id, "today": user.shop_today()}

    def reverse(self) -> "LiveProducts":
        return LiveProducts(self.user, PAGE_BACKWARDS)

    def count(self) -> int:
        with reading().cursor() as cursor:
            cursor.execute(sql.COUNT_LIVE_PRODUCTS, self.parameters)
            return int(cursor.fetchone()[0])

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        """Return the rows of the slice, as dictionaries by column name."""
        rows = self.fetch(self.page, offset=part.start, limit=part.stop - part.start)
        held = {row["id"]: row for row in rows if row["held"]}
        if held:
            for expiry in self.fetch(EXPIRY_OF_HELD_PRODUCTS, products=list(held)):
                held[expiry["id"]] |= expiry
        promised = {row["id"]: row for row in rows if row["may_be_reserved"]}
        if promised:
            for found in self.fetch(sql.RESERVED_BY_PRODUCT, products=list(promised)):
                row, reserved = promised[found["id"]], found["reserved"]
                row |= {"reserved": reserved, "available": row["quantity"] - reserved}
        coded = {row["id"]: row for row in rows if row["code_count"]}
        if coded:
            for found in self.fetch(sql_codes.CODES_BY_PRODUCT, products=list(coded)):
                coded[found["id"]] |= found
        return rows

    def fetch(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with reading().cursor() as cursor:
            cursor.execute(statement, {**self.parameters, **values})
            columns = [column.name for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
