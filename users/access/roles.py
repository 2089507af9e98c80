"""The roles of users and their rights. This also decides who leads a shop, and who must have a second factor.

To add a role, add it to `Role` with a row in `RIGHTS`. Code asks for a right by `may()`, never for a role.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    OWNER = "owner"
    WORKER = "worker"
    MANAGER = "manager"
    COUNTER = "counter"
    VIEWER = "viewer"


class Right(StrEnum):
    """What a user may do in its shop. The `rights` of the views name these, too."""

    SEE_SHOP = "see shop"  # its name, its language and its counting sheets, without quantities; every role may
    ENTER_COUNTS = "enter counts"  # on counting sheets
    READ = "read"  # products and stock, logs, reports, events; print labels, have API keys
    WORK = "work"  # book and count, reserve, write down customers, receive orders
    SAVE_VIEWS = "save views"  # of what the user may see, for itself or to share
    KEEP_TILLS = "keep tills"  # make, pair and close tills
    SEE_COSTS = "see costs"  # cost prices, the value of the stock, margins
    MANAGE_PRODUCTS = "manage products"  # and categories, suppliers, locations and lots; archive and erase customers
    MANAGE_ORDERS = "manage orders"  # write purchase orders, send and close them
    REVERSE_OPERATIONS = "reverse operations"
    BOOK_FREELY = "book freely"  # at any price and any time, also in a shop that limits its workers
    SEE_COUNTS = "see counts"  # the differences of counting sheets, and all numbers of blind ones
    DECIDE_COUNTS = "decide counts"  # open counting sheets, book and drop them
    MAKE_SEALS = "make seals"
    MANAGE_USERS = "manage users"  # add workers, change them, see their keys and security events
    MANAGE_SHOP = "manage shop"  # its settings and its webhooks


COUNTER = frozenset({Right.SEE_SHOP, Right.ENTER_COUNTS})
# The key of a till's device has at most these rights, whoever has paired it.
RIGHTS_OF_DEVICES = COUNTER | {Right.READ, Right.WORK}
WORKER = RIGHTS_OF_DEVICES | {Right.KEEP_TILLS, Right.SAVE_VIEWS}
VIEWER = frozenset({Right.SEE_SHOP, Right.READ, Right.SEE_COSTS, Right.SEE_COUNTS, Right.SAVE_VIEWS})
RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.MAKE_SEALS, Right.MANAGE_USERS, Right.MANAGE_SHOP},
    Role.WORKER: WORKER,
    Role.COUNTER: COUNTER,
    Role.VIEWER: VIEWER,
}


def may(user: Any, right: str) -> bool:
    """Return whether the user is active, works in a shop that is not closing, and has the right by its role.

    Return False for an unknown right, an unknown role, and a user who has not signed in. users.access.permissions
    checks the scope of an API key. The key of a device sees no costs, even if it belongs to an owner.
    """
    if not user.is_active or right not in RIGHTS.get(getattr(user, "acting_role", ""), ()):
        return False
    if user.is_device and right not in RIGHTS_OF_DEVICES:
        return False
    owner = user.shop_owner
    return owner is not None and (owner.closes_at is None or user.leads_shop)


def may_act_for(user: Any, owner_id: int, right: str) -> bool:
    """Return whether the user can still sign in, works in the shop of this owner, and has the right there."""
    return bool(user.may_sign_in and not user.is_barred and user.account_id == owner_id and may(user, right))


def list_roles_with(right: str) -> list[str]:
    return [str(role) for role, rights in RIGHTS.items() if right in rights]


class LedShop(models.Model):
    """The columns and properties of a user for docs/decisions/0040-handing-over.md.

    Rows belong to the same user for ever. `led_by` and `is_barred` are set in the row of this user only.
    """

    led_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False, help_text="The worker to whom the shop was handed over; empty if its first owner leads it.",
    )  # fmt: skip
    is_barred = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="A former owner that may not sign in, though its shop is open.",
    )

    closes_at = models.DateTimeField(
        null=True, editable=False, help_text="When all rows of the shop are removed; empty unless its owner closes it."
    )

    class Meta:
        abstract = True

    @property
    def account(self: Any) -> Any:
        """Return the row of the user to whom the shop's rows belong, even if it is closed, or None without a shop."""
        return self if self.owns_shop else self.employer if self.employer_id else None

    @property
    def leader(self: Any) -> Any:
        """Return the user that leads the shop whose rows belong to this user."""
        return self.led_by or self

    @property
    def leader_id(self: Any) -> int:
        return int(self.led_by_id or self.pk)

    @property
    def acting_role(self: Any) -> str:
        """Return the role that the user has in its shop. It differs from `role` after handing over."""
        account = self.account
        if account is None or account.led_by_id is None:
            return str(self.role)
        if self.leads_shop:
            return Role.OWNER
        return Role.WORKER if self.owns_shop else str(self.role)

    @property
    def leads_shop(self: Any) -> bool:
        account = self.account
        return bool(account is not None and account.owns_shop and account.leader_id == self.pk)

    @property
    def is_admitted(self: Any) -> bool:
        """Return whether nobody has deactivated this user."""
        return bool(self.is_active and not self.is_barred)


class FactorDuty:
    """The properties of a user that decide whether and since when it must have a second factor."""

    @property
    def second_factor(self: Any) -> str:
        """Return whether the shop requires a second factor of its users."""
        return "required" if self.second_factor_required_at else "optional"

    @property
    def needs_second_factor(self: Any) -> bool:
        """Return whether the user has to have a second factor: as staff, or because its shop requires one."""
        if self.is_staff or self.is_superuser:
            return bool(settings.STAFF_SECOND_FACTOR)
        account = self.account
        return account is not None and account.second_factor_required_at is not None

    @property
    def second_factor_due(self: Any) -> datetime | None:
        """Return until when the user has to set up a second factor, or None if it has one or needs none."""
        if self.second_factor_since or not self.needs_second_factor:
            return None
        required_at = self.account and self.account.second_factor_required_at
        if self.is_staff or self.is_superuser or required_at is None:
            return self.date_joined  # type: ignore[no-any-return]
        due: datetime = max(required_at, self.date_joined) + timedelta(days=settings.SECOND_FACTOR_DAYS)
        return due

    @property
    def must_set_up_factor(self: Any) -> bool:
        """Return whether the user has no second factor, and its days to set one up are over."""
        due = self.second_factor_due
        return due is not None and due <= timezone.now()
