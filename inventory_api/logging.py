"""One JSON object per log line; control characters are escaped by JSON itself."""

import json
import logging
from datetime import UTC, datetime


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
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
