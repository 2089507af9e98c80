"""Find goods by the codes that they had at a time. What is booked later than it happened names these codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.database.postgres.base import fetch
from products.models.sql_codes import GTIN
from stock.booking.drafts import ProductReference
from stock.booking.holdings import Key
from stock.models.sql import OWNER

CODE_FIELDS = ("sku", "barcode", "external_id")
GTIN_OF_BARCODE = f"CASE WHEN field = 'barcode' AND {GTIN.format(column='code')} <> '' THEN lpad(code, 14, '0') END"
# Returns the numbers of the codes that a row of {table} has lost since, by a change or because it was archived, each
# with the id of the row. `change` has all such changes since the first of the times: the history is read backwards, by
# the index of ids, up to this time. `lost` has the codes that were replaced, and those of rows that were archived. The
# rows that are found with one of these must have existed and been live at the time, and have had the code then: the one
# that the first later change has replaced, or else the present one.
HOLDERS_THEN = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(fields)s::text[], %(codes)s::text[], %(times)s::timestamptz[]) WITH ORDINALITY
        AS asked (field, code, at, number)
), change AS MATERIALIZED (
    SELECT id, row_id, at, changes FROM history_change
    WHERE owner_id = {OWNER} AND kind = '{{kind}}' AND at > (SELECT min(at) FROM asked)
        AND changes ?| ARRAY['sku', 'barcode', 'external_id', 'archived'] AND id > coalesce((
            SELECT id FROM history_change WHERE owner_id = {OWNER} AND at <= (SELECT min(at) FROM asked)
            ORDER BY id DESC LIMIT 1
        ), 0)
), lost AS (
    SELECT row_id, change.at, field, changes -> field ->> 0 AS code
    FROM change CROSS JOIN unnest(ARRAY['sku', 'barcode', 'external_id']) AS field WHERE changes ? field
    UNION ALL
    SELECT row_id, change.at, field, to_jsonb(goods) ->> field
    FROM change JOIN {{table}} AS goods ON goods.owner_id = {OWNER} AND goods.id = change.row_id
    CROSS JOIN unnest(ARRAY['sku', 'barcode', 'external_id']) AS field WHERE changes ? 'archived'
), former AS MATERIALIZED (
    SELECT lost.row_id, lost.at, lost.field, lost.code, key.field AS key_field, key.code AS key_code
    FROM lost CROSS JOIN LATERAL (VALUES (field, lower(code)), ('gtin', {GTIN_OF_BARCODE})) AS key (field, code)
)
SELECT DISTINCT asked.number, former.row_id
FROM asked
JOIN former ON (former.key_field, former.key_code) = (asked.field, asked.code) AND former.at > asked.at
JOIN {{table}} AS goods ON goods.owner_id = {OWNER} AND goods.id = former.row_id AND goods.created_at <= asked.at
LEFT JOIN LATERAL (
    SELECT true AS is_there, changes -> former.field ->> 0 AS code FROM change
    WHERE row_id = goods.id AND at > asked.at AND changes ? former.field ORDER BY id LIMIT 1
) AS then_had ON true
LEFT JOIN LATERAL (
    SELECT changes -> 'archived' ->> 0 AS archived FROM change
    WHERE row_id = goods.id AND at > asked.at AND changes ? 'archived' ORDER BY id LIMIT 1
) AS then_was ON true
WHERE coalesce(then_was.archived::boolean, goods.archived_at IS NOT NULL) IS FALSE
    AND former.code = CASE WHEN then_had.is_there THEN then_had.code ELSE to_jsonb(goods) ->> former.field END
ORDER BY 1 DESC
"""  # noqa: S608, constants


def find_holders_then(
    owner_id: int,
    references: Sequence[ProductReference],
    times: Sequence[datetime | None],
    kind: str = "product",
    table: str = "products_product",
) -> dict[Key, int]:
    """Return the ids of the goods that had these codes at these times and have lost them, by the first keys.

    The past does not change, so no lock is needed. Without a code that has a time, execute no statement.
    """
    asked = [
        (*key, at, reference.keys[0])
        for reference, at in zip(references, times, strict=True)
        if at and reference.field in CODE_FIELDS
        for key in reference.keys
    ]
    if not asked:
        return {}
    fields, codes, moments, first_keys = map(list, zip(*asked, strict=True))
    values: dict[str, Any] = {"owner": owner_id, "fields": fields, "codes": codes, "times": moments}
    rows = fetch(HOLDERS_THEN.replace("{kind}", kind).replace("{table}", table), values)
    return {first_keys[number - 1]: pk for number, pk in rows}
