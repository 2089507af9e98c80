"""Members of staff who have forgotten their password get a link and sign in with the new password.

Superusers get none.
"""

import pytest
from django.core import mail
from django.test import Client

from testing.cast.people import PASSWORD
from users.models import User
from users.sign_in.tests.reset_links import (
    NEW,
    assert_invalid,
    can_sign_in,
    confirm,
    list_events,
    make_link,
    parse_link,
    request_link,
)
from users.sign_in.tests.test_password_reset_mail import press

pytestmark = pytest.mark.usefixtures("mails_at_once")


def set_password_on_the_page(client, user):
    """Follow the link in the user's mail and set a new password on its page. Return the response."""
    link = parse_link(mail.outbox[-1].body)
    page = client.get(f"/accounts/password/reset/{link['uid']}/{link['token']}/", follow=True)
    form = {"new_password": NEW, "again": NEW}
    return client.post(page.request["PATH_INFO"], form)


def test_the_sign_in_of_the_desk_leads_to_the_reset_if_the_service_sends_mail(db, settings):
    assert 'href="/accounts/password/reset/"' in Client().get("/admin/login/").text
    settings.MAIL_ON = False
    page = Client().get("/admin/login/").text
    assert "password/reset" not in page
    assert "Forgotten" not in page


def test_a_member_of_staff_gets_a_link_and_signs_in_with_the_new_password(db):
    sam = User.objects.create_user("sam", "sam@desk.example", PASSWORD, is_staff=True)
    earlier = Client()
    earlier.force_login(sam)
    assert request_link(username="sam").status_code == 202
    client = Client()
    answer = set_password_on_the_page(client, sam)
    assert (answer.status_code, answer.url) == (302, "/admin/login/")
    assert "The password is set. Sign in with it." in client.get("/admin/login/").text
    assert client.get("/admin/").status_code == earlier.get("/admin/").status_code == 302
    assert client.post("/admin/login/", {"username": "sam", "password": NEW, "next": "/admin/"}).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert list_events(sam) == ["reset_requested", "password_reset"]


def test_the_page_that_sets_an_owners_password_signs_nobody_in(alice):
    request_link(username="alice")
    client = Client()
    assert set_password_on_the_page(client, alice).url == "/api-auth/login/"
    assert "The password is set. Sign in with it." in client.get("/api-auth/login/").text
    assert client.get("/api/users/me/").status_code == 401
    assert can_sign_in("alice", NEW)


def test_no_link_sets_the_password_of_a_superuser(db, support):
    chief = User.objects.create_superuser("chief", "chief@desk.example", PASSWORD)
    assert request_link(username="chief").status_code == request_link(email="chief@desk.example").status_code == 202
    assert "No user was changed." in press(support, chief)
    assert not mail.outbox
    assert_invalid(confirm(make_link(chief)))
    assert can_sign_in("chief", PASSWORD)


def test_a_link_ends_when_its_user_becomes_a_superuser(alice):
    link = make_link(alice)
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert_invalid(confirm(link))
