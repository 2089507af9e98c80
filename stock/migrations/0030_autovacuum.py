from django.db import migrations

# By default, PostgreSQL vacuums and analyzes a table once a fifth of its rows has changed. In large tables, index-only
# scans and statistics would be that far behind. The statements wait for no reader and no writer.
TABLES = ("products_product", "stock_operation", "stock_movement", "events_event", "history_change")
PARAMETERS = (
    "autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor", "autovacuum_analyze_scale_factor"
)  # fmt: skip
SET = ", ".join(f"{name} = 0.02" for name in PARAMETERS)


class Migration(migrations.Migration):
    dependencies = [
        ("stock", "0029_counts_by_operation"),
        ("products", "0024_checks_as_triggers"),
        ("events", "0001_initial"),
        ("history", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET ({SET})", f"ALTER TABLE {table} RESET ({', '.join(PARAMETERS)})")
        for table in TABLES
    ]
