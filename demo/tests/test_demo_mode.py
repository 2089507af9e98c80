"""Nothing of the demo exists outside of demo mode: no shop, no users, no password, no secret."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection

from demo.credentials import DEMO_PASSWORD, DEMO_USERS
from demo.filling import hire
from users.models import User

LOADING = "demo.management.commands.load_demo"

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings):
    settings.DEMO = False


def test_outside_of_demo_mode_there_is_no_demo(production):
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_an_interrupted_load_leaves_nothing(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setattr("demo.filling.open_shop", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("load_demo")
    assert not User.objects.exists()
    assert connection.is_usable()


@pytest.mark.parametrize("name", DEMO_USERS)
def test_no_printed_user_signs_in_outside_of_demo_mode(production, client, name):
    answer = client.post("/api/login/", {"username": name, "password": DEMO_PASSWORD})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", DEMO_USERS)
def test_not_even_with_a_copy_of_the_demos_database(settings, client, name):
    settings.DEMO = True
    hire()
    assert authenticate(username=name, password=DEMO_PASSWORD)
    settings.DEMO = False
    assert client.post("/api/login/", {"username": name, "password": DEMO_PASSWORD}).status_code == 401
    assert not client.login(username=name, password=DEMO_PASSWORD)


def test_nobody_chooses_the_printed_password_outside_of_demo_mode(production, client):
    answer = client.post("/api/register/", {"username": "mira", "password": DEMO_PASSWORD})
    assert answer.status_code == 400
    assert answer.json() == {"password": ["This password is printed in the documentation. Choose another one."]}


def test_the_size_must_be_one_there_is():
    with pytest.raises(CommandError, match="invalid choice: 'huge'"):
        call_command("load_demo", "--size", "huge")


def test_starting_over_throws_the_database_away_and_fills_a_new_one(settings, monkeypatch):
    settings.DEMO = True
    done = []
    monkeypatch.setattr(f"{LOADING}.server.remove", lambda: done.append("remove"))
    monkeypatch.setattr(f"{LOADING}.connection.close", lambda: done.append("close"))
    monkeypatch.setattr(f"{LOADING}.call_command", lambda *asked, **_: done.extend(asked))
    monkeypatch.setattr(f"{LOADING}.fill", lambda size: done.append(size.products))
    call_command("load_demo", "--reset", "--size", "large")
    assert done == ["close", "remove", "migrate", 12_000]
