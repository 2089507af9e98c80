from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

CHECKS = {
    "products_tax_category": Q(category__in=("Z", "E")),
    "products_tax_reason": Q(reason="", category=None)
    | Q(reason="", category="Z")
    | Q(reason__gt="", category__isnull=False, category="E"),
}


class Migration(migrations.Migration):
    dependencies = [("products", "0024_checks_as_triggers")]

    operations = [
        migrations.AddField(
            "tax",
            "category",
            models.CharField(
                blank=True,
                choices=[("Z", "Zero rate"), ("E", "Exempt")],
                help_text="Of a rate of 0: whether it is a rate of VAT, or what is sold with it is exempt.",
                max_length=1,
                null=True,
            ),
        ),
        migrations.AddField(
            "tax",
            "reason",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why what is sold is exempt. Invoices print it.",
                max_length=200,
                verbose_name="reason for no VAT",
            ),
        ),
        *(
            AddConstraintNotValid("tax", CheckConstraint(condition=condition, name=name))
            for name, condition in CHECKS.items()
        ),
    ]
