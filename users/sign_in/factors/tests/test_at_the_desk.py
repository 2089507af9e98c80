"""Second factors at the support desk: staff needs one, and removes those of users who have lost their phone."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from testing.cast.factors import add_app, show_code
from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.access import support_group
from users.models import Factor, User
from users.sign_in import rate_limits
from users.sign_in.factors import services

FACTORS = "/accounts/factors/"


@pytest.fixture
def strict(settings):
    """Require a second factor of staff, as the product does outside of demos."""
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", password=PASSWORD)


def open_desk(user, proved_at=None):
    """Return a browser with a session of the user, proved at this time, by default now."""
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session["proved_at"] = time.time() if proved_at is None else proved_at
    session.save()
    return browser


@pytest.fixture
def desk(strict, root):
    """Return a browser in which a superuser with a second factor is signed in with a fresh proof."""
    add_app(root)
    return open_desk(root)


@pytest.fixture
def old_desk(strict, root, settings):
    """Return a browser in which the last proof of the superuser is too old."""
    add_app(root)
    User.objects.filter(pk=root.pk).update(second_factor_since=timezone.now() - timedelta(days=1))
    root.refresh_from_db()
    return open_desk(root, time.time() - settings.PROOF_SECONDS - 1)


def choose(browser, user, action="remove_factors", reason="lost phone"):
    body = {"action": action, "reason": reason, "_selected_action": [user.pk]}
    return browser.post("/admin/users/user/", body, follow=True).text


# --- Staff needs a second factor --------------------------------------------------------------------------


def test_staff_without_a_factor_is_led_to_the_page_that_sets_one_up(strict, root):
    browser = open_desk(root)
    for path in ("/admin/", "/admin/users/user/", "/admin/password_change/"):
        response = browser.get(path, follow=True)
        assert response.redirect_chain[-1] == (FACTORS, 302)
        assert response.status_code == 200


def test_staff_without_a_factor_changes_nothing_at_the_desk(strict, root, alice):
    browser = open_desk(root)
    choose(browser, alice, action="deactivate")
    alice.refresh_from_db()
    assert alice.is_active


def test_signing_in_at_the_desk_without_a_factor_leads_to_the_same_page(strict, root):
    body = {"username": "root", "password": PASSWORD, "next": "/admin/users/user/"}
    response = Client().post("/admin/login/", body)
    assert (response.status_code, response.url) == (302, FACTORS)


def test_staff_with_a_factor_opens_the_desk(desk):
    assert desk.get("/admin/").status_code == 200


def test_staff_needs_no_factor_if_the_setting_is_off(root):
    assert open_desk(root).get("/admin/").status_code == 200


def test_users_who_are_no_staff_are_still_asked_to_sign_in(strict, as_alice, alice):
    response = open_desk(alice).get("/admin/", follow=True)
    assert response.redirect_chain == [("/admin/login/?next=/admin/", 302)]


# --- Fresh proofs -----------------------------------------------------------------------------------------


def change_email(browser, user, email):
    form = {"username": user.username, "role": "owner", "is_active": "on", "email": email, "last_name": "Smith"}
    return browser.post(f"/admin/users/user/{user.pk}/change/", form)


def test_a_new_email_address_needs_a_fresh_proof(desk, alice):
    assert change_email(desk, alice, "new@example.org").url == "/admin/users/user/"
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


NEW_PASSWORD = {"password1": "another-horse-8", "password2": "another-horse-8", "usable_password": "true"}
OWN_PASSWORD = {"old_password": PASSWORD, "new_password1": "another-horse-8", "new_password2": "another-horse-8"}


def list_changes(user):
    """Return the page and the form of each change that needs a fresh proof."""
    group, page = Group.objects.get(name=support_group.NAME), f"/admin/users/user/{user.pk}/"
    form = {"username": user.username, "role": "owner", "is_active": "on", "email": user.email}
    rights = ({"is_staff": "on"}, {"is_superuser": "on"}, {"is_staff": "on", "groups": f"{group.pk}"})
    changes = [(f"{page}change/", form | change) for change in ({"email": "new@example.org"}, {"email": ""}, *rights)]
    groups = [(f"/admin/auth/group/{name}/", {"name": "all"}) for name in ("add", f"{group.pk}/change")]
    return [*changes, *groups, (f"{page}password/", NEW_PASSWORD), ("/admin/password_change/", OWN_PASSWORD)]


def read_users_and_groups():
    return [list(model.objects.order_by("pk").values()) for model in (User, Group)]


def test_an_old_proof_changes_no_address_right_group_and_password(old_desk, alice):
    """Otherwise a stolen session would get rights that outlast it."""
    before = read_users_and_groups()
    for page, form in list_changes(alice):
        assert old_desk.post(page, form).url == f"/accounts/proof/?next={page.replace('/', '%2F')}", form
    assert read_users_and_groups() == before
    page = old_desk.get(f"/admin/users/user/{alice.pk}/change/").text
    assert "Nothing was changed, because you had to prove again that it is you." in page


def test_an_old_proof_changes_other_fields(old_desk, alice):
    assert change_email(old_desk, alice, "alice@example.org").url == "/admin/users/user/"
    alice.refresh_from_db()
    assert alice.last_name == "Smith"


def test_a_fresh_proof_makes_a_user_staff(desk, dora):
    form = {"username": "dora", "role": "worker", "is_active": "on", "email": dora.email, "is_staff": "on"}
    assert desk.post(f"/admin/users/user/{dora.pk}/change/", form).url == "/admin/users/user/"
    dora.refresh_from_db()
    assert dora.is_staff


def test_an_old_proof_changes_no_rights_of_staff(old_desk, django_user_model):
    helper = django_user_model.objects.create_user("helper", is_staff=True)
    form = {"username": "helper", "role": "worker", "is_active": "on", "is_staff": "on", "email": ""}
    assert old_desk.post(f"/admin/users/user/{helper.pk}/change/", form).url.startswith("/accounts/proof/?next=")


def test_a_fresh_proof_changes_the_password_of_a_user(desk, alice):
    assert desk.post(f"/admin/users/user/{alice.pk}/password/", NEW_PASSWORD).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("another-horse-8")


def test_a_fresh_proof_changes_the_own_password(desk, root):
    assert desk.post("/admin/password_change/", OWN_PASSWORD).url == "/admin/password_change/done/"
    root.refresh_from_db()
    assert root.check_password("another-horse-8")


def test_an_old_proof_removes_no_second_factors(old_desk, alice):
    add_app(alice)
    choose(old_desk, alice)
    assert not Factor.objects.exclude(ends_at=None).exists()


@all_cases("action", ["hand_over", "erase"])
def test_an_old_proof_hands_no_shop_over_and_erases_nobody(old_desk, bob, action):
    assert 'name="code"' in choose(old_desk, bob, action=action)
    bob.refresh_from_db()
    assert (bob.username, bob.leads_shop) == ("bob", False)


def test_the_proof_page_leads_back_to_the_desk(old_desk, root):
    Factor.objects.filter(user=root).update(spent=0)
    code = show_code(root)
    page = "/admin/password_change/"
    assert old_desk.post("/accounts/proof/", {"code": code, "next": page}).url == page
    assert old_desk.post(page, OWN_PASSWORD).url == "/admin/password_change/done/"


# --- Removing second factors ------------------------------------------------------------------------------


def test_the_desk_lets_second_factors_end_in_24_hours_with_a_reason(support, alice, mails_at_once):
    add_app(alice)
    mail.outbox.clear()
    assert "Enter a reason" in choose(support, alice, reason=" ")
    assert "Second factors end in 24 hours (lost phone): alice." in choose(support, alice)
    hours = {round((end - timezone.now()).total_seconds() / 3600) for end in list_ends(alice)}
    assert hours == {24}
    assert LogEntry.objects.get().change_message == "Second factors end in 24 hours (lost phone)."
    assert [(sent.to, "24 hours" in sent.subject) for sent in mail.outbox] == [(["alice@example.org"], True)]
    assert "No user was changed." in choose(support, alice)


def test_the_warning_is_sent_even_if_strangers_have_used_up_the_limit_of_mails(support, alice, mails_at_once):
    User.objects.filter(pk=alice.pk).update(confirmed_email="")
    add_app(alice)
    assert not [rate_limits.may_mail(alice) for _ in range(rate_limits.MAX_MAILS_TO_STRANGER + 1)][-1]
    mail.outbox.clear()
    choose(support, alice)
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]


def list_ends(user):
    return Factor.objects.filter(user=user).values_list("ends_at", flat=True)


def test_a_user_without_a_factor_is_not_changed(support, alice):
    services.begin_totp(user=alice, name="phone", service="shop.example.org")
    assert "No user was changed." in choose(support, alice)
    assert not LogEntry.objects.exists()


def test_a_sign_in_after_24_hours_needs_only_the_password(support, alice):
    add_app(alice)
    choose(support, alice)
    body = {"username": "alice", "password": PASSWORD}
    assert client_of(None).post("/api/login/", body).json()["code"] == "second_factor_required"
    Factor.objects.update(ends_at=timezone.now())
    assert client_of(None).post("/api/login/", body).status_code == 200
    assert not Factor.objects.exists()


def test_only_superusers_remove_the_factors_of_staff(alice, django_user_model):
    helper, other = (django_user_model.objects.create_user(name, is_staff=True) for name in ("helper", "other"))
    helper.groups.add(helper.groups.model.objects.get(name=support_group.NAME))
    for user in (alice, other):
        add_app(user)
    browser = open_desk(helper)
    assert "No user was changed." in choose(browser, other)
    assert "Second factors end in 24 hours (lost phone): alice." in choose(browser, alice)


def read_since(support, user):
    """Return what the user's page shows beside "Second factor since"."""
    page = support.get(f"/admin/users/user/{user.pk}/change/").text
    return re.search(r"Second factor since:</label>\s*<div class=\"readonly\">(.*?)</div>", page).group(1)


def test_the_page_of_a_user_says_since_when_it_has_a_second_factor(support, alice):
    assert read_since(support, alice) == "-"
    add_app(alice)
    User.objects.filter(pk=alice.pk).update(second_factor_since="2026-11-05T12:00:00Z")
    assert read_since(support, alice) == "5 Nov 2026, 12:00 UTC"
