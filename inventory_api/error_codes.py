"""The table of error codes: those of every DomainError, and OTHER_ERROR_CODES. docs/errors.md has a part of it."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from core.errors import DomainError, find_advice
from inventory_api.documentation.rendering import render


class ErrorRow(NamedTuple):
    """A row of the table of error codes, in Markdown. `also` lists the other keys of the response."""

    code: str
    status: int
    when: str
    also: str = ""

    @property
    def advice(self) -> str:
        return find_advice(self.code, self.status)


OTHER_ERROR_CODES = [
    ErrorRow("bad_authorization_header", 401, "not exactly one token follows `Bearer` or `Token`"),
    ErrorRow("bad_request", 400,
        "the request can't be processed at all. Its `Host` may be unknown, or a cookie may have a control character"),
    ErrorRow("body_too_large", 413, "the body is larger than the limit"),
    ErrorRow("database_unavailable", 503,
        "the database is unreachable, restarting or full of connections. Retry after `Retry-After` seconds"),
    ErrorRow("error", 500, "a fault of the service: the log line with the response's `X-Request-ID` has the trace"),
    ErrorRow("import_running", 503,
        "another import of the shop is running, or its products keep changing. Nothing was imported: retry after"
        " `Retry-After` seconds"),
    ErrorRow("key_expired", 401, "the API key has expired"),
    ErrorRow("key_not_valid", 401,
        "there is no such API key. The response is the same for an unknown key and for a wrong secret"),
    ErrorRow("key_revoked", 401, "the API key was revoked, or a backup was restored"),
    ErrorRow("length_required", 411, "the request has a body but no `Content-Length`"),
    ErrorRow("link_ended", 404, "the link of a mail has expired or is malformed, or its shop is closed"),
    ErrorRow("locked", 503,
        "another request locks the same rows for longer than `DB_LOCK_TIMEOUT`. It may be a large booking of the same"
        " products. Nothing was changed: retry after `Retry-After` seconds"),
    ErrorRow("method_not_allowed", 405, "the route does not take this method; `Allow` lists its methods"),
    ErrorRow("migrations_pending", 503, "`/readyz`: the database has not been migrated to this release"),
    ErrorRow("missing_slash", 404, "a write to an address without the slash at its end", "`address`"),
    ErrorRow("no_active_account", 401, "the user name or the password is wrong"),
    ErrorRow("not_acceptable", 406, "the route can't respond with any type that `Accept` names"),
    ErrorRow("not_authenticated", 401,
        "no credentials were sent, or `Authorization` begins with neither `Bearer` nor `Token`"),
    ErrorRow("not_found", 404, "no such route, page or row; or a row of another account"),
    ErrorRow("outcome_unknown", 503,
        "the connection to the database broke during the commit. The change may have taken effect. To find out, send"
        " the same request with the same `Idempotency-Key`; without a key, check before you repeat it"),
    ErrorRow("parse_error", 400, "the body is no well-formed JSON object or form, has a name twice, or ended early"),
    ErrorRow("permission_denied", 403,
        "the user's role may not do this; or a write with a browser session has no CSRF token"),
    ErrorRow("stock_operation_one_reversal", 409, "`already_reversed`, refused by the database itself"),
    ErrorRow("tables_differ", 503, "`/readyz`: the tables are not those of the recorded migrations"),
    ErrorRow("throttled", 429,
        "too many requests, or too many of one kind. Expensive requests, wrong sign-ins and sign-ups have limits of"
        " their own. Retry after `Retry-After` seconds"),
    ErrorRow("token_not_valid", 401,
        "the token is expired, malformed, used or of the wrong kind. A refresh token can be used once"),
    ErrorRow("token_revoked", 401, "the token is older than a new password, a deactivation or a restored backup"),
    ErrorRow("too_busy", 503,
        "too many sign-ins, sign-ups, workbooks or pictures are being processed. Retry after `Retry-After` seconds"),
    ErrorRow("took_too_long", 503,
        "the database stopped the request at `DB_STATEMENT_TIMEOUT`: nothing was changed. There is no `Retry-After`,"
        " because the same request would reach the limit again: request a shorter period, use another filter or send"
        " a smaller file"),
    ErrorRow("unsupported_media_type", 415, "the route does not read bodies of this type"),
    ErrorRow("user_inactive", 401, "the user is deactivated, or its employer is, or is no owner any more"),
    ErrorRow("user_not_found", 401, "the token's user does not exist any more"),
]  # fmt: skip


ROWS = re.compile(r"(?<=\n\| --- \| --- \| --- \|\n)(?:\|.*\n)*")
SENTENCE_END = re.compile(r"\.(?= [A-Z])")


@cache
def read_error_codes() -> list[ErrorRow]:
    """Return the rows of the table for the page, in its order, with HTML instead of Markdown."""
    return [row._replace(when=to_html(row.when), also=to_html(row.also)) for row in list_rows()]


def list_rows() -> list[ErrorRow]:
    """Return the rows of the table, ordered by code."""
    import_module(settings.ROOT_URLCONF)  # this imports every error
    documented = (error for error in list_errors(DomainError) if "when" in vars(error))
    own = [ErrorRow(error.code, error.status, error.when, error.also) for error in documented]
    return sorted([*own, *OTHER_ERROR_CODES])


def list_errors(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from list_errors(subclass)


def to_html(text: str) -> SafeString:
    """Return the Markdown of a cell as HTML, with links to the pages of the documentation."""
    return mark_safe(render(text, "docs/errors.md").html.strip().removeprefix("<p>").removesuffix("</p>"))  # noqa: S308


def replace_table(page: str) -> str:
    """Return the text of docs/errors.md with the present rows of the table: of each code the first sentence."""
    rows = [f"| `{row.code}` | {row.status} | {SENTENCE_END.split(row.when)[0]} |\n" for row in list_rows()]
    return ROWS.sub(lambda _: "".join(rows), page)
