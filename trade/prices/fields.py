"""The price group in the body of a customer, and the groups that bodies and filters name."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from core.fields import OwnedRelatedField
from core.further_fields import FurtherField
from core.lists.row_filters import RowFilter
from core.pages.columns import PageColumn, Row
from trade.customers.models import Customer
from trade.prices.look_ups import PRICE_GROUPS
from trade.prices.models import CustomerGroup, PriceGroup
from trade.prices.services import set_customer_group
from trade.selling.prices import has_prices
from users.access.roles import Right


class GroupField(OwnedRelatedField):
    """A price group by id. The service refuses an archived one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=PriceGroup.objects.all(), allow_null=True, required=False, **kwargs)


class CustomerGroupField(GroupField):
    """The price group of a customer, which lists have read with it. An archived one has no effect."""

    def get_attribute(self, instance: Customer) -> int | None:
        if "price_group_id" not in vars(instance) and has_prices(user := self.context["request"].user):
            held = CustomerGroup.objects.for_user(user).filter(until=None, customer=instance)
            instance.price_group_id = held.values_list("price_group_id", flat=True).first()
        return instance.price_group_id

    def to_representation(self, value: Any) -> Any:
        return value


class GroupBesideCustomer(FurtherField):
    """The price group of a customer."""

    name = "price_group"
    form_field = {"look_up": PRICE_GROUPS, "right": Right.MANAGE_PRODUCTS}
    column = PageColumn("price_group_name", "Price group", links_to="price_group", is_optional=True)

    def make_field(self) -> CustomerGroupField:
        return CustomerGroupField(
            help_text="Its price group. Only who manages products may choose one; an archived one has no effect."
        )

    def make_filters(self) -> dict[str, RowFilter]:
        return {self.name: RowFilter(PRICE_GROUPS, field_name="price_group_id", label="Id of a price group")}

    def annotate(self, user: Any, rows: QuerySet) -> QuerySet:
        held = CustomerGroup.objects.for_user(user).filter(customer=OuterRef("pk"), until=None)
        found: QuerySet = rows.annotate(price_group_id=Subquery(held.values("price_group_id")))
        return found

    def add_names(self, user: Any, rows: Sequence[Row]) -> Sequence[Row]:
        ids = {row["price_group"] for row in rows}
        names = dict(PriceGroup.objects.for_user(user).filter(pk__in=ids).values_list("pk", "name"))
        return [{**row, "price_group_name": names.get(row["price_group"])} for row in rows]

    def keep(self, row: Customer, by: Any, value: PriceGroup | None) -> None:
        set_customer_group(by=by, customer=row, group=value)
