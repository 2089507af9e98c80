"""The request class of the service: text is always UTF-8, and unreadable headers raise no error."""

from typing import Any

from django.contrib.messages.storage import default_storage
from django.core.handlers.wsgi import WSGIRequest
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

MAX_HEADER_LENGTH = 10_000  # the limit for a header with parameters; Django 6 raises an error for longer ones


class UTF8Request(WSGIRequest):
    """A request whose text is always decoded as UTF-8, even if it names another charset.

    Django would use any codec that Python knows, and some of them raise errors before the first middleware runs.
    """

    @cached_property
    def _messages(self) -> Any:
        return default_storage(self)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        header = meta.get("CONTENT_TYPE", "")
        readable = is_readable(header)  # the middleware CleanRequest refuses unreadable headers
        self.content_type, self.content_params = parse_header_parameters(header) if readable else ("", {})


def is_readable(header: str) -> bool:
    """Return whether Django can parse the parameters of a header such as Accept.

    Django raises an error for some parameters of the form `name*=charset''text`.
    """
    if len(header) > MAX_HEADER_LENGTH:
        return False
    try:
        for part in [header, *header.split(",")] if "*=" in header else []:
            parse_header_parameters(part)
    except ValueError:
        return False
    return True
