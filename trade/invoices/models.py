"""Invoices, credit notes, and the files that were made of them. Nothing changes the rows afterwards.

A trigger refuses every change but that of the customer, which a merge moves, and of the metadata.
"""

from typing import Any, NoReturn

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.model_fields import metadata_column
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from products.models import MAX_VALUE, amount_range
from records.contacts.models import NamesContacts
from stock.models import DIGEST_BYTES, Operation
from stock.models.seals import has_length
from trade.customers.models import Customer

MAX_REFERENCE_LENGTH = 100
MAX_NOTE_LENGTH = 500
FIRST_YEAR, LAST_YEAR = 2000, 9999


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class FileFormat(models.TextChoices):
    PDF = "pdf", "PDF"
    FACTURX = "facturx", "Factur-X"
    XRECHNUNG = "xrechnung", "XRechnung"


class WrittenOnce(OwnedModel):
    """A row that is inserted, and never saved or deleted afterwards."""

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row, or save its metadata. Raise TypeError for every other change."""
        if not self._state.adding and {*(kwargs.get("update_fields") or ["everything"])} != {"metadata"}:
            raise TypeError("Invoices are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Invoices are never deleted.")


class Invoice(WrittenOnce, NamesContacts):
    """An invoice of a sale, or the credit note of a return of it.

    Numbers are 1, 2, 3 and so on for each kind in a year. `document` has everything that is printed, with texts for all
    numbers, and no ids; `digest` is that of proofs.compute_digest(), which the event has, too.
    """

    kind = models.CharField(max_length=11, choices=InvoiceKind)
    year = models.SmallIntegerField()
    number = models.BigIntegerField()
    operation = OwnedKey(Operation)
    credits = OwnedKey("self", null=True)
    customer = OwnedKey(Customer)
    issued_on = models.DateField("issued")
    due_on = models.DateField("due", null=True)
    delivered_on = models.DateField("delivered")
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=22, decimal_places=2)
    tax = models.DecimalField("VAT", max_digits=22, decimal_places=2)
    gross = models.DecimalField("total", max_digits=22, decimal_places=2)
    document = models.JSONField("what it says")
    digest = models.BinaryField()
    metadata = metadata_column()
    created_at = models.DateTimeField("written")

    moved_as = "invoices"
    sealed_with, not_sealed = "invoice", ("customer", "metadata", "document")  # the digest is that of the document

    due: Any = None  # what is left to pay now: trade.invoices.reading.attach_due() sets it

    class Meta(OwnedModel.Meta):
        constraints = [
            UniqueConstraint(fields=["owner", "kind", "year", "number"], name="invoices_invoice_number"),
            UniqueConstraint(fields=["owner", "operation"], name="invoices_invoice_once"),
            *checks(
                kind=Q(kind=InvoiceKind.INVOICE, credits=None, due_on__isnull=False)
                | Q(kind=InvoiceKind.CREDIT_NOTE, credits__isnull=False, due_on=None),
                from_one=Q(number__gte=1),
                year=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                currency=Q(currency__regex=r"^[A-Z]{3}$"),
                digest=has_length("digest", DIGEST_BYTES),
            ),
            *(amount_range(name, MAX_VALUE) for name in ("net", "tax", "gross")),
        ]
        indexes = [
            Index(fields=["owner", "customer", "id"], name="invoices_invoice_by_customer"),
            Index(fields=["owner", "credits"], condition=Q(credits__isnull=False), name="invoices_invoice_by_credits"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def name(self) -> str | None:
        """Return the number as it is printed: 2026-000123, or 2026-C000004. A dry run gives none."""
        return f"{self.year}-{'C' if self.credits_id else ''}{self.number:06}" if self.number else None


class InvoiceFile(WrittenOnce):
    """The file of an invoice as it was first made. It never changes, whatever happens to the shop."""

    invoice = OwnedKey(Invoice)
    format = models.CharField(max_length=9, choices=FileFormat)
    content = models.BinaryField()
    digest = models.BinaryField(help_text="SHA-256 of the content.")
    created_at = models.DateTimeField("written")

    class Meta(OwnedModel.Meta):
        verbose_name = "file of an invoice"
        verbose_name_plural = "files of invoices"
        constraints = [
            UniqueConstraint(fields=["owner", "invoice", "format"], name="invoices_invoicefile_once"),
            CheckConstraint(condition=Q(format__in=FileFormat.values), name="invoices_invoicefile_format"),
            CheckConstraint(condition=has_length("digest", DIGEST_BYTES), name="invoices_invoicefile_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.format} of invoice {self.invoice_id}"
