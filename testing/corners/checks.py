"""What holds in a shop whatever was done in it. `find_faults()` says what does not."""

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from typing import Any

from django.db import connection
from django.utils import timezone

from records.history.models import list_recorded
from testing.corners.shop import CUSTOMERS, MARK, OPERATIONS, PRODUCTS, SALES, Case
from testing.reading.browser import Browser

# What the product keeps of each product beside the ledger, and the same from movements, holdings and portions.
SUMS = """
SELECT product.id, product.name, product.quantity, product.stock_value, product.held,
    (SELECT coalesce(sum(CASE movement_type WHEN 'IN' THEN quantity ELSE -quantity END), 0) FROM stock_movement
        WHERE product_id = product.id),
    (SELECT coalesce(sum(CASE movement_type WHEN 'IN' THEN value ELSE -value END), 0) FROM stock_movement
        WHERE product_id = product.id),
    (SELECT coalesce(sum(quantity), 0) FROM stock_holding WHERE product_id = product.id),
    (SELECT coalesce(sum(quantity), 0) FROM stock_portion WHERE product_id = product.id)
FROM products_product AS product ORDER BY product.id
"""
RESERVED = """
SELECT product_id, sum(quantity) FROM reservations_reservationline WHERE reserved_until > statement_timestamp()
GROUP BY product_id
"""
OUTSTANDING = """
SELECT product_id, sum(greatest(line.quantity - arrived.sum, 0)) FROM purchasing_orderline AS line
JOIN purchasing_order AS placed ON placed.id = line.order_id AND placed.state = 'sent'
CROSS JOIN LATERAL (SELECT coalesce(sum(movement.quantity), 0) AS sum FROM stock_movement AS movement
    JOIN purchasing_receipt AS receipt USING (operation_id)
    WHERE receipt.order_id = placed.id AND movement.product_id = line.product_id AND movement.movement_type = 'IN'
        AND NOT EXISTS (SELECT FROM stock_operation WHERE reverses_id = movement.operation_id)) AS arrived
GROUP BY product_id HAVING sum(greatest(line.quantity - arrived.sum, 0)) > 0
"""
# Columns that change without a change by people, or that say when.
NOT_RECORDED = {
    "quantity", "stock_value", "stock_sequence", "held", "updated_at", "change_sequence", "last_counted_at",
    "last_login", "reserved_until", "is_low_stock", "password", "token_version", "shows_first_steps", "owed_from",
    "has_prices",
}  # fmt: skip
CENT = Decimal("0.01")
VIEWS_TRIED = 1  # each of the nine reads a whole list
SLOW = "pages", "reports"
CLOSED = "SELECT count(*) FROM closings_closing"


def read(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


class State:
    """The rows of the database at a moment."""

    def __init__(self) -> None:
        self.rows = {
            (kind, pk): {name: value for name, value in row.items() if name not in NOT_RECORDED}
            for kind, model in list_recorded().items()
            for pk, row in read_rows(model._meta.db_table)
        }
        self.operations = {pk for (pk,) in read("SELECT id FROM stock_operation")}
        self.changed = {
            pk: (kind, row, changes)
            for pk, kind, row, changes in read("SELECT id, kind, row_id, changes::text FROM history_change")
        }
        self.told = Counter(read("SELECT left(type, strpos(type, '.')), product FROM events_event"))
        self.events = Counter(read("SELECT type, operation FROM events_event"))
        self.sums = self.read_sums()

    @staticmethod
    def read_sums() -> dict[int, tuple[int, Decimal]]:
        """Return the quantity and the value of each product."""
        return {row[0]: (row[2], row[3]) for row in read(SUMS)}


def read_rows(table: str) -> list[tuple[int, dict[str, Any]]]:
    return [
        (pk, json.loads(row) if isinstance(row, str) else row)
        for pk, row in read(f"SELECT id, to_jsonb({table}) FROM {table}")
    ]


def find_faults(case: Case, before: State) -> Iterator[str]:
    """Yield what is wrong after the verb. Each case does half of the slow checks, chosen by its row."""
    yield from find_broken_sums(case)
    yield from find_missing_records(case, before, State())
    if case["role"] == "viewer":  # all that follows is as it was before
        return
    slow = random.Random(str(case.row)).choice(SLOW)  # noqa: S311, the same checks of the same case
    yield from find_differing_products(case, slow)
    if read("SELECT 1 FROM stock_operation WHERE reason = 'sale' LIMIT 1"):
        yield from find_differing_money(case, slow)
        yield from find_wrong_accounts(case)
    if slow == "reports":
        yield from find_foreign(case)
        yield from find_lost_views(case)


# --- The ledger ------------------------------------------------------------------------------------------------------


def find_broken_sums(case: Case) -> Iterator[str]:
    for _, name, quantity, value, held, moved, worth, holdings, portions in read(SUMS):
        keeps = "service" not in name
        if keeps and (quantity, value, held) != (moved, worth, holdings):
            yield f"{name}: kept {quantity, value, held}, of the ledger {moved, worth, holdings}"
        if value < 0 or quantity < 0 or held > quantity or (not quantity and value):
            yield f"{name}: {quantity} worth {value}, held {held}, portions {portions}"
    answer = get(case, "/api/stock/verify/")
    if answer["broken"]:
        yield f"verify: {answer['broken'][:2]}"


def find_missing_records(case: Case, before: State, after: State) -> Iterator[str]:
    """Yield what was changed without a change in the history, and what was booked or changed without an event."""
    recorded: dict[tuple[str, int], dict[str, Any]] = {}
    for pk in sorted(after.changed.keys() - before.changed.keys()):
        kind, row, changes = after.changed[pk]
        recorded.setdefault((kind, row), {}).update(json.loads(changes))
    for (kind, pk), row in after.rows.items():
        old = before.rows.get((kind, pk), {})
        if row == old:
            continue
        if (kind, pk) not in recorded:
            names = sorted(name for name in row if row[name] != old.get(name))
            yield f"no change in the history of {kind} {pk}: {names}"
            continue
        if kind == "product" and after.told["product.", pk] == before.told["product.", pk]:
            yield f"no event of the change of product {pk}"
        for name in {"name", "price", "cost_price", "sku"} & row.keys() & recorded[kind, pk].keys():
            if differ(recorded[kind, pk][name][-1], row[name]) and case.row.get("beside") != "erased":
                yield f"{kind} {pk}: {name} is {row[name]}, in the history {recorded[kind, pk][name]}"
    for pk in after.operations - before.operations:
        if after.events["operation.booked", pk] != 1:
            yield f"operation {pk} has {after.events['operation.booked', pk]} events"


def differ(one: Any, other: Any) -> bool:
    try:
        return Decimal(str(one)) != Decimal(str(other))
    except ArithmeticError:
        return bool(one != other)


def find_foreign(case: Case) -> Iterator[str]:
    for address in (PRODUCTS, OPERATIONS, "/api/changes/", "/api/customers/"):
        text = case.shop.charlie.get(address).text
        if MARK in text:
            yield f"Charlie sees something of Alice in {address}"


# --- Pages, programs and files ---------------------------------------------------------------------------------------


def get(case: Case, address: str, **query: str) -> Any:
    response = case.owner.get(address, query)
    assert response.status_code == 200, (address, response.text)
    return response.json()


def read_csv(case: Case, address: str, **query: str) -> list[dict[str, str]]:
    response = case.owner.get(address, {"csv": "standard", **query} if "?" not in address else None)
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def read_table(case: Case, address: str) -> list[tuple[str, set[Decimal]]]:
    """Return the text of each row of the page's table, and the numbers in it."""
    page = Browser(case.shop.users["owner"]).get_page(address)
    rows = re.findall(r"<tr\b.*?</tr>", page.partition("<tbody")[2].partition("</tbody>")[0], re.DOTALL)
    return [(unescape(re.sub(r"<[^>]*>", "\n", row)), case.read_numbers(row)) for row in rows]


def find_differing_products(case: Case, *slow: str) -> Iterator[str]:
    """Yield where products differ between the API, files and, with these slow checks, the page and reports."""
    products = get(case, PRODUCTS, page_size="200")["results"]
    rows = {row["id"]: row for row in read_csv(case, f"{PRODUCTS}export/")}
    shown = read_table(case, PRODUCTS) if "pages" in slow else None
    reserved, outstanding = dict(read(RESERVED)), dict(read(OUTSTANDING))
    for product in products:
        row = rows[str(product["id"])]
        amount = product["amount"] or str(product["quantity"])
        if (Decimal(row["price"]), Decimal(row["quantity"])) != (Decimal(product["price"]), Decimal(amount)):
            yield f"the file of products has {row['price'], row['quantity']} of {product}"
        if product["reserved"] != reserved.get(product["id"], 0):
            yield f"{product['name']}: {product['reserved']} reserved instead of {reserved.get(product['id'], 0)}"
        free = product["quantity"] - product["reserved"] - product["expired_quantity"]
        if product["keeps_stock"] and product["available"] != free:
            yield f"{product['name']}: {product['available']} available instead of {free}"
        if case["again"] != "done again" and product["on_order"] != outstanding.get(product["id"], 0):
            yield f"{product['name']}: {product['on_order']} on order instead of {outstanding.get(product['id'], 0)}"
        wanted = {Decimal(product["price"]), *([Decimal(amount)] if product["keeps_stock"] else [])}
        if shown is not None and len(products) <= 25:
            numbers = [one for text, one in shown if product["name"] in text]
            if not any(wanted <= one for one in numbers):
                yield f"the page of products has {numbers} for {product['price'], amount}"
    if "reports" in slow:
        yield from find_wrong_values(case, products)


def period() -> dict[str, str]:
    """Return parameters of reports that include what happens in a case."""
    days = (timezone.now() - timedelta(days=20)).date(), (timezone.now() + timedelta(days=3)).date()
    return {name: day.isoformat() for name, day in zip(("from", "to"), days, strict=True)}


def find_wrong_values(case: Case, products: Any) -> Iterator[str]:
    """Yield the sums of the stock's value that differ from those of the products."""
    at_cost = sum(Decimal(product["stock_value"]) for product in products)
    worth = [
        (Decimal(product["price"]) * Decimal(product["amount"] or product["quantity"])).quantize(CENT, ROUND_HALF_UP)
        for product in products
    ]
    valuation = get(case, "/api/reports/valuation/")["total"]
    shown = Decimal(valuation["value_at_cost"]), Decimal(valuation["value_at_price"])
    if shown != (at_cost, sum(worth)):
        yield f"the valuation has {shown} in place of {at_cost, sum(worth)}"
    total = get(case, "/api/dashboard/")["financial"]["total_inventory_value"]
    if Decimal(str(total)) != sum(worth):
        yield f"the dashboard has {total} in place of {sum(worth)}"
    account = get(case, "/api/reports/accounts/", **period())["totals"]
    moved = sum(Decimal(amount) for name, amount in account.items() if name not in ("opening", "closing"))
    whole = sum(value for _, value in State.read_sums().values())  # the accounts have archived products, too
    if not Decimal(account["closing"]) == Decimal(account["opening"]) + moved == whole:
        yield f"the accounts have {account} in place of {whole}"
    listed = get(case, "/api/reports/stock-list/", page_size="200")["totals"]["value_at_cost"]
    if Decimal(listed) != at_cost:
        yield f"the stock list has {listed} in place of {at_cost}"


# --- Money -----------------------------------------------------------------------------------------------------------


def find_differing_money(case: Case, *slow: str) -> Iterator[str]:
    """Yield where the money of sales differs between the sale, its page, the files, and, with these slow checks, the
    list's page, reports and closings."""
    sales = get(case, SALES, page_size="200")["results"]
    rows = {row["operation"]: row for row in read_csv(case, SALES, format="csv")}
    shown = read_table(case, SALES) if "pages" in slow else None
    for sale in sales:
        yield from find_wrong_sale(case, sale)
        row = rows[str(sale["operation"])]
        names = ("total", "returned", "due")
        if differing := [name for name in names if Decimal(row[name] or 0) != Decimal(sale[name] or 0)]:
            yield f"the file of sales differs in {differing}"
        if shown is not None and not any(case.round_shown(sale["total"]) in numbers for _, numbers in shown):
            yield f"the page of sales has not {sale['total']}"
    standing = [sale for sale in sales if not sale["undone"]]
    total, returned = (sum(Decimal(sale[name]) for sale in standing) for name in ("total", "returned"))
    if "reports" in slow:
        yield from find_wrong_reports(case, total, returned)


def find_wrong_sale(case: Case, sale: Any) -> Iterator[str]:
    if sum(Decimal(line["sum"]) for line in sale["lines"]) != Decimal(sale["total"]):
        yield "the lines of the sale have not its total"
    if any(line["returned"] > line["quantity"] for line in sale["lines"]):
        yield "more came back than was sold"
    whole = sum(Decimal(line["sum"]) for line in sale["lines"] if line["returned"] == line["quantity"])
    part = sum(Decimal(line["sum"]) for line in sale["lines"] if line["returned"])
    if not whole <= Decimal(sale["returned"]) <= part:
        yield "what came back has not the price at which it was sold"
    paid = sum(Decimal(payment["amount"]) for payment in sale["payments"])
    left = Decimal(0) if sale["undone"] else Decimal(sale["total"]) - Decimal(sale["returned"])
    if sum(Decimal(tax["gross"]) for tax in sale["taxes"]) != (Decimal(sale["total"]) - Decimal(sale["returned"])):
        yield "the rates of the sale have not its total"
    if sale["due"] is not None and Decimal(sale["due"]) != left - paid:  # null for a sale without payments
        yield f"due {sale['due']} of {left}, paid {paid}"
    page = Browser(case.shop.users["owner"]).get_page(f"{SALES}{sale['operation']}/")
    numbers = case.read_numbers(page.partition("<main")[2].partition("<details")[0])
    if not {case.round_shown(sale[name]) for name in ("total", "returned")} - {0} <= numbers:
        yield f"the page of the sale lacks {sale['total'], sale['returned']}"
    receipt = case.owner.get(f"{SALES}{sale['operation']}/receipt/")
    if receipt.status_code == 200 and case.round_shown(sale["total"]) not in case.read_numbers(receipt.text):
        yield f"the receipt has not {sale['total']}"


def find_wrong_accounts(case: Case) -> Iterator[str]:
    """Yield the accounts of customers that differ from the sum of what is due of their sales."""
    for (pk,) in read("SELECT DISTINCT customer_id FROM customers_buyer WHERE customer_id IS NOT NULL"):
        due = get(case, SALES, customer=str(pk), **period())["totals"]["due"]
        closing = get(case, f"{CUSTOMERS}{pk}/account/")["closing"]
        if Decimal(due or 0) != Decimal(closing):
            yield f"the account of customer {pk} has {closing} in place of {due}"


def find_lost_views(case: Case) -> Iterator[str]:
    """Yield the saved views that don't lead to their list and don't say that what they name is gone, and those whose
    file has other rows."""
    is_there = case.row.get("beside") in (None, "nothing", "renamed", "restored", "merged")
    chance = random.Random(str(case.row))  # noqa: S311, the same view of the same case
    for pk in chance.sample(case.shop.views, VIEWS_TRIED):
        run = case.owner.get(f"/api/views/{pk}/run/")
        is_led = run.status_code == 303 and case.owner.get(run["Location"]).status_code == 200
        if not (is_led or (run.status_code == 409 and not is_there)):
            yield f"view {pk}: {run.status_code} {run.text[:200]}"
        elif is_led and re.match(r"/api/(sales|invoices|reports)/", run["Location"]):
            listed = get(case, f"{run['Location']}&page_size=100")["results"]
            rows = read_csv(case, f"{run['Location']}&format=csv")
            if len(rows) != len(listed):
                yield f"view {pk} has {len(listed)} rows, its file {len(rows)}"


def find_wrong_reports(case: Case, total: Decimal, returned: Decimal) -> Iterator[str]:
    """Yield the reports whose sums differ from those of the sales."""
    for by in ("sale", "day", "customer"):
        answer = get(case, "/api/reports/sales/", by=by, page_size="200", **period())
        sums = [sum(Decimal(row[name]) for row in answer["results"]) for name in ("total", "returned")]
        totals = [Decimal(answer["totals"][name]) for name in ("total", "returned")]
        if not sums == totals == [total, returned]:
            yield f"the report of sales by {by} has {sums}, {totals} in place of {total, returned}"
    taxes = get(case, "/api/reports/taxes/", **period())["totals"]
    if Decimal(taxes["gross"]) != total - returned:
        yield f"the report of taxes has {taxes} in place of {total - returned}"
    margins = get(case, "/api/reports/margins/", **period())["totals"]
    cents = (1 if case.is_whole else CENT) * read("SELECT count(*) FROM stock_movement")[0][
        0
    ]  # it rounds VAT for each movement
    if abs(Decimal(margins["revenue"]) - Decimal(taxes["net"])) > cents:
        yield f"the report of margins has the revenue {margins} in place of {taxes['net']}"
    if Decimal(margins["margin"]) != Decimal(margins["revenue"]) - Decimal(margins["cost"]):
        yield f"the report of margins has not the margin of {margins}"
    if total == returned and any(Decimal(margins[name]) for name in ("revenue", "cost", "margin")):
        yield f"all came back, but the report of margins has {margins}"
    if not read(CLOSED)[0][0]:
        drawers = [get(case, "/api/closings/preview/", till=str(pk)) for (pk,) in read("SELECT id FROM tills_till")]
        drawers.append(get(case, "/api/closings/preview/"))
        nets = [Decimal(one["total"]) - Decimal(one["returned"]) for one in drawers]
        if sum(nets) != total - returned:
            yield f"the previews of closings have {nets} in place of {total, returned}"
        grosses = [sum(Decimal(tax["gross"]) for tax in one["taxes"]) for one in drawers]
        if grosses != nets:
            yield f"the previews of closings have the gross {grosses} of {nets}"
