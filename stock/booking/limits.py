"""Refuse what workers may not do: name costs, and in some shops date back.

Users with the right BOOK_FREELY have no limits. A till's device never has this right, whoever has paired it.
"""

from datetime import UTC, datetime, timedelta

from stock.booking.drafts import OperationDraft
from stock.errors import CostRefused, DatedBack
from stock.models import OperationReason
from users.access.roles import Right, may
from users.models import User

MAX_AGE = timedelta(hours=24)


def is_device(user: User) -> bool:
    return user.api_key is not None and user.api_key.is_device


def check_time(draft: OperationDraft) -> None:
    """Raise DatedBack if the user may not book an operation that happened so long ago.

    A till's device sends what it has sold whenever it has a network again, so its time is not limited.
    """
    if draft.occurred_at is None:
        return
    user, owner = draft.by, draft.by.shop_owner
    if owner is None or owner.workers_date_back or is_device(user):
        return
    earliest = datetime.now(UTC) - MAX_AGE
    if draft.occurred_at < earliest and not may(user, Right.BOOK_FREELY):
        raise DatedBack(occurred_at=draft.occurred_at, earliest=earliest)


def check_cost(user: User, reason: str) -> None:
    """Raise CostRefused if the user names a cost with this reason and sees none. A making computes its costs itself."""
    if reason not in (OperationReason.PURCHASE, OperationReason.MAKING) and not may(user, Right.SEE_COSTS):
        raise CostRefused
