"""Read settings and the addresses of servers from environment variables. Collect a sentence for each problem."""

import re
from collections.abc import Mapping, MutableMapping
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

MAIL_FORM = "smtp://user:password@host:587/?tls=starttls"
FORM = "postgres://user:password@host:5432/name"
LIST_FORM = "postgres://user:password@a:5432,b:5433/name"
SESSION_KINDS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
MAX_PORT = 65535
PARTS = re.compile(r"(?P<scheme>\w+://)(?P<user>[^/?#]*@)?(?P<hosts>[^/?#@]*)(?P<rest>.*)")
HOST = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[\w.%-]+))(?::(?P<port>\d{1,5}))?", re.ASCII)


Settings = dict[str, Any]  # Django's settings of a database


class InvalidDatabaseURL(ValueError):
    """The address is malformed. The message continues after the setting's name, and quotes no possible password."""


def parse_database_url(url: str) -> Settings:
    """Return Django's settings of the database at this address. Hosts are joined by commas, and so are their ports."""
    parts = PARTS.fullmatch(url)
    if parts is None or "," not in parts["hosts"]:
        return parse_single(url)
    hosts = [parse_host(host) for host in parts["hosts"].split(",")]
    database = parse_single(f"{parts['scheme']}{parts['user'] or ''}host{parts['rest']}")
    names, ports = zip(*hosts, strict=True)
    if any(ports) and not all(ports):
        raise InvalidDatabaseURL(f"has ports for some of its hosts: write a port for each host, {LIST_FORM}.")
    return {**database, "HOST": ",".join(names), "PORT": ",".join(filter(None, ports))}


def parse_single(url: str) -> Settings:
    """Return Django's settings of an address with one host."""
    try:
        database: Settings = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        database = {}
    if database.get("ENGINE") != "django.db.backends.postgresql":
        raise InvalidDatabaseURL(f"is not a PostgreSQL address: write {FORM}.")
    kind = database.get("OPTIONS", {}).get("target_session_attrs", "any")
    if kind not in SESSION_KINDS:
        raise InvalidDatabaseURL(f"has target_session_attrs={kind}: set it to {' or '.join(SESSION_KINDS)}.")
    return database


def parse_host(text: str) -> tuple[str, str]:
    """Return the host and the port. The port is empty if the list does not have it."""
    match = HOST.fullmatch(text)
    if match is None or (match["port"] and not 1 <= int(match["port"]) <= MAX_PORT):
        raise InvalidDatabaseURL(f"has a malformed list of hosts: write {LIST_FORM}.")
    return match["ipv6"] or unquote(match["name"]), match["port"] or ""


# The ports by the value of `tls`. The first value is the default.
DEFAULT_PORTS = {"starttls": 587, "ssl": 465, "off": 25}
BACKENDS = "django.core.mail.backends"
PRINTING_BACKEND = "core.mail.DemoBackend"


class MailServer(NamedTuple):
    """The values of Django's EMAIL_… settings. The defaults are those of a service that sends no mail."""

    backend: str = f"{BACKENDS}.dummy.EmailBackend"
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    ssl: bool = False


def parse_email_url(url: str) -> MailServer:
    """Return the server of `smtp://user:password@host:port/?tls=starttls|ssl|off` or `console:`. Raise ValueError."""
    if url == "console:":
        return MailServer(PRINTING_BACKEND)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = options.pop("tls", "starttls")
    if parts.scheme != "smtp" or not parts.hostname or parts.path.strip("/") or options or tls not in DEFAULT_PORTS:
        raise ValueError("not the address of a mail server")
    return MailServer(
        backend=f"{BACKENDS}.smtp.EmailBackend",
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[tls],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=tls == "starttls",
        ssl=tls == "ssl",
    )


def default_public_url(hosts: list[str], port: int, *, is_local: bool, https: bool) -> str:
    """Return the address of the first host, or an empty text if that is a pattern, which several hosts match."""
    if is_local:
        return f"http://127.0.0.1:{port}"
    host = hosts[0] if hosts else "*"
    return "" if host.startswith((".", "*")) else f"{'https' if https else 'http'}://{host}"


DATABASE_VARIABLES = ("DATABASE_URL", "DB_NAME")
POOLERS = ("off", "on", "prepared")
ENGINE, EMBEDDED_ENGINE = "core.database.postgres", "core.database.embedded"
FLAGS = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}


class Environment:
    """Typed access to environment variables; `raise_problems()` reports all problems at once."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the trimmed value, or the default if it is unset or empty."""
        return self.variables.get(name, "").strip() or default

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Return the items of a comma-separated list of networks in CIDR notation."""
        networks = []
        for word in self.words(name):
            try:
                networks.append(ip_network(word))
            except ValueError:
                self.add_problem(f"{name} names {word!r}: write each network as 10.1.0.0/16 or fd00:1::/32.")
        return networks

    def origins(self, name: str) -> list[str]:
        """Return the items of a comma-separated list of origins. Each needs a scheme."""
        origins = self.words(name)
        for origin in origins:
            if not origin.startswith(("https://", "http://")):
                self.add_problem(f"{name} names {origin!r}: write each origin with its scheme, https://{origin}.")
        return origins

    def origin(self, name: str, default: str) -> str:
        """Return an origin, `https://host` or `http://host:port`, without a slash at the end."""
        origin = self.text(name, default).rstrip("/")
        if origin and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", origin):
            self.add_problem(f"{name} is {origin!r}: write the service's address, https://shop.example.org.")
        return origin

    def font(self, name: str) -> str:
        """Return the name of a file on a label printer, which becomes a part of commands for it."""
        font = self.text(name)
        if font and not re.fullmatch(r"[A-Z]:[A-Z0-9_-]{1,16}\.[A-Z]{3}", font):
            self.add_problem(f"{name} is {font!r}: write the name of a font on the printer, such as E:TT0003M_.FNT.")
        return font

    def mail(self, name: str, local: bool) -> MailServer | None:
        """Return the mail server, or None if the variable is unset. A developer's machine prints mail by default."""
        url = self.text(name, "console:" if local else "")
        try:
            server = parse_email_url(url) if url else None
        except ValueError:
            self.add_problem(f"{name} is not a mail server's address: write {MAIL_FORM}.")
            return None
        if url == "console:" and not local:
            self.add_problem(f"{name} is 'console:', which prints links that set passwords: use it in demo mode only.")
        return server

    def sender(self, name: str, default: str) -> str:
        """Return the address that mail is sent from, perhaps with a name before it: `Shop <shop@example.org>`."""
        sender = self.text(name, default)
        if sender and [address.count("@") for _, address in getaddresses([sender])] != [1]:
            self.add_problem(f'{name} is {sender!r}: write one address, "Tea, Ltd" <shop@example.org>.')
        return sender

    def flag(self, name: str, default: bool = False) -> bool:
        """Return the boolean for `on`, `true`, `yes`, `1` or their opposites, ignoring case."""
        value = self.text(name)
        if value and value.lower() not in FLAGS:
            self.add_problem(f"{name} is {value!r}: set it to on or off.")
        return FLAGS.get(value.lower(), default)

    def number(self, name: str, default: int, minimum: int = 0, maximum: int = 1_000_000) -> int:
        """Return the whole number in ASCII digits. Return the default if it is malformed or out of range."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and minimum <= int(value) <= maximum):
            self.add_problem(f"{name} is {value!r}: set it to a whole number from {minimum} to {maximum}.")
            return default
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices. The first one is the default."""
        value = self.text(name, choices[0])
        if value not in choices:
            self.add_problem(f"{name} is {value!r}: set it to {' or '.join(choices)}.")
        return value

    def add_problem(self, sentence: str) -> None:
        self.problems.append(sentence)

    def raise_problems(self) -> None:
        """Raise ImproperlyConfigured with one line per problem, if there are any."""
        if self.problems:
            raise ImproperlyConfigured("\n".join(self.problems))

    def database(self, demo: bool) -> Settings:
        """Return Django's database settings from `DATABASE_URL` or `DB_*`. Demo mode uses the embedded server."""
        if demo and has_database_setting(self.variables):
            self.add_problem("DEMO runs on the embedded database only: unset DEMO, or DATABASE_URL and DB_NAME.")
        elif url := self.text("DATABASE_URL"):
            return self.parse_database("DATABASE_URL", url)
        elif self.text("DB_NAME"):
            return {
                "ENGINE": ENGINE,
                "NAME": self.text("DB_NAME"),
                "USER": self.text("DB_USER"),
                "PASSWORD": self.text("DB_PASSWORD"),
                "HOST": self.text("DB_HOST"),
                "PORT": self.text("DB_PORT"),
            }
        elif not demo:
            self.add_problem(
                "No database is set: set DATABASE_URL, or DB_NAME, DB_USER, DB_PASSWORD, DB_HOST and DB_PORT"
                " (or DEMO=on, to try the product on its embedded database)."
            )
        return {"ENGINE": EMBEDDED_ENGINE, "NAME": "postgres"}

    def direct_database(self, demo: bool) -> Settings | None:
        """Return Django's settings of `DIRECT_DATABASE_URL`, or None if it is unset."""
        url = self.text("DIRECT_DATABASE_URL")
        if url and demo:
            self.add_problem("DEMO runs on the embedded database only: unset DEMO, or DIRECT_DATABASE_URL.")
        return self.parse_database("DIRECT_DATABASE_URL", url) if url else None

    def replicas(self, name: str, demo: bool) -> dict[str, Settings]:
        """Return Django's settings of each replica by its alias: `replica`, `replica_2` and so on."""
        addresses = self.text(name).split()
        if addresses and demo:
            self.add_problem(f"DEMO runs on the embedded database only: unset DEMO, or {name}.")
        aliases = ["replica", *(f"replica_{number}" for number in range(2, len(addresses) + 1))]
        return {alias: self.parse_database(name, url) for alias, url in zip(aliases, addresses, strict=False)}

    def parse_database(self, name: str, url: str) -> Settings:
        """Return Django's settings of the database at this address, which is in the variable `name`."""
        try:
            return {**parse_database_url(url), "ENGINE": ENGINE}
        except InvalidDatabaseURL as error:
            self.add_problem(f"{name} {error}")
            return {"ENGINE": ENGINE, "NAME": ""}

    def pooler(self, name: str) -> str:
        """Return one of POOLERS. The words for a flag are accepted as well."""
        value = self.text(name, "off").lower()
        if value in FLAGS:
            return "on" if FLAGS[value] else "off"
        if value not in POOLERS:
            self.add_problem(f"{name} is {self.text(name)!r}: set it to {' or '.join(POOLERS)}.")
            return "off"
        return value


def has_database_setting(variables: Mapping[str, str]) -> bool:
    """Return whether the environment names a database."""
    return any(variables.get(name, "").strip() for name in DATABASE_VARIABLES)


def default_to_demo(variables: MutableMapping[str, str]) -> None:
    """Turn DEMO on if no database is named and DEMO is unset. `make run` and the tests call this."""
    if not has_database_setting(variables):
        variables.setdefault("DEMO", "on")


def default_to_worker(variables: MutableMapping[str, str]) -> None:
    """Turn START_WORKER on if it is unset. `make run` calls this, because it runs the whole service by one command."""
    variables.setdefault("START_WORKER", "on")
