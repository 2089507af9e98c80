"""Every role sends every operation of the schema with a valid body. The server enforces the table of permissions."""

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
from users.access.permissions import SIGNED_IN, is_in_group
from users.access.roles import Right

pytestmark = pytest.mark.usefixtures("shared_world")


def find_disagreements(role, world):
    """Yield the operations whose outcome differs from the table: (operation, expected, actual)."""
    client = world.client(role)
    for call in list_calls():
        wanted = expected_outcome(call, role)
        answer = send_and_roll_back(client, call.method, address_of(call, role, world), body_of(call, role, world))
        if answer.outcome != wanted:
            yield f"{call}", wanted, answer.outcome


@pytest.mark.whole
@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_admitted_or_refused_as_the_table_says(world, role):
    assert set(find_disagreements(role, world)) == set()


def test_covers_all_operations_and_outcomes():
    assert len(list_calls_and_roles()) >= 64 * 7
    assert {expected_outcome(call, role) for call, role in list_calls_and_roles()} == {
        SUCCESS, 400, 401, 403, 404, 409,
    }  # fmt: skip


@pytest.mark.check
def test_finds_a_wrong_row_of_the_table(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setitem(ROLES_IN_GROUP, Right.MANAGE_PRODUCTS, {"alice", "bob", "charlie"})
    wrong = {call for call, _, _ in find_disagreements("bob", world)}
    assert {"POST /api/suppliers/", "DELETE /api/products/{id}/"} <= wrong
    assert "PATCH /api/products/{id}/" not in wrong


def test_finds_a_server_that_ignores_the_table(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr("users.access.permissions.is_in_group", lambda user, _: is_in_group(user, SIGNED_IN))
    for role in ("bob", "dora", "helen"):
        assert any(wanted == 403 for _, wanted, _ in find_disagreements(role, world))
