"""The tools that write. Without `confirm` they return a preview and write nothing."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils.crypto import salted_hmac

from core.database.transactions import atomic
from core.errors import DomainError
from core.http.calls import Answer, call_api
from desk.agents.protocol import ROWS, Call, check

MAKE = "MAKE"  # the type of a line that makes its product, which is no movement type of the API
CONFIRM_SECONDS = 10 * 60  # how long a confirm token is valid


class ConfirmNotValid(DomainError):
    code = "confirm_not_valid"
    detail = (
        "This confirm token does not belong to these arguments, or is older than 10 minutes. Nothing was written. Call"
        " the tool without confirm."
    )
    when = "an agent confirms with a token that does not belong to these arguments or to this caller, or is too old"


def write(call: Call, *, route: str, pk: str, lines: str, columns: Iterable[str] = ()) -> dict[str, Any]:
    """Send the arguments to the route if they are confirmed. Otherwise return a preview of the result.

    `pk` and `lines` are fields of the route's response, and `columns` the fields of a line to return, by default all.
    Raise Refusal, Unavailable or ConfirmNotValid.
    """
    body = dict(call.arguments)
    confirm, request_id = body.pop("confirm", None), body.pop("request_id")
    key, token = make_tokens(call, request_id, body)
    is_confirmed = confirm is not None and is_signed(confirm, token)
    send = partial(call_api, call.request._request, route, body, key=key)
    answer = send() if is_confirmed else preview(send)
    data = check(answer)
    is_done = is_confirmed or answer.is_replayed  # a repeated request returns what was written, also without a token
    if confirm is not None and not is_done:
        raise ConfirmNotValid()
    shown = [{name: row[name] for name in columns or row} for row in data[lines][:ROWS]]
    return {
        "done": is_done, "confirm": None if is_done else TimestampSigner(salt=__name__).sign(token),
        "id": data[pk] if is_done else None, "lines": shown, "lines_total": len(data[lines]),
    }  # fmt: skip


def book(call: Call, *, route: str, **answer: Any) -> dict[str, Any]:
    """Book the lines. A single line of the type MAKE makes its product. The errors are those of write()."""
    lines = call.arguments["lines"]
    if [line["movement_type"] for line in lines] != [MAKE]:
        return write(call, route=route, **answer)
    making = {name: value for name, value in call.arguments.items() if name != "lines"}
    return write(replace(call, arguments={**making, **lines[0]}), route="makings", **answer)


@atomic
def preview(send: Callable[[], Answer]) -> Answer:
    """Return the answer, and roll back what the route has written."""
    answer = send()
    transaction.set_rollback(True)
    return answer


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
