"""The operators' list of removed shops. It has no names, and no row of it belongs to a shop."""

from django.db import models
from django.utils import timezone

MAX_REASON_LENGTH = 255


class ClosedAccount(models.Model):
    """A shop whose rows were removed, or are being removed."""

    account_number = models.BigIntegerField(help_text="Id of the user to whom the rows belonged.")
    due_at = models.DateTimeField(help_text="When its time was over.")
    started_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField("closed", null=True, help_text="Empty while rows remain.")
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True, help_text="Empty if its owner closed it.")
    counts = models.JSONField(default=dict, help_text="The removed rows of each table.")

    def __str__(self) -> str:
        return f"account {self.account_number}"
