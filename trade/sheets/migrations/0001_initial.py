from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnerKey

# Entries are never changed: see stock/migrations/0001_initial.py, which has the function, and
# stock/migrations/0004_remove_closed_accounts.py.
TRIGGERS = (
    """
    CREATE TRIGGER sheets_entry_immutable BEFORE UPDATE OR DELETE ON sheets_entry
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER sheets_entry_not_emptied BEFORE TRUNCATE ON sheets_entry
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


def user_key():
    return models.ForeignKey(
        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )  # fmt: skip


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("products", "0001_initial"),
        ("stock", "0004_remove_closed_accounts"),
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("name", models.CharField(max_length=100)),
                ("blind", models.BooleanField(default=True, help_text="Whether only owners see quantities.")),
                ("location", OwnedKey(null=True, related_name="+", to="stock.location")),
                ("selection", models.JSONField(default=dict, help_text="What was selected when it was opened.")),
                (
                    "tolerance",
                    models.JSONField(help_text="Units and percent that a difference may have.", null=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("booked", "Booked"), ("dropped", "Dropped")],
                        default="open",
                        max_length=7,
                    ),
                ),
                ("opened_by", user_key()),
                ("opened_by_username", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [Index(fields=["owner", "state", "id"], name="sheets_sheet_by_state")],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="sheets_sheet_owner_row"),
                    OwnedForeignKey(field="location", name="sheets_sheet_location"),
                    CheckConstraint(
                        condition=Q(state="open", closed_at__isnull=True)
                        | Q(state__in=("booked", "dropped"), closed_at__isnull=False),
                        name="sheets_sheet_state",
                    ),
                ],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SheetLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("sheet", OwnedKey(related_name="lines", to="sheets.sheet")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("booked_to", models.BigIntegerField(help_text="Id of an entry.", null=True)),
                ("recounted_to", models.BigIntegerField(help_text="Id of an entry.", null=True)),
                (
                    "booked_at",
                    models.DateTimeField(help_text="Empty again after a recount was asked for.", null=True),
                ),
                ("operation", OwnedKey(null=True, related_name="+", to="stock.operation")),
            ],
            options={
                "verbose_name": "line of a counting sheet",
                "verbose_name_plural": "lines of counting sheets",
                "indexes": [
                    Index(
                        condition=Q(booked_to__isnull=False),
                        fields=["owner", "product"],
                        name="sheets_sheetline_booked",
                    )
                ],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="sheets_sheetline_owner_row"),
                    OwnedForeignKey(field="sheet", name="sheets_sheetline_sheet"),
                    OwnedForeignKey(field="product", name="sheets_sheetline_product"),
                    OwnedForeignKey(field="operation", name="sheets_sheetline_operation"),
                    UniqueConstraint(fields=["owner", "sheet", "product"], name="sheets_sheetline_once"),
                ],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("sheet", OwnedKey(related_name="entries", to="sheets.sheet")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("location", OwnedKey(null=True, related_name="+", to="stock.location")),
                ("lot", models.CharField(blank=True, help_text="The code of a lot.", max_length=64)),
                ("quantity", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
                ("replaces", OwnedKey(null=True, related_name="+", to="sheets.entry")),
                ("entered_by", user_key()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "entry of a counting sheet",
                "verbose_name_plural": "entries of counting sheets",
                "indexes": [Index(fields=["owner", "sheet", "product", "id"], name="sheets_entry_by_product")],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="sheets_entry_owner_row"),
                    OwnedForeignKey(field="sheet", name="sheets_entry_sheet"),
                    OwnedForeignKey(field="product", name="sheets_entry_product"),
                    OwnedForeignKey(field="location", name="sheets_entry_location"),
                    OwnedForeignKey(field="replaces", name="sheets_entry_replaces"),
                    UniqueConstraint(
                        condition=Q(replaces__isnull=False),
                        fields=["owner", "replaces"],
                        name="sheets_entry_replaced_once",
                    ),
                    CheckConstraint(condition=Q(quantity__range=(0, MAX_QUANTITY)), name="sheets_entry_quantity"),
                ],
                "abstract": False,
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
