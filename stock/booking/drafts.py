"""Bookings before they are written: the lines of a request, the operation and its movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from stock.booking.locking import ProductReference
from stock.booking.picking import Place, PortionDraft
from stock.models import REASONS_TO_RESPECT_RESERVATIONS
from users.models import User

SUPPORT_STAFF = "support staff"  # no user or key can have this name: it has a space and no slash


@dataclass(frozen=True, slots=True)
class PlaceReference:
    """A place that a line names: a location by its id or name, a lot by its code, or both.

    `expires_on` is the date of a lot that does not exist yet. For a lot that exists, it must be the lot's date.
    """

    location: int | str | None = None
    lot: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class BookingLine:
    """A line of a request. With `expected_quantity`, the line is refused if the stock differs.

    `unit_cost` belongs to an IN, `unit_price` to an OUT with reason `sale`. If one is None, its default is used.
    """

    product: ProductReference
    movement_type: str
    quantity: int
    expected_quantity: int | None = None
    place: PlaceReference | None = None
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A line of a transfer: the quantity of a product that moves, from a named lot or from any lot."""

    product: ProductReference
    quantity: int
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class QuantityAtPlace:
    """A quantity that an import sets: that of a holding or, if the reference is empty, the quantity that is
    not held.
    """

    product_id: int
    quantity: int
    place: PlaceReference


@dataclass(frozen=True)
class CountLine:
    """A counted product of a request, and when it was counted (None means now).

    With a place, the count is of this place only.
    """

    product: ProductReference
    counted: int
    counted_at: datetime | None = None
    place: PlaceReference | None = None


@dataclass(frozen=True)
class CountedProduct:
    """A line of a count's result: the previous quantity, the counted quantity and the present quantity.

    With a place, these are the quantities at this place; without one, those of the product.
    """

    product: int
    previous: int
    counted: int
    quantity: int
    counted_at: datetime | None
    place: Place | None = None

    @property
    def difference(self) -> int:
        """Return the booked difference. Without `counted_at` it is the counted quantity minus the previous one."""
        return self.quantity - self.previous


@dataclass(frozen=True, kw_only=True)
class OperationDraft:
    """An operation before it is booked: the user who books it, the reason, and when it happened (None means now).

    It belongs to the user's account, unless `account_id` names another one: support staff have no account. With
    `is_promised` it fulfils a reservation, so it may take stock that is reserved.
    """

    by: User
    reason: str
    reference: str = ""
    note: str = ""
    occurred_at: datetime | None = None
    reverses_id: int | None = None
    account_id: int | None = None
    is_promised: bool = False

    @cached_property
    def owner_id(self) -> int:
        """Return the id of the account's owner. Raise ValueError if neither the user nor the draft has an account."""
        owner_id = self.account_id or self.by.account_id
        if owner_id is None:
            raise ValueError("This user has no account to book in.")
        return owner_id

    @property
    def respects_reservations(self) -> bool:
        """Return whether the operation may not take reserved stock, as a sale. A loss, for instance, may take it."""
        return self.reason in REASONS_TO_RESPECT_RESERVATIONS and not self.is_promised

    @cached_property
    def performer_name(self) -> str:
        """Return the user's name for the history. Outside their account, staff are named SUPPORT_STAFF."""
        return self.by.history_name if self.by.account_id == self.owner_id else SUPPORT_STAFF


class MovementDraft(NamedTuple):
    """A movement that is decided and not yet written."""

    product_id: int
    product_name: str
    sequence: int
    movement_type: str
    quantity: int
    old_quantity: int
    new_quantity: int
    value: Decimal
    unit_price: Decimal | None = None
    portions: Sequence[PortionDraft] = ()
