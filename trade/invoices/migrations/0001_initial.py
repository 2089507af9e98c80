from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.lookups import Exact

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from stock.models.seals import OctetLength

# Invoices and their files are never changed: migration 0004 of stock has the function. A merge moves the customer of an
# invoice, and programs change its metadata.
CHANGEABLE = "ARRAY['customer_id', 'metadata']"
TRIGGERS = (
    f"""
    CREATE TRIGGER invoices_invoice_unchanged BEFORE UPDATE ON invoices_invoice FOR EACH ROW
        WHEN (to_jsonb(OLD.*) - {CHANGEABLE} IS DISTINCT FROM to_jsonb(NEW.*) - {CHANGEABLE})
        EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER invoices_invoice_immutable BEFORE DELETE ON invoices_invoice
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER invoices_invoicefile_immutable BEFORE UPDATE OR DELETE ON invoices_invoicefile
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
            EXECUTE FUNCTION stock_refuse_change()
        """
        for table in ("invoices_invoice", "invoices_invoicefile")
    ),
)
NOTHING, MAX_VALUE = Decimal("0.00"), Decimal("99999999999999999999.99")


def amount(**options):
    return models.DecimalField(decimal_places=2, max_digits=22, **options)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("customers", "0006_valid_country"), ("stock", "0032_valid_sold_category")]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "kind",
                    models.CharField(choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")], max_length=11),
                ),
                ("year", models.SmallIntegerField()),
                ("number", models.BigIntegerField()),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("credits", OwnedKey(null=True, related_name="+", to="invoices.invoice")),
                ("customer", OwnedKey(related_name="+", to="customers.customer")),
                ("issued_on", models.DateField(verbose_name="issued")),
                ("due_on", models.DateField(null=True, verbose_name="due")),
                ("delivered_on", models.DateField(verbose_name="delivered")),
                ("currency", models.CharField(max_length=3)),
                ("net", amount()),
                ("tax", amount(verbose_name="VAT")),
                ("gross", amount(verbose_name="total")),
                ("document", models.JSONField(verbose_name="what it says")),
                ("digest", models.BinaryField()),
                (
                    "metadata",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        editable=False,
                        help_text="Texts of other programs, by key.",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="written")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="invoices_invoice_owner_row"),
                    OwnedForeignKey(field="operation", name="invoices_invoice_operation"),
                    OwnedForeignKey(field="credits", name="invoices_invoice_credits"),
                    OwnedForeignKey(field="customer", name="invoices_invoice_customer"),
                    UniqueConstraint(fields=["owner", "kind", "year", "number"], name="invoices_invoice_number"),
                    UniqueConstraint(fields=["owner", "operation"], name="invoices_invoice_once"),
                    CheckConstraint(
                        condition=Q(kind="invoice", credits=None, due_on__isnull=False)
                        | Q(kind="credit_note", credits__isnull=False, due_on=None),
                        name="invoices_invoice_kind",
                    ),
                    CheckConstraint(condition=Q(number__gte=1), name="invoices_invoice_from_one"),
                    CheckConstraint(condition=Q(year__range=(2000, 9999)), name="invoices_invoice_year"),
                    CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="invoices_invoice_currency"),
                    CheckConstraint(condition=Exact(OctetLength("digest"), 32), name="invoices_invoice_digest"),
                    *(
                        CheckConstraint(
                            condition=Q(**{f"{name}__range": (NOTHING, MAX_VALUE)}), name=f"invoices_invoice_{name}"
                        )
                        for name in ("net", "tax", "gross")
                    ),
                ],
                "indexes": [
                    Index(fields=["owner", "customer", "id"], name="invoices_invoice_by_customer"),
                    Index(
                        fields=["owner", "credits"],
                        condition=Q(credits__isnull=False),
                        name="invoices_invoice_by_credits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("invoice", OwnedKey(related_name="+", to="invoices.invoice")),
                (
                    "format",
                    models.CharField(
                        choices=[("pdf", "PDF"), ("facturx", "Factur-X"), ("xrechnung", "XRechnung")], max_length=9
                    ),
                ),
                ("content", models.BinaryField()),
                ("digest", models.BinaryField(help_text="SHA-256 of the content.")),
                ("created_at", models.DateTimeField(verbose_name="written")),
            ],
            options={
                "verbose_name": "file of an invoice",
                "verbose_name_plural": "files of invoices",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="invoices_invoicefile_owner_row"),
                    OwnedForeignKey(field="invoice", name="invoices_invoicefile_invoice"),
                    UniqueConstraint(fields=["owner", "invoice", "format"], name="invoices_invoicefile_once"),
                    CheckConstraint(
                        condition=Q(format__in=["pdf", "facturx", "xrechnung"]), name="invoices_invoicefile_format"
                    ),
                    CheckConstraint(condition=Exact(OctetLength("digest"), 32), name="invoices_invoicefile_digest"),
                ],
            },
        ),
        *(migrations.RunSQL(trigger, migrations.RunSQL.noop) for trigger in TRIGGERS),
    ]
