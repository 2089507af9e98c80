"""Changes of API keys, e-mail addresses, passwords and factors need a proof younger than PROOF_SECONDS."""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from testing.cast.authenticator import Authenticator
from testing.cast.factors import add_app, add_passkey, answer_challenge, begin_app, show_code
from testing.cast.people import PASSWORD, client_of, client_with_key, make_key, make_tokens
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.permissions import Caller
from users.models import ApiKey, Factor, FactorKind, Purpose, User
from users.sign_in.factors import services
from users.sign_in.factors.passkeys import issue_challenge

pytestmark = [pytest.mark.django_db]
FACTORS = "/api/users/me/factors/"
PROOF = "/api/auth/proof/"
KEY = {"name": "till", "scope": "read"}
NEW_PASSWORD = "coffee-at-noon-7"


def client_with_token(raw):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
    return client


def client_with_old_proof(user, seconds=settings.PROOF_SECONDS):
    """Return a client that has signed in, and proven its factor, so many seconds ago."""
    token = AccessToken(make_tokens(user)["access"])
    for name in ("iat", "auth_time", "proved_at"):
        if name in token:
            token[name] -= seconds
    return client_with_token(token)


def list_changes(alice, bob):
    """Return method, address and body of each request that needs a fresh proof of Alice."""
    key, waiting = make_key(alice)[0], begin_app(alice)
    passkey = Authenticator("another").make(issue_challenge(Purpose.NEW_PASSKEY, alice))
    changes = [
        ("post", "/api/keys/", KEY),
        ("post", f"/api/keys/{key.pk}/roll/", {"overlap_hours": 1}),
        ("patch", "/api/users/me/", {"email": "new@example.org"}),
        ("patch", f"/api/users/{bob.pk}/", {"email": "bob@example.org"}),
        ("patch", f"/api/users/{bob.pk}/", {"password": NEW_PASSWORD}),
        ("patch", "/api/account/", {"second_factor": "required"}),
        ("post", f"{FACTORS}totp/{waiting.pk}/confirm/", {"code": show_code(alice)}),
        ("post", f"{FACTORS}passkeys/options/", {}),
        ("post", f"{FACTORS}passkeys/", {"name": "new", "credential": passkey}),
        ("delete", f"/api/users/{bob.pk}/factors/", None),
    ]
    if alice.second_factor_since:
        own = Factor.objects.get(user=alice, kind=FactorKind.PASSKEY)
        changes += [
            ("post", "/api/auth/password/", {"old_password": PASSWORD, "new_password": NEW_PASSWORD}),
            ("post", f"{FACTORS}recovery/", {}),
            ("delete", f"{FACTORS}{own.pk}/", None),
        ]
    return changes


def send(client, method, address, body):
    return getattr(client, method)(address, body, "json")


@pytest.mark.quick
@all_cases("has_factor", [False, True])
def test_these_changes_need_a_fresh_proof(alice, bob, has_factor):
    if has_factor:
        add_passkey(alice)
    old = client_with_old_proof(alice)
    for change in list_changes(alice, bob):
        answer = send(old, *change)
        assert (answer.status_code, answer.json().get("code")) == (403, "proof_required"), change
    assert not ApiKey.objects.exclude(name="till 1").exists()
    alice.refresh_from_db()
    assert (alice.email, alice.second_factor) == ("alice@example.org", "optional")


@all_cases("has_factor", [False, True])
def test_a_fresh_proof_suffices(alice, bob, has_factor):
    if has_factor:
        add_passkey(alice)
    changes = list_changes(alice, bob)
    ending = [change for change in changes if "password" in change[1] or "confirm" in change[1]]
    for change in [one for one in changes if one not in ending]:
        alice.refresh_from_db()
        answer = send(client_of(alice), *change)
        assert answer.status_code < 300, (change, answer.content)


def test_a_token_is_a_proof_until_the_seconds_are_over(alice):
    """So programs that sign in with a password, and then create a key, go on."""
    client = client_with_old_proof(alice, settings.PROOF_SECONDS - 5)
    assert client.post("/api/keys/", KEY).status_code == 201


def refresh(token, age=0):
    """Refresh a token whose sign-in and proof are so many seconds old, twice. Return the new pair."""
    token = RefreshToken(token)
    for name in ("iat", "auth_time", "proved_at"):
        if name in token:
            token[name] -= age
    pair = {"refresh": str(token)}
    for _ in range(2):
        pair = APIClient().post("/api/auth/refresh/", {"refresh": pair["refresh"]}).json()
    return pair


@all_cases("has_factor", [False, True])
@all_cases(("age", "status"), [(settings.PROOF_SECONDS - 60, 201), (settings.PROOF_SECONDS, 403)])
def test_a_refreshed_token_is_as_old_a_proof_as_its_sign_in(alice, has_factor, age, status):
    """Otherwise whoever has stolen a refresh token could add a second factor, and lock the user out."""
    if has_factor:
        add_app(alice)
        User.objects.update(second_factor_since=timezone.now() - timedelta(days=1))
    pair = refresh(make_tokens(alice)["refresh"], age)
    assert client_with_token(pair["access"]).post("/api/keys/", KEY).status_code == status


def test_a_refresh_token_of_release_1_0_0_gives_no_proof(alice):
    token = RefreshToken(make_tokens(alice)["refresh"])
    del token["auth_time"]
    pair = refresh(str(token))
    assert client_with_token(pair["access"]).post(f"{FACTORS}totp/", {}).json()["code"] == "proof_required"


def test_other_changes_need_none(alice, bob):
    old = client_with_old_proof(alice)
    assert old.patch("/api/users/me/", {"phone": "1234567", "email": alice.email}).status_code == 200
    assert old.patch("/api/account/", {"name": "Tea", "second_factor": "optional"}).status_code == 200
    key, _ = make_key(alice)
    assert old.delete(f"/api/keys/{key.pk}/").status_code == 204
    assert old.get(FACTORS).status_code == 200


@pytest.mark.quick
def test_a_password_without_a_factor_is_changed_by_the_old_password_as_before(alice):
    old = client_with_old_proof(alice)
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert old.post("/api/auth/password/", body).json().keys() == {"access", "refresh", "token"}


@all_cases("address", ["/api/account/hand-over/", "/api/account/close/"])
def test_a_shop_is_not_handed_over_and_not_closed_with_an_old_proof(alice, bob, address):
    """Otherwise a password and a token from before the first factor would suffice to take or to remove the shop."""
    before = client_of(alice)
    add_app(alice)
    body = {"user": bob.pk, "password": PASSWORD} if "hand" in address else {"password": PASSWORD}
    for client in (before, client_with_old_proof(alice)):
        assert client.post(address, body).json()["code"] == "proof_required"
    assert client_of(alice).post(address, body).status_code in (200, 202)


def test_without_a_factor_the_password_hands_a_shop_over_and_closes_it_as_before(alice, bob):
    old = client_with_old_proof(alice)
    assert old.post("/api/account/close/", {"password": PASSWORD}).status_code == 202
    assert old.delete("/api/account/close/").status_code == 204
    assert old.post("/api/account/hand-over/", {"user": bob.pk, "password": PASSWORD}).status_code == 200


def test_a_proof_of_former_factors_is_none(alice):
    add_app(alice)
    client = client_of(alice)
    services.remove_all_factors(by=Caller(alice), user=alice)
    add_passkey(alice)
    assert client.post("/api/keys/", KEY).json()["code"] == "proof_required"


# --- Giving a proof -----------------------------------------------------------------------------------------


def prove(client, **body):
    return client.post(PROOF, body, "json")


def test_a_password_is_the_proof_of_a_user_without_a_factor(alice):
    answer = prove(client_with_old_proof(alice), password=PASSWORD)
    assert (answer.status_code, answer.json().keys()) == (200, {"access"})
    assert client_with_token(answer.json()["access"]).post("/api/keys/", KEY).status_code == 201


def test_a_code_or_a_passkey_is_the_proof_of_a_user_with_a_factor(alice):
    add_app(alice)
    add_passkey(alice)
    for proof in ({"code": show_code(alice)}, {"credential": answer_challenge(alice)}):
        answer = prove(client_with_old_proof(alice), **proof)
        assert client_with_token(answer.json()["access"]).post("/api/keys/", KEY).status_code == 201


def test_a_password_is_no_proof_of_a_user_with_a_factor(alice):
    add_app(alice)
    for body in ({"password": PASSWORD}, {"password": PASSWORD, "code": ""}, {}):
        assert prove(client_with_old_proof(alice), **body).status_code == 400


def test_a_wrong_proof_is_refused_and_counted(settings, alice, charlie):
    settings.LOGIN_TRIES_PER_USER = 3
    old = client_with_old_proof(alice)
    assert prove(old, password="wrong-horse-7").json() == {"password": ["This is not your password."]}
    add_app(alice)
    add_passkey(charlie)
    old = client_with_old_proof(alice)
    assert prove(old, code=show_code(alice, 20)).json()["code"] == "second_factor_wrong"
    assert prove(old, credential=answer_challenge(charlie)).json()["code"] == "second_factor_wrong"
    assert prove(old, code=show_code(alice)).status_code == 429


def test_a_code_that_has_signed_in_is_no_proof_again(alice):
    add_app(alice)
    code = show_code(alice)
    old = client_with_old_proof(alice)
    assert [prove(old, code=code).status_code for _ in range(2)] == [200, 401]


def test_a_key_gives_no_proof(alice):
    answer = prove(client_with_key(alice), password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


def test_a_session_keeps_the_proof_itself(alice):
    browser = Browser(alice)
    session = browser.client.session
    session["proved_at"] = time.time() - settings.PROOF_SECONDS
    session.save()
    headers = {"Accept": "application/json", "X-CSRFToken": csrf_token(browser)}
    sent = {"content_type": "application/json", "headers": headers}
    assert browser.client.post("/api/keys/", KEY, **sent).json()["code"] == "proof_required"
    assert browser.client.post(PROOF, {"password": PASSWORD}, **sent).status_code == 200
    assert browser.client.post("/api/keys/", KEY, **sent).status_code == 201


def test_a_session_without_the_time_of_a_proof_has_none(alice):
    browser = Browser()
    browser.client.force_login(User.objects.get(pk=alice.pk))
    headers = {"Accept": "application/json", "X-CSRFToken": csrf_token(browser)}
    answer = browser.client.post("/api/keys/", KEY, content_type="application/json", headers=headers)
    assert answer.json()["code"] == "proof_required"


def csrf_token(browser):
    browser.get_page("/api/keys/")
    return browser.client.cookies["csrftoken"].value


# --- Forms of the pages -------------------------------------------------------------------------------------


@pytest.fixture
def browser(alice):
    """Return a browser of Alice, whose proof is old."""
    browser = Browser(alice)
    let_proof_age(browser)
    return browser


def let_proof_age(browser):
    session = browser.client.session
    session["proved_at"] = time.time() - settings.PROOF_SECONDS
    session.save()


def test_a_form_is_shown_again_with_a_field_for_the_password(browser):
    page = browser.post("/api/keys/", name="till")
    assert page.status_code == 403
    assert 'name="_proof"' in page.text
    assert 'value="till"' in page.text
    assert not ApiKey.objects.exists()


def test_a_form_with_the_password_is_saved_and_later_ones_need_none(browser):
    assert browser.post("/api/keys/", name="till", _proof="wrong-horse-7").status_code == 403
    assert browser.post("/api/keys/", name="till", _proof=PASSWORD).status_code == 201
    assert browser.post("/api/keys/", name="till 2").status_code == 201


def test_a_form_of_a_user_with_a_factor_needs_a_code(alice):
    add_app(alice)
    browser = Browser(alice)
    let_proof_age(browser)
    assert browser.post("/api/keys/", name="till", _proof=PASSWORD).status_code == 403
    assert browser.post("/api/keys/", name="till", _proof=show_code(alice)).status_code == 201


def test_a_form_with_a_password_of_its_own_says_that_the_proof_is_wrong(browser, bob):
    form = partial(browser.put, f"/api/users/{bob.pk}/", password=NEW_PASSWORD)
    assert 'name="_proof"' in form().text
    refused = form(_proof="wrong-horse-7")
    assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (403, 0)
    assert "this is not your password" in refused.text
    assert form(_proof=PASSWORD).status_code == 303
    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)


def test_the_form_that_removes_a_factor_asks_for_a_code(alice):
    add_app(alice)
    app = Factor.objects.get(user=alice, kind=FactorKind.TOTP)
    browser, form = Browser(alice), f"/shop/delete{FACTORS.removeprefix('/api')}{app.pk}/"
    let_proof_age(browser)
    assert 'name="_proof"' in browser.send_task(form).text
    assert browser.send_task(form, _proof=show_code(alice)).headers["Location"] == FACTORS
    assert not Factor.objects.filter(pk=app.pk).exists()


def test_guesses_in_a_form_are_counted(settings, browser):
    settings.LOGIN_TRIES_PER_USER = 2
    for _ in range(2):
        assert browser.post("/api/keys/", name="till", _proof="wrong-horse-7").status_code == 403
    assert browser.post("/api/keys/", name="till", _proof=PASSWORD).status_code == 429
    assert not ApiKey.objects.exists()
