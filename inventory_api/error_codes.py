"""The table of error codes, read from docs/errors.md, the only place that describes them."""

import re
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)


class ErrorCode(NamedTuple):
    """A row of the table."""

    code: str
    status: int
    when: SafeString
    also: SafeString


@cache
def read_error_codes() -> list[ErrorCode]:
    """Return the rows of the table, in its order."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    return [ErrorCode(code, int(status), to_html(when), to_html(also)) for code, status, when, also in rows]


def to_html(text: str) -> SafeString:
    """Return the text of a cell as HTML, with text in backticks as <code>."""
    parts = text.split("`")
    marked = [format_html("<code>{}</code>", part) if number % 2 else part for number, part in enumerate(parts)]
    return format_html_join("", "{}", ((part,) for part in marked))
