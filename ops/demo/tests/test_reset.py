"""`make reset` asks before it deletes shops that people have registered."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from testing.cast.people import make_user

COMMAND = "ops.management.commands.load_demo"


@pytest.fixture
def removed(settings, monkeypatch):
    """Return a list that gets an item when the embedded database is deleted."""
    settings.DEMO = True
    removals = []
    monkeypatch.setattr(f"{COMMAND}.server.delete_server", lambda: removals.append(True))
    monkeypatch.setattr(f"{COMMAND}.connection.close", lambda: None)
    monkeypatch.setattr(f"{COMMAND}.is_created", lambda: True)
    monkeypatch.setattr(f"{COMMAND}.fill", lambda _: None)
    return removals


@pytest.fixture
def answer_with(monkeypatch):
    """Return a function that simulates a terminal with this answer, and returns the list of questions."""
    questions = []

    def simulate_terminal(answer):
        monkeypatch.setattr(f"{COMMAND}.sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda question: questions.append(question) or answer)
        return questions

    return simulate_terminal


def test_refuses_without_a_terminal_and_names_the_number_of_shops(alice, charlie, bob, removed):
    with pytest.raises(CommandError, match=r"would delete 2 registered shops: confirm with make reset YES=1"):
        call_command("load_demo", "--reset")
    assert removed == []


def test_yes_on_the_command_line_confirms(alice, removed):
    call_command("load_demo", "--reset", "--yes")
    assert removed == [True]


@pytest.mark.parametrize("answer", ["yes", "YES "])
def test_asks_at_a_terminal(alice, removed, answer_with, answer):
    questions = answer_with(answer)
    call_command("load_demo", "--reset")
    assert removed == [True]
    assert "This deletes 1 registered shop, " in questions[0]


@pytest.mark.parametrize("answer", ["", "no", "y"])
def test_any_other_answer_deletes_nothing(alice, removed, answer_with, answer):
    answer_with(answer)
    with pytest.raises(CommandError, match="Nothing was deleted"):
        call_command("load_demo", "--reset")
    assert removed == []


def test_does_not_ask_for_the_demo_users_alone(db, removed):
    make_user("demo")
    call_command("load_demo", "--reset")
    assert removed == [True]


def test_asks_if_the_database_does_not_start(db, removed, monkeypatch):
    def raise_error():
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(f"{COMMAND}.connection.cursor", raise_error)
        with pytest.raises(CommandError, match="a database that does not start"):
            call_command("load_demo", "--reset")
    assert removed == []


def test_does_not_ask_if_there_is_no_database(db, removed, monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.is_created", lambda: False)
    call_command("load_demo", "--reset")
    assert removed == [True]


def test_does_not_ask_if_the_database_was_never_migrated(db, removed, monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.USERS_TABLE", "no_such_table")
    call_command("load_demo", "--reset")
    assert removed == [True]
