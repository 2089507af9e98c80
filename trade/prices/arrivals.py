"""What an import of a shop refuses in rows of prices."""

# The mark without which sales and pages don't look for prices: see services.mark_used().
RULES = {
    "prices_pricegroup": """
SELECT 'the shop has price groups or prices, and its row says that it has none' FROM users_user AS shop
WHERE shop.id = %(owner)s AND NOT shop.has_prices AND (
    EXISTS (SELECT FROM prices_pricegroup WHERE owner_id = %(owner)s)
    OR EXISTS (SELECT FROM prices_pricerow WHERE owner_id = %(owner)s)
)
""",
}
