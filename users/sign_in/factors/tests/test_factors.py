"""Adding and using second factors: what counts, what ends, and what people are told."""

import pytest
from django.core import mail

from testing.cast.authenticator import Authenticator, authenticator_of
from testing.cast.codes import make_code
from testing.cast.factors import (
    LOGIN,
    add_app,
    add_passkey,
    answer_challenge,
    begin_app,
    begin_sign_in,
    find_secret,
    fresh,
    make_passkey,
    show_code,
    sign_in,
)
from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.access.permissions import Caller
from users.models import Challenge, Factor, FactorKind, Purpose, SecurityEvent, User
from users.sign_in import tokens
from users.sign_in.factors import proving, services
from users.sign_in.factors.passkeys import issue_challenge

pytestmark = pytest.mark.django_db
FACTORS = "/api/users/me/factors/"


def events_of(user):
    return [event.kind for event in SecurityEvent.objects.filter(user=user).order_by("pk")]


# --- Adding ---------------------------------------------------------------------------------------------------


def test_an_app_is_added_by_its_first_code(as_alice, alice):
    made = as_alice.post(f"{FACTORS}totp/", {"name": "phone"})
    assert (made.status_code, made.json().keys()) == (201, {"id", "secret", "uri", "svg"})
    assert made.json()["uri"].startswith("otpauth://totp/testserver:alice?")
    assert (as_alice.get(FACTORS).json()["results"], fresh(alice).second_factor_since) == ([], None)
    answer = as_alice.post(f"{FACTORS}totp/{made.json()['id']}/confirm/", {"code": show_code(alice)})
    assert (answer.status_code, len({*answer.json()["recovery_codes"]})) == (200, 10)
    app, recovery = client_of(fresh(alice)).get(FACTORS).json()["results"]
    assert app | {"id": 0, "created_at": "", "last_used_at": None} == {
        "id": 0, "kind": "totp", "name": "phone", "created_at": "", "last_used_at": None,
    }  # fmt: skip
    assert (recovery["kind"], recovery["left"]) == ("recovery", 10)


def test_a_wrong_first_code_adds_nothing(as_alice, alice):
    factor = begin_app(alice)
    answer = as_alice.post(f"{FACTORS}totp/{factor.pk}/confirm/", {"code": show_code(alice, 20)})
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_wrong")
    assert fresh(alice).second_factor_since is None


def test_the_code_that_has_confirmed_an_app_does_not_sign_in(alice):
    factor, code = begin_app(alice), show_code(alice)
    services.confirm_totp(by=Caller(alice), user=alice, factor_id=factor.pk, code=code)
    assert sign_in(alice, code=code).json()["code"] == "second_factor_wrong"


def test_a_user_has_one_app(as_alice, alice):
    begin_app(alice)
    assert as_alice.post(f"{FACTORS}totp/", {}).status_code == 201  # it takes the place of the one that waits
    add_app(alice)
    assert client_of(alice).post(f"{FACTORS}totp/", {}).json()["code"] == "factor_exists"


def test_the_first_code_of_a_new_app_ends_the_app_that_it_replaces(alice):
    add_app(alice)
    lost, client = find_secret(alice), client_of(alice)
    made = client.post(f"{FACTORS}totp/", {"replace": True}).json()
    assert sign_in(alice, code=make_code(lost)).status_code == 200
    answer = client.post(f"{FACTORS}totp/{made['id']}/confirm/", {"code": show_code(alice)})
    assert (answer.status_code, answer.json()) == (200, {"recovery_codes": []})
    assert sign_in(alice, code=make_code(lost, step=1)).json()["code"] == "second_factor_wrong"
    assert Factor.objects.get(kind=FactorKind.TOTP).pk == made["id"]


@pytest.mark.quick
def test_a_passkey_is_added_with_recovery_codes_if_it_is_the_first_factor(as_alice, alice):
    options = as_alice.post(f"{FACTORS}passkeys/options/").json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    body = {"name": "laptop", "credential": authenticator_of(alice).make(options["challenge"])}
    answer = as_alice.post(f"{FACTORS}passkeys/", body, "json")
    assert (answer.status_code, len(answer.json()["recovery_codes"])) == (201, 10)
    again = {"name": "another", "credential": make_passkey(alice, "another")}
    answer = client_of(fresh(alice)).post(f"{FACTORS}passkeys/", again, "json")
    assert (answer.status_code, answer.json()["recovery_codes"]) == (201, [])


@all_cases("switches", [{"origin": "https://example.org"}, {"host": "example.org"}, {"verified": False}])
def test_a_passkey_that_a_browser_would_not_make_is_refused(as_alice, alice, switches):
    body = {"name": "laptop", "credential": make_passkey(alice, "new", **switches)}
    answer = as_alice.post(f"{FACTORS}passkeys/", body, "json")
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_wrong")
    assert not Factor.objects.exists()


def test_a_new_passkey_needs_a_challenge_of_its_user(as_alice, alice, charlie):
    for challenge in (issue_challenge(Purpose.NEW_PASSKEY, charlie), issue_challenge(Purpose.PASSKEY), "x" * 43):
        body = {"name": "laptop", "credential": Authenticator("new").make(challenge)}
        assert as_alice.post(f"{FACTORS}passkeys/", body, "json").json()["code"] == "challenge_expired"


def test_a_passkey_belongs_to_one_user(as_charlie, alice, charlie):
    add_passkey(alice)
    body = {"name": "copy", "credential": authenticator_of(alice).make(issue_challenge(Purpose.NEW_PASSKEY, charlie))}
    answer = as_charlie.post(f"{FACTORS}passkeys/", body, "json")
    assert (answer.status_code, answer.json()["code"]) == (409, "factor_exists")


def test_a_user_has_ten_factors_at_most(alice):
    add_app(alice)  # The recovery codes are another factor.
    for number in range(8):
        services.add_passkey(
            by=Caller(alice), user=alice, name="key", credential=make_passkey(alice, number),
            origin="http://testserver",
        )  # fmt: skip
    client = client_of(alice)
    for answer in (
        client.post(f"{FACTORS}passkeys/options/"),
        client.post(f"{FACTORS}passkeys/", {"name": "key", "credential": make_passkey(alice, "11th")}, "json"),
    ):
        assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "too_many_factors", 10)
    assert Factor.objects.filter(user=alice).count() == services.MAX_FACTORS == 10


def test_an_app_is_no_eleventh_factor(alice):
    for number in range(9):
        services.add_passkey(
            by=Caller(alice), user=alice, name="key", credential=make_passkey(alice, number),
            origin="http://testserver",
        )  # fmt: skip
    assert Factor.objects.filter(user=alice).count() == 10
    assert client_of(fresh(alice)).post(f"{FACTORS}totp/", {}).json()["code"] == "too_many_factors"


@pytest.mark.quick
def test_recovery_codes_need_another_factor(as_alice):
    answer = as_alice.post(f"{FACTORS}recovery/")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_factor")


def test_new_recovery_codes_end_the_old_ones(alice):
    old = add_app(alice)
    new = client_of(alice).post(f"{FACTORS}recovery/").json()["recovery_codes"]
    assert sign_in(alice, code=old[0]).status_code == 401
    assert sign_in(alice, code=new[0]).status_code == 200


# --- Using ----------------------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_code_is_right_in_its_step_and_one_either_side(alice, monkeypatch, steps, status):
    add_app(alice)
    moment = proving.time.time() // 30 * 30 + 45  # the middle of the next step
    monkeypatch.setattr("users.sign_in.factors.proving.time.time", lambda: moment)
    monkeypatch.setattr("testing.cast.codes.time.time", lambda: moment)
    assert sign_in(alice, code=show_code(alice, steps)).status_code == status


def test_a_code_ends_the_earlier_ones(alice):
    add_app(alice)
    assert sign_in(alice, code=show_code(alice, 1)).status_code == 200
    assert sign_in(alice, code=show_code(alice)).status_code == 401


@pytest.mark.quick
@all_cases("write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_recovery_code_may_be_typed_in_other_ways(alice, write):
    assert sign_in(alice, code=write(add_app(alice)[3])).status_code == 200
    assert Factor.objects.get(user=alice, kind=FactorKind.RECOVERY).left == 9


def test_an_unconfirmed_app_signs_nobody_in(alice):
    add_passkey(alice)
    begin_app(alice)
    assert sign_in(alice, code=show_code(alice)).status_code == 401
    assert begin_sign_in(alice)["kinds"] == ["passkey", "recovery"]


def test_a_wrong_answer_leaves_the_challenge_and_a_right_one_ends_it(alice):
    add_app(alice)
    body = {"challenge": begin_sign_in(alice)["challenge"]}
    assert client_of(None).post(LOGIN, {**body, "code": show_code(alice, 20)}).status_code == 401
    assert client_of(None).post(LOGIN, {**body, "code": show_code(alice)}).status_code == 200
    answer = client_of(None).post(LOGIN, {**body, "code": show_code(alice, 1)})
    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_expired")


def test_a_challenge_ends_with_a_change_of_password_factors_or_activity(alice, bob):
    add_app(bob)

    def set_password():
        bob.set_password(PASSWORD)
        bob.save(update_fields=["password"])

    for change in (
        set_password,
        lambda: add_passkey(bob),
        lambda: User.objects.filter(pk=bob.pk).update(is_active=False),
    ):
        challenge = begin_sign_in(fresh(bob))["challenge"]
        change()
        Factor.objects.filter(kind=FactorKind.TOTP).update(spent=0)
        answer = client_of(None).post(LOGIN, {"challenge": challenge, "code": show_code(bob)})
        assert answer.json()["code"] == "challenge_expired"


def test_a_restored_backup_ends_challenges(alice):
    add_app(alice)
    begin_sign_in(alice)
    issue_challenge(Purpose.PASSKEY)
    tokens.end_all_tokens()
    assert not Challenge.objects.exists()


# --- Events and mail ------------------------------------------------------------------------------------------


def test_each_change_and_use_is_a_security_event(alice):
    codes_of_alice = add_app(alice)
    add_passkey(alice)
    sign_in(alice, code=codes_of_alice[0])
    client_of(None).post("/api/auth/passkey/", {"credential": answer_challenge(alice)}, "json")
    services.remove_all_factors(by=Caller(alice), user=alice)
    assert events_of(alice) == [
        "factor_added", "factor_added", "recovery_code_used", "passkey_used", "factor_removed",
    ]  # fmt: skip


def test_each_change_is_mailed_to_a_user_with_an_address(mails_at_once, alice, charlie):
    add_app(alice)
    services.let_factors_end(by=Caller(), user=alice)
    services.remove_all_factors(by=Caller(alice), user=alice)
    add_app(charlie)
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["alice@example.org"], "A second factor was added at 127.0.0.1:8000"),
        (["alice@example.org"], "Your second factors at 127.0.0.1:8000 end in 24 hours"),
        (["alice@example.org"], "A second factor was removed at 127.0.0.1:8000"),
    ]
    assert "Your password alone signs you in now" in mail.outbox[2].body
