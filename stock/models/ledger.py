"""Operations and their movements. stock.booking.services writes them, and nothing changes them afterwards.

An operation has the user, the time and the reason; each of its movements has a product and its change of quantity. The
name of the user is a row of its own, so that it can be erased while operations and seals stay as they are.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Func, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Coalesce, Concat
from django.db.models.lookups import Exact, GreaterThan

from core.database.constraints import checks
from core.money.amounts import MAX_PRICE, price_of
from core.ownership import OwnedKey, OwnedModel, OwnerKey, UserKey
from core.translation import gettext_noop
from products.models import MAX_VALUE, NOTHING, Product, amount_range, quantity_range
from stock.models.querysets import IMMUTABLE, LedgerQuerySet, MovementQuerySet, OperationQuerySet
from stock.models.seals import DIGEST_BYTES, has_length

MAX_PERFORMER_LENGTH = 255
SALT_BYTES = 16
MAX_REFERENCE_LENGTH = 100
MAX_NOTE_LENGTH = 1000
# Operations that were booked later than this after they happened are in the index stock_operation_late.
LATE = timedelta(minutes=10)


class MovementType(models.TextChoices):
    IN = "IN"
    OUT = "OUT"


class OperationReason(models.TextChoices):
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
    TRANSFER = "transfer"
    MAKING = "making"


REASON = f"^({'|'.join(OperationReason.values)})$"  # a shorter check than a list: see amount_range()

# Only the services set these reasons. A client that gives one is refused.
SERVICE_REASONS = frozenset(map(OperationReason, ("opening", "count", "import", "reversal", "transfer", "making")))
# An OUT with one of these reasons can't take what is reserved. The other reasons record what has happened to the goods,
# which no reservation can prevent.
REASONS_TO_RESPECT_RESERVATIONS = frozenset({OperationReason.SALE, OperationReason.OTHER, OperationReason.MAKING})


# The end of a performer's name that tells the till: "/till 7". It says nothing of a person, and what the till has
# booked belongs to it for ever.
TILL_OF_NAME = Coalesce(Func(F("name"), Value("/till [0-9]{1,18}$"), function="substring"), Value(""))


def reference_column() -> models.CharField:
    return models.CharField("document no.", max_length=MAX_REFERENCE_LENGTH, blank=True)


def note_column() -> models.TextField:
    return models.TextField(max_length=MAX_NOTE_LENGTH, blank=True)


class LedgerRow(OwnedModel):
    """A row that the model never saves or deletes: stock.booking.services writes it, and a trigger refuses changes."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The ledger is written by stock.booking.services alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(IMMUTABLE)


class SaltedDigest(Func):
    """The SHA-256 of a salt, followed by a text in UTF-8."""

    function = "sha256"
    arg_joiner = " || "
    output_field = models.BinaryField()

    def __init__(self, salt: str, text: str) -> None:
        super().__init__(F(salt), Func(F(text), Value("UTF8"), function="convert_to"))


class Performer(LedgerRow):
    """A name under which a user has booked: the user name, a key's name such as "nora/till 1", or "support staff".

    Seals have the digest of salt and name instead of the name. To erase a person, the name is replaced and the salt set
    to null: the digest stays, and without the salt nobody can find the former name by trying names. A trigger refuses
    every other change, and another one inserts the name of an erased user as an erased one.

    `till` is the till whose device has booked, whatever the name looks like. It is set when the row is inserted.
    """

    user = UserKey()
    name = models.CharField(max_length=MAX_PERFORMER_LENGTH)
    salt = models.BinaryField(null=True, help_text="Random bytes. Empty if the name was erased.")
    digest = models.BinaryField(help_text="SHA-256 of the salt and the name as it was booked, in UTF-8.")
    till = models.BigIntegerField(
        null=True, db_default=0, help_text="The id of a till. A trigger replaces 0, which release 1.3.0 inserts."
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            *checks(
                salt=has_length("salt", SALT_BYTES),
                digest=has_length("digest", DIGEST_BYTES),
                digest_of_name=Exact(F("digest"), SaltedDigest("salt", "name")),
            )
        ]
        # The index is not unique: the first bookings under a name may run at the same time, and would wait for each
        # other.
        indexes = [
            Index(fields=["owner", "user", "name"], condition=Q(salt__isnull=False), name="stock_performer_by_name")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Give the names of an erased user its new one, and destroy their salts. The names of tills stay in them."""
        kind = type(person)
        if kind is cls._meta.get_field("user").related_model:
            rows = cls.objects.filter(owner_id=owner_id, user_id=person.pk, salt__isnull=False)
            models.QuerySet.update(rows, name=Concat(Value(person.username), TILL_OF_NAME), salt=None)


class Operation(LedgerRow):
    """Movements that were booked together, such as a sale of five products, a delivery or a count.

    `occurred_at` is when the operation happened. `created_at` is when it was booked: the time is read while the
    products are locked.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `performer`
    performed_by = UserKey()
    performer = OwnedKey(Performer)
    reason = models.CharField(max_length=10, choices=OperationReason)
    reference = reference_column()
    note = note_column()
    reverses = OwnedKey("self", null=True, related_name="reversals")
    occurred_at = models.DateTimeField("when")
    created_at = models.DateTimeField("booked")

    objects = OperationQuerySet.as_manager()

    # OperationQuerySet.detailed(), attach_movements(), attach_returns() and attach_details() set these attributes for
    # a response.
    reversed_by: int | None = None
    returns: int | None = None  # the sale of a return
    scrapped: int | None = None
    returned: int | None = None  # the pieces of a sale
    returnable: int | None = None
    returned_by: list[int] = []
    goods: Sequence[Any] = ()  # those with parts that it has sold: attach_goods() and the service that sells set it
    payments: Sequence[Any] | None = None  # None if they are not read, or if there are none
    customer_archived = False  # whether a till has sold to a customer who was archived meanwhile: the service sets it
    made: dict[str, Any] | None = None  # of a making: attach_made() and the service set it
    extra_costs: Sequence[Mapping[str, str]] = ()  # of a delivery: attach_deliveries() and the service set it
    supplier_id: int | None = None
    supplier_name: str | None = None
    shown: list["Movement"]
    movements_truncated: bool

    class Meta:
        permissions = (("reverse_operation", "Can reverse operation"),)  # the support desk asks for it
        constraints = [
            UniqueConstraint(
                fields=["owner", "reverses"],
                condition=Q(reverses__isnull=False),
                name="stock_operation_one_reversal",
                violation_error_code="conflict",
                violation_error_message=gettext_noop("This operation has been reversed already."),
            ),
            *checks(reason=Q(reason__regex=REASON), not_in_the_future=Q(occurred_at__lte=F("created_at"))),
        ]
        indexes = [
            Index(fields=["owner", "occurred_at"], name="stock_operation_by_time"),
            Index(fields=["owner", "reference", "id"], condition=~Q(reference=""), name="stock_operation_by_reference"),
            Index(
                fields=["owner", "occurred_at", "created_at"],
                condition=Q(GreaterThan(F("created_at") - F("occurred_at"), LATE)),
                name="stock_operation_late",
            ),
            # What may change the sums of a day that is over.
            Index(
                fields=["owner", "created_at"],
                condition=Q(GreaterThan(F("created_at") - F("occurred_at"), LATE)) | Q(reverses__isnull=False),
                name="stock_operation_amending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class Movement(LedgerRow):
    """A change of one product's quantity. `sequence` numbers the product's movements 1, 2, 3, … without a gap.

    An IN adds `value` to the product's `stock_value`, and an OUT subtracts it: see LockedProduct in
    stock.booking.drafts.
    """

    owner = OwnerKey(db_constraint=False)  # implied by `operation` and `product`
    operation = OwnedKey(Operation, related_name="movements", verbose_name="number")
    product = OwnedKey(Product, related_name="movements")
    product_name = models.CharField(max_length=255)
    sequence = models.BigIntegerField()
    movement_type = models.CharField("in or out", max_length=3, choices=MovementType)
    quantity = models.BigIntegerField()
    old_quantity = models.BigIntegerField("before")
    new_quantity = models.BigIntegerField("after")
    value = models.DecimalField("value at cost", max_digits=22, decimal_places=2, help_text="The cost of the quantity.")
    unit_price = models.DecimalField(
        "price of one", max_digits=12, decimal_places=2, null=True, help_text="The price of one unit that was sold."
    )
    total = models.DecimalField(
        "price of all",
        max_digits=22,
        decimal_places=2,
        null=True,
        help_text="What the line was sold for, if that is not the quantity times the price of one.",
    )

    objects = MovementQuerySet.as_manager()

    # The place of the quantity. MovementQuerySet.placed(), attach_movements() and the service set it for a response.
    portions: list[dict[str, Any]]
    shown_product: Sequence[Any]  # the values of stock.models.sql.SHOWN_PRODUCT, set as `portions` are
    # How much of a line of a sale came back, and how much still can. attach_returns() sets them.
    returned: int | None = None
    returnable: int | None = None
    # What made the price of a line of a sale. attach_prices() of trade.selling.reading and the service set it.
    price_from: str | None = None
    list_price: Decimal | None = None
    part_of: Any = None  # The goods of the sale of which the line is a part: attach_goods() sets it.
    # The discount of a line of a sale, and the share in extra costs: attach_movements() and the service set them.
    discount: Decimal | None = None
    extra_cost: Decimal | None = None

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "product", "sequence"], name="stock_movement_sequence"),
            *checks(
                sequence_from_one=Q(sequence__gte=1),
                arithmetic=Q(movement_type=MovementType.IN, new_quantity=F("old_quantity") + F("quantity"))
                | Q(movement_type=MovementType.OUT, new_quantity=F("old_quantity") - F("quantity")),
                unit_price=Q(unit_price=None, total=None)
                | Q(unit_price__isnull=False, unit_price__range=(NOTHING, MAX_PRICE), movement_type=MovementType.OUT),
            ),
            quantity_range("quantity", least=1),
            quantity_range("old_quantity"),
            quantity_range("new_quantity"),
            amount_range("value", MAX_VALUE),
            amount_range("total", MAX_VALUE),
        ]
        indexes = [Index(fields=["owner", "operation"], name="stock_movement_by_operation")]

    def __str__(self) -> str:
        return f"{self.movement_type} {self.quantity} {self.product_name}"

    @property
    def sku(self) -> str:
        return str(self.shown_product[0])

    @property
    def external_id(self) -> str | None:
        return self.shown_product[1]  # type: ignore[no-any-return]

    @property
    def sold_for(self) -> Decimal:
        """Return what a movement of a sale was sold for, after the discount, without VAT that is added."""
        return price_of(self.quantity, self.unit_price or NOTHING, self.decimals) if self.total is None else self.total

    @property
    def decimals(self) -> int:
        return int(self.shown_product[2] or 0)
