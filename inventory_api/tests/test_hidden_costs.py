"""No response tells a worker what the shop pays for its goods. This covers every route, file, page and event."""

import io
import re
from contextvars import Context
from decimal import Decimal
from zipfile import ZipFile

import pytest
from django.db.models import DecimalField

from core.fields import COST_FIELDS, are_costs_shown
from inventory_api.tests.test_tenancy_leaks import READS, read_everything, send_all_writes
from testing.shops import OWNED, rows_of
from testing.walk import address_of, send
from users.access.roles import RIGHTS, Right, Role

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.check]
PRICES = {"price", "unit_price"}  # customers pay these, and workers may see them
COLUMNS = [
    ("products.Product", "cost_price"),
    ("products.Product", "stock_value"),
    ("stock.Movement", "value"),
    ("purchasing.OrderLine", "unit_cost"),
]
MIN_SECRET = Decimal(10_000)  # smaller amounts occur by chance


def find_costs(world):
    """Return the amounts of Alice's shop that workers must not see: those in its columns, and those computed
    from them.
    """
    rows = [row for rows in rows_of(world.own_shop("alice").owner).values() for row in rows]
    amounts = [(name, value) for row in rows for name, value in row.items() if isinstance(value, Decimal)]
    shown = {value for name, value in amounts if name in PRICES}
    # The costs of the lines of orders.
    computed = {row["quantity"] * row["unit_cost"] for row in rows if row.get("unit_cost")}
    hidden = {value for name, value in amounts if name not in PRICES} | computed
    return {value for value in hidden - shown if value >= MIN_SECRET}


def write_pattern(amount):
    """Return the pattern of an amount in any notation: 1234.50, 1,234.50, 1 234,50."""
    whole, cents = f"{amount:.2f}".split(".")
    return r"[,.'\s]?".join(whole) + "[.,]" + cents


def find_answers_with_costs(answers, costs):
    """Return the titles of the answers that contain one of the amounts."""
    pattern = re.compile(rf"(?<!\d)({'|'.join(map(write_pattern, sorted(costs)))})(?!\d)")
    return {title for title, answer in answers if pattern.search(answer.content)}


def read_workbooks(world, role):
    """Yield title and answer of every workbook, with the text of its sheets as content."""
    client = world.client(role)
    for call in READS:
        if "format" in call.parameters("query"):
            response = client.get(address_of(call, role, world), {"format": "xlsx"})
            if response.headers.get("Content-Type", "").endswith("sheet"):
                with ZipFile(io.BytesIO(response.getvalue())) as book:
                    text = "\n".join(book.read(name).decode() for name in book.namelist())
                yield f"{call} xlsx", send(client, "GET", "/healthz")._replace(content=text)


def test_each_amount_is_known_as_a_price_or_hidden():
    """A new amount must be hidden from workers, unless it is named here."""
    names = {field.name for model in OWNED for field in model._meta.local_fields if isinstance(field, DecimalField)}
    assert names == {*PRICES, "cost_price", "stock_value", "value", "unit_cost", "cost"}


def test_fields_that_hide_costs_have_the_known_names(schema):
    """A stored response relies on the names to hide costs from a worker."""
    hidden = {
        name
        for part in schema["components"]["schemas"].values()
        for name, field in part.get("properties", {}).items()
        if re.search("null.*for workers", field.get("description", ""), re.IGNORECASE)
    }
    assert hidden == COST_FIELDS


def test_the_shop_of_the_walk_has_costs(world):
    costs = find_costs(world)
    rows = rows_of(world.own_shop("alice").owner)
    for model, name in COLUMNS:
        assert costs & {row[name] for row in rows[model]}, name


def test_a_worker_reads_no_cost(world):
    assert find_answers_with_costs(read_everything(world, "bob"), find_costs(world)) == set()


def test_a_worker_reads_no_cost_in_a_workbook(world):
    assert find_answers_with_costs(read_workbooks(world, "bob"), find_costs(world)) == set()


def test_no_response_to_a_write_shows_a_worker_a_cost(world):
    assert find_answers_with_costs(send_all_writes(world, "bob"), find_costs(world)) == set()


def test_the_owner_finds_the_costs(world):
    """This is the negative control. It finds the routes, files and pages with costs."""
    paths = {"/api/products/", "/api/products/{id}/", "/api/products/export/", "/api/stock/"}
    found = find_answers_with_costs(read_everything(world, "alice", paths), find_costs(world))
    assert {title.split()[1] for title in found} >= paths
    assert {title.split()[-1] for title in found} >= {"application/json", "text/html"}
    assert find_answers_with_costs(read_workbooks(world, "alice"), find_costs(world)) != set()


def test_control_without_the_rule_a_worker_reads_costs(world, monkeypatch):
    monkeypatch.setitem(RIGHTS, Role.WORKER, {Right.READ, Right.SEE_COSTS})
    paths = {"/api/products/", "/api/stock/"}
    found = find_answers_with_costs(read_everything(world, "bob", paths), find_costs(world))
    assert {title.split()[1] for title in found} >= paths


def test_without_a_decision_costs_are_hidden():
    assert Context().run(are_costs_shown) is False


def test_the_decision_ends_with_its_request(world):
    """The next request may be served by the same thread."""
    assert "cost_price" in world.client("alice").get("/api/products/").text
    assert not are_costs_shown()
