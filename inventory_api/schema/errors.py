"""The schema of error bodies."""

from typing import Any

from core.fields import TWO_PLACES


def make_reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def array_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
# docs/errors.md says which of these each code has.
INTEGERS = """
    product available requested limit actual expected_sequence actual_sequence operation reversed_by
    last products reservation order supplier reserved till highest number sold returned quantity payment edit undone_by
    status into movement customer price_group row first second quote
"""
TEXTS = """
    field other reason address required state expires_on closes_at option type key choice role letters text unit value
    offer parameter currency starts_on ends_on
"""
INTEGER_VALUES = dict.fromkeys(INTEGERS.split(), INTEGER)
TEXT_VALUES = {
    **dict.fromkeys(TEXTS.split(), TEXT),
    **{name: {**TEXT, "format": "date-time"} for name in ("updated_at", "occurred_at", "earliest")},
    **dict.fromkeys(
        ("amount", "tendered", "paid", "due", "counted", "float", "opening", "list_price", "unit_price", "left"),
        TWO_PLACES,
    ),
    "known": {**TEXT, "nullable": True},
}
# An id, or what was sent if no row was found, a number or an amount. They have no type: client generators fail on a
# choice of two types.
PLACES = {
    "location": {"description": "The id of a location; with `location_not_found`, what was sent."},
    "error": {"description": "The answer of the list of a saved view, with its `status`."},
    "decimals": {"description": "How many decimals an amount of the product has."},
    "expected": {
        "description": "The number that was expected; with `insufficient_stock` of an order, what purchase"
        " orders will bring, each with its `quantity` and its day, `on`."
    },
    "kit": {"description": "The id of a kit; with `kit_in_kit`, what was sent."},
    "entries": {"description": "The places of a kit among the kits of a sale, from 0."},
    "part": {"description": "The place of a part in the list, from 0; with `not_divisible` its product."},
    "total": {
        "description": "The number of refused lines or rows, or an amount: what a sale was sold for, or the price of a"
        " refused line."
    },
    "lot": {"description": "The id of a lot; with `lot_not_found` and `lot_differs`, the code that was sent."},
}
# Values of errors that are also fields or parameters. They have no type, either, because each is a choice of two.
AMBIGUOUS_PROPERTIES = {
    name: {"description": f"With a `code`, {what}. Without one, a list of messages about the field `{name}`."}
    for name, what in {
        "product": "the id of a product, or with `product_not_found` such a list",
        "type": "the type of an own field",
        "key": "the key of an own field",
        "products": "the number of products",
        "operation": "the id of an operation",
        "supplier": "the id of a supplier",
        "customer": "the id of a customer",
        "currency": "the present currency of the shop",
        "price_group": "the id of a price group",
        "into": "the id of the one that another one was merged into",
        "address": "the address with a slash at its end",
        "reason": "what is wrong with the file",
        "role": "the role that was refused",
        "field": "the name of the field that is taken",
        "state": "what a reservation or an order is already",
        "limit": "the greatest number or amount that is allowed",
        "location": "the id or the name of a location",
        "lot": "the id or the code of a lot",
        "expires_on": "the date that was sent",
        "number": "a number of a till",
        "till": "the id of a till",
        "unit": "the present unit of the product",
        "quantity": "the quantity in stock",
        "total": "the number of refused lines or rows, or what a sale was sold for",
        "amount": "the amount of money that was refused",
        "due": "the amount that is still to be paid",
        "tendered": "the amount that was handed over",
        "counted": "the cash that was counted",
        "float": "the cash that was to stay in the drawer",
        "opening": "the cash that the closing before has left in the drawer",
        "unit_price": "the price that was refused",
        "occurred_at": "the time that was refused",
        "payment": "the id of a payment",
        "kit": "the id of a kit, or with `kit_in_kit` what was sent",
        "entries": "the places of a kit among the kits of a sale",
        "part": "the place of a part in the list, from 0, or with `not_divisible` its product",
    }.items()
}
CODE = {"description": "An ErrorCode; without a `detail`, a list of messages about the field `code`."}
LINES = {
    "description": "With a `code`, a LineError for each wrong line. Without one, messages about the field `lines`.",
    **array_of({}),
}
COLUMNS = {
    "description": "With a `code`, a list with an ImportedColumn for each of the file. Without one, messages about the"
    " field `columns`, or about its items by their numbers from 0.",
}
CHOICES = {
    "description": "With a `code`, a list of the choices of the import. Without one, messages about the field"
    " `choices`, or about its items by their numbers from 0.",
}
ROWS = {
    "description": "With a `code`, a list with a RowError for each wrong cell. Without one, messages about the field"
    " `rows`, or about its items by their numbers from 0.",
}
PARTS = {"description": "Messages about the field `parts`, or about its items by their numbers from 0."}
MAIL = {"description": "Messages about the field `mail`, or about its parts by their names."}
CANDIDATE = {
    "description": "One of several products that a scanned code names.",
    "type": "object",
    "properties": {
        "product": INTEGER, "name": TEXT, "sku": TEXT, "barcode": TEXT, "matched": TEXT, "quantity": INTEGER
    },
    "required": ["product", "name", "sku", "barcode", "matched", "quantity"],
}  # fmt: skip
MESSAGES = array_of(TEXT)
FIELD_ERRORS = {"description": "What is wrong with each field.", "type": "object", "additionalProperties": MESSAGES}
LINE_ERROR = {
    "description": "What is wrong with one line of a request. `line` is its number, from 0.",
    "type": "object",
    "properties": {
        "line": INTEGER,
        "code": make_reference("ErrorCode"),
        "detail": TEXT,
        "errors": make_reference("FieldErrors"),
        **INTEGER_VALUES,
        **TEXT_VALUES,
        **PLACES,
        "limit": {"description": "The greatest number or amount that is allowed."},
        "changed": {**MESSAGES, "description": "The fields of the product that have changed since they were read."},
    },
    "required": ["line", "code"],
    "additionalProperties": True,
}
ROW_ERROR = {
    "description": "What is wrong with a cell or row of an imported file.",
    "type": "object",
    "properties": {
        "line": INTEGER,
        "column": {**TEXT, "description": "Empty if the whole line is wrong."},
        "reason": TEXT,
        "cell": {**TEXT, "description": "The first 40 characters of the cell."},
    },
    "required": ["line", "column", "reason", "cell"],
}
ERROR_PROPERTIES = {
    "detail": {**TEXT, "description": "What is wrong, for people. The wording may change."},
    "code": make_reference("ErrorCode"),
    **INTEGER_VALUES,
    **TEXT_VALUES,
    **PLACES,
    "rows": array_of(make_reference("RowError")),
    "columns": {**array_of(make_reference("ImportedColumn")), "description": "The columns of an imported file."},
    "preview": {
        **array_of(make_reference("ImportedRow")),
        "description": "Its first five rows, as they are understood.",
    },
    "header_line": {"description": "The line in which the names of the columns begin.", "type": "integer"},
    "first_rows": {
        **array_of(make_reference("HeaderRow")),
        "description": "The first rows of a file with rows above the header, of which one has the names.",
    },
    "questions": {
        **array_of(make_reference("ImportQuestion")),
        "description": "What somebody has to decide about a file, with the parameters that answer it.",
    },
    "encodings": {
        "description": "Some of the text of a file in each encoding that it may have.",
        "type": "object",
        "additionalProperties": TEXT,
    },
    "choices": array_of(make_reference("ImportChoice")),
    "recognised": make_reference("Recognised"),
    "left_out": array_of(make_reference("LeftOut")),
    "gs1": {"allOf": [make_reference("GS1")], "nullable": True, "description": "What a scanned code says by GS1."},
    "candidates": array_of(make_reference("ScanCandidate")),
    "invoice": {
        "type": "object",
        "properties": {"id": INTEGER, "number": TEXT},
        "description": "The invoice of a sale.",
    },
    "missing": {**array_of(TEXT), "description": "What an invoice needs, such as shop.street."},
    "returns": {**array_of(INTEGER), "description": "The ids of the returns of a sale."},
    "allowed": {**array_of(TEXT), "description": "The values of a parameter that the request has to choose from."},
    "likely": {**TEXT, "nullable": True, "description": "The one of `allowed` that is probably right."},
    "example": {"type": "object", "additionalProperties": True, "description": "The first row that an error is about."},
    "path": {
        **array_of(INTEGER),
        "description": "The ids of products of which each is made of the next one, or of locations.",
    },
    "nearest": {
        **array_of({**INTEGER, "nullable": True}),
        "description": "The quantities below and above that come out whole. The first is null if it would be 0.",
    },
}
# What a sign-in with a second factor returns after its first step. No 400 has these names.
SECOND_STEP = {
    "challenge": TEXT,
    "kinds": array_of(TEXT),
    "expires_in": INTEGER,
    "options": {"description": "For `navigator.credentials.get()`.", "type": "object", "additionalProperties": True},
}
ERROR = {
    "description": "What is wrong: for people, for programs as a code of docs/errors.md, and the values of the case.",
    "type": "object",
    "properties": {**ERROR_PROPERTIES, **SECOND_STEP, "lines": array_of(make_reference("LineError"))},
    "required": ["detail", "code"],
    "additionalProperties": True,
}
# `additionalProperties` are lists of messages. TypeScript can't type them separately from the properties.
INVALID = {
    "description": "Has a `code`, a `detail` and the values of the case if a rule forbids the request."
    " Otherwise each property is the name of a field or parameter, and its value a list of messages.",
    "type": "object",
    "properties": {
        **ERROR_PROPERTIES,
        **AMBIGUOUS_PROPERTIES,
        "lines": LINES,
        "rows": ROWS,
        "columns": COLUMNS,
        "choices": CHOICES,
        "parts": PARTS,
        "mail": MAIL,
        "code": CODE,
    },
    "additionalProperties": True,
}
# The components that error responses refer to, besides ErrorCode.
SCHEMAS: dict[str, Any] = {
    "Error": ERROR,
    "FieldErrors": FIELD_ERRORS,
    "Invalid": INVALID,
    "LineError": LINE_ERROR,
    "ScanCandidate": CANDIDATE,
    "RowError": ROW_ERROR,
}
