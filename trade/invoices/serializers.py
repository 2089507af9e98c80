"""The bodies of invoices. They save nothing."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import TWO_PLACES, ChoiceField, DateField, EmailField, LongTextField, SumField, TextField
from core.model_fields import COMPANY_LENGTHS, MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from records.contacts.serializers import ContactField
from stock.errors import ReportTooLong
from trade.customers.models import Customer
from trade.invoices.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, FileFormat, Invoice
from trade.invoices.reading import MONEY, attach_due
from users.models import MAX_EMAIL_LENGTH

MAX_INVOICES = 100_000
INVOICES_AT_A_TIME = 500


@example(purchase_reference="PO 7", buyer_reference="04011000-12345-03")
class IssueSerializer(CachedFieldsSerializer):
    """What an invoice says besides the sale."""

    customer = ContactField(
        queryset=Customer.objects.all(), required=False, allow_null=True, help_text="That of the sale, if it has none."
    )
    due_on = DateField(
        required=False,
        allow_null=True,
        help_text="By default today and the `invoice_days` of the shop. From today to five years later.",
    )
    delivered_on = DateField(
        required=False,
        allow_null=True,
        help_text="By default the day of the sale. At most 366 days from it, and not after tomorrow.",
    )
    buyer_reference = TextField(
        max_length=COMPANY_LENGTHS["buyer_reference"], required=False, allow_blank=True, default="",
        help_text="By default that of the customer.",
    )  # fmt: skip
    purchase_reference = TextField(
        max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True, default="",
        help_text="The number of the customer's order.",
    )  # fmt: skip
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True, default="")


@example(format="facturx")
class InvoiceMailSerializer(CachedFieldsSerializer):
    to = EmailField(
        max_length=MAX_EMAIL_LENGTH,
        required=False,
        help_text="By default the address of the customer for invoices, or else its address.",
    )
    format = ChoiceField(choices=FileFormat.choices, default=FileFormat.PDF.value)


@example(metadata={"peppol": "sent"})
class InvoiceMetadataSerializer(CachedFieldsSerializer):
    metadata = MetadataField()


class CreditedSerializer(CachedFieldsSerializer):
    """Which invoice it is."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(source="name")


class InvoiceSerializer(CleanModelSerializer):
    """An invoice, or a credit note of what came back."""

    number = serializers.CharField(
        source="name", allow_null=True, help_text="Without gaps in a year: 2026-000123, or 2026-C000004."
    )
    operation = serializers.IntegerField(source="operation_id", help_text="The sale; of a credit note the return.")
    credits = CreditedSerializer(allow_null=True, help_text="The invoice that a credit note takes from.")
    customer = serializers.IntegerField(source="customer_id")
    buyer_name = serializers.CharField(source="document.buyer.name", help_text="The name as it is printed.")
    due = SumField(allow_null=True, help_text="What is left to pay of the sale now. Null for a credit note.")
    net = SumField()
    tax = SumField()
    gross = SumField()
    metadata = MetadataField(read_only=True)

    class Meta:
        model = Invoice
        fields = (
            "id", "kind", "number", "operation", "credits", "customer", "buyer_name", "issued_on", "due_on",
            "delivered_on", "currency", "net", "tax", "gross", "due", "metadata", "created_at",
        )  # fmt: skip
        read_only_fields = fields


TEXT, WHOLE, NULLABLE = {"type": "string"}, {"type": "integer"}, {"type": "string", "nullable": True}
PRICE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
AMOUNTS = dict.fromkeys(("rate", "net", "tax", "gross", "paid", "due"), TWO_PLACES)


def form(texts: str, **further: Any) -> dict[str, Any]:
    """Return the schema of an object with these texts, and with further parts."""
    properties = {name: AMOUNTS.get(name, TEXT) for name in texts.split()} | further
    return {"type": "object", "properties": properties, "required": [*properties]}


def rows(texts: str, **further: Any) -> dict[str, Any]:
    return {"type": "array", "items": form(texts, **further)}


PARTY = "name legal_name vat_id street postcode city country"
# The parts of the document that are no columns.
PARTS = {
    "prices_include_tax": {"type": "boolean"},
    **dict.fromkeys(("buyer_reference", "purchase_reference", "note", "terms"), TEXT),
    "seller": form(f"{PARTY} tax_number registration"),
    "buyer": form(PARTY),
    "lines": rows(
        "name sku unit net category rate", quantity=WHOLE, amount=PRICE, unit_price=PRICE,
        gross_price={**PRICE, "nullable": True},
    ),
    "taxes": rows("category rate net tax gross", reason=NULLABLE),
    "totals": form("net tax gross paid due"),
    "payments": rows("kind", amount=TWO_PLACES),
    "discount": {**form("", amount=TWO_PLACES), "nullable": True},
}  # fmt: skip


def make_part(name: str) -> Any:
    """Return the field of a part of the document."""
    made = extend_schema_field(PARTS[name])(type("PartField", (serializers.JSONField,), {}))
    return made(source=f"document.{name}", read_only=True)


class IssuedInvoiceSerializer(InvoiceSerializer):
    """An invoice with all that it says, as it was when it was issued."""

    paid = SumField(source="document.totals.paid", help_text="What was paid when it was issued.")
    digest = serializers.SerializerMethodField(help_text="The SHA-256 of what it says. The event of it has it, too.")
    vars().update({name: make_part(name) for name in PARTS})

    class Meta(InvoiceSerializer.Meta):
        fields: Any = (*InvoiceSerializer.Meta.fields, "paid", "digest", *PARTS)
        read_only_fields: Any = fields

    def get_digest(self, invoice: Invoice) -> str | None:
        return bytes(invoice.digest).hex() if invoice.digest else None


TOTALS = {
    **form("net tax gross due", invoices=WHOLE, credit_notes=WHOLE),
    "nullable": True,
    "description": "The sums of all invoices of the list, less the credit notes. Null on further pages.",
}
COLUMNS = (
    "number", "kind", "issued_on", "due_on", "delivered_on", "customer", "net", "tax", "gross", "due", "currency",
    "credits", "operation",
)  # fmt: skip
MONEY_COLUMNS = (*MONEY, "due")


def make_rows(invoices: QuerySet) -> Iterator[tuple[Any, ...]]:
    """Yield the header, then a row for each invoice, the newest first. Raise ReportTooLong before the header."""
    ids = list(invoices.order_by("-id").values_list("pk", flat=True)[: MAX_INVOICES + 1])
    if len(ids) > MAX_INVOICES:
        raise ReportTooLong(limit=MAX_INVOICES)
    yield COLUMNS
    for start in range(0, len(ids), INVOICES_AT_A_TIME):
        found = invoices.filter(pk__in=ids[start : start + INVOICES_AT_A_TIME]).order_by("-id")
        yield from map(make_row, attach_due(found))


def make_row(one: Any) -> tuple[Any, ...]:
    """Return the cells of an invoice. The amounts of a credit note are negative, so that the columns add up."""
    sign = -1 if one.credits else 1
    days, money = (one.issued_on, one.due_on, one.delivered_on), (sign * getattr(one, name) for name in MONEY)
    credited = one.credits.name if one.credits else ""
    named = one.document["buyer"]["name"]
    return one.name, one.kind, *days, named, *money, one.due, one.currency, credited, one.operation_id
