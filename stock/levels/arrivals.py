"""What an import of a shop refuses in rows of levels."""

# Finds a location whose sources never end: they lead to a circle.
RULES = {
    "levels_refillsource": """
WITH RECURSIVE link AS MATERIALIZED (
    SELECT location_id, refill_from_id FROM levels_refillsource WHERE owner_id = %(owner)s
), ends (location_id) AS (
    SELECT location_id FROM link
    WHERE refill_from_id IS NULL OR refill_from_id NOT IN (SELECT location_id FROM link)
    UNION ALL
    SELECT link.location_id FROM ends JOIN link ON link.refill_from_id = ends.location_id
)
SELECT 'location ' || location_id || ' is refilled in a circle' FROM link
WHERE location_id NOT IN (SELECT location_id FROM ends) LIMIT 1
""",
}
