"""The ledger: operations and their movements. stock.services writes them, and nothing changes them afterwards.

An operation has the user, the time and the reason; each of its movements has a product and its change of quantity.
"""

from datetime import timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact, GreaterThan

from core.constraints import OwnedForeignKey
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from products.models import Product
from stock.querysets import MovementQuerySet, OperationQuerySet

MAX_REFERENCE_LENGTH = 100
MAX_NOTE_LENGTH = 1000
DIGEST_BYTES = 32  # of SHA-256
# An operation that is booked later than this after it happened is in the index stock_operation_late.
LATE = timedelta(minutes=10)


class MovementType(models.TextChoices):
    IN = "IN"
    OUT = "OUT"


class Reason(models.TextChoices):
    PURCHASE = "purchase"
    SALE = "sale"
    RETURN = "return"
    DAMAGE = "damage"
    THEFT = "theft"
    EXPIRY = "expiry"
    CORRECTION = "correction"
    OTHER = "other"
    OPENING = "opening"
    COUNT = "count"
    IMPORT = "import"
    REVERSAL = "reversal"


# Reasons that only the services set. A client that gives one is refused.
SERVICE_REASONS = frozenset({Reason.OPENING, Reason.COUNT, Reason.IMPORT, Reason.REVERSAL})


class OctetLength(Func):
    """The number of bytes of a value."""

    function = "octet_length"
    output_field = models.IntegerField()


def has_digest_length(column: str) -> Exact:
    """Return the condition that the column has as many bytes as a SHA-256."""
    return Exact(OctetLength(column), DIGEST_BYTES)


class LedgerRow(OwnedModel):
    """A row that is never saved or deleted through the model: stock.services writes it, and a trigger keeps it."""

    class Meta(OwnedModel.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The ledger is written by stock.services alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The ledger is immutable: book a reversal instead.")


class Operation(LedgerRow):
    """Movements that were booked together: a sale of five products, a delivery, a count.

    `occurred_at` is when it happened. `created_at` is when it was booked, read while the products are locked.
    """

    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    performed_by_username = models.CharField(max_length=255)  # of a key: the user name, a slash and the key's name
    reason = models.CharField(max_length=10, choices=Reason)
    reference = models.CharField(max_length=MAX_REFERENCE_LENGTH, blank=True)
    note = models.TextField(max_length=MAX_NOTE_LENGTH, blank=True)
    reverses = OwnedKey("self", on_delete=models.PROTECT, null=True, related_name="reversals")
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()

    objects = OperationQuerySet.as_manager()

    # Set by OperationQuerySet.detailed() and stock.operation_movements.attach_movements() for a response.
    reversed_by: int | None = None
    shown: list["Movement"]
    movements_truncated: bool

    class Meta(LedgerRow.Meta):
        permissions = (("reverse_operation", "Can reverse operation"),)  # in any account, at the support desk
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="reverses", name="stock_operation_reverses"),
            models.UniqueConstraint(
                fields=["owner", "reverses"], condition=Q(reverses__isnull=False), name="stock_operation_one_reversal",
                violation_error_code="conflict", violation_error_message="This operation has been reversed already.",
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="stock_operation_reason"),
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("created_at")), name="stock_operation_not_in_the_future"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["owner", "occurred_at"], name="stock_operation_by_time"),
            models.Index(
                fields=["owner", "reference", "id"], condition=~Q(reference=""), name="stock_operation_by_reference"
            ),
            models.Index(
                fields=["owner", "occurred_at", "created_at"],
                condition=Q(GreaterThan(F("created_at") - F("occurred_at"), LATE)),
                name="stock_operation_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class Movement(LedgerRow):
    """A change of one product's quantity. `sequence` numbers the product's movements 1, 2, 3, … without a gap."""

    operation = OwnedKey(Operation, on_delete=models.PROTECT, related_name="movements")
    product = OwnedKey(Product, on_delete=models.PROTECT, related_name="movements")
    product_name = models.CharField(max_length=255)
    sequence = models.BigIntegerField()
    movement_type = models.CharField(max_length=3, choices=MovementType)
    quantity = models.BigIntegerField()
    old_quantity = models.BigIntegerField()
    new_quantity = models.BigIntegerField()

    objects = MovementQuerySet.as_manager()

    class Meta(LedgerRow.Meta):
        constraints = [
            *LedgerRow.Meta.constraints,
            OwnedForeignKey(field="operation", name="stock_movement_operation"),
            OwnedForeignKey(field="product", name="stock_movement_product"),
            models.UniqueConstraint(fields=["owner", "product", "sequence"], name="stock_movement_sequence"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="stock_movement_sequence_from_one"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY), name="stock_movement_quantity"
            ),
            models.CheckConstraint(
                condition=Q(old_quantity__gte=0, old_quantity__lte=MAX_QUANTITY), name="stock_movement_old_quantity"
            ),
            models.CheckConstraint(
                condition=Q(new_quantity__gte=0, new_quantity__lte=MAX_QUANTITY), name="stock_movement_new_quantity"
            ),
            models.CheckConstraint(
                condition=Q(movement_type=MovementType.IN, new_quantity=F("old_quantity") + F("quantity"))
                | Q(movement_type=MovementType.OUT, new_quantity=F("old_quantity") - F("quantity")),
                name="stock_movement_arithmetic",
            ),
        ]
        indexes = [models.Index(fields=["owner", "operation"], name="stock_movement_by_operation")]

    def __str__(self) -> str:
        return f"{self.movement_type} {self.quantity} {self.product_name}"


class Seal(OwnedModel):
    """A digest of the operations and movements of a part of the feed, and of the seal before it: see stock.seals.

    A trigger refuses every change. The digest is that of the seal's file, whose first line has the columns of this row.
    """

    is_data = False

    format = models.SmallIntegerField(help_text="Number of the form of the file's lines.")
    number = models.BigIntegerField(help_text="1, 2, 3 … in the account.")
    from_position = models.BigIntegerField(help_text="First position in the feed.")
    to_position = models.BigIntegerField(help_text="Last position in the feed.")
    operations = models.BigIntegerField(help_text="Number of operations that were sealed.")
    movements = models.BigIntegerField(help_text="Number of movements that were sealed.")
    previous = models.BinaryField(help_text="Digest of the seal before; zeros for the first.")
    digest = models.BinaryField(help_text="SHA-256 of the file.")
    created_at = models.DateTimeField()
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Empty if the service has sealed.",
    )  # fmt: skip

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["owner", "number"], name="stock_seal_number"),
            models.UniqueConstraint(fields=["owner", "to_position"], name="stock_seal_to_position"),
            models.CheckConstraint(condition=Q(number__gte=1), name="stock_seal_number_from_one"),
            models.CheckConstraint(
                condition=Q(from_position__gte=1, from_position__lte=F("to_position")), name="stock_seal_positions"
            ),
            models.CheckConstraint(condition=Q(operations__gte=1, movements__gte=0), name="stock_seal_not_empty"),
            models.CheckConstraint(condition=has_digest_length("previous"), name="stock_seal_previous"),
            models.CheckConstraint(condition=has_digest_length("digest"), name="stock_seal_digest"),
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
    """The time and result of the last verification of an account's ledger: one row per account."""

    is_data = False

    verified_at = models.DateTimeField()
    movements = models.BigIntegerField(help_text="Number of movements that were verified.")
    broken = models.CharField(max_length=200, blank=True, help_text="The first break; empty if the ledger held.")
    # The newest booking of the last verification that found no break. No keys: its rows can be lost in a failover.
    newest_operation = models.BigIntegerField(null=True, help_text="Id of the newest booking that was verified.")
    newest_booked_at = models.DateTimeField(null=True)
    newest_product = models.BigIntegerField(null=True)
    newest_sequence = models.BigIntegerField(null=True)
    # As stock.servers writes them.
    servers = models.JSONField(null=True, help_text="Timelines of the database servers; empty if not known.")
    server_changes = models.JSONField(null=True, help_text="Changes of the database server.")

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(fields=["owner"], name="stock_verification_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.broken or 'held'}, {self.movements} movements"
