"""Every operation of the schema, sent by every role with a valid body: the server enforces the table of permissions."""

import pytest

from testing.shops import ROLES
from testing.walk import (
    ROLES_IN_GROUP,
    SUCCESS,
    address_of,
    body_of,
    expected_outcome,
    list_calls,
    list_calls_and_roles,
    send_and_roll_back,
)
from users.permissions import OWNERS, SIGNED_IN, is_in_group

pytestmark = pytest.mark.usefixtures("shared_world")


def actual_outcome(call, role, world):
    return send_and_roll_back(
        world.client(role), call.method, address_of(call, role, world), body_of(call, role, world)
    ).outcome


def find_disagreements(role, world):
    """Return the operations whose outcome differs from the table: (operation, expected, actual)."""
    found = {(f"{call}", expected_outcome(call, role), actual_outcome(call, role, world)) for call in list_calls()}
    return {(call, wanted, actual) for call, wanted, actual in found if wanted != actual}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_admitted_or_refused_as_the_table_says(world, role):
    assert find_disagreements(role, world) == set()


def test_covers_all_operations_and_outcomes():
    assert len(list_calls_and_roles()) >= 64 * 7
    assert {expected_outcome(call, role) for call, role in list_calls_and_roles()} == {SUCCESS, 400, 401, 403, 404}


def test_finds_a_wrong_row_of_the_table(world, monkeypatch):
    """Negative control."""
    monkeypatch.setitem(ROLES_IN_GROUP, OWNERS, {"alice", "bob", "charlie"})
    wrong = {call for call, _, _ in find_disagreements("bob", world)}
    assert {"POST /api/suppliers/", "DELETE /api/products/{id}/"} <= wrong
    assert "PATCH /api/products/{id}/" not in wrong


def test_finds_a_server_that_ignores_the_table(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr("users.permissions.is_in_group", lambda user, _: is_in_group(user, SIGNED_IN))
    for role in ("bob", "dora", "helen"):
        assert {wanted for _, wanted, _ in find_disagreements(role, world)} >= {403}
