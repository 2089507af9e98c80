"""A user that the connection has read before is read again only if its row or its employer's has changed (ADR 76)."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.database.citus import base as citus
from core.database.postgres import base
from testing.cast.people import make_user
from testing.tables import all_cases
from users.models import User

pytestmark = pytest.mark.django_db


def find(user):
    """Return the user, and for each statement whether it has read whole rows."""
    with CaptureQueriesContext(connection) as statements:
        found = User.find(user.pk)
    return found, ["password" in statement["sql"] for statement in statements]


@pytest.mark.quick
def test_a_known_user_is_what_was_read(bob):
    first, known = User.find(bob.pk), User.find(bob.pk)
    assert find(bob)[1] == [False]
    for one, other in ((first, known), (first.employer, known.employer)):
        assert {**vars(one), "_state": None} == {**vars(other), "_state": None}
        assert (other._state.db, other._state.adding) == ("default", False)


@pytest.mark.quick
@all_cases("changed", ["bob", "alice"])
def test_a_change_of_either_row_is_read(bob, changed):
    User.find(bob.pk)
    User.objects.filter(username=changed).update(phone="7")
    found, whole = find(bob)
    assert whole == [False, True]
    assert "7" in (found.phone, found.employer.phone)
    assert find(bob)[1] == [False]


def test_what_a_request_changes_in_its_user_is_not_kept(bob):
    User.objects.filter(pk=bob.employer_id).update(tiles=[{"product": 7}], uses=["orders on"])
    user = User.find(bob.pk)
    user.role, user.employer.phone = "owner", "7"
    user.employer.uses.append("lots on")
    user.employer.tiles[0]["product"] = 8
    known = User.find(bob.pk)
    assert (known.role, known.employer.phone, known.employer.uses) == ("worker", "", ["orders on"])
    assert known.employer.tiles == [{"product": 7}]


def test_a_user_that_is_deleted_is_not_found():
    user = make_user("zoe")
    User.find(user.pk)
    User.objects.filter(pk=user.pk)._raw_delete("default")
    assert User.find(user.pk) is None


def test_a_connection_knows_a_limited_number_of_users(alice, bob, charlie, monkeypatch):
    monkeypatch.setattr(base, "MAX_KNOWN_ROWS", 2)
    for user in (alice, bob, charlie):
        User.find(user.pk)
    assert len(connection.known_rows) <= 2


@all_cases(("wrapper", "is_pooled", "known"), [(base, False, 1), (base, True, 0), (citus, False, 0)])
def test_no_user_is_known_where_statements_may_go_to_several_servers(wrapper, is_pooled, known):
    settings = {**connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS": is_pooled}
    other = wrapper.DatabaseWrapper(settings, "other")
    other.connect()
    other.keep_row(7, ())
    assert len(other.known_rows) == known
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_knows_no_user():
    user = make_user("zoe")
    User.find(user.pk)
    assert find(user)[1] == [False]
    connection.close()
    connection.connect()
    assert find(user)[1] == [True]


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_has_read_is_forgotten_at_its_end():
    user = make_user("zoe")
    with transaction.atomic():
        User.find(user.pk)
        assert find(user)[1] == [False]
    assert find(user)[1] == [True]
