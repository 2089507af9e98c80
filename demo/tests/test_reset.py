"""`make reset` asks before it throws away shops that people registered."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from testing.cast import make_user

COMMAND = "demo.management.commands.load_demo"


@pytest.fixture
def removed(settings, monkeypatch):
    """Whether the embedded database was thrown away."""
    settings.DEMO = True
    done = []
    monkeypatch.setattr(f"{COMMAND}.server.remove", lambda: done.append(True))
    monkeypatch.setattr(f"{COMMAND}.connection.close", lambda: None)
    monkeypatch.setattr(f"{COMMAND}.is_created", lambda: True)
    monkeypatch.setattr(f"{COMMAND}.fill", lambda _: None)
    return done


@pytest.fixture
def say(monkeypatch):
    """Somebody at a terminal who gives this answer; the questions that were asked."""
    asked = []

    def at_a_terminal(answer):
        monkeypatch.setattr(f"{COMMAND}.sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
        return asked

    return at_a_terminal


def test_where_nobody_can_be_asked_it_refuses_and_says_how_many_shops_there_are(alice, charlie, bob, removed):
    with pytest.raises(CommandError, match=r"throws away 2 shops that people registered: say make reset YES=1"):
        call_command("load_demo", "--reset")
    assert removed == []


def test_yes_is_an_answer_beforehand(alice, removed):
    call_command("load_demo", "--reset", "--yes")
    assert removed == [True]


@pytest.mark.parametrize("answer", ["yes", "YES "])
def test_at_a_terminal_it_asks(alice, removed, say, answer):
    asked = say(answer)
    call_command("load_demo", "--reset")
    assert removed == [True]
    assert "1 shop that somebody registered" in asked[0]


@pytest.mark.parametrize("answer", ["", "no", "y"])
def test_any_other_answer_throws_nothing_away(alice, removed, say, answer):
    say(answer)
    with pytest.raises(CommandError, match="Nothing was thrown away"):
        call_command("load_demo", "--reset")
    assert removed == []


def test_the_demo_s_own_users_are_no_loss(db, removed):
    make_user("demo")
    call_command("load_demo", "--reset")
    assert removed == [True]


def test_a_database_that_does_not_start_may_hold_anything(db, removed, monkeypatch):
    def cursor():
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(f"{COMMAND}.connection.cursor", cursor)
        with pytest.raises(CommandError, match="a database that does not start"):
            call_command("load_demo", "--reset")
    assert removed == []


def test_a_database_that_was_never_made_holds_nothing(db, removed, monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.is_created", lambda: False)
    call_command("load_demo", "--reset")
    assert removed == [True]


def test_a_database_that_was_never_migrated_holds_nothing(db, removed, monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.USERS", "no_such_table")
    call_command("load_demo", "--reset")
    assert removed == [True]
