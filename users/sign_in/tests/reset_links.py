"""Functions for tests of links to set a password: request, read, make and use a link."""

import re

from testing.cast.people import client_of
from users.models import SecurityEvent
from users.sign_in import password_services

RESET, CONFIRM = "/api/auth/password/reset/", "/api/auth/password/reset/confirm/"
NEW = "another-horse-8"


def request_link(client=None, **body):
    return (client or client_of(None)).post(RESET, body)


def parse_link(text):
    """Return uid and token of the link in a mail."""
    return dict(
        zip(("uid", "token"), re.search(r"/accounts/password/reset/([^/]+)/([^/]+)/", text).groups(), strict=True)
    )


def make_link(user, generator=password_services.RESET):
    return {"uid": password_services.encode_uid(user), "token": generator.make_token(user)}


def confirm(link, new_password=NEW):
    return client_of(None).post(CONFIRM, {**link, "new_password": new_password})


def can_sign_in(name, password):
    return client_of(None).post("/api/login/", {"username": name, "password": password}).status_code == 200


def list_events(user):
    return [event.kind for event in SecurityEvent.objects.filter(user=user).order_by("id")]


def assert_invalid(response):
    assert (response.status_code, response.json()["code"]) == (400, "reset_invalid")
