from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = [("stock", "0030_autovacuum")]

    operations = [
        migrations.AddField(
            "sold",
            "category",
            models.CharField(help_text="Of a rate of 0, as invoices have it.", max_length=1, null=True),
        ),
        migrations.AddField(
            "sold", "reason", models.CharField(max_length=200, null=True, verbose_name="reason for no VAT")
        ),
        AddConstraintNotValid(
            "sold", CheckConstraint(condition=Q(category__in=("Z", "E")), name="stock_sold_category")
        ),
    ]
