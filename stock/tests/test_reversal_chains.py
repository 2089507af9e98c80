"""Statements that follow a chain of reversals read its operations by their keys, while an account has no statistics."""

from django.db import connection

from desk.reports.margins import AMOUNTS
from stock.models.sql import FIRST_REASON, IS_UNDONE
from testing.cast.people import client_of, make_product
from testing.laws.query_plans import analyze_tables
from trade.purchasing.models.sql import ARRIVED
from trade.purchasing.sql import SALES
from trade.selling import returns
from trade.selling.sql import FIRST

ADDRESS = "/api/stock/operations/"
OTHERS, CHAIN = 20_000, 20
ADD_OPERATIONS = """
INSERT INTO stock_operation (
    owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at
)
SELECT owner_id, performed_by_id, performer_id, 'other', '', '', now() - interval '1 year', now()
FROM stock_operation, generate_series(1, %s) WHERE id = %s
"""
ADD_MOVEMENTS = """
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
    value
)
SELECT owner_id, id, %s, 'Pot', number, 'IN', 1, number - 1, number, 0
FROM (
    SELECT owner_id, id, row_number() OVER (ORDER BY id) AS number FROM stock_operation
    WHERE owner_id = %s AND reason = 'other'
) AS operation
"""
COUNT_READ = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
WHERE relname IN ('stock_operation', 'stock_movement')
"""
RECEIPT = "SELECT 1 AS order_id, %(first)s::bigint AS operation_id"
WALKS = {
    "first": FIRST,
    "reason": f"SELECT {FIRST_REASON.format(operation='%(operation)s::bigint')}",
    "undone": f"SELECT {IS_UNDONE.format(operation='%(first)s::bigint')}",
    "sales": f"WITH RECURSIVE {SALES.format(period='id = %(first)s::bigint')} SELECT * FROM sale",
    "arrived": f"WITH RECURSIVE {ARRIVED.format(receipts=RECEIPT, products='', owner='%(owner)s::bigint')}"
    " SELECT * FROM received",
    "margins": f"{AMOUNTS} SELECT * FROM amount",
}  # fmt: skip


def execute(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def sell_and_add_others(client, owner):
    """Book a sale, add many operations without reversals to the account, and return the id of the sale."""
    line = {"product": make_product(owner, "Cup", quantity=1).pk, "movement_type": "OUT", "quantity": 1}
    sale = client.post(ADDRESS, {"lines": [line], "reason": "sale"}).json()["id"]
    execute(ADD_OPERATIONS, [OTHERS, sale])
    execute(ADD_MOVEMENTS, [make_product(owner, "Pot").pk, owner.pk])
    return sale


def count_read(statement, values):
    """Return how many operations and movements the statement has read."""
    [(before,)] = execute(COUNT_READ)
    execute(statement, values)
    return execute(COUNT_READ)[0][0] - before


def reverse(client, operation):
    return client.post(f"{ADDRESS}{operation}/reverse/")


def test_a_chain_is_followed_by_keys_in_a_fresh_account(alice, charlie):
    sell_and_add_others(client_of(charlie), charlie)
    analyze_tables()
    client = client_of(alice)
    first = operation = sell_and_add_others(client, alice)
    for _ in range(CHAIN):
        operation = reverse(client, operation).json()["id"]
    values = {"owner": alice.pk, "operation": operation, "first": first, "start": "2000-01-01", "end": "2100-01-01"}
    joined = "SELECT FROM stock_operation WHERE owner_id = %(owner)s AND id = %(first)s"
    assert count_read(joined, values) > OTHERS  # the negative control: the planner knows nothing about the account
    read = {
        name: count_read(statement, values) for name, statement in WALKS.items() if name not in ("sales", "margins")
    }
    assert [name for name, number in read.items() if number > 3 * CHAIN] == [], read
    # These read all operations of the period once.
    read = {name: count_read(WALKS[name], values) for name in ("sales", "margins")}
    assert [name for name, number in read.items() if number > 4 * OTHERS] == [], read


def test_a_chain_has_a_limit(as_alice, alice, monkeypatch):
    monkeypatch.setattr(returns, "MAX_REVERSALS", 2)
    line = {"product": make_product(alice, "Cup", quantity=1).pk, "movement_type": "OUT", "quantity": 1}
    operation = as_alice.post(ADDRESS, {"lines": [line]}).json()["id"]
    for _ in range(2):
        operation = reverse(as_alice, operation).json()["id"]
    refused = reverse(as_alice, operation)
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "too_many_reversals", 2)
