"""Every operation of the schema, sent by everybody with a body that works: the table of permissions as it is kept."""

import pytest

from testing.shops import ROLES
from testing.walk import (
    ROLES_IN_GROUP,
    SUCCESS,
    address_of,
    body_of,
    expected_outcome,
    list_calls,
    list_cells,
    send_and_roll_back,
)
from users.permissions import OWNERS, SIGNED_IN, is_in_group


def outcome(call, role, world):
    return send_and_roll_back(
        world.client(role), call.method, address_of(call, role, world), body_of(call, role, world)
    ).outcome


def disagreements(role, world):
    """Where the server's answer is another one than the table asks for."""
    found = {(f"{call}", expected_outcome(call, role), outcome(call, role, world)) for call in list_calls()}
    return {(call, wanted, got) for call, wanted, got in found if wanted != got}


@pytest.mark.parametrize("role", ROLES)
def test_everybody_is_let_in_or_refused_as_the_table_says(world, role):
    assert disagreements(role, world) == set()


def test_the_walk_does_not_shrink():
    assert len(list_cells()) >= 64 * 7
    assert {expected_outcome(call, role) for call, role in list_cells()} == {SUCCESS, 401, 403, 404}


def test_the_walk_sees_a_line_of_the_table_that_is_wrong(world, monkeypatch):
    """Negative control."""
    monkeypatch.setitem(ROLES_IN_GROUP, OWNERS, {"alice", "bob", "charlie"})
    wrong = {call for call, _, _ in disagreements("bob", world)}
    assert {"POST /api/suppliers/", "DELETE /api/products/{id}/"} <= wrong
    assert "PATCH /api/products/{id}/" not in wrong


def test_the_walk_sees_a_server_that_does_not_read_the_table(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr("users.permissions.is_in_group", lambda user, _: is_in_group(user, SIGNED_IN))
    for role in ("bob", "dora", "helen"):
        assert {wanted for _, wanted, _ in disagreements(role, world)} >= {403}
