"""One JSON object per log line; control characters are escaped by JSON itself."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import SuspiciousOperation

# What PostgreSQL says below its message, up to the trace's next part or its end.
VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+): .*?(?=^(The above|During handling|Traceback) |\Z)", re.M | re.S)


class JSONFormatter(logging.Formatter):
    """Formats a record as JSON: time, level, logger, message, `extra["fields"]`, request id, trace."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if request := getattr(record, "request", None):
            line["request_id"] = getattr(request, "META", {}).get("HTTP_X_REQUEST_ID")
        if record.exc_info and not isinstance(record.exc_info[1], SuspiciousOperation):  # the client's doing, no bug
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)

    def formatException(self, ei: Any) -> str:  # noqa: N802, the name is logging's
        """The trace, without local variables and without the row's values that PostgreSQL adds to a message."""
        return VALUES.sub("", super().formatException(ei))
