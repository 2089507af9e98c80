from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

COLUMNS = {
    "legal_name": ("legal name", 255),
    "vat_id": ("number for VAT", 32),
    "street": ("street", 255),
    "postcode": ("postcode", 32),
    "city": ("city", 100),
    "country": ("country", 2),
    "invoice_email": ("e-mail for invoices", 254),
    "buyer_reference": ("code for invoices", 100),
    "einvoice_address": ("address for electronic invoices", 128),
}


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_unnamed_buyer")]

    operations = [
        *(
            migrations.AddField(
                "customer",
                name,
                models.CharField(blank=True, db_default="", default="", max_length=length, verbose_name=label),
            )
            for name, (label, length) in COLUMNS.items()
        ),
        AddConstraintNotValid(
            "customer",
            CheckConstraint(condition=Q(country__regex="^([A-Z]{2})?$"), name="customers_customer_country"),
        ),
        migrations.AddField("buyer", "is_named_later", models.BooleanField(db_default=False, default=False)),
    ]
