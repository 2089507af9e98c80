"""The sums of a list of sales."""

from typing import Any

from django.db.models import QuerySet

from core.database.replicas import read
from stock.booking.drafts import NOTHING
from stock.sales.sql import TAXED

SUMS = f"""
WITH RECURSIVE asked (sale_id) AS ({{sales}}), {TAXED}
SELECT (SELECT count(*) FROM asked), coalesce(sum(gross) FILTER (WHERE is_sale), 0.00),
    coalesce(sum(gross) FILTER (WHERE NOT is_sale), 0.00)
FROM taxed
"""  # noqa: S608, constants


def sum_up(owner_id: int | None, sales: QuerySet) -> dict[str, Any]:
    """Return the number of these sales of the account, what they were sold for, and what came back of them."""
    if owner_id is None:
        return {"sales": 0, **dict.fromkeys(("total", "returned", "revenue"), str(NOTHING))}
    text, parameters = sales.order_by().values("pk").query.sql_with_params()
    names = [f"value{place}" for place in range(len(parameters))]
    statement = SUMS.format(sales=text % tuple(f"%({name})s" for name in names))
    [sums] = read(statement, {"owner": owner_id, **dict(zip(names, parameters, strict=True))})
    number, total, returned = sums
    money = {"total": total, "returned": returned, "revenue": total - returned}
    return {"sales": number, **{name: str(amount) for name, amount in money.items()}}
