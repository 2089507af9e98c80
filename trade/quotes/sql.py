"""Statements written by hand."""

from stock.models.sql_sales import TAX_OF
from trade.reservations.sql import make_insert

INSERT_LINES = make_insert("quotes_quoteline", "quote_id", "list_price", "product.price")

# Returns what products with these prices cost with VAT, and a list of the sums by rate: the highest rate first, and
# products without VAT last. A sale of these products has the same sums.
TAXES = f"""
SELECT coalesce(sum(gross), 0.00), coalesce(json_agg(json_build_object(
    'rate', rate::text, 'category', category, 'net', net::text, 'tax', tax::text, 'gross', gross::text
) ORDER BY rate DESC NULLS LAST, category), '[]')
FROM (
    SELECT rate, CASE WHEN rate > 0 THEN 'S' ELSE category END AS category,
        sum(amount - CASE WHEN is_net THEN 0.00 ELSE tax END) AS net, sum(tax) AS tax,
        sum(amount + CASE WHEN is_net THEN tax ELSE 0.00 END) AS gross
    FROM (
        SELECT tax.rate, CASE WHEN tax.rate = 0 THEN tax.category END AS category,
            coalesce(line.is_net, NOT shop.prices_include_tax) AS is_net, sum(line.price) AS amount
        FROM unnest(%(products)s::bigint[], %(prices)s::numeric[], %(nets)s::boolean[])
            AS line (product_id, price, is_net)
        JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = line.product_id
        JOIN users_user AS shop ON shop.id = product.owner_id
        LEFT JOIN products_tax AS tax ON tax.owner_id = product.owner_id AND tax.id = product.tax_id
        GROUP BY 1, 2, 3
    ) AS rates
    CROSS JOIN LATERAL (SELECT round({TAX_OF.format(amount="amount")}, 2) AS tax) AS added
    GROUP BY 1, 2
) AS taxed
"""
