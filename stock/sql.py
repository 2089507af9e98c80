"""Parts of the statements that read the ledger."""

# The portions of a movement as a response shows them, or NULL. The expression looks for portions only if the account
# has some: otherwise a page of movements would take a tenth longer.
PORTIONS = """CASE WHEN (SELECT true FROM stock_portion WHERE owner_id = {owner} LIMIT 1) THEN (
    SELECT json_agg(json_build_object(
        'location', portion.location_id, 'location_name', location.name, 'lot', portion.lot_id, 'lot_code', lot.code,
        'expires_on', lot.expires_on, 'quantity', portion.quantity
    ) ORDER BY portion.id)
    FROM stock_portion AS portion
    LEFT JOIN stock_location AS location ON location.owner_id = {owner} AND location.id = portion.location_id
    LEFT JOIN stock_lot AS lot ON lot.owner_id = {owner} AND lot.id = portion.lot_id
    WHERE portion.owner_id = {owner} AND portion.movement_id = {movement}.id
) END"""
