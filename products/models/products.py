"""Products and their categories."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Lower, LPad

from core.archiving import ArchivableQuerySet
from core.database.constraints import TriggeredCheck, checks
from core.database.postgres.base import fetch
from core.fields import MAX_QUANTITY
from core.model_fields import CodeColumn, external_id_column, unique_external_id, unique_name
from core.money.amounts import MAX_DECIMALS, MAX_PRICE
from core.ownership import OwnedKey, OwnedModel
from core.sentences import Goods
from core.texts.folding import NAME_KEY
from core.translation import gettext_noop
from products.models.sql_codes import CODES, GTIN_DIGITS
from products.models.sql_profiles import RECORDED
from products.models.taxes import Tax
from products.querysets import LEDGER_FIELDS, STARTS_EMPTY, ProductQuerySet, as_boolean
from records.contacts.models import NamesContacts
from records.events.models import Event, EventType
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked, recorded
from suppliers.models import Supplier

MEASURES = ("min_threshold", "pack_size")

NOTHING: Decimal = Decimal("0.00")  # checks compare amounts of money with it, because the literal 0 would be converted
MAX_CODE_LENGTH = 64
MAX_CODES = 20  # the limit of further codes of a product, besides its SKU and barcode
LIVE = {"archived_at": None}
KEPT = "The link that was taken away because its row is archived: see core.archiving."
SAID_TODAY = gettext_noop(
    "The names and numbers are those that the products have today, not those of the day of the order."
)
MAX_VALUE = Decimal("99999999999999999999.99")  # the limit of the value of a product's stock


class Category(RecordedModel, OwnedModel):
    name = models.CharField(max_length=255)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()
    filters_by_name = True

    class Meta:
        verbose_name_plural = "categories"
        constraints = [unique_name(gettext_noop("You have a category with this name already."))]

    def __str__(self) -> str:
        return self.name


def unique_while_live(field: str) -> UniqueConstraint:
    """Return the constraint that a code is unique among the live products of an account, ignoring case."""
    return UniqueConstraint(
        "owner",
        Lower(field),
        condition=Q(archived_at=None) & ~Q(**{field: ""}),
        name=f"products_product_{field}",
        violation_error_message=f"You have a product with this {field} already.",
    )


NAME = "%(app_label)s_%(class)s_{}"  # of a constraint, for any model: Django fills in the rest


def amount_range(field: str, most: Decimal = MAX_PRICE) -> CheckConstraint:
    """Return the constraint that an amount of money is in range, which NaN is not. Its name is as of quantity_range().

    PostgreSQL parses all checks of a table for each statement that writes to it. This is a third of its work for a
    booking, so the checks of products and of the ledger are short, or triggers.
    """
    return CheckConstraint(condition=Q(**{f"{field}__range": (NOTHING, most)}), name=NAME.format(field))


def quantity_range(field: str, least: int = 0) -> CheckConstraint:
    """Return the constraint that the quantity is in range. Its name is that of the table and the field."""
    return CheckConstraint(condition=Q(**{f"{field}__range": (least, MAX_QUANTITY)}), name=NAME.format(field))


def as_gtin(field: str) -> LPad:
    """Return the GTIN in the field as 14 digits."""
    return LPad(field, Value(14), Value("0"))


def gtin_index(field: str, name: str, **is_live: Any) -> Index:
    """Return the index of the field's GTINs as 14 digits. It does not contain other codes."""
    return Index("owner", as_gtin(field), condition=Q(**is_live, **{f"{field}__regex": GTIN_DIGITS}), name=name)


def is_low(quantity: int, min_threshold: int | None) -> bool:
    """Return whether the generated column `is_low_stock` will be true when these values are stored.

    Without a threshold, a product is never low, and the column is null.
    """
    return min_threshold is not None and quantity <= min_threshold


def find_low(product: "Product", fields: dict[str, Any]) -> dict[int, bool]:
    """Return whether the product is low, by its id, if the fields have another threshold."""
    present = {name: getattr(product, name) for name in ("keeps_stock", "min_threshold")}
    if all(fields.get(name, value) == value for name, value in present.items()):
        return {}
    return {product.pk: is_low(product.quantity, product.min_threshold)}


# The checks of the columns that no booking sets.
CHECKS_OF_EDITS = [
    quantity_range("min_threshold"),
    quantity_range("pack_size", least=1),
    amount_range("price"),
    amount_range("cost_price"),
    *checks(decimals=Q(decimals__range=(0, MAX_DECIMALS)), code_count=Q(code_count__range=(0, MAX_CODES))),
]


class Product(RecordedModel, NamesContacts):
    """A product and its stock. Only stock.booking.services writes the fields in LEDGER_FIELDS."""

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=10_000)
    sku = CodeColumn("SKU", max_length=64, blank=True)
    barcode = CodeColumn(max_length=64, blank=True)
    external_id = external_id_column()
    unit = models.CharField(max_length=32, blank=True)
    decimals = models.SmallIntegerField(
        default=0, db_default=0, help_text="How many decimals an amount of it has: 3 for kilograms, counted in grams."
    )
    price = models.DecimalField(max_digits=12, decimal_places=2)
    cost_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    quantity = models.BigIntegerField("in stock", default=0, editable=False)
    stock_sequence = models.BigIntegerField(default=0, editable=False)
    held = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="The sum of its holdings: what lies at a place or in a lot."
    )
    stock_value = models.DecimalField(
        "value at cost", max_digits=22, decimal_places=2, default=0, db_default=0, editable=False,
        help_text="What the stock has cost, by the moving average.",
    )  # fmt: skip
    reserved_until = models.DateTimeField(
        null=True, editable=False, help_text="No reservation of it expires later. It may be later than the last one."
    )
    code_count = models.SmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="The number of its further codes. products.codes writes it.",
    )
    has_profile = models.BooleanField(
        default=False, db_default=False, editable=False,
        help_text="Whether it has a profile: see products.attributes, which writes it.",
    )  # fmt: skip
    keeps_stock = models.BooleanField(
        default=True, db_default=True, help_text="Whether its stock is counted: not that of a service, bread or coffee."
    )
    min_threshold = models.BigIntegerField("low at", default=5, null=True, blank=True)
    is_low_stock = models.GeneratedField(
        expression=as_boolean(Q(quantity__lte=F("min_threshold"))), output_field=models.BooleanField(),
        db_persist=True, null=True,
    )  # fmt: skip
    expiration_date = models.DateField("expires", null=True, blank=True)
    supplier = OwnedKey(Supplier, null=True, blank=True, related_name="products", limit_choices_to=LIVE)
    kept_supplier_id = models.BigIntegerField(null=True, editable=False, help_text=KEPT)
    supplier_sku = models.CharField("supplier's SKU", max_length=64, blank=True, default="", db_default="")
    pack_size = models.BigIntegerField(
        "pack of", default=1, db_default=1, help_text="The supplier sells whole packs of this quantity."
    )
    category = OwnedKey(Category, null=True, blank=True, related_name="products", limit_choices_to=LIVE)
    kept_category_id = models.BigIntegerField(null=True, editable=False, help_text=KEPT)
    tax = OwnedKey(Tax, null=True, blank=True, related_name="products", limit_choices_to=LIVE, verbose_name="VAT")
    kept_tax_id = models.BigIntegerField(null=True, editable=False, help_text=KEPT)
    last_counted_at = models.DateTimeField("last counted", null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ProductQuerySet.as_manager()
    moved_as = "products"
    costs = ("cost_price", "offers")
    tracked = (
        Tracked(
            Kind.PRODUCT,
            codes=f"({CODES.format(product='row', owner='%(owner)s::bigint')})::jsonb",
            beside=RECORDED,
            **ARCHIVED,
        ),
    )

    codes: list[dict[str, Any]]  # ProductQuerySet.with_codes() sets it
    profile: dict[str, Any] | None  # products.reading.details.add_details() sets it

    class Meta:
        constraints = [
            unique_while_live("sku"),
            unique_while_live("barcode"),
            unique_external_id("products_product", archived_at=None),
            quantity_range("quantity"),
            *map(TriggeredCheck.of, CHECKS_OF_EDITS),
            *checks(
                keeps_stock=Q(keeps_stock=True) | Q(quantity=0, min_threshold=None),
                stock_sequence=Q(stock_sequence__gte=0),
                held=Q(held__range=(0, F("quantity"))),
                stock_value=Q(stock_value__range=(NOTHING, MAX_VALUE)) & (Q(quantity__gt=0) | Q(stock_value=NOTHING)),
            ),
        ]
        indexes = [
            Index(fields=["owner", "supplier"], name="products_product_by_supplier"),
            # This index also serves the count of live products, because a booking changes none of its columns. So
            # PostgreSQL need not read the table for it.
            Index(fields=["owner", "category", "archived_at"], name="products_product_category_live"),
            Index(
                fields=["owner", "expiration_date", "id"],
                condition=Q(archived_at=None, expiration_date__isnull=False),
                name="products_product_by_expiry",
            ),
            # This index serves the order by name. It contains all live products, so that PostgreSQL need not read the
            # table.
            Index("owner", Lower("name"), "id", condition=Q(archived_at=None), name="products_product_live_by_name"),
            # This index serves the order by name on pages.
            Index(
                "owner",
                Func("name", template=NAME_KEY),
                "id",
                condition=Q(archived_at=None),
                name="products_product_by_name_key",
            ),
            gtin_index("barcode", "products_product_gtin", archived_at=None),
            # This index tells whether a shop has products with a unit or decimals, for the sums of the dashboard.
            Index(fields=["owner"], condition=Q(decimals__gt=0) | ~Q(unit=""), name="products_product_measured"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def record_link(cls, owner_id: int, ids: list[int], link: str, pk: int | None) -> None:
        """Record that the products are about to get this supplier, category or rate of VAT, or None."""
        if ids:
            [(now,)] = fetch("SELECT statement_timestamp()")
            with recorded(cls, owner_id) as changes:
                changes.record_link(ids, link, pk, now)
            event = EventType.PRODUCT_CHANGED
            Event.objects.record_products(owner_id=owner_id, event_type=event, products=ids, at=now)

    @property
    def quantity_in_stock(self) -> int:
        """Return the quantity. The API has this name as an alias."""
        return self.quantity

    @property
    def shown_quantity(self) -> str:
        """Return the quantity as mails and the support desk show it. If the product has decimals, it is an amount."""
        return f"{Goods(self.quantity, self.decimals, self.unit)}"

    @property
    def shown_stock(self) -> str:
        """Return what the support desk says of the stock."""
        return f"{self.shown_quantity} in stock" if self.keeps_stock else "keeps no stock"

    @property
    def shown_threshold(self) -> str:
        return "" if self.min_threshold is None else f"{Goods(self.min_threshold, self.decimals, self.unit)}"

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Insert a product without stock, or update the named fields of an existing one.

        Raise ValueError if the ledger's fields could change without it, so also for an update without `update_fields`.
        """
        if self._state.adding:
            if self.quantity or self.stock_sequence:
                raise ValueError(STARTS_EMPTY)
        elif update_fields is None or LEDGER_FIELDS.intersection(update_fields):
            raise ValueError("Name the fields to save; quantities are booked by stock.booking.services.")
        super().save(update_fields=update_fields, **kwargs)


class SaidGoods(models.Model):
    """What a document keeps of a product that may change later: its names and its unit.

    Without a `name`, nothing is kept. The fields are named as those of the product. Its `decimals` are fixed while a
    line has a quantity of it.
    """

    name = models.CharField(max_length=255, null=True, editable=False)
    sku = models.CharField("SKU", max_length=64, blank=True, null=True, editable=False)
    barcode = models.CharField(max_length=64, blank=True, null=True, editable=False)
    unit = models.CharField(max_length=32, blank=True, null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_kept(self) -> bool:
        return self.name is not None

    @property
    def said(self) -> Any:
        """Return the row with the values to show: this one, or the product if this one keeps nothing."""
        return self if self.is_kept else self.product  # type: ignore[attr-defined]


def all_or_nothing(name: str, *fields: str) -> CheckConstraint:
    """Return the constraint that a line keeps all values of the product, or none."""
    kept, nothing = (Q(**{f"{field}__isnull": is_null for field in fields}) for is_null in (False, True))
    return CheckConstraint(condition=kept | nothing, name=name)
