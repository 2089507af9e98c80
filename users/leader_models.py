"""Who leads a shop: the user to whom its rows belong or, after handing over, one of its workers."""

from typing import Any

from django.db import models

from users.roles import Role


class LedShop(models.Model):
    """The columns and properties of a user for docs/decisions/0040-handing-over.md.

    Rows belong to the same user for ever. `led_by` and `is_barred` are set in the row of this user only.
    """

    led_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False, help_text="The worker to whom the shop was handed over; empty if its first owner leads it.",
    )  # fmt: skip
    is_barred = models.BooleanField(
        default=False, db_default=False, editable=False,
        help_text="A former owner that may not sign in, though its shop is open.",
    )  # fmt: skip

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
        if self.account is None or self.account.led_by_id is None:
            return str(self.role)
        return Role.OWNER if self.leads_shop else Role.WORKER

    @property
    def leads_shop(self: Any) -> bool:
        account = self.account
        return bool(account is not None and account.owns_shop and account.leader_id == self.pk)

    @property
    def is_admitted(self: Any) -> bool:
        """Return whether nobody has deactivated this user."""
        return bool(self.is_active and not self.is_barred)
