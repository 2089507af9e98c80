from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q


class Migration(migrations.Migration):
    dependencies = [("products", "0015_later_trigger")]

    operations = [
        migrations.AddField(
            "product",
            "keeps_stock",
            models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether its stock is counted: not that of a service, bread or coffee.",
            ),
        ),
        migrations.AlterField(
            "product",
            "min_threshold",
            models.BigIntegerField(blank=True, default=5, null=True, verbose_name="low at"),
        ),
        # The column is null where the threshold is. In PostgreSQL, Django's generated columns may be null as they are.
        migrations.AlterField(
            "product",
            "is_low_stock",
            models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(
                    Q(("quantity__lte", F("min_threshold"))), output_field=models.BooleanField()
                ),
                null=True,
                output_field=models.BooleanField(),
            ),
        ),
        AddConstraintNotValid(
            "product",
            CheckConstraint(
                condition=Q(keeps_stock=True) | Q(quantity=0, min_threshold=None), name="products_product_keeps_stock"
            ),
        ),
    ]
