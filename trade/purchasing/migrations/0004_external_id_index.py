import django.db.models.functions.text
from django.db import migrations, models

CREATE_INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY "purchasing_order_external_id" ON "purchasing_order" ("owner_id", (LOWER("external_id")))
WHERE ("external_id" IS NOT NULL)
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("purchasing", "0003_archived")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREATE_INDEX, 'DROP INDEX CONCURRENTLY "purchasing_order_external_id"'),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("external_id"),
                        condition=models.Q(("external_id__isnull", False)),
                        name="purchasing_order_external_id",
                        violation_error_message="Another row has this external_id already.",
                    ),
                ),
            ],
        ),
    ]
