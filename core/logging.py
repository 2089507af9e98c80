"""The formats of log lines: JSON or plain text. In both, a logged value can't start a new line."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import SuspiciousOperation

# Matches the details that PostgreSQL adds below its message. They end at the next part of the trace, or at its end.
ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+): .*?(?=^(The above|During handling|Traceback) |\Z)", re.M | re.S)

# Matches the query of an address in a message: gunicorn and Django log whole addresses. A `?` before a space is
# punctuation.
URL_QUERY = re.compile(r"\?\S.*", re.S)


class Formatter(logging.Formatter):
    """The base of both formats. A line has time, level, logger, message, `extra["fields"]`, request id and trace."""

    def get_fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the fields of the line in their order."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": URL_QUERY.sub("?…", record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if request := getattr(record, "request", None):
            line["request_id"] = getattr(request, "META", {}).get("HTTP_X_REQUEST_ID")
        # The client causes a SuspiciousOperation, so its trace is not logged.
        if record.exc_info and not isinstance(record.exc_info[1], SuspiciousOperation):
            line["trace"] = self.formatException(record.exc_info)
        return line

    def formatException(self, ei: Any) -> str:  # noqa: N802, overrides logging's method
        """Return the trace, without local variables and without the row values that PostgreSQL adds to a message."""
        return ROW_VALUES.sub("", super().formatException(ei))


class JSONFormatter(Formatter):
    """Writes one JSON object per line. JSON escapes control characters."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.get_fields(record), default=str)


class PlainFormatter(Formatter):
    """Writes time, level, logger and message, followed by name=value pairs. A trace follows on indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        line = self.get_fields(record)
        trace = line.pop("trace", "")
        head = [line.pop(name) for name in ("time", "level", "logger", "message")]
        words = [
            *map(escape_unprintable, head),
            *[f"{name}={escape_unprintable(value)}" for name, value in line.items()],
        ]
        return "\n".join([" ".join(words), *(f"    {escape_unprintable(row)}" for row in trace.splitlines())])


def escape_unprintable(value: Any) -> str:
    """Return the value with unprintable characters escaped, so that it is safe in a terminal. None becomes a dash."""
    text = "-" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
