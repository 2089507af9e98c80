"""The queries that read products."""

import re
from typing import Any, Self

from django.db.models import BooleanField, ExpressionWrapper, Field, Q
from django.db.models.expressions import RawSQL

from core.archiving import ArchivableQuerySet
from products.models import sql_codes
from users.models import User

# The types of expressions. They are created once, because creating a field increments a counter of its class. Whenever
# a class changes, Python discards what it has cached about the attributes of this class and of its subclasses.
BOOLEAN, UNCONVERTED = BooleanField(), Field()


def as_boolean(q: Q) -> ExpressionWrapper:
    """Return the condition as a boolean expression, for annotations and generated columns."""
    return ExpressionWrapper(q, output_field=BOOLEAN)


PARAMETER = re.compile(r"%\((\w+)\)s")


def make_expression(fragment: str, output_field: Field, user: User, **values: Any) -> RawSQL:
    """Return a fragment of SQL about products of the user's account as an expression.

    Its parameters are `owner`, `today` and `values`. Every table in it is compared with the owner by a parameter: Citus
    refuses a comparison with the owner of the product.
    """
    text = fragment.format(product="products_product", owner="%(owner)s::bigint")
    values |= {"owner": user.account_id or 0, "today": user.shop_today()}
    parameters = [values[name] for name in PARAMETER.findall(text)]
    return RawSQL(PARAMETER.sub("%s", text), parameters, output_field)  # noqa: S611, the text is a constant


LEDGER_FIELDS = frozenset({"quantity", "stock_sequence", "held", "stock_value"})  # stock/booking/ writes them

STARTS_EMPTY = "A product starts without stock: book it with stock.booking.services."


class ProductQuerySet(ArchivableQuerySet):
    def update(self, **kwargs: Any) -> int:
        """Update the rows. Raise ValueError for LEDGER_FIELDS."""
        if LEDGER_FIELDS.intersection(kwargs):
            raise ValueError("Quantities are booked by stock.booking.services.")
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Insert the products.

        Raise ValueError for a product with stock, because stock.booking.services must book it afterwards.
        """
        objs = list(objs)
        if any(product.quantity or product.stock_sequence for product in objs):
            raise ValueError(STARTS_EMPTY)
        return super().bulk_create(objs, *args, **kwargs)

    def with_codes(self, user: User) -> Self:
        """Annotate products of the user's account with their further codes."""
        return self.annotate(codes=make_expression(sql_codes.CODES, UNCONVERTED, user))
