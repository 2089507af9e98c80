from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0003_name_index")]

    operations = [
        migrations.AddField(
            "product",
            "held",
            models.BigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="The sum of its holdings: what lies at a place or in a lot.",
            ),
        ),
        migrations.AddField(
            "product",
            "reserved_until",
            models.DateTimeField(
                editable=False,
                help_text="No reservation of it expires later. It may be later than the last one.",
                null=True,
            ),
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(("held__gte", 0), ("held__lte", models.F("quantity"))), name="products_product_held"
            ),
        ),
    ]
