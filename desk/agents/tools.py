"""The tools of agents. All but inventory_events call routes of the API, whose limits and errors apply to them.

A tool that writes returns a preview without `confirm`, and writes nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils.crypto import salted_hmac
from jsonschema import Draft202012Validator

from core.database.transactions import atomic
from core.errors import DomainError
from core.http.calls import call_api
from core.kinds import MAX_ID
from core.lists.filters import MAX_SEARCH_LENGTH
from core.pages.periods import PERIODS
from desk.agents.answers import (
    EXPIRING,
    read_changes,
    read_events,
    read_product,
    read_report,
    read_shop,
    search_products,
)
from desk.agents.protocol import PAGE_NUMBER, ROWS, Call, check
from desk.reports import cards
from trade.purchasing.demand import BASES
from users.access.permissions import may_send
from users.models import User

MAKE = "MAKE"  # the type of a line that makes its product, which is no movement type of the API
CONFIRM_SECONDS = 10 * 60  # how long a confirm token is valid


class ConfirmNotValid(DomainError):
    code = "confirm_not_valid"
    detail = (
        "This confirm token does not belong to these arguments, or is older than 10 minutes, or a price has changed"
        " since the preview. Nothing was written. Call the tool without confirm."
    )
    when = "an agent's token is too old, or not for these arguments or this caller"


@atomic
def write(
    call: Call, *, route: str, pk: str, lines: str, columns: Iterable[str] = (), confirmed: Iterable[str] = ()
) -> dict[str, Any]:
    """Send the arguments to the route, and keep what it writes if they are confirmed. Otherwise return a preview.

    `pk` and `lines` are fields of the route's response, and `columns` the fields of a line to return, by default all.
    The fields in `confirmed` have to be as in the preview. Raise Refusal, Unavailable or ConfirmNotValid.
    """
    body = dict(call.arguments)
    confirm, request_id = body.pop("confirm", None), body.pop("request_id")
    key, arguments = make_tokens(call, request_id, body)
    answer = call_api(call.request._request, route, body, key=key)
    data = check(answer)
    token = digest([arguments, [[line[name] for name in confirmed] for line in data[lines]]])
    is_confirmed = confirm is not None and is_signed(confirm, token)
    if not is_confirmed:
        transaction.set_rollback(True)
    is_done = is_confirmed or answer.is_replayed  # a repeated request returns what was written, also without a token
    if confirm is not None and not is_done:
        raise ConfirmNotValid()
    shown = [{name: row[name] for name in columns or row} for row in data[lines][:ROWS]]
    return {
        "done": is_done,
        "confirm": None if is_done else TimestampSigner(salt=__name__).sign(token),
        "id": data[pk] if is_done else None,
        "lines": shown,
        "lines_total": len(data[lines]),
    }


def book(call: Call, *, route: str, **answer: Any) -> dict[str, Any]:
    """Book the lines. A single line of the type MAKE makes its product. The errors are those of write()."""
    lines = call.arguments["lines"]
    if [line["movement_type"] for line in lines] != [MAKE]:
        return write(call, route=route, **answer)
    making = {name: value for name, value in call.arguments.items() if name != "lines"}
    return write(replace(call, arguments={**making, **lines[0]}), route="makings", **answer)


def make_tokens(call: Call, request_id: str, body: dict[str, Any]) -> tuple[str, str]:
    """Return the Idempotency-Key of the call, and a digest of the user, the API key, the tool and all arguments.

    The API key counts by its name, because a key that replaces it has the same name.
    """
    key = digest([call.user.pk, call.user.api_key.name if call.user.api_key else "", request_id])
    return f"agent-{key}", digest([key, call.tool, body])


def digest(value: Any) -> str:
    """Return a digest with the secret key, so that no other user can compute the Idempotency-Key of an agent."""
    return salted_hmac(__name__, json.dumps(value, sort_keys=True), algorithm="sha256").hexdigest()


def is_signed(confirm: str, token: str) -> bool:
    """Return whether this is an unexpired signature of the token."""
    try:
        return TimestampSigner(salt=__name__).unsign(confirm, max_age=CONFIRM_SECONDS) == token
    except BadSignature:
        return False


# The reports that have a route. There is one more, EXPIRING.
REPORTS = [report.name for report in cards.REPORTS]
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
WHOLE = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
ID_OR_NAME, TEXT_OR_NULL = {"type": ["integer", "string"]}, {"type": ["string", "null"]}
OBJECT, OBJECTS = {"type": "object"}, {"type": "array", "items": {"type": "object"}}
SEARCH = {"type": "string", "maxLength": MAX_SEARCH_LENGTH}
CODE = {"type": "string", "pattern": "\\S"}
CURSOR = {"type": "string", "pattern": PAGE_NUMBER}
PAGE = {"rows": OBJECTS, "next": TEXT_OR_NULL}
PRODUCT = {"product": NUMBER, "sku": TEXT, "barcode": TEXT}
GOODS = {"quantity": NUMBER, "amount": TEXT}
PLACE = {"location": ID_OR_NAME, "lot": TEXT}
REQUEST_ID = {
    "type": "string",
    "minLength": 1,
    "maxLength": 100,
    "description": "New for each task, the same to repeat it.",
}
WRITTEN = {
    "done": {"type": "boolean"},
    "confirm": TEXT_OR_NULL,
    "id": {"type": ["integer", "null"]},
    "lines": OBJECTS,
    "lines_total": NUMBER,
}
TWO_STEPS = "Previews first: repeat with confirm."


@dataclass(frozen=True)
class Tool:
    """A tool. A user who may send `method` to `route` may call it."""

    name: str
    description: str
    route: str
    run: Callable[[Call], dict[str, Any]]
    arguments: dict[str, Any]
    required: list[str]
    output: dict[str, Any]
    method: str = "GET"
    limits: dict[str, Any] = field(default_factory=dict)  # further rules of the schema of its arguments

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator({**describe(self.arguments, self.required), **self.limits})

    def as_dict(self) -> dict[str, Any]:
        """Return the tool as `tools/list` has it: without `limits`, which some models refuse in a schema."""
        hints = {"readOnlyHint": True} if self.method == "GET" else {"destructiveHint": False, "idempotentHint": True}
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": describe(self.arguments, self.required),
            "outputSchema": {"type": "object", "properties": self.output},
            "annotations": {**hints, "openWorldHint": False},
        }


def describe(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def describe_lines(columns: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": describe({**PRODUCT, **columns}, required)}


def make_writing_tool(
    name: str,
    description: str,
    arguments: dict[str, Any],
    required: list[str],
    *,
    route: str,
    run: Any = write,
    **answer: Any,
) -> Tool:
    """Return a tool that writes after a confirmation, once for each `request_id`. `answer` is passed to `run`."""
    arguments = {"request_id": REQUEST_ID, **arguments, "confirm": TEXT}
    required, run = ["request_id", *required], partial(run, route=route, **answer)
    return Tool(name, f"{description} {TWO_STEPS}", route, run, arguments, required, WRITTEN, method="POST")


TOOLS = [
    Tool(
        "inventory_shop", "The shop, your rights, its figures: products, low, expired, values by category.",
        "dashboard", read_shop, {}, [], {"shop": OBJECT, "user": OBJECT, "counts": OBJECT, "financial": OBJECT},
    ),
    Tool(
        "inventory_find", "Find products and kits by words of name, SKU, barcode. cursor: next of the last answer.",
        "product-list", search_products, {"text": SEARCH, "cursor": CURSOR}, ["text"],
        {**PAGE, "count": NUMBER, "kits": OBJECTS, "kits_count": NUMBER},
    ),
    Tool(
        "inventory_product", "A product, named in one way: prices, costs, where it lies, last movements.",
        "product-detail", read_product, {"id": WHOLE, "sku": CODE, "barcode": CODE, "name": CODE}, [],
        {"product": OBJECT, "places": OBJECT, "movements": OBJECTS}, limits={"minProperties": 1, "maxProperties": 1},
    ),
    Tool(
        "inventory_report",
        "reorder: what to order, by days of sales or basis year_ago, factor (1.20), days to cover, supplier."
        " days-left: what runs out. sales, margins, movements, losses, accounts: from, to (2026-11-01) or period."
        " idle, not-counted, expiring: days. view: a saved one's name.",
        "dashboard", read_report,
        {
            "report": {"enum": [*REPORTS, EXPIRING]}, "period": {"enum": [*PERIODS]},
            "from": TEXT, "to": TEXT, "days": WHOLE, "cover": WHOLE, "basis": {"enum": [*BASES]}, "factor": TEXT,
            "supplier": ID_OR_NAME, "view": TEXT, "cursor": TEXT,
        },
        [], {**PAGE, "about": OBJECT}, limits={"anyOf": [{"required": ["report"]}, {"required": ["view"]}]},
    ),
    Tool(
        "inventory_events",
        "What happened after a position, oldest first. last: the newest one; begin some before it.",
        "feed", read_events, {"after": WHOLE, "types": {"type": "array", "items": TEXT}}, [],
        {"rows": OBJECTS, "next": NUMBER, "more": {"type": "boolean"}, "last": NUMBER},
    ),
    Tool(
        "inventory_changes", "Who changed what, newest first. id: of a product.",
        "changes", read_changes, {"id": WHOLE, "field": TEXT, "from": TEXT, "cursor": TEXT}, [], PAGE,
    ),
    make_writing_tool(
        "inventory_book",
        "Book stock IN or OUT, or MAKE a single line by its recipe. amount: with decimals, as 0.250. kit: id, to sell"
        " its parts.",
        {
            "lines": describe_lines(
                {"kit": NUMBER, "movement_type": {"enum": ["IN", "OUT", MAKE]}, **GOODS, **PLACE, "unit_cost": TEXT,
                 "cost": TEXT, "unit_price": TEXT, "total": TEXT},
                ["movement_type"],
            ),
            "reason": TEXT, "reference": TEXT, "note": TEXT,
        },
        ["lines"], route="operation-list", run=book, pk="id", lines="movements",
        columns=("product", "product_name", "movement_type", "quantity", "amount", "old_quantity", "new_quantity",
                 "unit_price", "total", "value", "portions"),
        confirmed=("product", "quantity", "unit_price", "total"),
    ),
    make_writing_tool(
        "inventory_count", "Set stock to a count.",
        {"lines": describe_lines({"counted": NUMBER, "counted_amount": TEXT, **PLACE, "counted_at": TEXT}, []),
         "note": TEXT},
        ["lines"], route="counts", pk="operation", lines="lines",
    ),
    make_writing_tool(
        "inventory_draft_order", "Draft a purchase order of lines, or of what is suggested. A person sends it.",
        {
            "supplier": NUMBER, "suggested": {"type": "boolean"},
            "lines": describe_lines({**GOODS, "unit_cost": TEXT, "cost": TEXT}, []),
        },
        ["supplier"], route="purchase-order-list", pk="id", lines="lines",
        columns=("product", "product_name", "quantity", "amount", "packs", "unit_cost", "cost"),
    ),
]  # fmt: skip


def list_tools(user: User) -> Iterator[Tool]:
    return (tool for tool in TOOLS if may_send(user, tool.route, tool.method))
