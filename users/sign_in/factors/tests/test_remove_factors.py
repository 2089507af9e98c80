"""The command with which the operator removes the second factors of somebody who is locked out."""

import logging

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from testing.cast.factors import add_app
from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import EventKind, Factor, SecurityEvent
from users.sign_in.factors import services


def test_the_command_removes_the_factors_at_once(alice, capsys, mails_at_once):
    add_app(alice)
    mail.outbox.clear()
    call_command("remove_factors", "alice", "--reason", "lost phone")
    assert capsys.readouterr().out == "The second factors of alice are removed.\n"
    assert not Factor.objects.exists()
    assert client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD}).status_code == 200
    assert [(sent.to, "removed" in sent.subject) for sent in mail.outbox] == [(["alice@example.org"], True)]


def test_the_command_records_an_event_and_logs_the_reason(alice, caplog):
    add_app(alice)
    with caplog.at_level(logging.INFO):
        call_command("remove_factors", "alice", "--reason", "lost phone")
    event = SecurityEvent.objects.latest("id")
    assert (event.kind, event.user, event.actor) == (EventKind.FACTOR_REMOVED, alice, None)
    [line] = [record for record in caplog.records if record.name == "users.factors"]
    assert (line.message, line.fields) == (
        "second factors were removed", {"user": alice.pk, "reason": "lost phone"}
    )  # fmt: skip


@all_cases("name", ["alice", "nobody"])
def test_the_command_refuses_who_has_no_factor(alice, name):
    services.begin_totp(user=alice, name="phone", service="shop.example.org")
    with pytest.raises(CommandError, match=f"{name} has no second factor."):
        call_command("remove_factors", name, "--reason", "lost phone")
