"""Known networks. Guesses from other networks do not lock a name where its user has signed in before."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import AttemptCounter, KnownNetwork, User
from users.sign_in import services as sign_in_services
from users.sign_in import throttling

WRONG = "wrong-horse-7"
HOME = "203.0.113.5"


@pytest.fixture(autouse=True)
def low_limits(settings):
    """Allow three free attempts in each network, and nine in all unknown ones together."""
    settings.LOGIN_TRIES_PER_USER, settings.LOGIN_TRIES_PER_ADDRESS = 3, 0


def sign_in(address, password=PASSWORD, name="alice"):
    body = {"username": name, "password": password}
    return client_of(None).post("/api/login/", body, REMOTE_ADDR=address).status_code


def guess(address, times=1):
    return [sign_in(address, WRONG) for _ in range(times)]


def lock_name():
    for number in range(3):
        assert guess(f"10.0.{number}.1", 3) == [401] * 3


def let_time_pass(**passed):
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(**passed))


@pytest.fixture
def alice_at_home(alice):
    """Return Alice, who has signed in from HOME."""
    assert sign_in(HOME) == 200
    return alice


# --- Locks -------------------------------------------------------------------------------------------------


def test_a_name_is_not_locked_in_a_known_network(alice_at_home):
    lock_name()
    assert guess("10.0.9.1") == [429]
    assert sign_in("203.0.113.77") == 200


def test_a_name_is_locked_in_an_unknown_network(alice):
    lock_name()
    assert sign_in(HOME) == 429


def test_guesses_from_one_network_lock_the_name_only_there(alice):
    assert guess("10.0.0.1", 20) == [401] * 3 + [429] * 17
    assert sign_in(HOME) == 200


def test_addresses_of_one_ipv6_site_are_one_network(alice):
    assert [sign_in(f"2001:db8:1:{number}::1", WRONG) for number in range(4)] == [401] * 3 + [429]
    assert sign_in("2001:db8:2::1") == 200


def test_attempts_refused_by_network_do_not_count_against_the_name(alice):
    guess("10.0.0.1", 20)
    assert guess("10.0.1.1", 3) + guess("10.0.2.1", 3) == [401] * 6
    assert guess("10.0.3.1") == [429]


def test_attempts_refused_by_name_do_not_count_against_the_network(alice):
    lock_name()
    assert guess("10.0.9.1", 9) == [429] * 9
    let_time_pass(minutes=15)
    assert guess("10.0.9.1", 4) == [401] * 3 + [429]


def test_the_lock_of_a_name_ends_after_fifteen_minutes_despite_attempts(alice):
    lock_name()
    for number in range(30):
        guess(f"10.1.{number}.1")
        let_time_pass(seconds=30)
    assert sign_in(HOME) == 200


def test_right_sign_ins_do_not_unlock_the_name_for_unknown_networks(alice_at_home):
    for number in range(3):
        assert guess(f"10.0.{number}.1", 3) == [401] * 3
        assert sign_in(HOME) == 200
    assert guess("10.0.9.1") == [429]


def test_right_sign_ins_from_many_new_networks_lock_nothing(alice):
    assert [sign_in(f"10.0.{number}.1") for number in range(12)] == [200] * 12


def test_a_known_network_has_a_count_of_its_own(alice_at_home):
    assert guess(HOME, 4) == [401] * 3 + [429]
    let_time_pass(minutes=15)
    assert sign_in(HOME) == 200


def test_guesses_in_a_known_network_do_not_lock_the_name_elsewhere(alice_at_home):
    guess(HOME, 9)
    assert not AttemptCounter.objects.filter(key__startswith="sign-in:name", count__gt=0).exists()
    assert sign_in("10.0.0.1") == 200


def test_support_lifts_the_lock_of_every_network(alice_at_home):
    lock_name()
    guess(HOME, 3)
    assert sign_in_services.lift_sign_in_lock(by=Caller(), user=alice_at_home)
    assert not AttemptCounter.objects.filter(key__startswith="sign-in:user").exists()
    assert sign_in(HOME) == sign_in("10.0.0.1") == 200


def test_behind_an_uncounted_proxy_a_lock_covers_one_name_and_ends(alice_at_home, charlie):
    """All clients then seem to be in one network, which is known for all users."""
    assert sign_in(HOME, name="charlie") == 200
    assert guess(HOME, 9) == [401] * 3 + [429] * 6
    assert sign_in(HOME, name="charlie") == 200
    let_time_pass(minutes=15)
    assert sign_in(HOME) == 200


# --- Number of guesses ---------------------------------------------------------------------------------------


@all_cases(("limit", "an_hour"), [(10, 4 * 14), (30, 4 * 34)])
def test_checks_as_many_guesses_in_an_hour_as_adr_18_says(db, limit, an_hour):
    allowed = 0
    for _ in range(120):
        allowed += count_allowed_attempts("key", limit)
        let_time_pass(seconds=30)
    assert allowed == an_hour


def count_allowed_attempts(key, limit):
    for tries in range(1000):
        try:
            throttling.increment_with_pauses(key, limit)
        except throttling.Throttled:
            return tries
    raise AssertionError("The counter is never at its limit.")


# --- Known networks ------------------------------------------------------------------------------------------


def is_known(address=HOME):
    return is_network_known("alice", address)


def is_network_known(name, address):
    network = ".".join(address.split(".")[:3]) + ".0/24"
    return throttling.look_up_name(name, network)[1]


def test_a_network_is_known_for_ninety_days_after_the_last_sign_in(alice_at_home):
    KnownNetwork.objects.update(used_at=F("used_at") - timedelta(days=89))
    assert is_known()
    assert sign_in(HOME) == 200
    KnownNetwork.objects.update(used_at=F("used_at") - timedelta(days=89))
    assert is_known()
    KnownNetwork.objects.update(used_at=F("used_at") - timedelta(days=1))
    assert not is_known()


@all_cases("change", [{"password": "otter-gold-57"}, {"is_active": False}])
def test_a_new_password_and_a_deactivation_make_all_networks_unknown(alice_at_home, change):
    assert sign_in("10.0.0.1") == 200
    assert (is_known(), is_known("10.0.0.1")) == (True, True)
    services.change_user(by=Caller(), user=User.objects.get(pk=alice_at_home.pk), **change)
    assert (is_known(), is_known("10.0.0.1")) == (False, False)


def test_a_wrong_password_does_not_make_a_network_known(alice, charlie):
    guess(HOME)
    assert sign_in(HOME, name="charlie") == 200
    assert (is_known(), is_network_known("charlie", HOME)) == (False, True)


def test_keeps_ten_networks_of_a_user_and_deletes_old_ones_of_all_users(alice_at_home, charlie):
    assert sign_in(HOME, name="charlie") == 200
    KnownNetwork.objects.filter(user=charlie).update(used_at=F("used_at") - timedelta(days=91))
    assert [sign_in(f"10.0.{number}.1") for number in range(throttling.MAX_NETWORKS)] == [200] * throttling.MAX_NETWORKS
    known = KnownNetwork.objects.order_by("used_at").values_list("user", "network")
    assert list(known) == [(alice_at_home.pk, f"10.0.{number}.0/24") for number in range(throttling.MAX_NETWORKS)]


def test_writes_a_network_at_most_once_an_hour(alice_at_home, django_assert_num_queries):
    [before] = KnownNetwork.objects.values_list("used_at", flat=True)
    with django_assert_num_queries(1):
        throttling.remember_network("ALICE", "203.0.113.0/24")
    assert KnownNetwork.objects.get().used_at == before
    KnownNetwork.objects.update(used_at=F("used_at") - timedelta(hours=2))
    throttling.remember_network("alice", "203.0.113.0/24")
    assert KnownNetwork.objects.get().used_at > before


@all_cases("page", ["/api-auth/login/", "/admin/login/"])
def test_a_sign_in_on_a_page_makes_a_network_known(alice, page):
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    response = Client().post(page, {"username": "alice", "password": PASSWORD}, REMOTE_ADDR=HOME)
    assert response.status_code == 302
    assert is_known()


def test_a_change_of_password_makes_only_its_own_network_known(as_alice, alice_at_home):
    body = {"old_password": PASSWORD, "new_password": "otter-gold-57"}
    assert as_alice.post("/api/auth/password/", body, REMOTE_ADDR="10.0.0.1").status_code == 200
    assert (is_known("10.0.0.1"), is_known()) == (True, False)
