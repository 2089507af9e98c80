"""The price group in the body of a customer, and the groups that bodies and filters name."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from core.fields import OwnedRelatedField
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


class CustomerTerms:
    """What the body, the list, the filters and the pages of customers have because of price groups."""

    name = "price_group"
    form_field = {"look_up": PRICE_GROUPS, "right": Right.MANAGE_PRODUCTS}
    column = PageColumn("price_group_name", "Price group", links_to="price_group", is_optional=True)

    @staticmethod
    def make_field() -> CustomerGroupField:
        return CustomerGroupField(
            help_text="Its price group. Only who manages products may choose one; an archived one has no effect."
        )

    @staticmethod
    def make_filter() -> RowFilter:
        return RowFilter(PRICE_GROUPS, field_name="price_group_id", label="Id of a price group")

    @staticmethod
    def annotate(user: Any, customers: QuerySet) -> QuerySet:
        """Return the customers with their price groups."""
        held = CustomerGroup.objects.for_user(user).filter(customer=OuterRef("pk"), until=None)
        found: QuerySet = customers.annotate(price_group_id=Subquery(held.values("price_group_id")))
        return found

    @staticmethod
    def add_names(user: Any, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows with the names of their groups."""
        ids = {row["price_group"] for row in rows}
        names = dict(PriceGroup.objects.for_user(user).filter(pk__in=ids).values_list("pk", "name"))
        return [{**row, "price_group_name": names.get(row["price_group"])} for row in rows]

    @staticmethod
    def keep(customer: Customer, by: Any, group: PriceGroup | None) -> None:
        set_customer_group(by=by, customer=customer, group=group)
