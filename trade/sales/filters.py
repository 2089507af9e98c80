"""The query parameters of the list of sales. The view reads `from`, `to` and `period`."""

import re
from typing import Any

from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from drf_spectacular.utils import OpenApiParameter

from core.lists.filters import (
    AmountFilter,
    BooleanFilter,
    ChoiceFilter,
    ReferenceFilter,
    StrictFilterSet,
)
from core.lists.row_filters import RowFilter
from core.money.currencies import get_money_decimals
from products.look_ups import PRODUCTS
from stock.models import MAX_REFERENCE_LENGTH, Movement, MovementType, Payment, PaymentKind
from trade.customers.look_ups import CUSTOMERS
from trade.customers.models import Buyer
from trade.reservations.models import Reservation
from trade.sales import sql
from trade.selling.goods import GoodsKind, list_kinds
from trade.tills.look_ups import TILLS
from users.serializers import USERS

SUMS = ("day", "hour", "till", "user", "customer", "payment")
BY = OpenApiParameter(
    "by",
    str,
    description="`day`, `hour`, `till`, `user`, `customer` or `payment`: the sums that /api/reports/sales/"
    " has, in place of the sales. Or the id of a user, as `user`.",
)
NAMED = re.compile(r"%\((\w+)\)s")


def has(rows: QuerySet, condition: str, **values: Any) -> QuerySet:
    """Return the sales with a condition of trade.sales.sql."""
    text = condition.format(operation="stock_operation")
    parameters = [values[name] for name in NAMED.findall(text)]
    return rows.filter(RawSQL(NAMED.sub("%s", text), parameters, BooleanField()))  # noqa: S611, constants


class OfAccount:
    """A filter whose condition names the account. `narrow` returns the sales that have the value."""

    parent: Any
    narrow: Any

    @property
    def owner_id(self) -> int | None:
        return self.parent.request.user.account_id  # type: ignore[no-any-return]

    @property
    def of_sale(self) -> Any:
        return {"owner_id": self.owner_id, "operation_id": OuterRef("pk")}

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs if value in (None, "") else self.narrow(qs, value)


class ProductFilter(OfAccount, RowFilter):
    def narrow(self, qs: QuerySet, value: int) -> QuerySet:
        sold = Movement.objects.filter(**self.of_sale, product_id=value, movement_type=MovementType.OUT)
        return qs.filter(Exists(sold))


class GoodsFilter(OfAccount, RowFilter):
    """The sales of goods with parts. It does not keep the kind, because filters are copied for each request."""

    def __init__(self, kind: GoodsKind) -> None:
        super().__init__(kind.look_up, label=f"Id of a {kind.name}: the sales that have it")
        self.sold, self.column = kind.sold, f"{kind.name}_id"

    def narrow(self, qs: QuerySet, value: int) -> QuerySet:
        return qs.filter(Exists(self.sold.objects.filter(**self.of_sale, **{self.column: value})))


class CustomerFilter(OfAccount, RowFilter):
    def narrow(self, qs: QuerySet, value: int) -> QuerySet:
        of_sale = {**self.of_sale, "customer_id": value}
        return qs.filter(Exists(Reservation.objects.filter(**of_sale)) | Exists(Buyer.objects.filter(**of_sale)))


class PaymentFilter(OfAccount, ChoiceFilter):
    """The sales of which a part was paid in this way. Payments that were reversed do not count."""

    def narrow(self, qs: QuerySet, value: str) -> QuerySet:
        received = Payment.objects.filter(**self.of_sale, kind=value, amount__gt=0, reverses=None, reversals=None)
        return qs.filter(Exists(received))


class OtherPriceFilter(OfAccount, BooleanFilter):
    def narrow(self, qs: QuerySet, value: bool) -> QuerySet:
        condition = sql.write_other_price() if value else f"NOT {sql.write_other_price()}"
        places = get_money_decimals(self.parent.request.user.shop_currency)
        return has(qs, condition, owner=self.owner_id, places=places)


class TotalFilter(OfAccount, AmountFilter):
    def narrow(self, qs: QuerySet, value: Any) -> QuerySet:
        return has(qs, sql.HAS_TOTAL, owner=self.owner_id, total=value)


class PaidFilter(OfAccount, BooleanFilter):
    """The sales that are fully paid, or those that are not. Sales whose payments nobody notes are in neither list."""

    def narrow(self, qs: QuerySet, value: bool) -> QuerySet:
        condition = f"NOT {sql.HAS_DUE}" if value else sql.HAS_DUE
        return has(qs, f"{sql.IS_NOTED} AND {condition}", owner=self.owner_id)


class SaleFilter(StrictFilterSet):
    till = RowFilter(TILLS, field_name="performer__till", label="Id of a till")
    user = RowFilter(USERS, field_name="performed_by_id", label="Id of the user who has sold")
    customer = CustomerFilter(CUSTOMERS, label="Id of the customer who has bought, or whose order it has fulfilled")
    product = ProductFilter(PRODUCTS, label="Id of a product: the sales that have it")
    vars().update({kind.name: GoodsFilter(kind) for kind in list_kinds()})
    payment = PaymentFilter(choices=PaymentKind.choices, label="Paid in this way")
    is_paid = PaidFilter(label="Fully paid")
    other_price = OtherPriceFilter(label="Sold at another price than that of the product")
    total__gte = TotalFilter(label="The lowest total")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole document no.")
