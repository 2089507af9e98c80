"""The demo shop, its users and its password do not work outside of demo mode."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection

from ops.demo.credentials import DEMO_KEYS, DEMO_PASSWORD, DEMO_USERS
from ops.demo.filling import create_users
from testing.tables import all_cases
from users.models import User

COMMAND = "ops.management.commands.load_demo"

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def production(settings):
    settings.DEMO = False


def test_load_demo_refuses_outside_of_demo_mode(production):
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("load_demo")
    assert not User.objects.exists()


@pytest.mark.quick
def test_an_interrupted_load_leaves_nothing(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setattr("ops.demo.filling.book_openings", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("load_demo")
    assert not User.objects.exists()
    assert connection.is_usable()


@all_cases("name", DEMO_USERS)
def test_no_printed_user_signs_in_outside_of_demo_mode(production, client, name):
    answer = client.post("/api/login/", {"username": name, "password": DEMO_PASSWORD})
    assert answer.status_code == 401


@pytest.mark.quick
@pytest.mark.parametrize("name", DEMO_USERS)
def test_no_printed_user_signs_in_to_a_copy_of_the_demo_database(settings, client, name):
    settings.DEMO = True
    create_users()
    assert authenticate(username=name, password=DEMO_PASSWORD)
    settings.DEMO = False
    assert client.post("/api/login/", {"username": name, "password": DEMO_PASSWORD}).status_code == 401
    assert not client.login(username=name, password=DEMO_PASSWORD)


@pytest.mark.parametrize("key", DEMO_KEYS)
def test_the_printed_keys_work_in_a_demo_and_in_no_copy_of_its_database(settings, client, key):
    settings.DEMO = True
    create_users()
    header = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/", headers=header).status_code == 200
    settings.DEMO = False
    assert client.get("/api/", headers=header).status_code == 401


def test_rejects_the_printed_password_at_registration(production, client):
    answer = client.post("/api/register/", {"username": "mira", "password": DEMO_PASSWORD})
    assert answer.status_code == 400
    assert answer.json() == {"password": ["This password is printed in the documentation. Choose another one."]}


def test_rejects_an_unknown_size():
    with pytest.raises(CommandError, match="invalid choice: 'huge'"):
        call_command("load_demo", "--size", "huge")


@pytest.mark.quick
def test_a_reset_deletes_the_database_and_fills_a_new_one(settings, monkeypatch):
    settings.DEMO = True
    calls = []
    monkeypatch.setattr(f"{COMMAND}.server.delete_server", lambda: calls.append("remove"))
    monkeypatch.setattr(f"{COMMAND}.connection.close", lambda: calls.append("close"))
    monkeypatch.setattr(f"{COMMAND}.create_tables", lambda: calls.append("tables"))
    monkeypatch.setattr(f"{COMMAND}.fill", lambda size: calls.append(size.products))
    call_command("load_demo", "--reset", "--size", "large")
    assert calls == ["close", "remove", "tables", 12_000]
