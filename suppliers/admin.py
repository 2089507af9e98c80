"""The pages of the support desk for this app. Staff only read most of these rows."""

from core.support.admin import ContactAdmin, show_rows
from suppliers.models import Supplier

show_rows(
    Supplier,
    "name account contact_email phone_number lead_days archived_at created_at",
    None,
    base=ContactAdmin,
    of_account=True,
    counted="Suppliers",
    found="suppliers",
    search_fields=("name", "contact_email"),
    group="Goods",
)
