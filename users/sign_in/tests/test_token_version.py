"""Every change of password or activity, even by SQL, ends all tokens of the user permanently."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.db import connection
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import User
from users.sign_in import password_services, tokens

NEW = "another-horse-8"


def are_accepted(pair):
    """Return whether the access token is accepted, and whether the refresh token is."""
    read = client_of(None).get("/api/", headers={"Authorization": f"Bearer {pair['access']}"})
    traded = client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]})
    return read.status_code == 200, traded.status_code == 200


def activate(*users):
    """Activate the users by a query, without the services."""
    User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=True)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def change_own_password(alice, bob):
    body = {"old_password": PASSWORD, "new_password": NEW}
    assert client_of(bob).post("/api/auth/password/", body).status_code == 200


def change_password_as_owner(alice, bob):
    assert client_of(alice).patch(f"/api/users/{bob.pk}/", {"password": NEW}).status_code == 200


def deactivate_as_owner(alice, bob):
    assert client_of(alice).patch(f"/api/users/{bob.pk}/", {"is_active": False}).status_code == 200


def delete_as_owner(alice, bob):
    assert client_of(alice).delete(f"/api/users/{bob.pk}/").status_code == 204


def delete_oneself(alice, bob):
    assert client_of(bob).delete("/api/users/me/").status_code == 204


def close_account(alice, bob):
    assert client_of(alice).delete("/api/users/me/").status_code == 204


def change_password_as_support(alice, bob):
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert sign_in_support().post(f"/admin/users/user/{bob.pk}/password/", form).status_code == 302


def remove_password_as_support(alice, bob):
    form = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "on"}
    assert sign_in_support().post(f"/admin/users/user/{bob.pk}/password/", form).status_code == 302


def deactivate_as_support(alice, bob):
    form = {"username": "bob", "role": "worker", "employer": alice.pk, "phone": "", "email": ""}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    assert sign_in_support().post(f"/admin/users/user/{bob.pk}/change/", form | joined).status_code == 302


def sign_in_support():
    client = Client()
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    return client


def change_password_by_command(alice, bob):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changepassword.Command, "_get_pass", lambda *_: NEW)
        call_command("changepassword", "bob", verbosity=0)


def save_whole_row(alice, bob):
    bob.set_password(NEW)
    bob.save()


def update_in_bulk(alice, bob):
    bob.is_active = False
    User.objects.bulk_update([bob], ["is_active"])


def update_by_query(alice, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)


def update_by_sql(alice, bob):
    sql("UPDATE users_user SET password = %s WHERE id = %s", make_password(NEW), bob.pk)


CHANGES = [
    change_own_password, change_password_as_owner, deactivate_as_owner, delete_as_owner, delete_oneself, close_account,
    change_password_as_support, remove_password_as_support, deactivate_as_support, change_password_by_command,
    save_whole_row, update_in_bulk, update_by_query, update_by_sql,
]  # fmt: skip


@all_cases("change_user", CHANGES)
def test_ends_earlier_tokens_permanently(alice, bob, capsys, change_user):
    pair = tokens.issue_tokens(bob)
    change_user(alice, bob)
    assert are_accepted(pair) == (False, False)
    activate(alice, bob)
    assert are_accepted(pair) == (False, False)
    bob.refresh_from_db()
    assert are_accepted(tokens.issue_tokens(bob)) == (True, True)


@all_cases("fields", [{"phone": "1"}, {"last_login": "2026-01-01T00:00Z"}, {"is_active": True}, {"employer": None}])
def test_other_changes_do_not_end_tokens(bob, fields):
    pair = tokens.issue_tokens(bob)
    User.objects.filter(pk=bob.pk).update(**fields)
    bob.refresh_from_db()
    bob.save()
    assert are_accepted(pair) == (True, True)


def test_the_error_of_an_ended_token_says_what_to_do(alice, as_alice):
    password_services.change_password(by=Caller(alice), user=alice, old_password=PASSWORD, new_password=NEW)
    response = as_alice.get("/api/")
    assert response.status_code == 401
    assert response.json() == {
        "detail": "The token ended when the password was changed or the user was deactivated. Sign in again.",
        "code": "token_revoked",
    }


def test_saving_a_stale_row_does_not_restore_an_old_version(bob):
    stale = User.objects.get(pk=bob.pk)
    services.deactivate(by=Caller(), user=bob)
    stale.save()
    assert User.objects.get(pk=bob.pk).token_version == stale.token_version == 2


def test_the_version_can_be_raised_but_not_lowered(bob):
    pair = tokens.issue_tokens(bob)
    User.objects.filter(pk=bob.pk).update(token_version=5)
    assert are_accepted(pair) == (False, False)
    User.objects.filter(pk=bob.pk).update(token_version=0)
    assert User.objects.get(pk=bob.pk).token_version == 5


def test_without_the_trigger_an_ended_token_would_work_again(bob):
    """This is the negative control: only the trigger increments the version."""
    pair = tokens.issue_tokens(bob)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE users_user DISABLE TRIGGER users_user_token_version")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert are_accepted(pair) == (False, False)
    activate(bob)
    assert are_accepted(pair) == (True, True)


def test_a_sign_in_overtaken_by_a_new_password_returns_invalid_tokens(alice):
    signed_in = authenticate(None, username="alice", password=PASSWORD)
    password_services.change_password(by=Caller(alice), user=alice, old_password=PASSWORD, new_password=NEW)
    assert are_accepted(tokens.issue_tokens(signed_in)) == (False, False)


def test_a_sign_in_that_renews_the_hash_returns_valid_tokens(alice):
    User.objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    pair = client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD}).json()
    assert are_accepted(pair) == (True, True)


def test_an_ended_session_does_not_work_again(bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get("/api/").status_code == 200
    services.deactivate(by=Caller(), user=bob)
    services.change_user(by=Caller(), user=bob, is_active=True)
    assert browser.get("/api/").status_code == 401


def test_reads_user_and_employer_in_one_statement(as_alice, as_bob, django_assert_num_queries):
    for client in (as_alice, as_bob):
        with django_assert_num_queries(1):
            assert client.get("/api/").status_code == 200
