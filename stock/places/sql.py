"""Parts of the statements that read lots."""

LOT_QUANTITY = """(
    SELECT coalesce(sum(holding.quantity), 0)::bigint FROM stock_holding AS holding
    WHERE holding.owner_id = {owner} AND holding.lot_id = stock_lot.id
)"""
LOT_IS_IN_STOCK = """EXISTS (
    SELECT FROM stock_holding AS holding
    WHERE holding.owner_id = {owner} AND holding.lot_id = stock_lot.id
)"""
