"""Reads `EMAIL_URL`, the address of the mail server, and finds the address that links in mails begin with."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

# The ports by the value of `tls`. The first value is the default.
DEFAULT_PORTS = {"starttls": 587, "ssl": 465, "off": 25}
BACKENDS = "django.core.mail.backends"


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
    """Return the server of `smtp://user:password@host:port/?tls=starttls|ssl|off`, or the console for `console:`.

    Raise ValueError if the address is malformed. User and password are percent-encoded.
    """
    if url == "console:":
        return MailServer(f"{BACKENDS}.console.EmailBackend")
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
