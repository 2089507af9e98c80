"""Users confirm their e-mail addresses by links that are mailed to them."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from testing.cast.people import PASSWORD, client_of, make_user
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import User
from users.sign_in import password_services, rate_limits
from users.sign_in.tests.reset_links import confirm as set_password
from users.sign_in.tests.reset_links import make_link

pytestmark = pytest.mark.usefixtures("mails_at_once")

REQUEST, CONFIRM = "/api/users/me/confirm-email/", "/api/auth/email/confirm/"


@pytest.fixture
def fay(db):
    """Return an owner who has not confirmed its address, with a name that mail programs show as a link."""
    return make_user("pay.at.evil.example", email="fay@example.org")


@pytest.fixture
def as_fay(fay):
    return client_of(fay)


def confirm(link):
    return client_of(None).post(CONFIRM, link)


def link_to(user):
    return make_link(user, password_services.CONFIRMATION)


def is_confirmed(user):
    return client_of(user).get(REQUEST).json()["email_confirmed"]


def test_a_new_address_is_not_confirmed(as_fay, fay):
    assert as_fay.get(REQUEST).json() == {"email": "fay@example.org", "email_confirmed": False}
    assert "email_confirmed" not in as_fay.get("/api/users/me/").json()


@pytest.mark.quick
def test_the_link_in_the_mail_confirms_the_address(as_fay, fay):
    response = as_fay.post(REQUEST)
    assert (response.status_code, "on its way" in response.json()["detail"]) == (202, True)
    [sent] = mail.outbox
    address = re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", sent.body)[1]
    assert sent.to == ["fay@example.org"]
    assert "pay.at.evil" not in sent.subject + sent.body
    assert "press the button" in Client().get(address).text
    assert not is_confirmed(fay)
    assert "is confirmed" in Client().post(address).text
    assert is_confirmed(fay)
    assert "This link does not work" in Client().post(address).text


def test_programs_confirm_by_the_parts_of_the_link_once(fay):
    link = link_to(fay)
    assert [confirm(link).status_code for _ in range(2)] == [204, 400]
    assert confirm(link).json()["code"] == "confirmation_invalid"


def test_a_confirmed_address_gets_no_further_mail(as_alice):
    assert as_alice.post(REQUEST).status_code == 202
    assert mail.outbox == []


@pytest.mark.quick
def test_a_changed_address_is_not_confirmed_and_ends_its_links(as_alice, alice, as_fay, fay):
    as_alice.patch("/api/users/me/", {"email": "new@example.org"})
    assert not is_confirmed(alice)
    link = link_to(fay)
    User.objects.filter(pk=fay.pk).update(email="other@example.org")
    assert confirm(link).status_code == 400


def test_another_sign_in_and_a_new_password_do_not_end_the_link(fay):
    link = link_to(fay)
    Client().login(username=fay.username, password=PASSWORD)
    services.change_user(by=Caller(), user=fay, password="another-horse-8")
    assert confirm(link).status_code == 204


@pytest.mark.quick
@all_cases("end", ["time", "deactivation", "restart of ids", "other purpose"])
def test_an_ended_link_confirms_nothing(fay, monkeypatch, end):
    link = make_link(fay) if end == "other purpose" else link_to(fay)
    lifetime = timedelta(seconds=-1) if end == "time" else timedelta(days=1)
    monkeypatch.setattr(password_services.CONFIRMATION, "lifetime", lifetime)
    if end == "deactivation":
        services.deactivate(by=Caller(), user=fay)
    if end == "restart of ids":
        User.objects.filter(pk=fay.pk).update(date_joined=fay.date_joined + timedelta(seconds=1))
    assert confirm(link).json()["code"] == "confirmation_invalid"


@pytest.mark.quick
def test_a_link_that_set_a_password_confirms_the_address(fay):
    assert set_password(make_link(fay)).status_code == 204
    assert is_confirmed(User.objects.get(pk=fay.pk))


@pytest.mark.quick
def test_a_confirmation_link_sets_no_password(fay):
    assert set_password(link_to(fay)).status_code == 400


def test_a_user_without_an_address_is_told_to_add_one(as_charlie):
    assert as_charlie.post(REQUEST).json() == {"email": ["Add an e-mail address first."]}


def test_a_service_without_mail_refuses(as_fay, settings):
    settings.MAIL_ON = False
    assert as_fay.post(REQUEST).json()["code"] == "mail_off"


def test_ones_own_page_offers_to_confirm_the_address(fay):
    client, html = Client(), {"Accept": "text/html"}
    client.force_login(fay)
    assert "Confirm e-mail address" in client.get("/api/users/me/", headers=html).text
    password_services.mark_confirmed(fay)
    assert "Confirm e-mail address" not in client.get("/api/users/me/", headers=html).text


def test_the_desk_shows_whether_an_address_is_confirmed(support, alice, fay):
    shown = ["not confirmed" in support.get(f"/admin/accounts/{user.pk}/").text for user in (alice, fay)]
    assert shown == [False, True]


# --- Limits --------------------------------------------------------------------------------------------------------


def test_a_user_asks_for_few_links(as_fay):
    statuses = [as_fay.post(REQUEST).status_code for _ in range(rate_limits.MAX_CONFIRMATIONS_PER_HOUR + 1)]
    assert statuses == [202] * rate_limits.MAX_CONFIRMATIONS_PER_HOUR + [429]


def test_a_stranger_gets_few_mails_from_all_users_together(db, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_STRANGER", 3)
    users = [make_user(f"user{n}", email=f"Stranger+{n}@example.org") for n in range(5)]
    assert [client_of(user).post(REQUEST).status_code for user in users] == [202, 202, 202, 429, 429]
    assert len(mail.outbox) == 3


# --- Mails that users cause to their own, unconfirmed addresses -----------------------------------------------------


def test_a_reset_link_to_an_unconfirmed_address_has_no_text_of_the_user(fay, alice, monkeypatch):
    password_services.send_reset_links(by=Caller(), username=fay.username, email="")
    password_services.send_reset_links(by=Caller(), username="alice", email="")
    assert ["pay.at.evil" in mail.outbox[0].body, "the user alice" in mail.outbox[1].body] == [False, True]
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_STRANGER", 1)
    password_services.send_reset_links(by=Caller(), username=fay.username, email="")
    assert len(mail.outbox) == 2


def test_the_notice_to_an_old_unconfirmed_address_has_no_text_of_the_user(as_fay, as_alice):
    for client in (as_fay, as_alice):
        assert client.patch("/api/users/me/", {"email": f"new{len(mail.outbox)}@example.org"}).status_code == 200
    assert ["pay.at.evil" in mail.outbox[0].body, "the user alice" in mail.outbox[1].body] == [False, True]


@pytest.mark.quick
def test_notices_need_a_confirmed_address(as_fay, fay):
    assert as_fay.patch("/api/users/me/", {"notices": "daily"}).json()["code"] == "email_not_confirmed"
    assert confirm(link_to(fay)).status_code == 204
    assert as_fay.patch("/api/users/me/", {"notices": "daily"}).status_code == 200
    assert as_fay.patch("/api/users/me/", {"email": "x@example.org", "notices": "daily"}).status_code == 200


# --- Invitations ----------------------------------------------------------------------------------------------------


def test_only_an_owner_with_a_confirmed_address_invites(as_fay):
    refused = as_fay.post("/api/users/", {"username": "erin", "email": "stranger@example.org"})
    assert (refused.status_code, refused.json()["code"]) == (400, "email_not_confirmed")
    assert not User.objects.filter(username="erin").exists()
    assert mail.outbox == []


def test_an_invitation_has_no_text_but_the_owners_confirmed_address(as_fay, fay):
    password_services.mark_confirmed(fay)
    created = as_fay.post("/api/users/", {"username": "win.at.evil.example", "email": "stranger@example.org"})
    assert created.status_code == 201
    assert "evil" not in mail.outbox[0].subject + mail.outbox[0].body
    assert "fay@example.org" in mail.outbox[0].body


def test_an_owner_invites_an_address_a_few_times_a_day(as_alice):
    worker = as_alice.post("/api/users/", {"username": "erin", "email": "erin@example.org"}).json()
    again = [as_alice.post(f"/api/users/{worker['id']}/invite/") for _ in range(rate_limits.MAX_MAILS_TO_NEW)]
    assert [response.status_code for response in again] == [202] * (rate_limits.MAX_MAILS_TO_NEW - 1) + [429]
    assert "Your shop has sent 5 mails to this address in a day." in again[-1].json()["detail"]
    assert int(again[-1].headers["Retry-After"]) > 86_000
