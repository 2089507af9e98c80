"""The sums of a list of sales."""

from typing import Any

from django.db.models import QuerySet

from core.database.replicas import read
from core.fields import are_costs_shown
from stock.booking.drafts import NOTHING
from stock.sales.sql import TAXED

SUMS = f"""
WITH RECURSIVE asked (sale_id) AS ({{sales}}), {TAXED}
SELECT (SELECT count(*) FROM asked), coalesce(sum(gross) FILTER (WHERE is_sale), 0.00),
    coalesce(sum(gross) FILTER (WHERE NOT is_sale), 0.00),
    coalesce(sum(CASE WHEN is_sale THEN net ELSE -net END), 0.00)
        - (SELECT coalesce(sum(CASE WHEN is_sale THEN cost ELSE -cost END), 0.00) FROM given)
FROM taxed
"""  # noqa: S608, constants
PAID = """
SELECT kind, sum(amount), coalesce(-sum(amount) FILTER (WHERE (amount < 0) = (reverses_id IS NULL)), 0.00)
FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id IN ({sales})
GROUP BY kind ORDER BY kind
"""
MONEY = ("total", "returned", "revenue", "refunded")


def sum_up(owner_id: int | None, sales: QuerySet) -> dict[str, Any]:
    """Return the number of these sales of the account, what they were sold for, what came back, and what was paid."""
    if owner_id is None:
        return {"sales": 0, **dict.fromkeys(MONEY, str(NOTHING)), "payments": [], "margin": None}
    text, parameters = sales.order_by().values("pk").query.sql_with_params()
    names = [f"value{place}" for place in range(len(parameters))]
    selected = text % tuple(f"%({name})s" for name in names)
    values = {"owner": owner_id, **dict(zip(names, parameters, strict=True))}
    [(number, total, returned, margin)] = read(SUMS.format(sales=selected), values)
    paid = read(PAID.format(sales=selected), values)
    money = total, returned, total - returned, sum((refunded for *_, refunded in paid), NOTHING)
    return {
        "sales": number,
        **dict(zip(MONEY, map(str, money), strict=True)),
        "payments": [{"kind": kind, "amount": str(amount)} for kind, amount, _ in paid],
        "margin": str(margin) if are_costs_shown() else None,
    }
