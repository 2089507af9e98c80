"""Reading the environment: accepted values, and the messages for others."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.environment import EMBEDDED_ENGINE, ENGINE, Environment, default_to_demo

URL = "postgres://user:secret@db.example.org:5433/shop"


@pytest.mark.parametrize("word", ["on", "ON", "true", "True", "1", "yes", " on "])
def test_reads_a_flag_that_is_on(word):
    env = Environment({"DEBUG": word})
    assert env.flag("DEBUG") is True
    assert env.problems == []


@pytest.mark.parametrize("word", ["off", "OFF", "false", "0", "no"])
def test_reads_a_flag_that_is_off(word):
    env = Environment({"HTTPS": word})
    assert env.flag("HTTPS", default=True) is False
    assert env.problems == []


@pytest.mark.parametrize("variables", [{}, {"HTTPS": ""}, {"HTTPS": "  "}])
@pytest.mark.parametrize("default", [True, False])
def test_an_empty_flag_has_its_default(variables, default):
    assert Environment(variables).flag("HTTPS", default=default) is default


def test_refuses_an_invalid_flag():
    env = Environment({"DEBUG": "maybe"})
    assert env.flag("DEBUG") is False
    assert env.problems == ["DEBUG is 'maybe': set it to on or off."]


@pytest.mark.parametrize(("text", "number"), [("9000", 9000), (" 9000 ", 9000), ("", 8000), ("1", 1), ("65535", 65535)])
def test_reads_a_number(text, number):
    env = Environment({"PORT": text})
    assert env.number("PORT", 8000, minimum=1, maximum=65535) == number
    assert env.problems == []


@pytest.mark.parametrize("text", ["0", "65536", "-1", "1e3", "80.0", "http", "1_000", "٨٠٠٠", "9" * 50])
def test_refuses_an_invalid_number(text):
    env = Environment({"PORT": text})
    assert env.number("PORT", 8000, minimum=1, maximum=65535) == 8000
    assert env.problems == [f"PORT is {text!r}: set it to a whole number from 1 to 65535."]


def test_reads_a_choice_which_is_the_first_by_default():
    env = Environment({"LOG_FORMAT": "plain", "EMPTY": " ", "WRONG": "xml"})
    assert [env.choice(name, ("json", "plain")) for name in ("LOG_FORMAT", "EMPTY", "NONE")] == [
        "plain",
        "json",
        "json",
    ]
    assert env.problems == []
    env.choice("WRONG", ("json", "plain"))
    assert env.problems == ["WRONG is 'xml': set it to json or plain."]


@pytest.mark.parametrize(("text", "words"), [("", []), (" , ,", []), ("a", ["a"]), (" a ,b,, c", ["a", "b", "c"])])
def test_reads_a_list_separated_by_commas(text, words):
    assert Environment({"ALLOWED_HOSTS": text}).words("ALLOWED_HOSTS") == words


def test_raises_one_error_with_all_problems():
    env = Environment({"DEBUG": "maybe", "PORT": "x"})
    env.flag("DEBUG")
    env.number("PORT", 8000)
    with pytest.raises(ImproperlyConfigured) as error:
        env.raise_problems()
    assert str(error.value).splitlines() == env.problems
    assert len(env.problems) == 2


def test_raises_no_error_without_problems():
    Environment({}).raise_problems()


def test_parses_the_address_of_a_database():
    database = Environment({"DATABASE_URL": URL, "DB_NAME": "other"}).database(demo=False)
    parts = {name: database[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert parts == {
        "ENGINE": ENGINE,
        "NAME": "shop",
        "USER": "user",
        "PASSWORD": "secret",
        "HOST": "db.example.org",
        "PORT": 5433,
    }


def test_reads_the_parts_of_a_database_unchanged():
    parts = {"NAME": "shop", "USER": "user", "PASSWORD": "secret", "HOST": "db.example.org", "PORT": "5433"}
    database = Environment({f"DB_{name}": value for name, value in parts.items()}).database(demo=False)
    assert database == {"ENGINE": ENGINE, **parts}
    assert Environment({"DB_NAME": "shop"}).database(demo=False)["HOST"] == ""


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///shop.db", "shop", "postgres://host:port/name", "://"])
def test_refuses_an_invalid_database_address_without_quoting_it(url):
    env = Environment({"DATABASE_URL": url})
    env.database(demo=False)
    assert env.problems == ["DATABASE_URL is not a PostgreSQL address: write postgres://user:password@host:5432/name."]


def test_demo_mode_uses_the_embedded_database():
    env = Environment({"DB_NAME": " "})
    assert env.database(demo=True)["ENGINE"] == EMBEDDED_ENGINE
    assert env.problems == []


@pytest.mark.parametrize("variables", [{"DATABASE_URL": URL}, {"DB_NAME": "shop"}])
def test_refuses_demo_mode_with_another_database(variables):
    env = Environment(variables)
    env.database(demo=True)
    assert env.problems == ["DEMO runs on the embedded database only: unset DEMO, or DATABASE_URL and DB_NAME."]


def test_refuses_settings_without_a_database():
    env = Environment({"DB_HOST": "db.example.org"})
    env.database(demo=False)
    (problem,) = env.problems
    assert problem.startswith("No database is set: set DATABASE_URL, or DB_NAME")


@pytest.mark.parametrize(
    ("variables", "demo"),
    [({}, "on"), ({"DEMO": "off"}, "off"), ({"DATABASE_URL": URL}, None), ({"DB_NAME": "shop"}, None)],
)
def test_demo_mode_is_the_default_without_a_database(variables, demo):
    variables = dict(variables)
    default_to_demo(variables)
    assert variables.get("DEMO") == demo
