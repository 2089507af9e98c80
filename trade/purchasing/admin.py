"""The pages of the support desk for this app. Staff only read most of these rows."""

from typing import Any

from django.db.models import Q

from core.kinds import parse_id
from core.support.admin import ReadOnlyAdmin, show_rows
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from trade.purchasing.price_lists.models import PriceList, PriceListChange


class OrderBase(ReadOnlyAdmin):
    search_help_text = "The number or a whole reference."

    def select_found(self, text: str) -> Any:
        return Order.objects.filter(Q(pk=parse_id(text) or 0) | Q(reference=text))

    def select_counted(self, rows: Any) -> Any:
        return rows.exclude(state=OrderState.CLOSED)


show_rows(
    Order,
    "id account supplier_name state expected_on reference created_at",
    "supplier external_id note made_by made_by_username updated_at sent_at closed_at mail_to mailed_by mailed_at"
    " mail_due_at mail_tries mail_error",
    base=OrderBase,
    search_fields=("=reference", "id__exact"),
    of_account=True,
    counted="Open purchase orders",
    found="purchase orders",
    group="Ordered and reserved",
)
show_rows(
    OrderLine,
    "id account order product name sku supplier_sku quantity unit pack_size unit_cost",
    filters="order",
    group="Ordered and reserved",
)
show_rows(
    Receipt, "id account order operation", filters="order", title="Deliveries of orders", group="Ordered and reserved"
)
show_rows(
    PriceList,
    "id account supplier number file_name rows changed unknown made_by_username created_at undone_at",
    of_account=True,
    group="Ordered and reserved",
)
show_rows(
    PriceListChange,
    "id account price_list product line field old new is_new",
    filters="price_list",
    list_select_related=("owner", "price_list"),
    group="Ordered and reserved",
)
