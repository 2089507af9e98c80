"""How log lines look: a JSON object each, or plain words for people. Neither lets a text pass for a line of its own."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import SuspiciousOperation

# What PostgreSQL says below its message, up to the trace's next part or its end.
ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+): .*?(?=^(The above|During handling|Traceback) |\Z)", re.M | re.S)

# Of an address in a message, what is asked: gunicorn and Django name whole addresses. A question goes on with a space.
URL_QUERY = re.compile(r"\?\S.*", re.S)


class Formatter(logging.Formatter):
    """What both formats have: time, level, logger, message, `extra["fields"]`, request id, trace."""

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        """The line's fields, in their order."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": URL_QUERY.sub("?…", record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if request := getattr(record, "request", None):
            line["request_id"] = getattr(request, "META", {}).get("HTTP_X_REQUEST_ID")
        if record.exc_info and not isinstance(record.exc_info[1], SuspiciousOperation):  # the client's doing, no bug
            line["trace"] = self.formatException(record.exc_info)
        return line

    def formatException(self, ei: Any) -> str:  # noqa: N802, the name is logging's
        """The trace, without local variables and without the row's values that PostgreSQL adds to a message."""
        return ROW_VALUES.sub("", super().formatException(ei))


class JSONFormatter(Formatter):
    """One JSON object; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record), default=str)


class PlainFormatter(Formatter):
    """Time, level, logger, message, then name=value; a trace on lines of its own, indented as no first line is."""

    def format(self, record: logging.LogRecord) -> str:
        line = self.parts(record)
        trace = line.pop("trace", "")
        head = [line.pop(name) for name in ("time", "level", "logger", "message")]
        words = [
            *map(escape, head),
            *(f"{name}={escape(value)}" for name, value in line.items()),
        ]
        return "\n".join([" ".join(words), *(f"    {escape(row)}" for row in trace.splitlines())])


def escape(value: Any) -> str:
    """The value in characters that neither end a line nor steer a terminal; nothing is a dash."""
    text = "-" if value is None else str(value)
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
