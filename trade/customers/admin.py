"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import ContactAdmin, show_rows
from trade.customers.models import Customer

show_rows(
    Customer,
    "name account email phone archived_at created_at",
    None,
    base=ContactAdmin,
    of_account=True,
    counted="Customers",
    found="customers",
    search_fields=("name", "email", "phone"),
    group="Goods",
)
