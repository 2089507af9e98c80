"""On Citus, each statement of a request is a task of one server. `make live GROUND=citus` runs this file."""

import re

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from core.database.constraints import is_violated
from testing.cast.people import make_product
from testing.laws.walk import address_of, body_of, list_calls, send
from testing.tables import all_cases

ROLE = "charlie"
EXPLAINED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
# Statements with the temporary tables of an import, which exist only in the request's own connection. EXPLAIN there
# makes Citus abort the transaction. They have several steps; test_distribution_law.py checks that each names the owner.
NOT_EXPLAINED = re.compile(r"\b(product_import|import_skipped)\b")
TASKS = re.compile(r"Task Count: (\d+)")
FILTERS = {
    "after": "2026-01-01", "before": "2100-01-01", "recorded_after": "2026-01-01", "recorded_before": "2100-01-01",
    "from": "2026-01-01", "to": "2026-06-01", "as_of": "2026-06-01", "search": "x", "sku": "x", "barcode": "x",
    "category": "x", "reason": "sale", "reference": "x", "updated_after": "2026-01-01T00:00:00Z", "low_stock": "true",
    "in_stock": "false",
}  # fmt: skip
# The statements that several servers execute, by a part of their text, with the reason.
OF_SEVERAL_SERVERS: dict[str, str] = {}

pytestmark = [
    pytest.mark.skipif(not settings.DB_CITUS, reason="needs Citus: make live GROUND=citus"),
    pytest.mark.django_db(transaction=True),
]


def fetch_plan(link, sql, params):
    """Return the plan as Citus prints it.

    The values are part of the text, because Citus can't plan for unknown values.
    """
    with psycopg.ClientCursor(link) as cursor:
        return "\n".join(row[0] for row in cursor.execute(f"EXPLAIN {sql}", params))


class Explain:
    """An execute wrapper that asks Citus for the plan of each statement, and collects statements of several tasks.

    It asks on a separate connection, because a transaction that has written on the coordinator can't plan otherwise.
    """

    def __init__(self, other):
        self.other, self.explained, self.of_several = other, 0, []

    def __call__(self, execute, sql, params, many, context):
        if EXPLAINED.match(sql) and not NOT_EXPLAINED.search(sql):
            plan = fetch_plan(self.other.connection, sql, params)
            self.explained += 1
            is_exception = any(part in sql for part in OF_SEVERAL_SERVERS)
            if any(int(count) > 1 for count in TASKS.findall(plan)) and not is_exception:
                self.of_several.append(f"{sql}\n{plan}")
        return execute(sql, params, many, context)

    def take_found(self):
        """Return the statements of several tasks since the last time."""
        found, self.of_several = self.of_several, []
        return found


@pytest.fixture
def explain():
    other = connection.copy()
    other.ensure_connection()
    yield Explain(other)
    other.close()


@all_cases("call", [call for call in list_calls() if call.method == "GET"])
def test_every_statement_of_a_filter_is_a_task_of_one_server(world, call, explain):
    chosen = {name: value for name, value in FILTERS.items() if name in call.parameters("query")}
    client, address = world.client(ROLE), address_of(call, ROLE, world)
    with connection.execute_wrapper(explain):
        answers = [send(client, "GET", f"{address}?{name}={value}") for name, value in chosen.items()]
    assert all(answer.status < 500 for answer in answers)
    assert explain.take_found() == []


@all_cases("call", list_calls())
def test_every_statement_of_a_request_is_a_task_of_one_server(world, call, explain):
    key = {"Idempotency-Key": "k"} if "Idempotency-Key" in call.parameters("header") else {}
    client, address, body = world.client(ROLE), address_of(call, ROLE, world), body_of(call, ROLE, world)
    with connection.execute_wrapper(explain):
        answer = send(client, call.method, address, body, **key)
    assert answer.status < 500
    assert explain.take_found() == []


def test_finds_a_statement_of_several_servers(explain):
    """This is the negative control."""
    with connection.execute_wrapper(explain), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM stock_movement")
    assert len(explain.take_found()) == 1


def test_a_trigger_of_a_shard_refuses_a_value_and_names_the_constraint(alice):
    make_product(alice, "Tea")
    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute("UPDATE products_product SET price = -1 WHERE owner_id = %s", [alice.pk])
    assert is_violated(refused.value, "products_product_price")
