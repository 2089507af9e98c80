"""The dashboard and the alerts: counts, values, and the products that are low, have expired or share a GTIN."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.utils.translation import gettext

from core.database.replicas import read
from core.money.amounts import MONEY_OF_PIECES, money_of
from core.money.sums import BY_UNIT
from core.translation import gettext_noop
from products.codes.reading.door import find_shared_gtins
from products.models import Product
from products.querysets import ProductQuerySet
from products.reading import figures as sql
from products.reading.door import add_details, order_by_expiry, select_expired
from users.models import User

UNCATEGORIZED, UNGROUPED = gettext_noop("Uncategorized"), gettext_noop("Without a group")


def name_category(name: str) -> str:
    """Return the name of a category or a group as pages show it. The API names products without one in English."""
    return gettext(name) if name in (UNCATEGORIZED, UNGROUPED) else name


# The statements of the dashboard: the sums, a row for each category and unit with products, and the names of all
# categories.
# They are written by hand because composing them with the ORM took as long as running them.
SUMS = """
SELECT category_id, {unit},
    count(*) AS products,
    count(*) FILTER (WHERE is_low_stock) AS low,
    count(*) FILTER (WHERE expiration_date <= %(today)s AND keeps_stock) AS expired,
    sum(quantity)::bigint AS stock,
    sum({value}) AS value,
    coalesce(sum({value}) FILTER (WHERE expiration_date <= %(today)s), 0) AS expired_value,
    bool_or(held > 0) AS has_held{cost}
FROM products_product
WHERE owner_id = %(owner)s AND archived_at IS NULL AND {condition}
GROUP BY {keys}
"""
OF_PIECES = SUMS.format(
    unit="'' AS unit, 0 AS decimals", value=MONEY_OF_PIECES.format(quantity="quantity", price="price"),
    condition="NOT (SELECT found FROM measured)", keys="category_id", cost="{cost}",
)  # fmt: skip
OF_MEASURED = SUMS.format(
    unit="unit, decimals", value=money_of("quantity", "price", "products_product"),
    condition="(SELECT found FROM measured)", keys="category_id, unit, decimals", cost="{cost}",
)  # fmt: skip
# PostgreSQL runs one of the two parts. In a shop without units and decimals, it need not read these columns, which are
# behind the texts of a row: that takes a sixth of the time.
SUMS_OF_SHOP = f"""
WITH measured AS (
    SELECT EXISTS (SELECT FROM products_product WHERE owner_id = %(owner)s AND (decimals > 0 OR NOT unit = '')) AS found
)
{OF_PIECES} UNION ALL {OF_MEASURED}"""  # noqa: S608, constants
SUM_BY_CATEGORY, SUM_WITH_COST = (SUMS_OF_SHOP.format(cost=cost) for cost in ("", ", sum(stock_value)"))
# Returns how lots change the number and value of expired products. products/reading/figures.py defines expired stock.
# The statement reads only products with a date that has been reached, and products with an expired lot.
EXPIRED_BY_LOTS = f"""
SELECT count(*) FILTER (WHERE lots > 0) - count(*) FILTER (WHERE own > 0) AS expired,
    coalesce(sum({money_of("lots", "price")} - {money_of("own", "price")}), 0) AS expired_value
FROM (
    SELECT price, decimals, {{expired_quantity}} AS lots, {{own_expired_quantity}} AS own
    FROM products_product AS product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND held > 0 AND {{may_have_expired}}
) AS product
""".format(**sql.FRAGMENTS)  # noqa: S608, constants
CATEGORY_NAMES = "SELECT id, name FROM products_category WHERE owner_id = %(owner)s AND archived_at IS NULL"


class CategorySums(NamedTuple):
    """A row of SUM_BY_CATEGORY: the products of a category with the same unit and decimals."""

    category_id: int | None
    unit: str
    decimals: int
    products: int
    low: int
    expired: int
    stock: int
    value: Decimal
    expired_value: Decimal
    has_held: bool
    cost: Decimal = Decimal(0)  # with SUM_WITH_COST


def compute_dashboard(user: User) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category. Amounts are Decimal.

    The result also has the stock by unit, unless all of it is counted in the same unit without decimals.

    Execute two statements, or three if some stock has a location or a lot.
    """
    return compute_dashboard_with_cost(user, SUM_BY_CATEGORY)[0]


def compute_dashboard_with_cost(user: User, statement: str = SUM_WITH_COST) -> tuple[dict[str, Any], Decimal]:
    """Return what compute_dashboard() returns, and the value of the stock at cost, which some users may not see."""
    account = {"owner": user.account_id}
    account_today = {**account, "today": user.shop_today()}
    rows = [CategorySums(*row) for row in read(statement, account_today)]
    expired, expired_value = sum(row.expired for row in rows), sum(row.expired_value for row in rows)
    if any(row.has_held for row in rows):
        [(more, more_value)] = read(EXPIRED_BY_LOTS, account_today)
        expired, expired_value = expired + more, expired_value + more_value
    names = dict(read(CATEGORY_NAMES, account))
    units = {(row.unit, row.decimals) for row in rows}
    is_plain = len(units) < 2 and not any(decimals for _, decimals in units)
    totals = [(row.value, row.category_id) for row in rows] if len(units) < 2 else sum_categories(rows)
    values = [(value, names.get(key, UNCATEGORIZED), key or 0) for value, key in totals]
    total = sum(row.value for row in rows)
    dashboard = {
        "counts": {
            "total_products": sum(row.products for row in rows),
            "total_categories": len(names),
            "low_stock": sum(row.low for row in rows),
            "expired_products": expired,
        },
        "stock": {"total_stock": sum(row.stock for row in rows), **({} if is_plain else {BY_UNIT: sum_units(rows)})},
        "financial": {
            "total_inventory_value": total,
            "expired_inventory_value": expired_value,
            "real_inventory_value": total - expired_value,
        },
        "analytics": [
            {"category": name, "total_value": amount}
            for amount, name, _ in sorted(values, key=lambda row: (-row[0], row[1:]))
        ],
    }
    return dashboard, sum((row.cost for row in rows), Decimal(0))


def sum_categories(rows: list[CategorySums]) -> list[tuple[Decimal, int | None]]:
    """Return the value and the id of each category."""
    totals: dict[int | None, Decimal] = {}
    for row in rows:
        totals[row.category_id] = totals.get(row.category_id, Decimal(0)) + row.value
    return [(value, category_id) for category_id, value in totals.items()]


def sum_units(rows: list[CategorySums]) -> list[dict[str, str]]:
    """Return the stock of each unit, as `by_unit` of JSON."""
    amounts: dict[str, Decimal] = {}
    for row in rows:
        amounts[row.unit] = amounts.get(row.unit, Decimal(0)) + Decimal(row.stock).scaleb(-row.decimals)
    return [{"unit": unit, "total_stock": str(amounts[unit])} for unit in sorted(amounts)]


SAME_GTIN = "same_gtin"
ROWS_AT_A_TIME = 1000
# The limit of each list of the HTML page, which is rendered in memory; a row may have 10,000 characters.
MAX_HTML_ROWS = 100


def find_alerts(user: User) -> dict[str, ProductQuerySet]:
    """Return the products low on stock, the most urgent first, and the expired ones, the earliest date first."""
    products = add_details(Product.objects.for_user(user).live(), user, is_page=True)
    return {
        "low_stock": products.filter(is_low_stock=True).order_by(F("quantity") - F("min_threshold"), "id"),
        "expired": order_by_expiry(select_expired(products, user), user),
    }


def find_all_alerts(user: User) -> dict[str, ProductQuerySet]:
    """Return the products of find_alerts(), and those that share a GTIN with another one."""
    ids = find_shared_gtins(user)
    products = add_details(Product.objects.for_user(user).live(), user, is_page=True)
    return {**find_alerts(user), SAME_GTIN: order_as(products.filter(id__in=ids), ids)}


def order_as(products: QuerySet, ids: list[int]) -> Any:
    return products.order_by(Func(Value(ids, ArrayField(BigIntegerField())), F("id"), function="array_position"))


def split_into_batches(user: User, products: ProductQuerySet) -> Iterator[QuerySet]:
    """Return querysets of ROWS_AT_A_TIME products each, in order. The rows of each are read later."""
    ids = list(products.values_list("id", flat=True))
    batches = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = add_details(Product.objects.for_user(user), user, is_page=True)
    return (order_as(rows.filter(id__in=batch), batch) for batch in batches)
