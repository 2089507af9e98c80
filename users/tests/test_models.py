"""The constraints of users in the database, and the model's methods."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.models import ProtectedError

from testing.cast.people import PASSWORD, make_user
from testing.tables import all_cases
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import User
from users.services import register


def violated_constraint(error):
    return error.value.__cause__.diag.constraint_name


def insert_user(**fields):
    """Insert a user by raw SQL, without the model's code."""
    row = {
        "username": "erin",
        "email": "",
        "phone": "",
        "role": "owner",
        "password": "",
        "first_name": "",
        "last_name": "",
        "is_active": True,
        "is_staff": False,
        "is_superuser": False,
        "date_joined": "2026-01-01T00:00:00Z",
        "employer_id": None,
        **fields,
    }
    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO users_user ({columns}) VALUES ({places})", list(row.values()))


@all_cases("name", ["ERIN", "Erin"])
@all_cases("active", [True, False])
def test_a_name_is_unique_ignoring_case(db, name, active):
    insert_user(username="erin", is_active=active)
    with pytest.raises(IntegrityError) as error:
        insert_user(username=name)
    assert violated_constraint(error) == "users_user_username"


def test_a_name_is_unique_ignoring_the_case_of_umlauts(db):
    insert_user(username="jörg")
    with pytest.raises(IntegrityError) as error:
        User.objects.create(username="JÖRG")
    assert violated_constraint(error) == "users_user_username"


@pytest.mark.quick
def test_an_e_mail_address_is_unique_ignoring_case(db):
    insert_user(username="first", email="erin@example.org")
    with pytest.raises(IntegrityError) as error:
        insert_user(username="second", email="ERIN@example.org")
    assert violated_constraint(error) == "users_user_email"


@all_cases("role", ["boss", "", "OWNER", "admin"])
def test_refuses_an_unknown_role(db, role):
    with pytest.raises(IntegrityError) as error:
        insert_user(role=role)
    assert violated_constraint(error) == "users_user_role"


@pytest.mark.quick
def test_an_owner_has_no_employer(alice):
    with pytest.raises(IntegrityError) as error:
        insert_user(role="owner", employer_id=alice.pk)
    assert violated_constraint(error) == "users_user_owner_unemployed"


@pytest.mark.quick
@all_cases("flag", ["is_staff", "is_superuser"])
def test_staff_has_no_employer(alice, flag):
    with pytest.raises(IntegrityError) as error:
        insert_user(role="worker", employer_id=alice.pk, **{flag: True})
    assert violated_constraint(error) == "users_user_staff_unemployed"


def test_a_worker_may_have_an_employer(alice):
    insert_user(username="first", role="worker", employer_id=alice.pk)
    insert_user(username="second", role="worker")
    assert set(User.objects.filter(role="worker").values_list("employer", flat=True)) == {alice.pk, None}


def test_constraints_have_messages_for_forms(alice, bob):
    bob.role = Role.OWNER
    with pytest.raises(ValidationError) as error:
        bob.full_clean()
    assert error.value.messages == ["An owner has no employer."]
    bob.role, bob.username = Role.WORKER, "ALICE"
    with pytest.raises(ValidationError, match=r"A user with that username already exists\."):
        bob.full_clean()


def test_an_owner_with_workers_or_rows_can_not_be_deleted(alice, bob, dora, kettle):
    with pytest.raises(ProtectedError):
        alice.delete()
    dora.delete()
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "bob"}


@all_cases("name", ["\uff45rin", "ERIN", "erin"])
def test_finds_a_user_by_name_ignoring_case_and_width(db, name):
    erin = make_user("erin")
    assert User.objects.get_by_natural_key(name) == erin


def test_finds_no_user_without_a_name(alice):
    for name in (None, "", "bob"):
        with pytest.raises(User.DoesNotExist):
            User.objects.get_by_natural_key(name)


def test_normalises_the_names_of_new_users(db):
    assert register(by=Caller(), username="\uff45rin", password=PASSWORD).username == "erin"
    assert User.objects.create_user("\uff46rank").username == "frank"


def test_the_id_of_an_account_is_its_owners(alice, bob, dora):
    assert (alice.account_id, bob.account_id, dora.account_id) == (alice.pk, alice.pk, None)


def test_active_users_may_sign_in_unless_their_employer_is_inactive(alice, bob, dora):
    assert alice.may_sign_in
    assert bob.may_sign_in
    assert dora.may_sign_in
    alice.is_active = False
    assert not alice.may_sign_in
    bob.employer = alice
    assert not bob.may_sign_in


def test_createsuperuser_makes_a_user_without_account(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="support", email="", interactive=False, verbosity=0)
    user = User.objects.get()
    assert (user.is_superuser, user.role, user.account_id) == (True, Role.WORKER, None)
    assert user.check_password(PASSWORD)
