"""Every frequent statement uses an index. No statement reads, counts or sorts a whole ledger."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.database.transactions import set_time_limit
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason
from testing.cast.people import client_of, make_user
from testing.deferred import check_deferred_constraints
from testing.laws.query_plans import analyze_tables
from testing.tables import all_cases
from trade.selling.services import book
from users.models import User

pytestmark = [pytest.mark.django_db]

PRODUCTS, SOLD, SALES, PRODUCTS_OF_OTHERS = 300, 30, 800, 8_000
FILLING_SECONDS = 300  # two statements can be far apart on a busy machine
GROWING = ("stock_movement", "stock_operation", "idempotency_idempotencykey")


def create_stocked_products(owner, products):
    """Create products with stock and return their ids."""
    Product.objects.bulk_create(
        Product(owner=owner, name=f"P{number}", price=1, sku=f"{owner}-{number}") for number in range(products)
    )
    ids = list(Product.objects.filter(owner=owner).order_by("pk").values_list("pk", flat=True))
    analyze_tables()
    for start in range(0, products, 1000):
        lines = [BookingLine(by_id(pk), MovementType.IN, 100) for pk in ids[start : start + 1000]]
        book(draft=OperationDraft(by=owner, reason=OperationReason.PURCHASE), lines=lines)
    analyze_tables()
    return ids


def book_sales(owner, ids):
    """Book one sale for each of the last SALES days, of SOLD products in turn."""
    for number in range(SALES):
        happened = datetime.now(UTC) - timedelta(days=SALES - number)
        draft = OperationDraft(by=owner, reason=OperationReason.SALE, reference=f"order {number}", occurred_at=happened)
        book(draft=draft, lines=[BookingLine(by_id(ids[number % SOLD]), MovementType.OUT, 1)])


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Create a shop beside a larger one, with fresh statistics for the planner. The transaction is rolled back."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        connection.set_autocommit(False)
        set_time_limit(FILLING_SECONDS)
        try:
            alice, charlie = make_user("alice"), make_user("charlie")
            create_stocked_products(charlie, PRODUCTS_OF_OTHERS)
            ids = create_stocked_products(alice, PRODUCTS)
            book_sales(alice, ids)
            check_deferred_constraints()
            analyze_tables()
            with connection.cursor() as cursor:
                # These tables are so small that the planner may prefer to read all of their pages. In a large shop it
                # must not. So reading pages in sequence is made as expensive here as reading them at random.
                cursor.execute("SET LOCAL seq_page_cost = 50")
            yield client_of(alice), ids
        finally:
            connection.rollback()
            connection.set_autocommit(True)


def explain_request(client, method, address, body=None, **headers):
    """Send a request and return the plans of its statements that read or lock."""
    with CaptureQueriesContext(connection) as captured:
        response = client.generic(method, address, body or "", content_type="application/json", **headers)
        assert response.status_code < 300, response.content
    found = {}
    with connection.cursor() as cursor:
        for statement in (query["sql"] for query in captured):
            if statement.lstrip().startswith(("SELECT", "WITH")) and "set_config" not in statement:
                cursor.execute(f"EXPLAIN {statement}")
                found[statement] = "\n".join(row[0] for row in cursor.fetchall())
    return found


FREQUENT_READS = [
    ("/api/products/", {"products_product_owner_row"}),
    ("/api/products/?sku=p-1", {"products_product_sku"}),
    ("/api/products/?barcode=400", {"products_product_barcode"}),
    ("/api/scan/?code=alice-7", {f"products_product_{by}" for by in ("sku", "barcode", "gtin")}),
    ("/api/products/?updated_after={recent}", {"products_product_owner_row"}),
    ("/api/products/?updated_after={recent}&ordering=updated_at", {"products_product_"}),
    ("/api/products/?updated_after={recent}&archived=true", {"products_product_"}),
    ("/api/stock/?page_size=50", {"stock_movement_"}),
    ("/api/stock/history/{product}/", {"stock_movement_sequence"}),
    ("/api/products/{product}/movements/", {"stock_movement_sequence"}),
    ("/api/products/{product}/statement/", {"stock_movement_sequence"}),
    ("/api/item-changes/", {"stock_movement_"}),
    ("/api/stock/operations/", {"stock_operation_", "stock_movement_by_operation"}),
    ("/api/stock/?reference=order+7", {"stock_operation_by_reference", "stock_movement_by_operation"}),
    ("/api/stock/operations/?reference=order+7", {"stock_operation_by_reference"}),
    ("/api/stock/levels/?as_of={recent}", {"stock_operation_by_time", "stock_movement_"}),
    ("/api/stock/levels/?as_of={recent}&clock=recorded", {"stock_operation_", "stock_movement_"}),
    ("/api/stock/?before={recent}", {"stock_operation_late", "stock_movement_"}),
    ("/api/stock/?recorded_before=2100-01-01", {"stock_movement_", "stock_operation_"}),
    ("/api/stock/history/{product}/?before={recent}", {"stock_operation_late", "stock_movement_sequence"}),
    ("/api/stock/history/{product}/?recorded_before=2100-01-01", {"stock_movement_sequence"}),
    ("/api/stock/operations/?before={recent}", {"stock_operation_late", "stock_operation_owner_row"}),
    ("/api/stock/levels/?as_of={past}", {"stock_operation_late", "stock_movement_sequence"}),
    ("/api/stock/levels/?as_of={past}&clock=recorded", {"stock_movement_sequence", "stock_operation_owner_row"}),
    ("/api/products/{product}/statement/?from={recent}", {"stock_movement_sequence"}),
    ("/api/dashboard/", {"products_product_measured"}),
    ("/api/reports/movements/?from={recent}", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/movements/?product={product}", {"stock_operation_", "stock_movement_"}),
    ("/api/reports/valuation/?as_of={recent}", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/stock-list/?as_of={recent}", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/accounts/?from={recent}", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/days-left/?days=2", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/margins/?from={recent}", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/margins/?from={recent}&by=day", {"stock_operation_by_time", "stock_movement_by_operation"}),
    ("/api/reports/reorder/?days=2", {"stock_operation_by_time", "stock_movement_by_operation"}),
]


@all_cases(("address", "indexes"), FREQUENT_READS)
def test_a_frequent_read_uses_its_index(shop, address, indexes):
    client, ids = shop
    recent, past = (
        (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (2, SALES - 2)
    )
    plan = "\n".join(explain_request(client, "GET", address.format(product=ids[7], recent=recent, past=past)).values())
    assert {index for index in indexes if f" {index}" in plan} == indexes, plan
    assert [table for table in GROWING if f"Seq Scan on {table}" in plan] == [], plan


def explain_kept_plans(client, address):
    """Send a GET request and return the plans of its statements for any parameters, which PostgreSQL may keep."""
    statements = []

    def collect(execute, statement, parameters, many, context):
        statements.append(statement)
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(collect):
        assert client.get(address).status_code == 200
    plans = []
    with connection.cursor() as cursor:
        for statement in statements:
            if statement.startswith("SELECT") and "%(" not in statement:
                first, *others = statement.split("%s")
                numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
                cursor.execute(f"EXPLAIN (GENERIC_PLAN) {numbered}")
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return "\n".join(plans)


@all_cases(
    ("address", "index"),
    [
        ("/api/products/?sku=alice-7", "products_product_sku"),
        ("/api/products/?sku__in=alice-7,alice-8", "products_product_sku"),
        ("/api/products/?barcode=400", "products_product_barcode"),
        ("/api/products/?external_id=A-1", "products_product_external_id"),
        ("/api/stock/operations/?reference=order+7", "stock_operation_by_reference"),
    ],
)
def test_the_kept_plan_of_a_search_by_code_uses_its_index(shop, address, index):
    """The condition of the index must be in the statement: PostgreSQL knows no parameter of a kept plan."""
    if connection.pg_version < 160000:
        pytest.skip("EXPLAIN (GENERIC_PLAN) is new in PostgreSQL 16")
    client, _ = shop
    plans = explain_kept_plans(client, address)
    assert f" {index}" in plans, plans


@all_cases(
    ("page", "direction"),
    [("ordering=name", ""), ("ordering=name&page=800", " Backward"), ("ordering=-name&page=800", "")],
)
def test_a_page_by_name_reads_the_index_from_the_nearer_end(shop, page, direction):
    """The index has no order by descending name and ascending id, so equal names are sorted.

    This test is about a large shop.
    """
    client = client_of(User.objects.get(username="charlie"))
    found = explain_request(client, "GET", f"/api/products/?page_size=10&{page}")
    (plan,) = (plan for statement, plan in found.items() if "LIMIT" in statement and "products_product" in statement)
    assert f"Index Scan{direction} using products_product_live_by_name" in plan, plan
    assert "Incremental Sort" in plan or "Sort Key: (lower(" not in plan, plan


def test_the_last_page_of_all_products_reads_the_index_backwards(shop):
    client = client_of(User.objects.get(username="charlie"))
    found = explain_request(client, "GET", "/api/products/?page_size=10&page=800")
    (plan,) = (plan for statement, plan in found.items() if "LIMIT" in statement and "products_product" in statement)
    assert "Index Scan Backward" in plan, plan


def test_a_search_reads_the_found_products_by_their_ids(shop):
    client = client_of(User.objects.get(username="charlie"))
    found = explain_request(client, "GET", "/api/products/?search=P7999")
    plans = [plan for statement, plan in found.items() if "= ANY(" in statement]
    assert len(plans) == 2
    assert all("products_product_owner_row" in plan or "products_product_pkey" in plan for plan in plans), plans


def test_movements_with_a_reference_are_read_by_their_ids(shop):
    """For a reference that nobody has used, PostgreSQL might read the whole log from its end."""
    client, _ = shop
    (plan,) = (
        plan
        for statement, plan in explain_request(client, "GET", "/api/stock/?reference=unknown").items()
        if "ORDER BY" in statement
    )
    assert "(id = ANY (" in plan, plan


@all_cases("list_address", ["/api/stock/?page_size=50", "/api/stock/history/{product}/?page_size=5"])
def test_a_deep_page_starts_at_its_position_in_the_index(shop, list_address):
    """The page uses the same index, and neither sorts nor counts the rows before it."""
    client, ids = shop
    address = list_address.format(product=ids[7])
    for _ in range(2):
        address = client.get(address).json()["next"]
    (plan,) = (plan for plan in explain_request(client, "GET", address).values() if "stock_movement" in plan)
    plan, _, _ = plan.partition("SubPlan")  # the rest is about the portions of one movement
    assert "Index Scan" in plan
    assert "Sort" not in plan
    assert "Aggregate" not in plan


def test_a_page_of_movements_looks_up_each_product_once(shop):
    client, ids = shop
    for address in ("/api/stock/?page_size=50", f"/api/stock/history/{ids[7]}/", "/api/stock/operations/"):
        plans = [plan for plan in explain_request(client, "GET", address).values() if "history_change" in plan]
        assert len(plans) == (2 if "operations" in address else 1)  # the other one is about the prices of sales
        assert [plan.count(" on products_product") for plan in plans] == [1] * len(plans), plans
        assert [plan.count(" on history_change") for plan in plans[1:]] == [1] * len(plans[1:]), plans


@all_cases(
    ("reference", "index"),
    [('"product": {product}', "products_product_"), ('"sku": "alice-7"', "products_product_sku")],
)
def test_locking_a_product_uses_an_index(shop, reference, index):
    client, ids = shop
    body = f'{{{reference.replace("{product}", str(ids[7]))}, "movement_type": "OUT", "quantity": 1}}'
    found = explain_request(client, "POST", "/api/stock/", body)
    (plan,) = (plan for statement, plan in found.items() if "FOR NO KEY UPDATE" in statement)
    assert f"using {index}" in plan or f"on {index}" in plan, plan
    assert "Seq Scan" not in plan


def test_a_count_with_a_time_reads_the_movements_since_then_only(shop):
    client, ids = shop
    moment = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    lines = [{"product": pk, "counted": 90, "counted_at": moment} for pk in ids[:50]]
    with CaptureQueriesContext(connection) as captured:
        assert client.post("/api/stock/counts/", {"lines": lines}).status_code == 201
    [statement] = [query["sql"] for query in captured if "WITH RECURSIVE counted" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "stock_movement_sequence" in plan
    empty = "Seq Scan on stock_(portion|stockcount)"  # these tables are empty here
    assert "Seq Scan on stock_" not in re.sub(empty, "", plan), plan


# --- The support desk ---------------------------------------------------------------------------------------

SUPPORT_PAGES = [
    ("/admin/", {"stock_movement_pkey", "stock_operation_"}),
    ("/admin/search/?q=order+7", {"stock_operation_by_reference"}),
    ("/admin/accounts/{owner}/", {"stock_operation_"}),
    ("/admin/stock/operation/{operation}/change/", {"stock_movement_by_operation"}),
    ("/admin/stock/movement/?owner={owner}", {"stock_movement_"}),
    ("/admin/stock/movement/?owner={owner}&product={product}", {"stock_movement_sequence"}),
    ("/admin/stock/movement/?owner={owner}&operation={operation}", {"stock_movement_by_operation"}),
    ("/admin/stock/operation/?q=order+700", {"stock_operation_by_reference"}),
    (
        "/admin/stock/movement/?owner={owner}&reference=order+700",
        {"stock_operation_by_reference", "stock_movement_by_operation"},
    ),
    ("/admin/stock/movement/?owner={owner}&person={owner}&reason=sale", {"stock_movement_", "stock_operation_"}),
    ("/admin/stock/movement/?owner={owner}&reason=damage", {"stock_movement_", "stock_operation_"}),
    ("/admin/stock/movement/?owner={owner}&since={recent}", {"stock_movement_", "stock_operation_"}),
    (
        "/admin/stock/movement/?owner={owner}&product={product}&since={recent}&person={owner}",
        {"stock_movement_sequence"},
    ),
    (
        "/admin/stock/movement/?owner={owner}&since={recent}&until={recent}&clock=booked",
        {"stock_movement_", "stock_operation_"},
    ),
    ("/admin/stock/operation/?owner={owner}&reason=damage&since={recent}", {"stock_operation_"}),
    ("/admin/stock/operation/?owner={owner}&person={owner}&until={recent}", {"stock_operation_"}),
    ("/admin/products/product/{product}/change/", {"stock_movement_sequence", "stock_operation_"}),
    ("/admin/products/{product}/statement/?since={recent}", {"stock_movement_sequence", "stock_operation_"}),
]


@all_cases(("address", "indexes"), SUPPORT_PAGES)
def test_the_support_desk_reads_the_ledger_with_its_indexes(shop, address, indexes):
    _, ids = shop
    browser = Client()
    browser.force_login(User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("support"))
    operation = Operation.objects.filter(reference="order 700").get()
    recent = (datetime.now(UTC) - timedelta(days=2)).date()
    address = address.format(product=ids[7], owner=operation.owner_id, operation=operation.pk, recent=recent)
    plan = "\n".join(explain_request(browser, "GET", address).values())
    assert {index for index in indexes if f" {index}" in plan} == indexes, plan
    assert [table for table in ("stock_movement", "stock_operation") if f"Seq Scan on {table}" in plan] == [], plan
