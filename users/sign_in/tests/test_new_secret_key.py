"""What outlives a new SECRET_KEY: everything but tokens, if SECRET_KEY_FALLBACKS lists the old one."""

import pytest
from django.test import Client

from testing.cast.codes import make_code
from testing.cast.factors import add_app, add_passkey, answer_challenge, find_secret
from testing.cast.people import PASSWORD, client_of
from users.models import Factor, FactorKind
from users.sign_in import password_services
from users.sign_in.factors import proving, services

OLD, NEW = "old-secret-key-" * 3, "new-secret-key-" * 3


@pytest.fixture
def old_key(settings):
    settings.SECRET_KEY = OLD
    return settings


def change_key(settings, *fallbacks):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, list(fallbacks)


def sign_in(code):
    """Sign in with the code, which may have been spent before. Return the response."""
    Factor.objects.filter(kind=FactorKind.TOTP).update(spent=0)
    step = client_of(None).post("/api/auth/login/", {"username": "alice", "password": PASSWORD}).json()
    return client_of(None).post("/api/auth/login/", {"challenge": step["challenge"], "code": code})


def test_an_app_works_on_and_needs_the_old_key_no_longer_after_its_next_code(old_key, alice):
    add_app(alice)
    secret = find_secret(alice)
    change_key(old_key, OLD)
    assert sign_in(make_code(secret)).status_code == 200
    change_key(old_key)
    assert sign_in(make_code(secret)).status_code == 200


def test_without_the_old_key_the_codes_of_an_app_are_wrong_and_recovery_codes_work(old_key, alice):
    add_app(alice)
    secret = find_secret(alice)
    recovery_code = services.renew_recovery_codes(alice)[0]
    change_key(old_key)
    assert proving.decrypt(Factor.objects.get(kind=FactorKind.TOTP).secret) is None
    assert sign_in(make_code(secret)).json()["code"] == "second_factor_wrong"
    assert sign_in(recovery_code).status_code == 200


def test_a_passkey_works_on_without_the_old_key(old_key, alice):
    add_passkey(alice)
    answer = answer_challenge(alice)
    change_key(old_key)
    assert client_of(None).post("/api/auth/passkey/", {"credential": answer}).status_code == 200


@pytest.mark.parametrize(("fallbacks", "status"), [([OLD], 200), ([], 401)])
def test_a_session_outlives_a_new_key_beside_the_old_one(old_key, alice, fallbacks, status):
    browser = Client()
    browser.force_login(alice)
    change_key(old_key, *fallbacks)
    assert browser.get("/api/users/me/").status_code == status


@pytest.mark.parametrize(("fallbacks", "is_valid"), [([OLD], True), ([], False)])
def test_a_link_outlives_a_new_key_beside_the_old_one(old_key, alice, fallbacks, is_valid):
    token = password_services.RESET.make_token(alice)
    change_key(old_key, *fallbacks)
    assert password_services.RESET.check_token(alice, token) is is_valid
