"""What an import of a shop accepts and changes in rows of price lists."""

from typing import Any

from core.json_forms import are_ids


def stop_mail(_row: dict[str, Any]) -> dict[str, Any]:
    return {"mail_due_at": None}  # the former installation mails the orders that wait for it


JSON_RULES = {"purchasing_pricelist.created_products": are_ids}
COLUMNS = {
    "purchasing_order.kept_supplier_id": "id",
    "purchasing_order.mail_error": "foreign text",
    "purchasing_pricelistchange.product": "id",
}
ARRIVALS = {"purchasing_order": stop_mail}
