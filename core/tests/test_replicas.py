"""Reads from a replica: the routes that use it, when the primary serves instead, and that nothing is written there.

The replica of these tests is a second connection to the same database. inventory_api/tests/test_replica.py has a
standby.
"""

import logging

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from psycopg import errors

from core.database import replicas
from core.database.settings import TimeLimits, configure_connection, configure_replica
from core.database.transactions import atomic_reads
from core.files import writers
from core.http import downloads
from products.models import Product
from stock.models import Lot
from suppliers.models import Supplier
from testing.laws.routes import list_api_routes
from testing.tables import all_cases, each_value
from web.view_bases import ReplicaReads

pytestmark = [pytest.mark.django_db(transaction=True)]

ALIAS = "replica"
CURRENT, LATE, OTHER = "SELECT true, true", "SELECT true, false", "SELECT false, true"
ROUTES = [
    "/api/stock/", "/api/stock/operations/", "/api/stock/reservations/", "/api/stock/seals/", "/api/stock/counts/",
    "/api/purchase-orders/",
    "/api/item-changes/", "/api/changes/", "/api/products/import/refused/",
    "/api/stock/history/<row_id:product_id>/",
    "/api/products/<row_id:product_id>/movements/", "/api/stock/verify/", "/api/products/", "/api/products/export/",
    "/api/items/", "/api/items/levels/", "/api/categories/", "/api/fields/", "/api/groups/", "/api/kits/",
    "/api/recipes/",
    "/api/customers/", "/api/suppliers/", "/api/locations/", "/api/lots/", "/api/lots/<row_id:pk>/trace/",
    "/api/products/<row_id:product_id>/purchases/",
    "/api/suppliers/<row_id:supplier_id>/price-list/", "/api/tills/catalogue/", "/api/closings/", "/api/taxes/",
    "/api/offers/", "/api/invoices/", "/api/price-groups/", "/api/quotes/",
    "/api/dashboard/", "/api/products/alerts/", "/api/products/<row_id:product_id>/statement/", "/api/stock/levels/",
    *(route.address for route in list_api_routes() if route.address.startswith("/api/reports/")),
]  # fmt: skip


@pytest.fixture
def replica(monkeypatch, settings):
    """Make a second connection to the tests' database a replica that is current."""
    connections[ALIAS] = connection.copy(ALIAS)
    settings.DATABASE_ROUTERS = ["core.database.replicas.ReplicaRouter"]
    added = replicas.Replica(ALIAS)
    monkeypatch.setattr(replicas, "REPLICAS", {ALIAS: added})
    monkeypatch.setattr(replicas, "REPLICA_POSITION", CURRENT)
    yield added
    connections[ALIAS].close()
    del connections[ALIAS]


def count_statements(client, address, **parameters):
    """Return the response and the numbers of statements on the primary and on the replica."""
    with CaptureQueriesContext(connection) as primary, CaptureQueriesContext(connections[ALIAS]) as replica:
        response = client.get(address, parameters)
        if response.streaming:
            b"".join(response.streaming_content)
    return response, len(primary), len(replica)


def logged(caplog):
    return [record.fields["reason"] for record in caplog.records if record.name == "inventory_api.replicas"]


def fails_once(monkeypatch, error):
    """Make the replica's next statement that reads products fail with psycopg's error."""
    failed = []

    def run(execute, sql, params, many, context):
        if context["connection"].alias == ALIAS and "products_product" in sql and not failed:
            failed.append(sql)
            raise OperationalError(str(error)) from error
        return execute(sql, params, many, context)

    monkeypatch.setattr(connections[ALIAS], "execute_wrappers", [run])


def test_the_routes_are_those_that_the_list_names():
    assert sorted(route.address for route in list_api_routes() if may_read_from_a_replica(route)) == sorted(ROUTES)


def may_read_from_a_replica(route):
    actions = getattr(resolve(route.address_for(1)).func, "actions", None) or {"get": "get"}
    return issubclass(route.view, ReplicaReads) and actions.get("get") in route.view.replica_actions


@all_cases("address", ROUTES)
def test_a_route_reads_everything_but_the_user_from_the_replica(replica, as_alice, kettle, address):
    lot, _ = Lot.objects.get_or_create(owner=kettle.owner, product=kettle, code="H26")
    mill, _ = Supplier.objects.get_or_create(owner=kettle.owner, name="Mill")
    ids = {"product_id": kettle, "pk": lot, "supplier_id": mill}
    for name, row in ids.items():
        address = address.replace(f"<row_id:{name}>", str(row.pk))
    expected = as_alice.get(address)
    response, on_primary, on_replica = count_statements(as_alice, address)
    assert response.status_code == expected.status_code == 200
    assert (on_primary, on_replica > 1) == (2, True)  # the primary reads the user and the position
    assert replicas.get_alias() == replicas.PRIMARY


def test_filters_read_from_the_replica_as_well(replica, as_alice, kettle):
    for address, parameters in (
        ("/api/stock/", {"after": "2020-01-01T00:00:00Z", "before": "2030-01-01T00:00:00Z"}),
        ("/api/products/", {"search": "kettle", "ordering": "name"}),
        ("/api/products/export/", {"format": "xlsx"}),
        ("/api/reports/movements/", {"format": "csv"}),
        ("/api/stock/levels/", {"as_of": "2020-01-01T00:00:00Z"}),
    ):
        response, on_primary, on_replica = count_statements(as_alice, address, **parameters)
        assert (response.status_code, on_primary, on_replica > 1) == (200, 2, True), address


def test_single_rows_and_writes_use_the_primary(replica, as_alice, kettle):
    for address in (f"/api/products/{kettle.pk}/", "/api/users/", "/api/users/events/", "/api/account/"):
        response, _, on_replica = count_statements(as_alice, address)
        assert (response.status_code, on_replica) == (200, 0), address
    with CaptureQueriesContext(connections[ALIAS]) as captured:
        line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1}
        assert as_alice.post("/api/stock/", line).status_code == 201
        assert as_alice.post("/api/categories/", {"name": "Tea"}).status_code == 201
    assert len(captured) == 0


def test_a_comparison_reads_from_the_replica_though_it_is_a_post(replica, as_alice, kettle, monkeypatch):
    body = {"source": "web shop", "position": 0, "lines": [{"product": kettle.pk, "quantity": kettle.quantity}]}
    for is_away, on_replica in ((False, True), (True, False)):
        if is_away:
            fails_once(monkeypatch, errors.AdminShutdown("bye"))
        with (
            CaptureQueriesContext(connections["default"]) as primary,
            CaptureQueriesContext(connections[ALIAS]) as captured,
        ):
            answer = as_alice.post("/api/stock/comparisons/", body, format="json")
        assert (answer.status_code, answer.json()["differ"][0]["unexplained"]) == (200, -kettle.quantity)
        assert (len(primary) == 2) == on_replica
        assert captured


def test_an_unknown_user_is_refused_without_a_question_to_the_replica(replica, as_nobody):
    response, _, on_replica = count_statements(as_nobody, "/api/products/")
    assert (response.status_code, on_replica) == (401, 0)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [(LATE, replicas.LAGS), (OTHER, replicas.NO_REPLICA), ("SELECT nonsense", "does not exist")],
)
def test_the_primary_serves_and_one_line_is_logged(replica, as_alice, monkeypatch, caplog, statement, reason):
    monkeypatch.setattr(replicas, "REPLICA_POSITION", statement)
    caplog.set_level(logging.INFO)
    for _ in range(3):
        assert as_alice.get("/api/products/").status_code == 200
    [line] = logged(caplog)
    assert reason in line
    lines = [record.fields["read_from"] for record in caplog.records if record.name == "inventory_api.request"]
    assert lines == ["default"] * 3


def test_a_paused_replica_is_not_asked_and_serves_again_afterwards(replica, as_alice, monkeypatch):
    replica.pause(60, "away")
    assert count_statements(as_alice, "/api/suppliers/")[1:] == (2, 0)  # the primary reads the user and the suppliers
    replica.resting_until = 0.001  # the pause ended long ago
    assert count_statements(as_alice, "/api/suppliers/")[1:] == (2, 2)
    assert replica.resting_until == 0


def test_only_one_thread_tries_a_replica_after_its_pause(replica):
    replica.resting_until = 0.001
    assert [replica.may_be_asked(), replica.may_be_asked()] == [True, False]


def test_another_replica_serves_while_one_rests(replica, monkeypatch, as_alice):
    resting = replicas.Replica("replica_2")
    resting.pause(60, "away")
    monkeypatch.setitem(replicas.REPLICAS, "replica_2", resting)
    assert [replicas.choose_alias() for _ in range(10)] == [ALIAS] * 10


def test_nothing_is_read_from_a_replica_of_a_server_that_is_no_primary(replica, monkeypatch, caplog):
    monkeypatch.setattr(replicas, "PRIMARY_POSITION", "SELECT 1 WHERE false")
    assert replicas.choose_alias() == replicas.PRIMARY
    assert logged(caplog) == [replicas.NO_PRIMARY]


@each_value(
    ("error", "address"),
    [errors.SerializationFailure("conflict with recovery"), errors.AdminShutdown("bye")],
    ["/api/products/", "/api/products/export/", "/api/dashboard/", "/api/items/"],
)
def test_a_read_that_fails_is_repeated_on_the_primary(replica, as_alice, kettle, monkeypatch, caplog, error, address):
    fails_once(monkeypatch, error)
    response = as_alice.get(address)
    assert response.status_code == 200
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert b"Kettle" in content or address == "/api/dashboard/"
    assert logged(caplog) == [str(error)]
    assert replica.may_be_asked() == isinstance(error, errors.SerializationFailure)


def test_a_statement_that_takes_too_long_is_not_repeated(replica, as_alice, kettle, monkeypatch):
    fails_once(monkeypatch, errors.QueryCanceled("statement timeout"))
    response = as_alice.get("/api/products/")
    assert (response.status_code, response.json()["code"]) == (503, "took_too_long")


def test_an_error_of_the_repetition_is_answered_as_usual(replica, as_alice, kettle, monkeypatch):
    fails_once(monkeypatch, errors.AdminShutdown("bye"))
    response = as_alice.get("/api/products/", {"page": 99})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_streamed_response_keeps_its_database_and_others_are_not_affected(replica, as_alice, kettle, monkeypatch):
    monkeypatch.setattr(writers, "ROWS_AT_A_TIME", 1)
    monkeypatch.setattr(downloads, "LINES_PER_BATCH", 1)
    response = as_alice.get("/api/products/export/")
    content = iter(response.streaming_content)
    assert replicas.get_alias() == replicas.PRIMARY
    with CaptureQueriesContext(connection) as primary, CaptureQueriesContext(connections[ALIAS]) as captured:
        assert b"Kettle" in b"".join(content)
    assert (len(primary), len(captured)) == (0, 2)  # the replica reads the product, and the batch that finds no more
    assert replicas.get_alias() == replicas.PRIMARY


def test_the_router_writes_to_the_primary_even_while_reading_from_the_replica(replica, kettle):
    with replicas.read_from(ALIAS):
        product = Product.objects.get(pk=kettle.pk)
        assert product._state.db == Product.objects.all().db == ALIAS
        product.name = "Pot"
        with CaptureQueriesContext(connections[ALIAS]) as captured:
            product.save(update_fields=["name"])
        assert product.owner.pk == kettle.owner_id
    assert len(captured) == 0
    router = replicas.ReplicaRouter()
    assert [router.allow_migrate(alias, "stock") for alias in ("default", ALIAS)] == [True, False]
    assert router.allow_relation(product, kettle)


def test_a_transaction_that_only_reads_is_one_of_the_replica(replica):
    @atomic_reads
    def list_open_transactions():
        return [each.in_atomic_block for each in (connection, connections[ALIAS])]

    with replicas.read_from(ALIAS):
        assert list_open_transactions() == [False, True]


def test_the_request_log_counts_the_statements_of_both(replica, as_alice, caplog):
    caplog.set_level(logging.INFO)
    as_alice.get("/api/suppliers/")
    [fields] = [record.fields for record in caplog.records if record.name == "inventory_api.request"]
    assert (fields["read_from"], fields["statements"]) == (ALIAS, 4)


def test_without_a_replica_nothing_is_asked_and_nothing_is_logged(as_alice, caplog):
    caplog.set_level(logging.INFO)
    with CaptureQueriesContext(connection) as captured:
        as_alice.get("/api/suppliers/")
    assert len(captured) == 2  # the user and the suppliers: a page without suppliers is not read
    [fields] = [record.fields for record in caplog.records if record.name == "inventory_api.request"]
    assert "read_from" not in fields


def test_the_position_of_the_primary_is_one_that_a_replica_can_be_asked_for():
    position, timeline, system = replicas.fetch_row(replicas.PRIMARY, replicas.PRIMARY_POSITION)
    assert ("/" in position, len(timeline), system > 0) == (True, 8, True)
    parameters = {"position": position, "timeline": timeline, "system": system}
    # The connection is that of a primary.
    assert replicas.fetch_row(replicas.PRIMARY, replicas.REPLICA_POSITION, parameters) == (False, False)


def test_a_replica_is_waited_for_at_most_two_seconds():
    configured = configure_replica(configure_connection({"NAME": "shop"}, TimeLimits(5, 3, 10), 5))
    assert (configured["OPTIONS"]["connect_timeout"], configured["TEST"]) == (2, {"MIRROR": "default"})
    assert "statement_timeout=5s" in configured["OPTIONS"]["options"]
