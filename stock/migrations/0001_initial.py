import datetime
from decimal import Decimal

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

import stock.models.ledger
import stock.models.seals
from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# The trigger applies to every database role: operations, movements, portions and seals are never changed or deleted.
FUNCTION = """
CREATE FUNCTION stock_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'stock_immutable';
END
$$
"""
IMMUTABLE = ("stock_operation", "stock_movement", "stock_portion", "stock_seal")
# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it. There is one
# text for each trigger, because Citus refuses several commands in one text.
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
# A performer is never deleted. Its name may change only together with the loss of its salt: that erases a person.
PERFORMER_TRIGGERS = (
    """
    CREATE TRIGGER stock_performer_immutable BEFORE UPDATE ON stock_performer
        FOR EACH ROW WHEN (
            OLD.salt IS NULL OR NEW.salt IS NOT NULL
            OR (OLD.id, OLD.owner_id, OLD.user_id, OLD.digest) <> (NEW.id, NEW.owner_id, NEW.user_id, NEW.digest)
        )
        EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_performer_not_deleted BEFORE DELETE ON stock_performer
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_performer_not_emptied BEFORE TRUNCATE ON stock_performer
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("products", "0001_initial"), ("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Performer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("salt", models.BinaryField(help_text="Random bytes. Empty if the name was erased.", null=True)),
                (
                    "digest",
                    models.BinaryField(help_text="SHA-256 of the salt and the name as it was booked, in UTF-8."),
                ),
            ],
            options={
                "indexes": [
                    Index(
                        condition=Q(salt__isnull=False),
                        fields=["owner", "user", "name"],
                        name="stock_performer_by_name",
                    )
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_performer_owner_row"),
                    CheckConstraint(
                        condition=Exact(stock.models.seals.OctetLength("salt"), 16), name="stock_performer_salt"
                    ),
                    CheckConstraint(
                        condition=Exact(stock.models.seals.OctetLength("digest"), 32), name="stock_performer_digest"
                    ),
                    CheckConstraint(
                        condition=Exact(F("digest"), stock.models.ledger.SaltedDigest("salt", "name")),
                        name="stock_performer_digest_of_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "performed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("performer", OwnedKey(related_name="+", to="stock.performer")),
                ("occurred_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("reverses", OwnedKey(null=True, related_name="reversals", to="stock.operation")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("purchase", "Purchase"),
                            ("sale", "Sale"),
                            ("return", "Return"),
                            ("damage", "Damage"),
                            ("theft", "Theft"),
                            ("expiry", "Expiry"),
                            ("correction", "Correction"),
                            ("other", "Other"),
                            ("opening", "Opening"),
                            ("count", "Count"),
                            ("import", "Import"),
                            ("reversal", "Reversal"),
                            ("transfer", "Transfer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("note", models.TextField(blank=True, max_length=1000)),
            ],
            options={
                "permissions": (("reverse_operation", "Can reverse operation"),),
                "indexes": [
                    Index(fields=["owner", "occurred_at"], name="stock_operation_by_time"),
                    Index(
                        condition=Q(("reference", ""), _negated=True),
                        fields=["owner", "reference", "id"],
                        name="stock_operation_by_reference",
                    ),
                    Index(
                        condition=Q(
                            django.db.models.lookups.GreaterThan(
                                django.db.models.expressions.CombinedExpression(F("created_at"), "-", F("occurred_at")),
                                datetime.timedelta(seconds=600),
                            )
                        ),
                        fields=["owner", "occurred_at", "created_at"],
                        name="stock_operation_late",
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_operation_owner_row"),
                    OwnedForeignKey(field="performer", name="stock_operation_performer"),
                    OwnedForeignKey(field="reverses", name="stock_operation_reverses"),
                    UniqueConstraint(
                        condition=Q(reverses__isnull=False),
                        fields=("owner", "reverses"),
                        name="stock_operation_one_reversal",
                        violation_error_code="conflict",
                        violation_error_message="This operation has been reversed already.",
                    ),
                    CheckConstraint(
                        condition=Q(
                            (
                                "reason__in",
                                [
                                    "purchase",
                                    "sale",
                                    "return",
                                    "damage",
                                    "theft",
                                    "expiry",
                                    "correction",
                                    "other",
                                    "opening",
                                    "count",
                                    "import",
                                    "reversal",
                                    "transfer",
                                ],
                            )
                        ),
                        name="stock_operation_reason",
                    ),
                    CheckConstraint(
                        condition=Q(("occurred_at__lte", F("created_at"))), name="stock_operation_not_in_the_future"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("operation", OwnedKey(related_name="movements", to="stock.operation")),
                ("product", OwnedKey(related_name="movements", to="products.product")),
                ("sequence", models.BigIntegerField()),
                ("quantity", models.BigIntegerField()),
                ("old_quantity", models.BigIntegerField()),
                ("new_quantity", models.BigIntegerField()),
                ("value", models.DecimalField(decimal_places=2, help_text="The cost of the quantity.", max_digits=22)),
                (
                    "unit_price",
                    models.DecimalField(
                        decimal_places=2, help_text="The price of one unit that was sold.", max_digits=12, null=True
                    ),
                ),
                ("product_name", models.CharField(max_length=255)),
                ("movement_type", models.CharField(choices=[("IN", "In"), ("OUT", "Out")], max_length=3)),
            ],
            options={
                "indexes": [Index(fields=["owner", "operation"], name="stock_movement_by_operation")],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_movement_owner_row"),
                    OwnedForeignKey(field="operation", name="stock_movement_operation"),
                    OwnedForeignKey(field="product", name="stock_movement_product"),
                    UniqueConstraint(fields=("owner", "product", "sequence"), name="stock_movement_sequence"),
                    CheckConstraint(condition=Q(sequence__gte=1), name="stock_movement_sequence_from_one"),
                    CheckConstraint(condition=Q(quantity__range=(1, 1000000000)), name="stock_movement_quantity"),
                    CheckConstraint(
                        condition=Q(old_quantity__range=(0, 1000000000)), name="stock_movement_old_quantity"
                    ),
                    CheckConstraint(
                        condition=Q(new_quantity__range=(0, 1000000000)), name="stock_movement_new_quantity"
                    ),
                    CheckConstraint(
                        condition=Q(
                            Q(
                                ("movement_type", "IN"),
                                (
                                    "new_quantity",
                                    django.db.models.expressions.CombinedExpression(
                                        F("old_quantity"), "+", F("quantity")
                                    ),
                                ),
                            ),
                            Q(
                                ("movement_type", "OUT"),
                                (
                                    "new_quantity",
                                    django.db.models.expressions.CombinedExpression(
                                        F("old_quantity"), "-", F("quantity")
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="stock_movement_arithmetic",
                    ),
                    CheckConstraint(
                        condition=Q(value__range=(0, Decimal("99999999999999999999.99"))), name="stock_movement_value"
                    ),
                    CheckConstraint(
                        condition=Q(
                            ("unit_price", None),
                            Q(("movement_type", "OUT"), ("unit_price__range", (0, Decimal("9999999999.99")))),
                            _connector="OR",
                        ),
                        name="stock_movement_unit_price",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("name", models.CharField(max_length=255)),
                ("note", models.TextField(blank=True, max_length=1000)),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_location_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        condition=Q(archived_at=None),
                        name="stock_location_name",
                        violation_error_message="You have a location with this name already.",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="lots", to="products.product")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("code", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    Index(
                        condition=Q(expires_on__isnull=False),
                        fields=["owner", "expires_on", "id"],
                        name="stock_lot_by_expiry",
                    )
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_lot_owner_row"),
                    OwnedForeignKey(field="product", name="stock_lot_product"),
                    UniqueConstraint(fields=("owner", "product", "id"), name="stock_lot_of_product"),
                    UniqueConstraint(
                        F("owner"),
                        F("product"),
                        Lower("code"),
                        name="stock_lot_code",
                        violation_error_message="This product has a lot with this code already.",
                    ),
                    CheckConstraint(condition=Q(("code", ""), _negated=True), name="stock_lot_code_not_empty"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="holdings", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("location", OwnedKey(null=True, related_name="holdings", to="stock.location")),
                ("lot", OwnedKey(null=True, related_name="holdings", to="stock.lot")),
            ],
            options={
                "indexes": [
                    Index(
                        condition=Q(location__isnull=False),
                        fields=["owner", "location"],
                        name="stock_holding_by_location",
                    ),
                    Index(condition=Q(lot__isnull=False), fields=["owner", "lot"], name="stock_holding_by_lot"),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_holding_owner_row"),
                    OwnedForeignKey(field="product", name="stock_holding_product"),
                    OwnedForeignKey(field="location", name="stock_holding_location"),
                    OwnedForeignKey(field="lot", name="stock_holding_lot", shared=("product",)),
                    UniqueConstraint(
                        fields=("owner", "product", "location", "lot"), name="stock_holding_place", nulls_distinct=False
                    ),
                    CheckConstraint(
                        condition=Q(("location__isnull", False), ("lot__isnull", False), _connector="OR"),
                        name="stock_holding_has_place",
                    ),
                    CheckConstraint(condition=Q(quantity__range=(1, 1000000000)), name="stock_holding_quantity"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Portion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("movement", OwnedKey(related_name="placed", to="stock.movement")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("location", OwnedKey(null=True, related_name="portions", to="stock.location")),
                ("lot", OwnedKey(null=True, related_name="portions", to="stock.lot")),
            ],
            options={
                "indexes": [
                    Index(condition=Q(lot__isnull=False), fields=["owner", "lot", "id"], name="stock_portion_by_lot")
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_portion_owner_row"),
                    OwnedForeignKey(field="movement", name="stock_portion_movement"),
                    OwnedForeignKey(field="product", name="stock_portion_product"),
                    OwnedForeignKey(field="location", name="stock_portion_location"),
                    OwnedForeignKey(field="lot", name="stock_portion_lot", shared=("product",)),
                    UniqueConstraint(
                        fields=("owner", "movement", "location", "lot"),
                        name="stock_portion_place",
                        nulls_distinct=False,
                    ),
                    CheckConstraint(
                        condition=Q(("location__isnull", False), ("lot__isnull", False), _connector="OR"),
                        name="stock_portion_has_place",
                    ),
                    CheckConstraint(condition=Q(quantity__range=(1, 1000000000)), name="stock_portion_quantity"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("number", models.BigIntegerField(help_text="1, 2, 3 … in the account.")),
                ("from_position", models.BigIntegerField(help_text="First position in the feed.")),
                ("to_position", models.BigIntegerField(help_text="Last position in the feed.")),
                ("operations", models.BigIntegerField(help_text="Number of operations that were sealed.")),
                ("movements", models.BigIntegerField(help_text="Number of movements that were sealed.")),
                ("created_at", models.DateTimeField()),
                ("format", models.SmallIntegerField(help_text="Number of the form of the file's lines.")),
                (
                    "sealed_by",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Empty if the service has sealed.",
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("previous", models.BinaryField(help_text="Digest of the seal before; zeros for the first.")),
                ("nonce", models.BinaryField(help_text="Random bytes that only the owner reads, in the file.")),
                ("digest", models.BinaryField(help_text="SHA-256 of the file.")),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_seal_owner_row"),
                    UniqueConstraint(fields=("owner", "number"), name="stock_seal_number"),
                    UniqueConstraint(fields=("owner", "to_position"), name="stock_seal_to_position"),
                    CheckConstraint(condition=Q(number__gte=1), name="stock_seal_number_from_one"),
                    CheckConstraint(
                        condition=Q(from_position__range=(1, F("to_position"))), name="stock_seal_positions"
                    ),
                    CheckConstraint(
                        condition=Q(("movements__gte", 0), ("operations__gte", 1)), name="stock_seal_not_empty"
                    ),
                    CheckConstraint(
                        condition=Exact(stock.models.seals.OctetLength("previous"), 32), name="stock_seal_previous"
                    ),
                    CheckConstraint(
                        condition=Exact(stock.models.seals.OctetLength("digest"), 32), name="stock_seal_digest"
                    ),
                    CheckConstraint(
                        condition=Exact(stock.models.seals.OctetLength("nonce"), 32), name="stock_seal_nonce"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("verified_at", models.DateTimeField()),
                ("movements", models.BigIntegerField(help_text="Number of movements that were verified.")),
                (
                    "newest_operation",
                    models.BigIntegerField(help_text="Id of the newest booking that was verified.", null=True),
                ),
                ("newest_booked_at", models.DateTimeField(null=True)),
                ("newest_product", models.BigIntegerField(null=True)),
                ("newest_sequence", models.BigIntegerField(null=True)),
                (
                    "broken",
                    models.CharField(
                        blank=True, help_text="The first break; empty if the ledger held.", max_length=200
                    ),
                ),
                (
                    "servers",
                    models.JSONField(help_text="Timelines of the database servers; empty if not known.", null=True),
                ),
                ("server_changes", models.JSONField(help_text="Changes of the database server.", null=True)),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="stock_verification_owner_row"),
                    UniqueConstraint(fields=("owner",), name="stock_verification_owner"),
                ]
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION stock_refuse_change() CASCADE"),
        migrations.RunSQL(
            [trigger.format(table=table) for table in IMMUTABLE for trigger in TRIGGERS], migrations.RunSQL.noop
        ),
        migrations.RunSQL([*PERFORMER_TRIGGERS], migrations.RunSQL.noop),
    ]
