from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

MAX_VALUE = Decimal("99999999999999999999.99")
KINDS = {
    "cash": "Cash", "card": "Card", "transfer": "Bank transfer", "voucher": "Voucher", "other": "Other",
}  # fmt: skip
# Payments are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_payment_immutable BEFORE UPDATE OR DELETE ON stock_payment
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_payment_not_emptied BEFORE TRUNCATE ON stock_payment
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [("stock", "0016_valid_total")]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("origin", OwnedKey(null=True, related_name="+", to="stock.operation")),
                ("kind", models.CharField(choices=[*KINDS.items()], max_length=8)),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, help_text="Negative if it was given back.", max_digits=22),
                ),
                (
                    "tendered",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="The cash that was handed over: the rest is the change.",
                        max_digits=22,
                        null=True,
                    ),
                ),
                ("reverses", OwnedKey(null=True, related_name="reversals", to="stock.payment")),
                ("performer", OwnedKey(related_name="+", to="stock.performer")),
                ("created_at", models.DateTimeField(verbose_name="booked")),
            ],
            options={
                "abstract": False,
                "indexes": [
                    Index(fields=["owner", "operation"], name="stock_payment_by_operation"),
                    Index(
                        fields=["owner", "origin"], condition=Q(origin__isnull=False), name="stock_payment_by_origin"
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_payment_owner_row"),
                    OwnedForeignKey(field="operation", name="stock_payment_operation"),
                    OwnedForeignKey(field="origin", name="stock_payment_origin"),
                    OwnedForeignKey(field="reverses", name="stock_payment_reverses"),
                    OwnedForeignKey(field="performer", name="stock_payment_performer"),
                    UniqueConstraint(
                        fields=["owner", "reverses"],
                        condition=Q(reverses__isnull=False),
                        name="stock_payment_one_reversal",
                    ),
                    CheckConstraint(condition=Q(kind__in=list(KINDS)), name="stock_payment_kind"),
                    CheckConstraint(
                        condition=Q(amount__range=(-MAX_VALUE, MAX_VALUE)) & ~Q(amount=0), name="stock_payment_amount"
                    ),
                    CheckConstraint(
                        condition=Q(tendered=None)
                        | Q(tendered__range=(F("amount"), MAX_VALUE), amount__gt=0, kind="cash", reverses=None),
                        name="stock_payment_tendered",
                    ),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
