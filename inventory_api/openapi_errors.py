"""The schema of the bodies of refusals."""

from typing import Any

# Every code of docs/errors.md. A test compares the two.
CODES = [
    "already_reversed",
    "bad_authorization_header",
    "bad_request",
    "body_too_large",
    "code_taken",
    "counted_twice",
    "database_unavailable",
    "error",
    "idempotency_key_reused",
    "import_running",
    "insufficient_stock",
    "invalid",
    "invalid_file",
    "invalid_idempotency_key",
    "invalid_lines",
    "invalid_rows",
    "length_required",
    "method_not_allowed",
    "migrations_pending",
    "missing_slash",
    "no_active_account",
    "not_acceptable",
    "not_authenticated",
    "not_found",
    "outcome_unknown",
    "parse_error",
    "permission_denied",
    "product_archived",
    "product_not_found",
    "quantity_changed",
    "report_too_long",
    "statement_too_long",
    "stock_limit_exceeded",
    "stock_operation_one_reversal",
    "throttled",
    "token_not_valid",
    "token_revoked",
    "too_busy",
    "too_many_rows",
    "took_too_long",
    "unsupported_media_type",
    "user_inactive",
    "user_not_found",
]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def array_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
# docs/errors.md says which code comes with which of these.
NUMBERS = {
    "product": INTEGER,
    "available": INTEGER,
    "requested": INTEGER,
    "limit": INTEGER,
    "expected": INTEGER,
    "actual": INTEGER,
    "expected_sequence": INTEGER,
    "actual_sequence": INTEGER,
    "operation": INTEGER,
    "reversed_by": INTEGER,
    "total": INTEGER,
}
WORDS = {"field": TEXT, "reason": TEXT, "address": TEXT}
# These names stand for a part of the case, and for a field or parameter. They have no type: client generators fail on
# a choice of two.
ALSO_FIELDS = {
    name: {"description": f"With a `code`, {what}. Without one, a list of messages about the field `{name}`."}
    for name, what in {
        "product": "the id of a product",
        "operation": "the id of an operation",
        "reason": "what is wrong with the file",
    }.items()
}
LINES = {
    "description": "With a `code`, a LineError for each wrong line. Without one, messages about the field `lines`.",
    "type": "array",
    "items": {},
}
MESSAGES = array_of(TEXT)
FIELD_ERRORS = {
    "description": "What is wrong with each field.",
    "type": "object",
    "additionalProperties": MESSAGES,
}
LINE_ERROR = {
    "description": "What is wrong with one line of a request. `line` is its number, from 0.",
    "type": "object",
    "properties": {
        "line": INTEGER,
        "code": ref("ErrorCode"),
        "detail": TEXT,
        "errors": ref("FieldErrors"),
        **NUMBERS,
        **WORDS,
    },
    "required": ["line", "code"],
    "additionalProperties": True,
}
ROW_ERROR = {
    "description": "What is wrong with a cell or row of an imported file.",
    "type": "object",
    "properties": {"line": INTEGER, "column": TEXT, "reason": TEXT},
    "required": ["line", "column", "reason"],
}
CASE = {
    "detail": {**TEXT, "description": "What is wrong, for people. The wording may change."},
    "code": ref("ErrorCode"),
    **NUMBERS,
    **WORDS,
    "rows": array_of(ref("RowError")),
}
ERROR = {
    "description": "What is wrong: for people, for programs as a code of docs/errors.md, and the numbers of the case.",
    "type": "object",
    "properties": {**CASE, "lines": array_of(ref("LineError"))},
    "required": ["detail", "code"],
    "additionalProperties": True,
}
# `additionalProperties` are lists of messages, yet TypeScript can't type them apart from the properties.
INVALID = {
    "description": "Has a `code` with a `detail` and the numbers of the case where a rule forbids the request."
    " Otherwise each property is the name of a field or parameter, and its value a list of messages.",
    "type": "object",
    "properties": {**CASE, **ALSO_FIELDS, "lines": LINES},
    "additionalProperties": True,
}
SCHEMAS = {
    "Error": ERROR,
    "ErrorCode": {"type": "string", "enum": CODES},
    "FieldErrors": FIELD_ERRORS,
    "Invalid": INVALID,
    "LineError": LINE_ERROR,
    "RowError": ROW_ERROR,
}
