"""How many codes of an app somebody can try who knows the password, with any number of networks."""

from datetime import timedelta
from itertools import count

import pytest
from django.db.models import F

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import LOGIN, add_app, add_passkey, show_code
from testing.cast.people import PASSWORD, client_of
from users.access.permissions import Caller
from users.models import AttemptCounter, Factor
from users.sign_in import services as sign_in_services
from users.sign_in.factors import proving
from users.sign_in.factors.proving import DIGITS, STEPS_EITHER_SIDE

pytestmark = [pytest.mark.django_db]
VALID_AT_ONCE = 1 + 2 * STEPS_EITHER_SIDE
MAX_PROBABILITY = 1 / 10_000
DAY = timedelta(days=1)
NETWORKS = count()  # each attempt comes from a network of its own
WRONG = "000000"


@pytest.fixture
def guessed(alice):
    add_app(alice)
    while show_code(alice) == WRONG or show_code(alice, -1) == WRONG or show_code(alice, 1) == WRONG:
        add_app(alice)
    return alice


def find_address():
    number = next(NETWORKS)
    return f"10.{number // 250}.{number % 250}.1"


def begin(username="alice"):
    body = {"username": username, "password": PASSWORD}
    return client_of(None).post(LOGIN, body, REMOTE_ADDR=find_address()).json()["challenge"]


def guess(challenge, code=WRONG):
    body = {"challenge": challenge, "code": code}
    return client_of(None).post(LOGIN, body, REMOTE_ADDR=find_address()).status_code


def guess_until_refused(challenge, most=1000):
    """Return how many codes were checked before the first refusal, or all that were tried."""
    for checked in range(most):
        if guess(challenge) == 429:
            return checked
    return most


def pass_time(time):
    """Let all counters be older, as after this time."""
    AttemptCounter.objects.update(expires_at=F("expires_at") - time)


def probability(codes):
    return codes * VALID_AT_ONCE / 10**DIGITS


def test_the_codes_that_are_checked_in_a_day_are_too_few_to_guess_one(guessed):
    challenge, checked = begin(), 0
    for _ in range(24):
        checked += guess_until_refused(challenge)
        pass_time(DAY / 24 - timedelta(seconds=1))
    assert 0 < checked <= proving.MAX_CODES_PER_DAY
    assert probability(checked) < MAX_PROBABILITY


def test_so_are_those_of_a_day_that_begins_shortly_before_a_window_ends(guessed):
    """A window begins with its first code, so that the codes of two windows may be tried within a day."""
    challenge = begin()
    assert guess(challenge) == 401
    pass_time(DAY - timedelta(minutes=5))
    checked = guess_until_refused(challenge)
    pass_time(timedelta(minutes=20))
    checked += guess_until_refused(challenge)
    assert checked > proving.MAX_CODES_PER_DAY
    assert probability(checked) < MAX_PROBABILITY


def test_new_challenges_and_right_passwords_give_no_further_codes(guessed):
    checked = 0
    for _ in range(20):
        checked += guess_until_refused(begin(), most=3)
        pass_time(timedelta(minutes=20))  # the locks of the name end
    assert checked == proving.MAX_CODES_PER_DAY


def test_without_the_limit_of_codes_more_are_checked(guessed, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(proving, "MAX_CODES_PER_DAY", 0)
    challenge, checked, enough = begin(), 0, int(MAX_PROBABILITY * 10**DIGITS / VALID_AT_ONCE) + 1
    for _ in range(24):
        checked += guess_until_refused(challenge, most=enough - checked)
        pass_time(DAY / 24)
    assert probability(checked) > MAX_PROBABILITY


def test_a_right_code_is_not_counted(guessed):
    for _ in range(3):
        assert guess(begin(), show_code(guessed)) == 200
        Factor.objects.update(spent=0)  # the codes of this moment work again
    assert AttemptCounter.objects.get(key__startswith="app-codes:").count == 0


def test_after_the_last_code_a_passkey_still_signs_in(guessed):
    add_passkey(guessed)
    challenge = begin()
    guess_until_refused(challenge)
    AttemptCounter.objects.filter(key__startswith="sign-in:").delete()
    refused = client_of(None).post(LOGIN, {"challenge": challenge, "code": show_code(guessed)})
    assert (refused.status_code, "Use a recovery code or a passkey" in refused.json()["detail"]) == (429, True)
    answer = {"challenge": challenge, "credential": authenticator_of(guessed).answer(challenge)}
    assert client_of(None).post(LOGIN, answer, "json").status_code == 200


def test_new_passwords_give_no_further_codes(guessed):
    """A reader of the user's mailbox can set a new password several times an hour."""
    checked = 0
    for _ in range(4):
        checked += guess_until_refused(begin())
        guessed.set_password(PASSWORD)
        guessed.save(update_fields=["password"])
        AttemptCounter.objects.filter(key__startswith="sign-in:").delete()
    assert checked == proving.MAX_CODES_PER_DAY


def test_the_support_desk_unlocks_a_user_with_too_many_wrong_codes(guessed):
    guess_until_refused(begin())
    AttemptCounter.objects.filter(key__startswith="sign-in:").delete()  # nothing but the codes was wrong
    assert sign_in_services.lift_sign_in_lock(by=Caller(), user=guessed)
    assert guess(begin()) == 401
