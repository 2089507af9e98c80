"""Sign-ins by a passkey alone, with the answers of a software authenticator that may be wrong in every way."""

import pytest
from django.db.models.functions import Now

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import LOGIN, add_passkey, answer_challenge, begin_sign_in
from testing.cast.people import client_of
from testing.tables import all_cases
from users.models import Challenge, Purpose, User
from users.sign_in.factors.passkeys import issue_challenge, make_handle
from users.sign_in.factors.tests.visitor import PASSKEY_WAYS, send_passkey

pytestmark = pytest.mark.django_db


@all_cases("way", PASSKEY_WAYS)
def test_a_passkey_gets_its_user_in_once(alice, charlie, way):
    add_passkey(alice)
    add_passkey(charlie)
    credential = answer_challenge(alice)
    assert send_passkey(way, credential)
    assert not send_passkey(way, credential)


@pytest.mark.quick
@all_cases(
    "switches",
    [
        {"origin": "https://testserver.example.org"}, {"origin": "http://testserver:8000"}, {"host": "example.org"},
        {"verified": False}, {"breaks_signature": True},
    ],
)  # fmt: skip
def test_a_passkey_that_answers_wrongly_gets_nobody_in(alice, switches):
    add_passkey(alice)
    for way in PASSKEY_WAYS:
        assert not send_passkey(way, authenticator_of(alice).answer(issue_challenge(Purpose.PASSKEY), **switches))
    assert send_passkey(PASSKEY_WAYS[0], answer_challenge(alice))


def test_a_passkey_whose_counter_goes_back_gets_nobody_in(alice):
    add_passkey(alice)
    passkey = authenticator_of(alice)
    counters = (5, 5, 4, 0, 6)
    answers = [passkey.answer(issue_challenge(Purpose.PASSKEY), counter=counter) for counter in counters]
    assert [send_passkey("/api/auth/passkey/", answer) for answer in answers] == [True, False, False, False, True]


@pytest.mark.quick
def test_a_passkey_answers_no_challenge_that_is_unknown_expired_or_of_another_purpose(alice):
    add_passkey(alice)
    expired = issue_challenge(Purpose.PASSKEY)
    Challenge.objects.update(expires_at=Now())
    others = [issue_challenge(Purpose.SECOND_STEP, alice), issue_challenge(Purpose.NEW_PASSKEY, alice)]
    for challenge in (expired, *others, "x" * 43, "", "é"):
        assert not send_passkey("/api/auth/passkey/", authenticator_of(alice).answer(challenge))


def test_the_signature_of_another_passkey_gets_nobody_in(alice, charlie):
    add_passkey(alice)
    add_passkey(charlie)
    forged = {**answer_challenge(charlie), **{name: answer_challenge(alice)[name] for name in ("id", "rawId")}}
    assert not send_passkey("/api/auth/passkey/", forged)


@all_cases("handle", [None, b"", b"another user"])
def test_a_passkey_that_does_not_name_its_user_gets_nobody_in(alice, charlie, handle):
    add_passkey(alice)
    passkey = authenticator_of(alice)
    for passkey.handle in (handle, make_handle(charlie)):
        for way in PASSKEY_WAYS:
            assert not send_passkey(way, passkey.answer(issue_challenge(Purpose.PASSKEY)))
    assert send_passkey(PASSKEY_WAYS[0], answer_challenge(alice))


@all_cases(("handle", "status"), [(None, 200), (b"another user", 401)])
def test_after_the_password_a_passkey_may_leave_its_user_out_and_name_no_other(alice, handle, status):
    add_passkey(alice)
    passkey = authenticator_of(alice)
    passkey.handle = handle
    challenge = begin_sign_in(alice)["challenge"]
    answer = {"challenge": challenge, "credential": passkey.answer(challenge)}
    assert client_of(None).post(LOGIN, answer).status_code == status


@pytest.mark.quick
def test_after_the_password_of_one_user_the_passkey_of_another_one_gets_nobody_in(alice, charlie):
    """It names no user, so that only the stored passkey tells whose it is."""
    add_passkey(alice)
    add_passkey(charlie)
    passkey = authenticator_of(charlie)
    passkey.handle = None
    challenge = begin_sign_in(alice)["challenge"]
    answer = {"challenge": challenge, "credential": passkey.answer(challenge)}
    refused = client_of(None).post(LOGIN, answer)
    assert (refused.status_code, refused.json()["code"]) == (401, "second_factor_wrong")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.quick
def test_a_passkey_of_another_user_is_no_proof(alice, as_alice):
    add_passkey(alice)
    passkey = authenticator_of(alice)
    passkey.handle = b"another user"
    answer = {"credential": passkey.answer(issue_challenge(Purpose.PASSKEY))}
    assert as_alice.post("/api/auth/proof/", answer).json()["code"] == "second_factor_wrong"


def test_the_passkey_of_a_deactivated_user_gets_nobody_in(alice, bob):
    add_passkey(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert not send_passkey("/api/auth/passkey/", answer_challenge(bob))
    User.objects.filter(pk=bob.pk).update(is_active=True)
    User.objects.filter(pk=alice.pk).update(is_active=False)  # this closes the shop in which he works
    assert not send_passkey("/api/auth/passkey/", answer_challenge(bob))
