"""Seals of the ledger, and the results of its verification."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Func, Q, UniqueConstraint
from django.db.models.lookups import Exact

from core.database.constraints import checks
from core.ownership import OwnedModel, OwnedQuerySet, UserKey

DIGEST_BYTES = 32  # the length of a SHA-256
NONCE_BYTES = 32


class OctetLength(Func):
    """The number of bytes of a value."""

    function = "octet_length"
    output_field = models.IntegerField()


def has_length(column: str, length: int) -> Exact:
    """Return the condition that the column has this length in bytes."""
    return Exact(OctetLength(column), length)


class Seal(OwnedModel):
    """A digest of the operations and movements of a part of the feed, and of the previous seal: stock.proofs.services.

    A trigger refuses every change. The digest is that of the seal's file. The file's first line has the columns of this
    row.
    """

    is_data = False

    format = models.SmallIntegerField(help_text="Number of the form of the file's lines.")
    number = models.BigIntegerField(help_text="1, 2, 3 … in the account.")
    from_position = models.BigIntegerField("from event", help_text="First position in the feed.")
    to_position = models.BigIntegerField("to event", help_text="Last position in the feed.")
    operations = models.BigIntegerField(help_text="Number of operations that were sealed.")
    movements = models.BigIntegerField(help_text="Number of movements that were sealed.")
    previous = models.BinaryField(help_text="Digest of the seal before; zeros for the first.")
    nonce = models.BinaryField(help_text="Random bytes that only the owner reads, in the file.")
    digest = models.BinaryField(help_text="SHA-256 of the file.")
    created_at = models.DateTimeField("sealed")
    shift = models.BigIntegerField(
        default=0, db_default=0, help_text="What was added to all ids when the shop moved to this installation."
    )
    sealed_by = UserKey(null=True, help_text="Empty if the service has sealed.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "number"], name="stock_seal_number"),
            UniqueConstraint(fields=["owner", "to_position"], name="stock_seal_to_position"),
            *checks(
                number_from_one=Q(number__gte=1),
                positions=Q(from_position__range=(1, F("to_position"))),
                counts=Q(operations__gte=0, movements__gte=0),
                previous=has_length("previous", DIGEST_BYTES),
                digest=has_length("digest", DIGEST_BYTES),
                nonce=has_length("nonce", NONCE_BYTES),
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raise TypeError if it exists."""
        if not self._state.adding:
            raise TypeError("A seal is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A seal is never deleted.")


class Verification(OwnedModel):
    """The time and result of the last verification of an account's ledger. Each account has one row."""

    is_data = False

    verified_at = models.DateTimeField()
    movements = models.BigIntegerField(help_text="Number of movements that were verified.")
    broken = models.CharField(max_length=200, blank=True, help_text="The first break; empty if the ledger held.")
    # The newest booking that the last verification without breaks has covered. The columns are no foreign keys, because
    # the rows that they name can be lost in a failover.
    newest_operation = models.BigIntegerField(null=True, help_text="Id of the newest booking that was verified.")
    newest_booked_at = models.DateTimeField("verified up to", null=True)
    newest_product = models.BigIntegerField(null=True)
    newest_sequence = models.BigIntegerField(null=True)
    # The timelines as stock.proofs.verification.find_servers() returns them.
    servers = models.JSONField(null=True, help_text="Timelines of the database servers; empty if not known.")
    server_changes = models.JSONField(null=True, help_text="Changes of the database server.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [UniqueConstraint(fields=["owner"], name="stock_verification_owner")]

    def __str__(self) -> str:
        return f"{self.broken or 'held'}, {self.movements} movements"
