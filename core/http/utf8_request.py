"""The request that the service reads: text is UTF-8, and a header that can't be read does no harm."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters

MAX_PARAMETERS_LENGTH = 10_000  # of a header with parameters; Django 6 fails on longer ones


class UTF8Request(WSGIRequest):
    """A request whose text is UTF-8, whatever charset it names.

    Django would decode with any codec that Python knows, and some of them fail before the first middleware.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        header = meta.get("CONTENT_TYPE", "")
        readable = is_readable(header)  # the CleanRequest middleware refuses the others
        self.content_type, self.content_params = parse_header_parameters(header) if readable else ("", {})


def is_readable(header: str) -> bool:
    """Return whether Django can parse the parameters of a header such as Accept: `name*=charset''text` may fail."""
    if len(header) > MAX_PARAMETERS_LENGTH:
        return False
    try:
        for part in [header, *header.split(",")] if "*=" in header else []:
            parse_header_parameters(part)
    except ValueError:
        return False
    return True
