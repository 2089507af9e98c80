"""Reservations: stock that is promised to somebody until it is sold or released, or until the reservation expires.

An order of a customer is a reservation that knows for whom it is, for which day, and at which prices. What it has in
common with a quote is in the abstract models.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, CharField, CheckConstraint, F, Index, Q, UniqueConstraint, Value, When
from django.db.models.functions import Now

from core.database.constraints import checks
from core.model_fields import metadata_column, user_name_column
from core.money.amounts import MAX_PRICE
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, UserKey
from products.models import MAX_VALUE, NOTHING, Product, SaidGoods, all_or_nothing, quantity_range
from records.contacts.models import NamesContacts
from stock.models import MAX_REFERENCE_LENGTH, Operation, PriceSource
from stock.models.ledger import note_column
from trade.customers.models import Customer
from trade.kits.models import AskedKits

# Selects the lines of open reservations that have not expired. A reservation expires without a write, and its lines
# remain. PostgreSQL can compare statement_timestamp() by an index, but clock_timestamp() only row by row. The statement
# begins after the transaction has acquired its locks.
RESERVED_LINES = """reservations_reservationline AS line
    WHERE line.owner_id = {owner} AND line.reserved_until > statement_timestamp()"""


def price_source() -> Any:
    """Return the column with what made a price that applied. It is null if somebody typed the price, or without one."""
    return models.CharField(max_length=7, choices=PriceSource, null=True)


class ReservationState(models.TextChoices):
    """The state that responses show. It is not a column, because a reservation expires without a write."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    EXPIRED = "expired"


class Outcome(models.TextChoices):
    """The way in which somebody closed a reservation. A reservation that has expired has no outcome."""

    FULFILLED = "fulfilled"
    RELEASED = "released"


SAID = ("name", "sku", "barcode", "unit")  # the columns that a line keeps of its product

# Now() is the time of the database when the statement begins.
CONDITIONS = {
    ReservationState.OPEN: Q(outcome__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now())),
    ReservationState.FULFILLED: Q(outcome=Outcome.FULFILLED),
    ReservationState.RELEASED: Q(outcome=Outcome.RELEASED),
    ReservationState.EXPIRED: Q(outcome__isnull=True, expires_at__lte=Now()),
}
STATE = Case(
    When(outcome__isnull=False, then=F("outcome")),
    When(CONDITIONS[ReservationState.EXPIRED], then=Value(ReservationState.EXPIRED)),
    default=Value(ReservationState.OPEN),
    output_field=CharField(),
)
# The `reserved_until` of a reservation without an end. Python can't read PostgreSQL's `infinity`, so this is a date.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
# The shop is told when one of these reservations expires. The carts of a web shop are not among them.
IS_ORDER = ~Q(customer=None) | ~Q(wanted_on=None)
TOLD_FOR = timedelta(days=7)  # later, no event is recorded for an expired order, and the start page no longer shows it
IS_FULFILLED = Q(outcome__isnull=False, outcome=Outcome.FULFILLED, operation__isnull=False)
IS_NOT_FULFILLED = Q(operation__isnull=True) & (Q(outcome__isnull=True) | Q(outcome=Outcome.RELEASED))


class ReservationQuerySet(OwnedQuerySet):
    def detailed(self) -> Self:
        """Join the customer, and annotate each reservation with its `state` and `read_at`, the time of the database."""
        return self.select_related("customer").annotate(state=STATE, read_at=Now())

    def expired_orders(self) -> Self:
        """Return the orders that have expired in the last days, TOLD_FOR."""
        return self.filter(CONDITIONS[ReservationState.EXPIRED] & IS_ORDER, expires_at__gt=Now() - TOLD_FOR)

    def to_tell(self) -> Self:
        """Return the orders that have expired, and of which no event was recorded."""
        return self.expired_orders().filter(expiry_told_at=None)


class Ordered(NamesContacts):
    """What a customer has ordered, or may order: a reservation or a quote. Its `lines` are OrderedLine."""

    customer = OwnedKey(Customer, null=True)
    reference = models.CharField("for whom", max_length=MAX_REFERENCE_LENGTH, blank=True)
    note = note_column()
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    discount_amount = models.DecimalField(max_digits=22, decimal_places=2, null=True)
    metadata = metadata_column()
    made_by = UserKey()
    made_by_username = user_name_column()
    created_at = models.DateTimeField("added")
    updated_at = models.DateTimeField("changed", db_default=Now())

    # attach_lines() in trade.reservations.lines sets these attributes.
    shown: list[Any]
    goods: list[Any]  # those with parts: see trade.selling.goods

    class Meta:
        abstract = True
        constraints = checks(
            discount=Q(discount_percent=None) | Q(discount_amount=None),
            percent=Q(discount_percent=None) | Q(discount_percent__range=(0, 100)),
            amount=Q(discount_amount=None) | Q(discount_amount__range=(NOTHING, MAX_VALUE)),
        )

    @property
    def customer_name(self) -> str | None:
        return self.customer.name if self.customer else None

    @property
    def discount(self) -> dict[str, str | None] | None:
        """Return the discount of the sale as a client sends it."""
        given = {"percent": self.discount_percent, "amount": self.discount_amount}
        shown = {name: None if value is None else f"{value:.2f}" for name, value in given.items()}
        return shown if any(shown.values()) else None


class Reservation(Ordered):
    """A reservation. Only reservations.services writes it, while its products are locked.

    The numbers of a shop's reservations are 1, 2, 3 and so on, without gaps. `number` is null only while release 1.0.0,
    which knows no numbers, runs beside this one: the next reservation numbers these, too.
    """

    number = models.PositiveIntegerField(null=True)
    wanted_on = models.DateField("wanted on", null=True, help_text="The day on which the customer wants it.")
    continues = OwnedKey(
        "self",
        null=True,
        help_text="The reservation of which this one has kept the rest.",
    )
    expires_at = models.DateTimeField("until", null=True, help_text="Empty: it is reserved until somebody releases it.")
    expiry_told_at = models.DateTimeField(
        null=True, editable=False, help_text="When the event of its expiry was recorded."
    )
    outcome = models.CharField(max_length=9, choices=Outcome, null=True)
    closed_at = models.DateTimeField("closed", null=True)
    operation = OwnedKey(Operation, null=True)

    objects = ReservationQuerySet.as_manager()
    moved_as = "reservations"

    # ReservationQuerySet.detailed() and attach_reservation_lines() set these attributes.
    state: str
    read_at: datetime
    quote: int | None  # the id of the quote that was accepted

    class Meta:
        constraints = [
            *Ordered.Meta.constraints,
            UniqueConstraint(fields=["owner", "operation"], name="reservations_reservation_one_operation"),
            UniqueConstraint(fields=["owner", "number"], name="reservations_reservation_number"),
            CheckConstraint(condition=Q(number=None) | Q(number__gte=1), name="reservations_reservation_numbered"),
            CheckConstraint(condition=IS_FULFILLED | IS_NOT_FULFILLED, name="reservations_reservation_outcome"),
            CheckConstraint(
                condition=Q(outcome__isnull=True, closed_at__isnull=True)
                | Q(outcome__isnull=False, closed_at__isnull=False),
                name="reservations_reservation_closed_at",
            ),
            CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="reservations_reservation_expires_at"),
        ]
        indexes = [
            Index(fields=["owner", "reference", "id"], condition=~Q(reference=""), name="reservations_by_reference"),
            Index(fields=["owner", "expires_at"], condition=Q(outcome__isnull=True), name="reservations_not_closed"),
            # Carts are in the index above. A web shop has many of them, so the start page must not read them.
            Index(fields=["owner", "expires_at"], condition=Q(outcome=None) & IS_ORDER, name="reservations_orders"),
            Index(fields=["owner", "customer", "id"], condition=~Q(customer=None), name="reservations_by_customer"),
            Index(fields=["owner", "continues"], condition=~Q(continues=None), name="reservations_continued"),
            Index(
                fields=["owner", "wanted_on"],
                condition=Q(outcome=None) & ~Q(wanted_on=None),
                name="reservations_wanted",
            ),
        ]

    def __str__(self) -> str:
        return f"reservation {self.pk}"

    @property
    def tells_present(self) -> bool:
        """Return whether the attached lines show present values of a product, because nothing was kept."""
        return not all(line.is_kept for line in self.shown)


class OrderedLine(SaidGoods, OwnedModel):
    """A product that a customer has ordered, or may order."""

    product = OwnedKey(Product)
    quantity = models.BigIntegerField()
    unit_price = models.DecimalField("price of one", max_digits=12, decimal_places=2, null=True)
    total = models.DecimalField(
        "price of all",
        max_digits=22,
        decimal_places=2,
        null=True,
        help_text="The share of the price of the kits that have brought the line.",
    )
    price_from = price_source()
    is_net = models.BooleanField(
        "price without VAT", null=True, help_text="Whether the price is without VAT. Null: as the prices of the shop."
    )

    objects = OwnedQuerySet.as_manager()
    part_of: Any = None  # the goods of which the line is a part: attach_lines() in trade.reservations.lines sets it

    class Meta:
        abstract = True
        constraints = [
            quantity_range("quantity", least=1),
            *checks(
                said=all_or_nothing("", *SAID).condition,
                unit_price=Q(unit_price=None) | Q(unit_price__range=(0, MAX_PRICE)),
                total=Q(total=None) | Q(total__range=(NOTHING, MAX_VALUE), unit_price=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class ReservationLine(OrderedLine):
    """A reserved product. It never changes: new lines take the place of those of a reservation that is changed.

    A reservation has several lines of a product only if kits have brought them: these have a `total`. Without a price,
    it is sold at the price that applies on the day. The line counts until `reserved_until`, which is
    the end of the reservation, FOREVER, or the time when it was closed. So the reserved quantity of a product is a sum
    over one index, and the lines that have expired or were closed are not read.

    It keeps the names and the unit that the product had when it was reserved. Lines of release 1.1.0 keep nothing.
    """

    reservation = OwnedKey(Reservation, related_name="lines")
    reserved_until = models.DateTimeField()

    class Meta:
        verbose_name = "line of a reservation"
        verbose_name_plural = "lines of reservations"
        constraints = [
            UniqueConstraint(
                fields=["owner", "reservation", "product"],
                condition=Q(total=None),
                name="reservations_reservationline_plain",
            ),
            *OrderedLine.Meta.constraints,
        ]
        indexes = [
            Index(fields=["owner", "product", "reserved_until"], name="reservations_lines_counted"),
            Index(fields=["owner", "reservation", "id"], name="reservations_lines_of_one"),
        ]


class OrderedKits(AskedKits, OwnedModel):
    """Kits that an order or a quote has, with the places of the lines of their parts among its lines, from 0."""

    price_from = price_source()
    lines = ArrayField(models.SmallIntegerField())

    objects = OwnedQuerySet.as_manager()
    # read_goods() in trade.reservations.lines sets these attributes.
    parts: Sequence[tuple[int, int]]  # the products and quantities of one
    is_net: bool | None  # that of the lines of the parts

    class Meta(AskedKits.Meta):
        abstract = True

    @property
    def places(self) -> list[int]:
        """Return the places of its lines, by the name that they have in a request."""
        return list(self.lines)


class ReservedKit(OrderedKits):
    """Kits that a reservation has."""

    reservation = OwnedKey(Reservation)

    class Meta:
        verbose_name = "kit of a reservation"
        verbose_name_plural = "kits of reservations"
        constraints = [
            *OrderedKits.Meta.constraints,
        ]
        indexes = [Index(fields=["owner", "reservation", "id"], name="reservations_kits_of_one")]
