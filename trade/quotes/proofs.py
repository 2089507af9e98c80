"""Verify quotes: they have lines, and those of kits exist and are those of whole kits."""

from typing import Any

from core.database.replicas import read

# Finds kits with lines that do not exist, or whose quantity is not a multiple of that of the kits, and quotes without
# lines, or with shares of the price of kits that they do not have.
LINES = """
(SELECT 0, 0, 'kit ' || kit.id || ' of quote ' || kit.quote_id || ' names lines that are not there or not of kits'
FROM quotes_quotedkits AS kit
WHERE kit.owner_id = %(owner)s AND (cardinality(kit.lines) = 0 OR EXISTS (
    SELECT FROM unnest(kit.lines) AS place LEFT JOIN (
        SELECT row_number() OVER (ORDER BY id) - 1 AS place, quantity FROM quotes_quoteline AS line
        WHERE line.owner_id = %(owner)s AND line.quote_id = kit.quote_id
    ) AS line USING (place)
    WHERE (line.quantity %% kit.quantity = 0) IS NOT TRUE
))
ORDER BY kit.id LIMIT %(limit)s)
UNION ALL
(SELECT 0, 0, 'quote ' || quote.id || ' has no lines, or lines of kits that are not there'
FROM quotes_quote AS quote
LEFT JOIN quotes_quoteline AS line ON line.owner_id = %(owner)s AND line.quote_id = quote.id
WHERE quote.owner_id = %(owner)s GROUP BY quote.id
HAVING count(line.id) = 0 OR count(line.total) <> (
    SELECT coalesce(sum(cardinality(kit.lines)), 0) FROM quotes_quotedkits AS kit
    WHERE kit.owner_id = %(owner)s AND kit.quote_id = quote.id
)
ORDER BY quote.id LIMIT %(limit)s)
"""


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the account's quotes, as rows like those of stock.proofs."""
    return read(LINES, {"owner": owner_id, "limit": limit})
