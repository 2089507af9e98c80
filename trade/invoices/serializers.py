"""The bodies of invoices. They save nothing."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from core.fields import TWO_PLACES, DateField, LongTextField, SumField, TextField
from core.model_fields import COMPANY_LENGTHS, MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from records.contacts.serializers import ContactField
from stock.errors import ReportTooLong
from trade.customers.models import Customer
from trade.invoices.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, Invoice
from trade.invoices.reading import MONEY, attach_due

MAX_INVOICES = 100_000
INVOICES_AT_A_TIME = 500


@example(due_on="2026-12-31", buyer_reference="04011000-12345-03")
class IssueSerializer(CachedFieldsSerializer):
    """What an invoice says besides the sale."""

    customer = ContactField(
        queryset=Customer.objects.all(), required=False, allow_null=True, help_text="That of the sale, if it has none."
    )
    due_on = DateField(
        required=False,
        allow_null=True,
        help_text="By default today and the `invoice_days` of the shop. Not before today.",
    )
    delivered_on = DateField(required=False, allow_null=True, help_text="By default the day of the sale.")
    buyer_reference = TextField(
        max_length=COMPANY_LENGTHS["buyer_reference"], required=False, allow_blank=True, default="",
        help_text="By default that of the customer.",
    )  # fmt: skip
    purchase_reference = TextField(
        max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True, default="",
        help_text="The number of the customer's order.",
    )  # fmt: skip
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True, default="")


class InvoiceMetadataSerializer(CachedFieldsSerializer):
    metadata = MetadataField()


class CreditedSerializer(CachedFieldsSerializer):
    """The invoice of a credit note."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(source="name")


class InvoiceSerializer(CleanModelSerializer):
    """An invoice, or a credit note of what came back."""

    number = serializers.CharField(source="name", help_text="Without gaps in a year: 2026-000123, or 2026-C000004.")
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


def text(description: str = "", **options: Any) -> dict[str, Any]:
    return {"type": "string", **({"description": description} if description else {}), **options}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}


PARTY = dict.fromkeys(("name", "legal_name", "vat_id", "street", "postcode", "city", "country"), text())
OF_RATE = {"category": text("S, Z or E."), "rate": TWO_PLACES}
LINE = {
    "name": text("Of a part of other goods with their name before it."), "sku": text(), "quantity": {"type": "integer"},
    "amount": text(), "unit": text(), "unit_price": text("Without VAT, with up to eight decimals."),
    "gross_price": text("With VAT, if the prices of the sale include it.", nullable=True), "net": TWO_PLACES, **OF_RATE,
}  # fmt: skip
PAID = form(kind=text(), amount=TWO_PLACES)
# The parts of the document that are no columns.
FURTHER = {
    "prices_include_tax": {"type": "boolean"},
    **dict.fromkeys(("buyer_reference", "purchase_reference", "note", "terms"), text()),
    "seller": form(**PARTY, tax_number=text(), registration=text()),
    "buyer": form(**PARTY),
    "lines": {"type": "array", "items": form(**LINE)},
    "taxes": {
        "type": "array",
        "items": form(**OF_RATE, reason=text(nullable=True), **dict.fromkeys(MONEY, TWO_PLACES)),
    },
    "totals": form(**dict.fromkeys((*MONEY, "paid", "due"), TWO_PLACES)),
    "payments": {"type": "array", "items": PAID},
    "discount": {**form(amount=TWO_PLACES), "nullable": True},
}


class IssuedInvoiceSerializer(InvoiceSerializer):
    """An invoice with all that it says, as it was when it was issued."""

    paid = serializers.CharField(source="document.totals.paid", help_text="What was paid when it was issued.")
    digest = serializers.SerializerMethodField(help_text="The SHA-256 of what it says. The event of it has it, too.")

    class Meta(InvoiceSerializer.Meta):
        fields: Any = (*InvoiceSerializer.Meta.fields, "paid", "digest")
        read_only_fields: Any = fields

    def get_digest(self, invoice: Invoice) -> str | None:
        return bytes(invoice.digest).hex() if invoice.digest else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        number = shown["number"] if instance.number else None  # a dry run gives none
        return {**shown, "number": number, **{name: instance.document[name] for name in FURTHER}}


TOTALS = {
    "type": "object",
    "nullable": True,
    "description": "The sums of all invoices of the list, less the credit notes. Null on further pages.",
    **form(
        invoices={"type": "integer"}, credit_notes={"type": "integer"}, **dict.fromkeys((*MONEY, "due"), TWO_PLACES)
    ),
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
    sign = -1 if one.credits_id else 1
    money: list[Decimal | None] = [sign * getattr(one, name) for name in MONEY]
    days = one.issued_on, one.due_on, one.delivered_on
    credited = one.credits.name if one.credits else ""
    return (
        one.name,
        one.kind,
        *days,
        one.document["buyer"]["name"],
        *money,
        one.due,
        one.currency,
        credited,
        one.operation_id,
    )
