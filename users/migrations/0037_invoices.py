from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

COLUMNS = {
    "legal_name": ("legal name", 255),
    "vat_id": ("number for VAT", 32),
    "registration": ("registration", 100),
    "street": ("street", 255),
    "postcode": ("postcode", 32),
    "city": ("city", 100),
    "invoice_email": ("e-mail for invoices", 254),
    "invoice_phone": ("phone for invoices", 64),
    "einvoice_address": ("address for electronic invoices", 128),
    "iban": ("IBAN", 34),
    "bic": ("BIC", 11),
    "invoice_terms": ("terms on invoices", 500),
    "exempt_reason": ("reason for no VAT", 200),
}


class Migration(migrations.Migration):
    dependencies = [("users", "0036_owed_from")]

    operations = [
        *(
            migrations.AddField(
                "user",
                name,
                models.CharField(blank=True, db_default="", default="", max_length=length, verbose_name=label),
            )
            for name, (label, length) in COLUMNS.items()
        ),
        migrations.AddField(
            "user",
            "invoice_days",
            models.SmallIntegerField(db_default=14, default=14, verbose_name="days to pay an invoice"),
        ),
        AddConstraintNotValid(
            "user", CheckConstraint(condition=Q(invoice_days__range=(0, 365)), name="users_user_invoice_days")
        ),
    ]
