import django.db.models.functions.text
from django.db import migrations, models

CREATE_INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY "products_product_external_id" ON "products_product" ("owner_id", (LOWER("external_id")))
WHERE ("archived_at" IS NULL AND "external_id" IS NOT NULL)
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0004_names_of_live_rows")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREATE_INDEX, 'DROP INDEX CONCURRENTLY "products_product_external_id"'),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="product",
                    constraint=models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("external_id"),
                        condition=models.Q(("archived_at", None), ("external_id__isnull", False)),
                        name="products_product_external_id",
                        violation_error_message="Another row has this external_id already.",
                    ),
                ),
            ],
        ),
    ]
