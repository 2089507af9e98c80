"""Reading the environment: accepted values, and the messages for other values."""

from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import ConnectionHandler

from core.environment import EMBEDDED_ENGINE, ENGINE, Environment, default_to_demo
from testing.tables import all_cases

URL = "postgres://user:secret@db.example.org:5433/shop"


@all_cases("word", ["on", "ON", "true", "True", "1", "yes", " on "])
def test_reads_a_flag_that_is_on(word):
    env = Environment({"DEBUG": word})
    assert env.flag("DEBUG") is True
    assert env.problems == []


@all_cases("word", ["off", "OFF", "false", "0", "no"])
def test_reads_a_flag_that_is_off(word):
    env = Environment({"HTTPS": word})
    assert env.flag("HTTPS", default=True) is False
    assert env.problems == []


@all_cases("variables", [{}, {"HTTPS": ""}, {"HTTPS": "  "}])
@all_cases("default", [True, False])
def test_an_empty_flag_has_its_default(variables, default):
    assert Environment(variables).flag("HTTPS", default=default) is default


def test_refuses_an_invalid_flag():
    env = Environment({"DEBUG": "maybe"})
    assert env.flag("DEBUG") is False
    assert env.problems == ["DEBUG is 'maybe': set it to on or off."]


@all_cases(("text", "number"), [("9000", 9000), (" 9000 ", 9000), ("", 8000), ("1", 1), ("65535", 65535)])
def test_reads_a_number(text, number):
    env = Environment({"PORT": text})
    assert env.number("PORT", 8000, minimum=1, maximum=65535) == number
    assert env.problems == []


@all_cases("text", ["0", "65536", "-1", "1e3", "80.0", "http", "1_000", "٨٠٠٠", "9" * 50])
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


@all_cases(("text", "words"), [("", []), (" , ,", []), ("a", ["a"]), (" a ,b,, c", ["a", "b", "c"])])
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


@all_cases(
    ("address", "host", "port"),
    [
        ("a:5432,b:5433", "a,b", "5432,5433"),
        ("me:p%40ss@a.example.org:5432,b_2:5433,10.0.0.1:1", "a.example.org,b_2,10.0.0.1", "5432,5433,1"),
        ("me:p,s@a,b", "a,b", ""),
        ("[::1]:5432,[fe80::2]:65535", "::1,fe80::2", "5432,65535"),
        ("%2Frun%2Fa,%2Frun%2Fb", "/run/a,/run/b", ""),
    ],
)
def test_parses_a_list_of_hosts_with_their_ports(address, host, port):
    url = f"postgres://{address}/shop?target_session_attrs=read-write"
    env = Environment({"DATABASE_URL": url})
    database = env.database(demo=False)
    assert env.problems == []
    assert (database["ENGINE"], database["HOST"], database["PORT"], database["NAME"]) == (ENGINE, host, port, "shop")
    assert database["OPTIONS"] == {"target_session_attrs": "read-write"}


def test_the_next_host_of_the_list_is_used_if_the_first_is_away(db):
    """The first host is a folder without a socket, so that the test does not depend on the network."""
    own = connection.get_connection_params()
    host, port = quote(own.get("host", ""), safe=""), own.get("port", 5432)
    url = f"postgres://%2Fnowhere:1,{host}:{port}/{own['dbname']}?target_session_attrs=read-write"
    database = Environment({"DATABASE_URL": url}).database(demo=False)
    parameters = own | {"host": database["HOST"], "port": database["PORT"], **database["OPTIONS"]}
    connected = ConnectionHandler({"default": database | {"OPTIONS": {}}})["default"].get_new_connection(parameters)
    assert connected.info.host == own["host"]
    connected.close()


@all_cases("hosts", ["a:x,b:1", "a,,b", ",", "a:0,b:1", "a:1,b:65536", "a:1:2,b:1", "a b,c", "[::1,b", "ä,b"])
def test_refuses_a_malformed_list_of_hosts_without_quoting_it(hosts):
    env = Environment({"DATABASE_URL": f"postgres://user:secret@{hosts}/shop"})
    env.database(demo=False)
    assert env.problems == [
        "DATABASE_URL has a malformed list of hosts: write postgres://user:password@a:5432,b:5433/name."
    ]


def test_refuses_ports_for_some_of_the_hosts():
    env = Environment({"DATABASE_URL": "postgres://user:secret@a,b:5433/shop"})
    env.database(demo=False)
    assert env.problems == [
        "DATABASE_URL has ports for some of its hosts: write a port for each host,"
        " postgres://user:password@a:5432,b:5433/name."
    ]


def test_refuses_an_unknown_kind_of_session():
    env = Environment({"DATABASE_URL": "postgres://a,b/shop?target_session_attrs=writable"})
    env.database(demo=False)
    assert env.problems == [
        "DATABASE_URL has target_session_attrs=writable: set it to"
        " any or read-write or read-only or primary or standby or prefer-standby."
    ]


def test_the_direct_database_is_optional_and_checked():
    assert Environment({"DATABASE_URL": URL}).direct_database(demo=False) is None
    assert Environment({"DIRECT_DATABASE_URL": URL}).direct_database(demo=False)["HOST"] == "db.example.org"
    env = Environment({"DIRECT_DATABASE_URL": "mysql://host/name"})
    env.direct_database(demo=False)
    assert env.problems == [
        "DIRECT_DATABASE_URL is not a PostgreSQL address: write postgres://user:password@host:5432/name."
    ]


def test_refuses_demo_mode_with_a_direct_database():
    env = Environment({"DIRECT_DATABASE_URL": URL})
    env.direct_database(demo=True)
    assert env.problems == ["DEMO runs on the embedded database only: unset DEMO, or DIRECT_DATABASE_URL."]


@all_cases(
    ("value", "pooler"),
    [("", "off"), ("off", "off"), ("0", "off"), ("on", "on"), ("True", "on"), ("prepared", "prepared"), ("OFF", "off")],
)
def test_reads_the_kind_of_pooler(value, pooler):
    env = Environment({"DB_POOLER": value})
    assert (env.pooler("DB_POOLER"), env.problems) == (pooler, [])


def test_refuses_an_unknown_kind_of_pooler():
    env = Environment({"DB_POOLER": "Session"})
    assert env.pooler("DB_POOLER") == "off"
    assert env.problems == ["DB_POOLER is 'Session': set it to off or on or prepared."]


def test_reads_the_parts_of_a_database_unchanged():
    parts = {"NAME": "shop", "USER": "user", "PASSWORD": "secret", "HOST": "db.example.org", "PORT": "5433"}
    database = Environment({f"DB_{name}": value for name, value in parts.items()}).database(demo=False)
    assert database == {"ENGINE": ENGINE, **parts}
    assert Environment({"DB_NAME": "shop"}).database(demo=False)["HOST"] == ""


@all_cases("url", ["mysql://host/name", "sqlite:///shop.db", "shop", "postgres://host:port/name", "://"])
def test_refuses_an_invalid_database_address_without_quoting_it(url):
    env = Environment({"DATABASE_URL": url})
    env.database(demo=False)
    assert env.problems == ["DATABASE_URL is not a PostgreSQL address: write postgres://user:password@host:5432/name."]


def test_demo_mode_uses_the_embedded_database():
    env = Environment({"DB_NAME": " "})
    assert env.database(demo=True)["ENGINE"] == EMBEDDED_ENGINE
    assert env.problems == []


@all_cases("variables", [{"DATABASE_URL": URL}, {"DB_NAME": "shop"}])
def test_refuses_demo_mode_with_another_database(variables):
    env = Environment(variables)
    env.database(demo=True)
    assert env.problems == ["DEMO runs on the embedded database only: unset DEMO, or DATABASE_URL and DB_NAME."]


def test_refuses_settings_without_a_database():
    env = Environment({"DB_HOST": "db.example.org"})
    env.database(demo=False)
    (problem,) = env.problems
    assert problem.startswith("No database is set: set DATABASE_URL, or DB_NAME")


@all_cases(
    ("variables", "demo"),
    [({}, "on"), ({"DEMO": "off"}, "off"), ({"DATABASE_URL": URL}, None), ({"DB_NAME": "shop"}, None)],
)
def test_demo_mode_is_the_default_without_a_database(variables, demo):
    variables = dict(variables)
    default_to_demo(variables)
    assert variables.get("DEMO") == demo
