"""Races with real threads: one code, one recovery code and one challenge each let one of many sign-ins in."""

import threading
from functools import partial
from threading import BoundedSemaphore

import pytest
from django.db.models.functions import Now

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import LOGIN, add_app, add_passkey, begin_app, show_code
from testing.cast.people import client_of, make_user
from testing.races import run_behind_lock, try_concurrently
from users.access.permissions import Caller
from users.models import Challenge, Factor, FactorKind, Purpose, SecurityEvent, User
from users.sign_in import throttling, tokens
from users.sign_in.factors import proving, services
from users.sign_in.factors.passkeys import issue_challenge

pytestmark = [pytest.mark.django_db(transaction=True)]
SIGN_INS = 8


@pytest.fixture(autouse=True)
def no_limits(settings, monkeypatch):
    """Let nothing but the factor itself refuse a sign-in. Each thread has a hashing slot, as in many processes."""
    settings.LOGIN_TRIES_PER_USER = settings.LOGIN_TRIES_PER_ADDRESS = 0
    monkeypatch.setattr(proving, "MAX_CODES_PER_DAY", 0)
    monkeypatch.setattr(throttling, "hashing_slots", BoundedSemaphore(SIGN_INS))


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def barrier():
    """Return a barrier at which the threads of a negative control meet after they have read and before they write."""
    return threading.Barrier(SIGN_INS)


def count_admitted(bodies):
    """Send all second steps at the same time, and return how many got tokens."""
    answers = try_concurrently(*[partial(client_of(None).post, LOGIN, body, "json") for body in bodies])
    assert {answer.status_code for answer in answers} <= {200, 401}
    return [answer.status_code for answer in answers].count(200)


def send_code(user, code):
    """Return as many second steps, each with a challenge of its own, and all with this code."""
    return [{"challenge": issue_challenge(Purpose.SECOND_STEP, user), "code": code} for _ in range(SIGN_INS)]


# --- One code of an app -------------------------------------------------------------------------------------


def test_one_code_of_an_app_lets_one_of_many_in(alice):
    add_app(alice)
    assert count_admitted(send_code(alice, show_code(alice))) == 1


def test_all_get_in_if_the_step_is_read_before_it_is_stored(alice, monkeypatch, barrier):
    """This is the negative control."""

    def read_then_update(user, code):
        factor = Factor.objects.get(user=user, kind=FactorKind.TOTP)
        step = proving.find_step(proving.decrypt(factor.secret), code, after=factor.spent)
        barrier.wait(20)
        Factor.objects.filter(pk=factor.pk).update(spent=step or 0)
        return step is not None

    add_app(alice)
    monkeypatch.setattr(proving, "spend_app_code", read_then_update)
    assert count_admitted(send_code(alice, show_code(alice))) == SIGN_INS


# --- One recovery code --------------------------------------------------------------------------------------


def test_one_recovery_code_lets_one_of_many_in(alice):
    code, *others = add_app(alice)
    assert count_admitted(send_code(alice, code)) == 1
    assert SecurityEvent.objects.filter(kind="recovery_code_used").count() == 1
    assert Factor.objects.get(user=alice, kind=FactorKind.RECOVERY).left == len(others)


def test_all_get_in_if_the_recovery_codes_are_read_before_they_are_stored(alice, monkeypatch, barrier):
    """This is the negative control."""

    def read_then_update(by, user, code):
        factor, digest = Factor.objects.get(user=user, kind=FactorKind.RECOVERY), proving.hash_recovery_code(code)
        is_right = digest in map(bytes, factor.codes)
        barrier.wait(20)
        Factor.objects.filter(pk=factor.pk).update(codes=[one for one in factor.codes if bytes(one) != digest])
        return is_right

    code = add_app(alice)[0]
    monkeypatch.setattr(proving, "spend_recovery_code", read_then_update)
    assert count_admitted(send_code(alice, code)) == SIGN_INS


# --- One challenge ------------------------------------------------------------------------------------------


def answer_often(user):
    """Return as many second steps, all with the same challenge and the same answer of a passkey without a counter."""
    challenge = issue_challenge(Purpose.SECOND_STEP, user)
    return [{"challenge": challenge, "credential": authenticator_of(user).answer(challenge)}] * SIGN_INS


def test_one_challenge_lets_one_of_many_in(alice):
    add_passkey(alice)
    assert count_admitted(answer_often(alice)) == 1
    assert not Challenge.objects.exists()


def test_all_get_in_if_the_challenge_is_read_before_it_is_deleted(alice, monkeypatch, barrier):
    """This is the negative control."""

    def read_then_delete(text, purpose, user):
        found = Challenge.objects.filter(user=user).exists()
        barrier.wait(20)
        Challenge.objects.filter(user=user).delete()
        assert found

    add_passkey(alice)
    monkeypatch.setattr(proving, "spend_challenge", read_then_delete)
    assert count_admitted(answer_often(alice)) == SIGN_INS


def test_one_answer_of_a_passkey_alone_lets_one_of_many_in(alice):
    add_passkey(alice)
    credential = authenticator_of(alice).answer(issue_challenge(Purpose.PASSKEY))
    jobs = [partial(client_of(None).post, "/api/auth/passkey/", {"credential": credential}, "json")] * SIGN_INS
    assert [answer.status_code for answer in try_concurrently(*jobs)].count(200) == 1


def test_two_answers_of_a_passkey_with_the_same_counter_let_one_in(alice):
    """A copied passkey answers another challenge with the same counter."""
    add_passkey(alice)
    answers = [authenticator_of(alice).answer(issue_challenge(Purpose.PASSKEY), counter=7) for _ in range(SIGN_INS)]
    jobs = [partial(client_of(None).post, "/api/auth/passkey/", {"credential": one}, "json") for one in answers]
    assert [answer.status_code for answer in try_concurrently(*jobs)].count(200) == 1


# --- Changes of factors -------------------------------------------------------------------------------------


def test_one_of_many_confirmations_of_an_app_makes_recovery_codes(alice):
    factor, code = begin_app(alice), show_code(alice)
    confirm = partial(services.confirm_totp, by=Caller(alice), user=alice, factor_id=factor.pk, code=code)
    made = try_concurrently(*[confirm] * 8)
    assert sorted(len(one) for one in made if isinstance(one, list)) == [10]
    assert Factor.objects.filter(user=alice).count() == 2


def test_all_but_one_of_many_requests_that_confirm_an_app_or_remove_a_factor_find_none(alice):
    """A confirmation that begins after another one has committed is asked for a fresh proof first."""
    client, factor, code = client_of(alice), begin_app(alice), show_code(alice)
    confirm = partial(client.post, f"/api/users/me/factors/totp/{factor.pk}/confirm/", {"code": code})
    statuses = [answer.status_code for answer in try_concurrently(*[confirm] * 8)]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 403, 404}
    alice.refresh_from_db()
    remove = partial(client_of(alice).delete, f"/api/users/me/factors/{factor.pk}/")
    assert sorted(answer.status_code for answer in try_concurrently(*[remove] * 8)) == [204] + [404] * 7


def test_a_removal_waits_for_another_so_that_the_last_factor_stays(alice):
    """Both have read two factors. The second finds that its own is the last one, which the shop requires."""
    add_app(alice)
    add_passkey(alice)
    User.objects.filter(pk=alice.pk).update(second_factor_required_at=Now())
    app, passkey = (Factor.objects.get(user=alice, kind=kind).pk for kind in ("totp", "passkey"))
    remove = partial(services.remove_factor, by=Caller(alice), user=alice)

    def remove_other():
        try:
            remove(factor_id=passkey)
        except services.LastFactor:
            return "refused"

    assert run_behind_lock(lambda: remove(factor_id=app), remove_other) == "refused"
    assert services.select_real(alice).count() == 1


def test_factors_whose_time_is_over_stay_if_a_sign_in_has_just_used_one(alice):
    """The other sign-in has found that their time is over, and waits."""
    code = add_app(alice)[0]
    Factor.objects.update(ends_at=Now())
    use = partial(proving.prove_factor, by=Caller(alice), user=alice, code=code, origin="")
    run_behind_lock(use, lambda: services.end_due_factors(User.objects.get(pk=alice.pk)))
    alice.refresh_from_db()
    assert (alice.second_factor_since is not None, Factor.objects.count()) == (True, 2)


def test_a_sign_in_that_began_before_the_first_factor_can_not_be_refreshed(alice):
    """It has read the user before the factor was added."""
    before = User.objects.get(pk=alice.pk)
    add_app(alice)
    refresh = tokens.issue_tokens(before)["refresh"]
    assert client_of(None).post("/api/auth/refresh/", {"refresh": refresh}).status_code == 401
