from django.db import migrations
from django.db.models import F, Q, UniqueConstraint
from django.db.models.functions import Lower

NAME = "suppliers_supplier_name"
# The new index takes the place of the old one while requests write to the table.
REPLACE_INDEX = [
    f"CREATE UNIQUE INDEX CONCURRENTLY {NAME}_live ON suppliers_supplier (owner_id, lower(name)) WHERE archived_at IS NULL",
    f"DROP INDEX CONCURRENTLY {NAME}",
    f"ALTER INDEX {NAME}_live RENAME TO {NAME}",
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("suppliers", "0003_archived")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(statement) for statement in REPLACE_INDEX],
            state_operations=[
                migrations.RemoveConstraint("supplier", NAME),
                migrations.AddConstraint(
                    "supplier",
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        condition=Q(archived_at=None),
                        name=NAME,
                        violation_error_message="You have a supplier with this name already.",
                    ),
                ),
            ],
        )
    ]
