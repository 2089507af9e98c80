"""Those who work in a shop send every operation, and get what their roles allow: no costs, and no counts.

The laws of testing/laws/ hold of all responses.
"""

import pytest
from django.db import transaction

from inventory_api.tests.test_hidden_costs import find_costs
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Holding, MovementType, OperationReason
from testing.cast.shops import World
from testing.laws import responses
from testing.laws.record import FILES, KINDS, OPERATIONS, Kind, Record, keep_records
from testing.laws.walk import ROLES_IN_GROUP
from trade.selling.services import book
from trade.sheets.models import Sheet
from users.access.permissions import SIGNED_IN, is_in_group
from users.access.roles import RIGHTS, Right, Role

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.django_db]
PRIME = 15_485_863  # the number of pieces that are delivered after the sheet was opened
THRESHOLD = 32_452_843
EMPLOYEES = ["bob", "cora", "mona", "vera"]


@pytest.fixture(scope="module")
def record(shared_world):
    """Return a function that returns the record of a role. All tests of the module share the responses."""
    return keep_records(shared_world, {"cora": prepare_counts})


# --- Roles --------------------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.whole
@pytest.mark.parametrize("role", EMPLOYEES)
def test_every_employee_is_refused_what_the_table_refuses(record, role):
    assert responses.find_disagreements(record(role), Kind.FORBIDDEN) == set()


@pytest.mark.parametrize("role", EMPLOYEES)
def test_every_employee_may_send_what_the_table_allows(record, role):
    assert responses.find_disagreements(record(role), Kind.VALID) == set()


def test_finds_a_wrong_row_of_the_table(record, monkeypatch):
    """This is the negative control."""
    record("bob").get(*OPERATIONS)  # The walk follows the table that is right.
    monkeypatch.setitem(ROLES_IN_GROUP, Right.MANAGE_PRODUCTS, {"alice", "bob", "charlie"})
    wrong = {call for call, _, _ in responses.find_disagreements(record("bob"))}
    assert {"POST /api/suppliers/", "DELETE /api/products/{id}/"} <= wrong
    assert "PATCH /api/products/{id}/" not in wrong


@pytest.mark.quick
def test_finds_a_server_that_ignores_the_table(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr("users.access.permissions.is_in_group", lambda user, _: is_in_group(user, SIGNED_IN))
    for role in ("bob", "dora", "helen"):
        found = responses.find_disagreements(Record(world, role, {"/api/suppliers/", "/api/webhooks/"}))
        assert any(wanted == 403 for _, wanted, _ in found)


@pytest.mark.parametrize("law", responses.LAWS)
def test_the_law_holds_of_all_responses_to_a_worker(record, law):
    assert not responses.LAWS[law](record("bob"))


# --- Costs and counts ---------------------------------------------------------------------------------------


def list_costs(world):
    return responses.write_numbers(find_costs(world))


def prepare_counts(world: World) -> set[str]:
    """Deliver more of the products on the open sheet. Return the expected quantities that a counter must not see."""
    shop = world.shops["alice"]
    lines = [BookingLine(by_id(product.pk), MovementType.IN, PRIME) for product in shop.products]
    book(draft=OperationDraft(by=shop.owner, reason=OperationReason.PURCHASE), lines=lines)
    Sheet.objects.update(blind=False)
    products = type(shop.products[0]).objects.filter(pk__in=[product.pk for product in shop.products])
    products.update(min_threshold=THRESHOLD)
    held = Holding.objects.filter(owner=shop.owner).values_list("quantity", flat=True)
    numbers = {*products.values_list("quantity", flat=True), *held, PRIME, THRESHOLD}
    return responses.write_numbers(number for number in numbers if number >= 1000)


@pytest.fixture
def expected(world):
    """Return the numbers that a counter must not see: expected quantities and costs of products on the open sheet."""
    with transaction.atomic():
        numbers = prepare_counts(world)
        transaction.set_rollback(True)
    return numbers | list_costs(world)


def test_no_response_shows_a_worker_a_cost(world, record):
    assert responses.find_shown(record("bob").get(*KINDS["bob"], Kind.XLSX), list_costs(world)) == set()


def test_no_response_shows_a_counter_an_expected_quantity_or_a_cost(record, expected):
    assert responses.find_shown(record("cora").get(*KINDS["cora"]), expected) == set()


def test_the_owner_finds_the_costs(world):
    """This is the negative control. It finds the routes, files and pages with costs."""
    paths = {"/api/products/", "/api/products/{id}/", "/api/products/export/", "/api/stock/"}
    kinds = (Kind.VALID, Kind.PAGE, *FILES)
    found = responses.find_shown(Record(world, "alice", paths).get(*kinds), list_costs(world))
    addresses = {title.split()[1] for title in found}
    assert {address for address in addresses if address.startswith("/api/")} == paths
    assert any(address.startswith("/shop/form/products/") for address in addresses)
    assert {title.split()[2] for title in found} == {*kinds}


def test_control_without_the_rule_a_worker_reads_costs(world, monkeypatch):
    monkeypatch.setitem(RIGHTS, Role.WORKER, {Right.READ, Right.SEE_COSTS})
    paths = {"/api/products/", "/api/stock/"}
    found = responses.find_shown(Record(world, "bob", paths).get(Kind.VALID), list_costs(world))
    assert {title.split()[1] for title in found} == paths


@pytest.mark.parametrize("role", ["vera", "mona"])
def test_a_viewer_and_a_manager_find_expected_quantities(world, expected, role):
    """This is the negative control."""
    paths = {"/api/products/", "/api/stock/sheets/{id}/differences/"}
    found = responses.find_shown(Record(world, role, paths, prepare_counts).get(Kind.VALID), expected)
    assert {title.split()[1] for title in found} == paths


def test_finds_a_counter_that_reads(world, expected, monkeypatch):
    """This is the negative control."""
    monkeypatch.setitem(RIGHTS, Role.COUNTER, {Right.SEE_SHOP, Right.READ})
    paths = {"/api/products/", "/api/scan/", "/api/stock/sheets/{id}/file/"}
    found = responses.find_shown(Record(world, "cora", paths, prepare_counts).get(*OPERATIONS), expected)
    assert {title.split()[1] for title in found} == paths
