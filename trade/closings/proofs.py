"""The digests of closings, and what verification finds in them.

Each closing is an event of the feed with its digest, and seals have these events. So a closing that was changed, added
or deleted differs from its event, and an event that was changed differs from its seal.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any

from core.lists.serialization import format_utc
from products.models import MAX_VALUE
from records.events.models import Event, EventType
from stock.models import PaymentKind
from trade.closings.models import Cash, Closing


def compute_digest(closing: Closing) -> bytes:
    """Return the SHA-256 of all columns of the closing as JSON, with the ids that they had when it was made."""
    return sha256(json.dumps(describe(closing), sort_keys=True).encode()).digest()


def describe(closing: Closing) -> dict[str, Any]:
    late = [{**one, "operation": one["operation"] - closing.shift} for one in closing.document["late"]]
    return {
        "account": closing.owner_id - closing.shift,
        "till": None if closing.till_id is None else closing.till_id - closing.shift,
        "performer": bytes(closing.performer.digest).hex(),
        **{name: getattr(closing, name) for name in ("number", "from_position", "to_position", "note")},
        **{name: format_utc(getattr(closing, name)) for name in ("from_at", "made_at")},
        **{name: f"{getattr(closing, name):.2f}" for name in ("opening", "expected", "counted", "kept")},
        "document": {**closing.document, "late": late},
    }


def find_breaks(owner_id: int, limit: int) -> list[tuple[int, int, str]]:
    """Return what is wrong with the closings and the cash of the account, as rows like those of stock.proofs.

    Rows and their events are added meanwhile. So each is compared with what is read after it, also by its id.
    """
    closings, moved = (model.objects.filter(owner_id=owner_id) for model in (Closing, Cash))
    known = list_ids(closings), list_ids(moved)
    events: Any = Event.objects.filter(owner_id=owner_id)
    made, cash = (
        {data[name]: data for data in events.filter(type=kind).values_list("data", flat=True)}
        for kind, name in ((EventType.CLOSING_MADE, "closing"), (EventType.CASH_MOVED, "cash"))
    )
    found = [*check_series(read(closings, known[0])), *check_closings(read(closings, known[0]), made)]
    found += check_cash(read(moved, known[1]), cash)
    found += [f"closing {pk} is missing" for pk in sorted({*made} - list_ids(closings))]
    found += [f"movement of cash {pk} is missing" for pk in sorted({*cash} - list_ids(moved))]
    return [(0, 0, what) for what in found[:limit]]


def list_ids(rows: Any) -> set[int]:
    return {*rows.values_list("pk", flat=True)}


def read(rows: Any, known: Collection[int]) -> Iterator[Any]:
    """Yield the rows with these ids, by series. A closing can have a thousand late sales, so few are read at a time."""
    found = rows.select_related("performer").order_by("till", "id").iterator(chunk_size=50)
    return (row for row in found if row.pk in known)


def check_series(closings: Iterable[Closing]) -> Iterator[str]:
    """Yield the gaps in the numbers, the positions and the money of each series."""
    for _, series in groupby(closings, key=lambda closing: closing.till_id):
        before: Closing | None = None
        for closing in series:
            if closing.number != (before.number + 1 if before else 1):
                yield f"{name(closing)} does not have the next number"
            elif before and closing.from_position != before.to_position + 1:
                yield f"{name(closing)} does not begin where the closing before ends"
            elif before and closing.opening != before.kept:
                yield f"{name(closing)} does not open with the float of the closing before"
            # Release 1.4.0 kept the nearest amount that can be stored; now such a closing is refused.
            elif closing.expected != max(-MAX_VALUE, min(find_expected(closing.opening, closing.document), MAX_VALUE)):
                yield f"{name(closing)} does not expect what its figures add up to"
            before = closing


def find_expected(opening: Decimal, document: dict[str, Any]) -> Decimal:
    """Return the cash that should be in the drawer."""
    cash = [one for one in (*document["payments"], *document.get("tips", ())) if one["kind"] == PaymentKind.CASH]
    expected = sum((Decimal(one["amount"]) for one in cash), opening)
    return expected + Decimal(document["cash_in"]) - Decimal(document["cash_out"])


def check_closings(closings: Iterable[Closing], events: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Yield the differences between the closings, their digests and their events, which are given by id."""
    for closing in closings:
        if compute_digest(closing) != bytes(closing.digest):
            yield f"{name(closing)} was changed"
        elif events.get(closing.pk) != describe_made(closing):
            yield f"{name(closing)} is not that of its event"


def describe_made(closing: Closing) -> dict[str, Any]:
    """Return the data of the event of a closing."""
    digest = bytes(closing.digest).hex()
    return {"closing": closing.pk, "number": closing.number, "till": closing.till_id, "digest": digest}


def check_cash(moved: Iterable[Cash], events: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Yield the differences between the movements of cash and their events, which are given by id."""
    for cash in moved:
        if events.get(cash.pk) != describe_cash(cash):
            yield f"movement of cash {cash.pk} is not that of its event"


def describe_cash(cash: Cash) -> dict[str, Any]:
    return {"cash": cash.pk, "till": cash.till_id, "kind": str(cash.kind), "amount": f"{cash.amount:.2f}"}


def name(closing: Closing) -> str:
    series = "" if closing.till_id is None else f" of till {closing.till_id}"
    return f"closing {closing.number}{series}"
