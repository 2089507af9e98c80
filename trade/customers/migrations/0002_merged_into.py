from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations
from django.db.models import CheckConstraint, F, Index, Q

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey

TABLE = "customers_customer"
LINK, CHECK, INDEX = f"{TABLE}_merged_into", f"{TABLE}_is_merged", f"{TABLE}_merged"
# The column is added with its constraints, each by a statement of its own as Citus asks. All of this can be executed
# again if a later statement has failed.
ADD = f"""
DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '{TABLE}'::regclass AND attname = 'merged_into_id') THEN
    ALTER TABLE {TABLE} ADD COLUMN merged_into_id bigint NULL;
    ALTER TABLE {TABLE} ADD CONSTRAINT {LINK} FOREIGN KEY (owner_id, merged_into_id) REFERENCES {TABLE} (owner_id, id)
        DEFERRABLE INITIALLY IMMEDIATE NOT VALID;
    ALTER TABLE {TABLE} ADD CONSTRAINT {CHECK}
        CHECK (merged_into_id IS NULL OR archived_at IS NOT NULL AND merged_into_id <> id) NOT VALID;
END IF;
END $$
"""
DROP_INDEX = f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}"
ADD_INDEX = f"CREATE INDEX CONCURRENTLY {INDEX} ON {TABLE} (owner_id, merged_into_id) WHERE merged_into_id IS NOT NULL"


class Migration(migrations.Migration):
    atomic = False  # each statement is a transaction of its own, so that no lock is kept while rows are read

    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ADD, f"ALTER TABLE {TABLE} DROP COLUMN merged_into_id"),
            ],
            state_operations=[
                migrations.AddField(
                    "customer",
                    "merged_into",
                    OwnedKey("customers.customer", editable=False, null=True, related_name="+"),
                ),
                migrations.AddConstraint("customer", OwnedForeignKey(field="merged_into", name=LINK)),
                migrations.AddConstraint(
                    "customer",
                    CheckConstraint(
                        condition=Q(merged_into=None) | (Q(archived_at__isnull=False) & ~Q(merged_into=F("id"))),
                        name=CHECK,
                    ),
                ),
            ],
        ),
        ValidateConstraint("customer", LINK),
        ValidateConstraint("customer", CHECK),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(DROP_INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(ADD_INDEX, DROP_INDEX),
            ],
            state_operations=[
                migrations.AddIndex(
                    "customer",
                    Index(fields=["owner", "merged_into"], condition=Q(merged_into__isnull=False), name=INDEX),
                ),
            ],
        ),
    ]
