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
from products.codes.reading.scanning import find_shared_gtins
from products.models import Product
from products.querysets import ProductQuerySet
from products.reading import figures as sql
from products.reading.details import add_details, order_by_expiry, select_expired
from users.models import User

UNCATEGORIZED, UNGROUPED = gettext_noop("Uncategorized"), gettext_noop("Without a group")


def name_category(name: str) -> str:
    """Return the name of a category or a group as pages show it. The API names products without one in English."""
    return gettext(name) if name in (UNCATEGORIZED, UNGROUPED) else name


# The statements of the dashboard: the names of all categories, and the sums, a row for each category and unit with
# products. They are written by hand because composing them with the ORM took as long as running them.
#
# A row of a product is unpacked up to the last column that a statement reads. So these sums read no column behind
# `archived_at`, except in a shop with units or decimals.
SUMS = """
SELECT category_id, {unit},
    count(*) AS products,
    count(*) FILTER (WHERE is_low_stock) AS low,
    sum(quantity)::bigint AS stock,
    sum({value}) AS value{cost}
FROM products_product AS product
WHERE owner_id = %(owner)s AND archived_at IS NULL
GROUP BY {keys}
"""
IS_MEASURED = "EXISTS (SELECT 1 FROM products_product WHERE owner_id = %(owner)s AND (decimals > 0 OR NOT unit = ''))"
# The number and value of expired products, and whether the shop has units or decimals, in the snapshot of the sums.
# The statement reads only products with a date that has been reached, and products with an expired lot. PostgreSQL
# keeps its plan because today is a subquery, so that no other day has a cheaper plan. It expects few rows in a range.
EXPIRED = f"""
SELECT count(*) FILTER (WHERE {{is_expired_by_quantity}}) AS expired,
    coalesce(sum({money_of("expired_quantity", "price")}), 0) AS expired_value, {IS_MEASURED} AS is_measured
FROM (
    SELECT price, decimals, held, expiration_date, keeps_stock, {{expired_quantity}} AS expired_quantity
    FROM products_product AS product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL
        AND (expiration_date BETWEEN '-infinity' AND %(today)s::date OR {{has_expired_lot}}) OFFSET 0
) AS product
""".format(**sql.FRAGMENTS).replace("%(today)s::date", "(SELECT %(today)s::date)")  # noqa: S608, constants


SUMS_AND_EXPIRED = "SELECT sums.*, expired.* FROM ({sums}) AS sums CROSS JOIN ({expired}) AS expired"


def compose_sums(unit: str, keys: str, value: str, cost: str) -> str:
    return SUMS_AND_EXPIRED.format(sums=SUMS.format(unit=unit, keys=keys, value=value, cost=cost), expired=EXPIRED)


OF_PIECES = MONEY_OF_PIECES.format(quantity="quantity", price="price")
# The statements by whether the shop has units or decimals, without and with the cost.
SUM_BY_CATEGORY, SUM_WITH_COST = (
    {
        False: compose_sums("'' AS unit, 0 AS decimals", "category_id", OF_PIECES, cost),
        True: compose_sums("unit, decimals", "category_id, unit, decimals", money_of("quantity", "price"), cost),
    }
    for cost in (", 0 AS cost", ", sum(stock_value) AS cost")
)
# Returns the names of the categories, and a row with the id 0 if the shop has units or decimals.
CATEGORIES = f"""
SELECT id, name FROM products_category WHERE owner_id = %(owner)s AND archived_at IS NULL
UNION ALL SELECT 0, '' WHERE {IS_MEASURED}
"""  # noqa: S608, constants


class CategorySums(NamedTuple):
    """A row of SUM_BY_CATEGORY: the products of a category with the same unit and decimals.

    The last three are those of the shop, the same in each row.
    """

    category_id: int | None
    unit: str
    decimals: int
    products: int
    low: int
    stock: int
    value: Decimal
    cost: Decimal
    expired: int
    expired_value: Decimal
    is_measured: bool


def compute_dashboard(user: User) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category. Amounts are Decimal.

    The result also has the stock by unit, unless all of it is counted in the same unit without decimals.

    Execute two statements.
    """
    return compute_dashboard_with_cost(user, SUM_BY_CATEGORY)[0]


def compute_dashboard_with_cost(
    user: User, statements: dict[bool, str] = SUM_WITH_COST
) -> tuple[dict[str, Any], Decimal]:
    """Return what compute_dashboard() returns, and the value of the stock at cost, which some users may not see."""
    names, rows = read_sums({"owner": user.account_id, "today": user.shop_today()}, statements)
    units = {(row.unit, row.decimals) for row in rows}
    is_plain = len(units) < 2 and not any(decimals for _, decimals in units)
    totals = [(row.value, row.category_id) for row in rows] if len(units) < 2 else sum_categories(rows)
    values = [(value, names.get(key, UNCATEGORIZED), key or 0) for value, key in totals]
    total, expired_value = sum(row.value for row in rows), rows[0].expired_value if rows else 0
    dashboard = {
        "counts": {
            "total_products": sum(row.products for row in rows),
            "total_categories": len(names),
            "low_stock": sum(row.low for row in rows),
            "expired_products": rows[0].expired if rows else 0,
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


def read_sums(account: dict[str, Any], statements: dict[bool, str]) -> tuple[dict[Any, str], list[CategorySums]]:
    """Return the names of the categories, and the sums. Read both again if the sums have something newer."""
    names = dict(read(CATEGORIES, account))
    is_measured = names.pop(0, None) is not None
    rows = [CategorySums(*row) for row in read(statements[is_measured], account)]
    known = {None, *names}
    if any(row.is_measured > is_measured or row.category_id not in known for row in rows):
        names = {key: name for key, name in read(CATEGORIES, account) if key}
        rows = [CategorySums(*row) for row in read(statements[True], account)]
    return names, rows


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
