"""The quantities on order of products, and the statements that read them. Shops that have sent no order need none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from testing.cast.orders import make_supplier, post, send_order, write_order
from testing.cast.people import make_product
from testing.laws.query_plans import walk
from trade.purchasing import services
from trade.purchasing.lines import OrderedLine, ReceivedLine
from trade.purchasing.models import Order
from trade.purchasing.models.sql import ON_ORDER_BY_PRODUCT
from trade.selling.services import book


def read_on_order(client, product):
    """Return the quantity on order, as a list, a filtered list and a single row have it."""
    single = client.get(f"/api/products/{product.pk}/").json()
    for query in ({}, {"search": product.name}):
        rows = client.get("/api/products/", {**query, "page_size": 100}).json()["results"]
        assert [row for row in rows if row["id"] == product.pk] == [single]
    low = client.get("/api/products/alerts/").json()["low_stock"]
    assert [row for row in low if row["id"] == product.pk] in ([], [single])
    return single["on_order"]


def test_what_is_outstanding_of_sent_orders_is_on_order(as_alice, mill, kettle):
    assert read_on_order(as_alice, kettle) == 0
    drafted = write_order(as_alice, mill, kettle)
    assert read_on_order(as_alice, kettle) == 0
    post(as_alice, drafted, "send")
    other = send_order(as_alice, mill, kettle, quantity=7)
    assert read_on_order(as_alice, kettle) == 12
    operation = post(as_alice, other, "receive", lines=[{"product": kettle.pk, "quantity": 3}]).json()
    assert read_on_order(as_alice, kettle) == 9
    as_alice.post(f"/api/stock/operations/{operation['id']}/reverse/", {})
    assert read_on_order(as_alice, kettle) == 12
    post(as_alice, other, "close")
    assert read_on_order(as_alice, kettle) == 5
    post(as_alice, drafted, "receive")
    assert read_on_order(as_alice, kettle) == 0


def test_more_than_ordered_takes_nothing_from_another_order(as_alice, mill, kettle):
    first, _ = (send_order(as_alice, mill, kettle) for _ in range(2))
    post(as_alice, first, "receive", lines=[{"product": kettle.pk, "quantity": 8}])
    assert read_on_order(as_alice, kettle) == 5


def test_products_the_report_and_orders_agree_on_what_is_outstanding(as_alice, alice, mill):
    pot = make_product(alice, "Pot", 0, min_threshold=100)
    write_order(as_alice, mill, pot, quantity=1)
    more, part, _, closed = (send_order(as_alice, mill, pot, quantity=quantity) for quantity in (2, 4, 8, 16))
    for order in (more, part, closed):
        post(as_alice, order, "receive", lines=[{"product": pot.pk, "quantity": 3}])
    post(as_alice, closed, "close")
    orders = as_alice.get("/api/purchase-orders/").json()["results"]
    [shown] = [row for row in as_alice.get("/api/reports/reorder/").json()["results"] if row["product"] == pot.pk]
    outstanding = [
        as_alice.get(f"/api/purchase-orders/{order['id']}/").json()["lines"][0]["outstanding"] for order in orders
    ]
    assert sorted(outstanding) == [0, 0, 0, 1, 8]
    assert read_on_order(as_alice, pot) == shown["on_order"] == 9


def test_a_product_that_is_low_shows_what_is_on_order(as_alice, alice, mill):
    pot = make_product(alice, "Pot", 1, min_threshold=5)
    send_order(as_alice, mill, pot)
    assert [row["on_order"] for row in as_alice.get("/api/products/alerts/").json()["low_stock"]] == [5]
    assert read_on_order(as_alice, pot) == 5


def test_another_shop_s_orders_do_not_count(as_alice, as_charlie, charlie, mill, kettle):
    send_order(as_charlie, make_supplier(charlie), make_product(charlie, "Pot"))
    assert read_on_order(as_alice, kettle) == 0


def list_statements(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured]


def test_a_list_of_products_takes_one_statement_more_while_an_order_is_sent(as_alice, mill, kettle):
    write_order(as_alice, mill, kettle)
    list_statements(as_alice, "/api/products/")
    before = len(list_statements(as_alice, "/api/products/"))
    sent = send_order(as_alice, mill, kettle)
    assert len(list_statements(as_alice, "/api/products/")) == before + 1
    post(as_alice, sent, "close")
    assert len(list_statements(as_alice, "/api/products/")) == before


@pytest.fixture
def pot(alice):
    """Return a product with many movements, and an order of which some has arrived."""
    pot = make_product(alice, "Pot", 10)
    order = services.create_order(by=alice, supplier=make_supplier(alice), lines=[OrderedLine(by_id(pot.pk), 5)])
    services.send_order(by=alice, pk=order.pk)
    services.receive(by=alice, pk=order.pk, lines=[ReceivedLine(by_id(pot.pk), 1)])
    lines = [BookingLine(by_id(pot.pk), movement_type, 1) for movement_type in ("IN", "OUT")]
    for _ in range(400):
        book(draft=OperationDraft(by=alice, reason="other"), lines=lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE stock_movement, stock_operation, purchasing_order, purchasing_orderline, purchasing_receipt"
        )
    return pot


def test_the_movements_of_deliveries_alone_are_read(alice, pot):
    with connection.cursor() as cursor:
        values = {"owner": alice.pk, "products": f"{{{pot.pk}}}"}
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {ON_ORDER_BY_PRODUCT}", values)
        [plans] = cursor.fetchone()
        cursor.execute(ON_ORDER_BY_PRODUCT, values)
        assert cursor.fetchall() == [(pot.pk, 4)]
    nodes = list(walk(plans[0]["Plan"]))
    assert [node["Actual Rows"] for node in nodes if node.get("Relation Name") == "stock_movement"] == [1]
    assert "stock_movement_by_operation" in {node.get("Index Name") for node in nodes}


def count_statements(function, **arguments):
    with CaptureQueriesContext(connection) as captured:
        function(**arguments)
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_the_statements_of_an_order_do_not_depend_on_its_lines(alice, mill):
    pots = [make_product(alice, f"Pot {number}", min_threshold=0) for number in range(40)]
    counts = []
    for some in (pots[:1], pots):
        lines = [OrderedLine(by_id(pot.pk), 3) for pot in some]
        counts.append(count_statements(services.create_order, by=alice, supplier=mill, lines=lines))
        order = Order.objects.latest("id")
        counts.append(count_statements(services.send_order, by=alice, pk=order.pk))
        counts.append(count_statements(services.receive, by=alice, pk=order.pk))
    assert counts[:3] == counts[3:]
