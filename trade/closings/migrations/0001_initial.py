from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.lookups import Exact

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from stock.models.seals import OctetLength

# Closings and movements of cash are never changed: migration 0004 of stock has the function.
TRIGGERS = (
    """
    CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)
NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")


def amount(**options):
    return models.DecimalField(decimal_places=2, max_digits=22, **options)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("stock", "0016_valid_total"), ("tills", "0002_unproven_numbers")]

    operations = [
        migrations.CreateModel(
            name="Cash",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("till", OwnedKey(null=True, related_name="+", to="tills.till")),
                ("performer", OwnedKey(related_name="+", to="stock.performer")),
                ("kind", models.CharField(choices=[("in", "In"), ("out", "Out")], max_length=3)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("reason", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "movement of cash",
                "verbose_name_plural": "movements of cash",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="closings_cash_owner_row"),
                    OwnedForeignKey(field="till", name="closings_cash_till"),
                    OwnedForeignKey(field="performer", name="closings_cash_performer"),
                    CheckConstraint(condition=Q(kind__in=["in", "out"]), name="closings_cash_kind"),
                    CheckConstraint(
                        condition=Q(amount__range=(Decimal("0.01"), MAX_PRICE)), name="closings_cash_amount"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("till", OwnedKey(null=True, related_name="+", to="tills.till")),
                ("performer", OwnedKey(related_name="+", to="stock.performer")),
                ("number", models.BigIntegerField(help_text="1, 2, 3 … in its series.")),
                (
                    "from_position",
                    models.BigIntegerField(help_text="First position in the feed.", verbose_name="from event"),
                ),
                (
                    "to_position",
                    models.BigIntegerField(
                        help_text="Last position in the feed; that before the first one if nothing has happened.",
                        verbose_name="to event",
                    ),
                ),
                ("from_at", models.DateTimeField(help_text="When the closing before was made.", verbose_name="from")),
                ("made_at", models.DateTimeField(help_text="When it was made.", verbose_name="to")),
                ("opening", amount(help_text="The float of the closing before.")),
                ("expected", amount(help_text="The cash that should be in the drawer.")),
                ("counted", amount(help_text="The cash that was counted.")),
                ("kept", amount(help_text="The cash that stays in the drawer.", verbose_name="float")),
                ("note", models.TextField(blank=True, max_length=500)),
                ("document", models.JSONField(verbose_name="figures")),
                ("digest", models.BinaryField()),
                (
                    "shift",
                    models.BigIntegerField(
                        db_default=0,
                        default=0,
                        help_text="What was added to all ids when the shop moved to this installation.",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="closings_closing_owner_row"),
                    OwnedForeignKey(field="till", name="closings_closing_till"),
                    OwnedForeignKey(field="performer", name="closings_closing_performer"),
                    UniqueConstraint(
                        fields=["owner", "till", "number"], name="closings_closing_number", nulls_distinct=False
                    ),
                    CheckConstraint(condition=Q(number__gte=1), name="closings_closing_number_from_one"),
                    CheckConstraint(
                        condition=Q(from_position__range=(1, F("to_position") + 1)), name="closings_closing_positions"
                    ),
                    CheckConstraint(condition=Q(from_at__lte=F("made_at")), name="closings_closing_times"),
                    CheckConstraint(condition=Q(opening__range=(NOTHING, MAX_VALUE)), name="closings_closing_opening"),
                    CheckConstraint(condition=Q(counted__range=(NOTHING, MAX_PRICE)), name="closings_closing_counted"),
                    CheckConstraint(condition=Q(kept__range=(NOTHING, F("counted"))), name="closings_closing_float"),
                    CheckConstraint(
                        condition=Q(expected__range=(-MAX_VALUE, MAX_VALUE)), name="closings_closing_expected"
                    ),
                    CheckConstraint(condition=Exact(OctetLength("digest"), 32), name="closings_closing_digest"),
                ],
            },
        ),
        *(
            migrations.RunSQL(trigger.format(table=table), migrations.RunSQL.noop)
            for table in ("closings_closing", "closings_cash")
            for trigger in TRIGGERS
        ),
    ]
