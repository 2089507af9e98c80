"""Sign-ins by a passkey alone, with the answers of a software authenticator that may be wrong in every way."""

import pytest
from django.db.models.functions import Now

from testing.authenticator import authenticator_of
from testing.factors import add_passkey, answer_challenge
from users.factors.challenges import issue_challenge
from users.factors.models import Challenge, Purpose
from users.factors.tests.visitor import PASSKEY_WAYS, send_passkey
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("way", PASSKEY_WAYS)
def test_a_passkey_gets_its_user_in_once(alice, charlie, way):
    add_passkey(alice)
    add_passkey(charlie)
    credential = answer_challenge(alice)
    assert send_passkey(way, credential)
    assert not send_passkey(way, credential)


@pytest.mark.parametrize(
    "switches",
    [
        {"origin": "https://testserver.example.org"}, {"origin": "http://testserver:8000"}, {"host": "example.org"},
        {"verified": False}, {"breaks_signature": True},
    ],
    ids=str,
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


def test_the_passkey_of_a_deactivated_user_gets_nobody_in(alice, bob):
    add_passkey(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert not send_passkey("/api/auth/passkey/", answer_challenge(bob))
    User.objects.filter(pk=bob.pk).update(is_active=True)
    User.objects.filter(pk=alice.pk).update(is_active=False)  # this closes the shop in which he works
    assert not send_passkey("/api/auth/passkey/", answer_challenge(bob))
