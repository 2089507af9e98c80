"""How second factors are stored: the rules of the tables, transactions, and a change of SECRET_KEY."""

import pytest
from django.db import IntegrityError, connection, transaction

from testing.cast.factors import (
    LOGIN,
    add_app,
    begin_app,
    begin_sign_in,
    find_secret,
    make_passkey,
    show_code,
    sign_in,
)
from testing.cast.people import client_of
from testing.tables import all_cases
from users.access.permissions import Caller
from users.models import Challenge, Factor, FactorKind, Purpose, User
from users.sign_in.factors import services
from users.sign_in.factors.passkeys import issue_challenge

pytestmark = pytest.mark.django_db
FACTORS = "/api/users/me/factors/"


# --- The tables -----------------------------------------------------------------------------------------------


COLUMNS = "(user_id, kind, name, secret, credential, spent, codes, created_at, confirmed_at)"
INSERT_FACTOR = f"INSERT INTO users_factor {COLUMNS} VALUES (%s, %s, '', '', %s, 0, '{{}}', now(), now())"
INSERT_CHALLENGE = "INSERT INTO users_challenge (digest, purpose, user_id, expires_at) VALUES (%s, %s, %s, now())"


def execute(statement, *rows):
    with transaction.atomic(), connection.cursor() as cursor:
        for row in rows:
            cursor.execute(statement, row)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@all_cases(
    ("constraint", "rows"),
    [
        ("users_factor_kind_once", [(None, "totp", None)] * 2),
        ("users_factor_kind_once", [(None, "recovery", None)] * 2),
        ("users_factor_credential", [(None, "passkey", b"1")] * 2),
        ("users_factor_kind", [(None, "sms", None)]),
        ("users_factor_passkey_credential", [(None, "passkey", None)]),
        ("users_factor_passkey_credential", [(None, "totp", b"1")]),
        ("users_factor_user_id", [(0, "totp", None)]),
    ],
)
def test_the_database_refuses_factors_that_break_a_rule(alice, constraint, rows):
    with pytest.raises(IntegrityError, match=constraint):
        execute(INSERT_FACTOR, *[(alice.pk if user is None else user, kind, key) for user, kind, key in rows])


@all_cases(
    ("constraint", "rows"),
    [
        ("users_challenge_pkey", [("a" * 64, "passkey", None)] * 2),
        ("users_challenge_user_id", [("a" * 64, "passkey", 0)]),
    ],
)
def test_the_database_refuses_challenges_that_break_a_rule(db, constraint, rows):
    with pytest.raises(IntegrityError, match=constraint):
        execute(INSERT_CHALLENGE, *rows)


def test_the_tables_store_no_secret_as_it_is(alice):
    recovery = add_app(alice)
    challenge = begin_sign_in(alice)["challenge"]
    stored = str(list(Factor.objects.values())) + str(list(Challenge.objects.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(encode(secret, 'escape'), ''), '') FROM users_factor")
        stored += cursor.fetchone()[0]
    secret = find_secret(alice)
    for text in (challenge, recovery[0], recovery[0].replace("-", ""), str(secret), secret.hex()):
        assert text not in stored


# --- Writes that fail halfway ---------------------------------------------------------------------------------


class Broken(Exception):
    pass


def fail(*args, **kwargs):
    raise Broken


def rows():
    factors = Factor.objects.order_by("pk").values_list("pk", "spent", "codes", "confirmed_at", "ends_at")
    return [*factors], User.objects.values_list("pk", "second_factor_since"), Challenge.objects.count()


@all_cases("name", ["end_challenges", "tell_user", "set_since", "renew_recovery_codes"])
def test_a_factor_is_added_as_a_whole_or_not_at_all(alice, monkeypatch, name):
    begin_app(alice)
    credential = make_passkey(alice, "new")
    before, factor = str(rows()), Factor.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr(services, name, fail)
        with pytest.raises(Broken):
            services.confirm_totp(by=Caller(alice), user=alice, factor_id=factor.pk, code=show_code(alice))
        with pytest.raises(Broken):
            services.add_passkey(
                by=Caller(alice), user=alice, name="new", credential=credential, origin="http://testserver"
            )
    assert str(rows()) == before


def test_a_factor_is_removed_as_a_whole_or_not_at_all(alice, monkeypatch):
    add_app(alice)
    before, app = str(rows()), Factor.objects.get(kind=FactorKind.TOTP)
    monkeypatch.setattr(services, "tell_user", fail)
    for remove in (
        lambda: services.remove_factor(by=Caller(alice), user=alice, factor_id=app.pk),
        lambda: services.remove_all_factors(by=Caller(alice), user=alice),
        lambda: services.let_factors_end(by=Caller(alice), user=alice),
        lambda: services.make_recovery_codes(by=Caller(alice), user=alice),
    ):
        with pytest.raises(Broken):
            remove()
    assert str(rows()) == before


def test_a_code_and_its_challenge_are_spent_together(alice, monkeypatch):
    recovery = add_app(alice)
    challenge = issue_challenge(Purpose.SECOND_STEP, alice)
    before = str(rows())
    client = client_of(None)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("users.events.services.record_security_event", fail)
        assert client.post(LOGIN, {"challenge": challenge, "code": recovery[0]}).status_code == 500
    assert str(rows()) == before
    assert client.post(LOGIN, {"challenge": challenge, "code": recovery[0]}).status_code == 200


# --- A change of SECRET_KEY -----------------------------------------------------------------------------------


def test_an_app_goes_on_after_a_change_of_the_secret_key_with_a_fallback(alice, settings):
    add_app(alice)
    code, former = show_code(alice), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 64, [former]
    assert sign_in(alice, code=code).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert find_secret(alice)  # the use has encrypted it by the new key


def test_without_a_fallback_apps_end_and_other_factors_go_on(alice, settings):
    recovery = add_app(alice)
    code, settings.SECRET_KEY = show_code(alice), "k" * 64
    assert sign_in(alice, code=code).json()["code"] == "second_factor_wrong"
    assert sign_in(alice, code=recovery[0]).status_code == 200
