"""What an import of a shop accepts and changes in rows of price lists."""

from core.json_forms import are_ids

JSON_RULES = {"purchasing_pricelist.created_products": are_ids}
COLUMNS = {
    "purchasing_order.kept_supplier_id": "id",
    "purchasing_order.mail_error": "foreign text",
    "purchasing_pricelistchange.product": "id",
}
# The former installation mails the orders that wait for it.
ARRIVALS = {"purchasing_order": lambda _row: {"mail_due_at": None}}
