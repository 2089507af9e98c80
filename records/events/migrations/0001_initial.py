import django.db.models.fields.json
from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# The trigger applies to every database role. An event gets its position once.
FUNCTION = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Events are immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'events_immutable';
END
$$
"""

# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it.
TRIGGERS = [
    """
    CREATE TRIGGER events_event_immutable BEFORE UPDATE ON events_event FOR EACH ROW
        WHEN (
            OLD.position IS NOT NULL OR NEW.position IS NULL
            OR (OLD.owner_id, OLD.id, OLD.type, OLD.operation, OLD.product, OLD.data, OLD.created_at)
            IS DISTINCT FROM (NEW.owner_id, NEW.id, NEW.type, NEW.operation, NEW.product, NEW.data, NEW.created_at)
        )
        EXECUTE FUNCTION events_refuse_change()
    """,
    """
    CREATE TRIGGER events_event_not_deleted BEFORE DELETE ON events_event
        FOR EACH ROW EXECUTE FUNCTION events_refuse_change()
    """,
    """
    CREATE TRIGGER events_event_not_emptied BEFORE TRUNCATE ON events_event
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION events_refuse_change()
    """,
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("created_at", models.DateTimeField()),
                (
                    "position",
                    models.BigIntegerField(help_text="In the feed; empty until the event is numbered.", null=True),
                ),
                ("operation", models.BigIntegerField(help_text="Id of the operation.", null=True)),
                ("product", models.BigIntegerField(help_text="Id of the product.", null=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("operation.booked", "Operation Booked"),
                            ("stock.low", "Stock Low"),
                            ("stock.recovered", "Stock Recovered"),
                            ("product.created", "Product Created"),
                            ("product.changed", "Product Changed"),
                            ("product.archived", "Product Archived"),
                            ("product.restored", "Product Restored"),
                            ("webhook.off", "Webhook Off"),
                            ("ledger.sealed", "Ledger Sealed"),
                            ("reservation.made", "Reservation Made"),
                            ("reservation.fulfilled", "Reservation Fulfilled"),
                            ("reservation.released", "Reservation Released"),
                            ("lot.expiring", "Lot Expiring"),
                            ("order.sent", "Order Sent"),
                            ("order.received", "Order Received"),
                            ("order.closed", "Order Closed"),
                        ],
                        max_length=32,
                    ),
                ),
                ("data", models.JSONField(help_text="The numbers of the event, besides the ids.", null=True)),
            ],
            options={
                "indexes": [
                    Index(condition=Q(position__isnull=True), fields=["owner", "id"], name="events_event_unnumbered")
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="events_event_owner_row"),
                    UniqueConstraint(
                        condition=Q(position__isnull=False), fields=("owner", "position"), name="events_event_position"
                    ),
                    UniqueConstraint(
                        F("owner"),
                        django.db.models.fields.json.KeyTextTransform("lot", "data"),
                        condition=Q(type="lot.expiring"),
                        name="events_event_lot_expiring",
                    ),
                    CheckConstraint(condition=Q(position__gte=1), name="events_event_position_from_one"),
                    CheckConstraint(condition=Q(type__regex="^[a-z_]+\\.[a-z_]+$"), name="events_event_type"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("position", models.BigIntegerField(default=0, help_text="The last position that was given.")),
            ],
            options={
                "verbose_name": "end of a feed",
                "verbose_name_plural": "ends of feeds",
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="events_feedhead_owner_row"),
                    UniqueConstraint(fields=("owner",), name="events_feedhead_owner"),
                    CheckConstraint(condition=Q(position__gte=0), name="events_feedhead_position"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LastNotice",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "position",
                    models.BigIntegerField(
                        help_text="The events up to this position of the shop's feed have been told."
                    ),
                ),
                (
                    "sent_on",
                    models.DateField(help_text="The day of the last notice, also of one that had nothing to tell."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "position",
                    models.BigIntegerField(help_text="The position of the last event that was sent or passed over."),
                ),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, help_text="Failed attempts of the event after `position`."),
                ),
                (
                    "refusals",
                    models.PositiveIntegerField(
                        default=0, help_text="Those of them that were answered with a final 4xx."
                    ),
                ),
                (
                    "previous_until",
                    models.DateTimeField(help_text="Until then the previous secret signs, too.", null=True),
                ),
                ("last_attempt_at", models.DateTimeField(null=True)),
                ("slow_at", models.DateTimeField(help_text="The last attempt that was slow.", null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("last_status", models.SmallIntegerField(null=True)),
                ("lease", models.UUIDField(null=True)),
                ("url", models.CharField(max_length=1000, verbose_name="URL")),
                (
                    "types",
                    models.JSONField(blank=True, default=list, help_text="The types of events to send. Empty: all."),
                ),
                ("state", models.CharField(choices=[("on", "On"), ("off", "Off")], default="on", max_length=3)),
                (
                    "off_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("switched_off", "Switched Off"),
                            ("support", "Support"),
                            ("gone", "Gone"),
                            ("unreachable", "Unreachable"),
                            ("restored", "Restored"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("secret", models.CharField(max_length=64)),
                ("previous_secret", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "permissions": (("switch_off_webhook", "Can switch off webhook"),),
                "indexes": [
                    Index(condition=Q(state="on"), fields=["owner", "next_attempt_at"], name="events_webhook_on")
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="events_webhook_owner_row"),
                    CheckConstraint(
                        condition=Q(
                            Q(("off_reason", ""), ("state", "on")),
                            Q(
                                ("off_reason__in", ["switched_off", "support", "gone", "unreachable", "restored"]),
                                ("state", "off"),
                            ),
                            _connector="OR",
                        ),
                        name="events_webhook_off_reason",
                    ),
                    CheckConstraint(condition=Q(position__gte=0), name="events_webhook_position"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "webhook",
                    OwnedKey(on_delete=models.DO_NOTHING, related_name="attempts", to="events.webhook"),
                ),
                ("position", models.BigIntegerField()),
                ("at", models.DateTimeField(db_default=Now())),
                ("ms", models.PositiveIntegerField(help_text="How long it took, in milliseconds.")),
                (
                    "dead",
                    models.BooleanField(default=False, help_text="The event was given up, and the next one was sent."),
                ),
                ("status", models.SmallIntegerField(null=True)),
                ("type", models.CharField(max_length=64)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                (
                    "answer",
                    models.TextField(blank=True, default="", help_text="The first 1,024 bytes of the answer, as text."),
                ),
            ],
            options={
                "indexes": [Index(fields=["owner", "webhook", "-id"], name="events_deliveryattempt_newest")],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="events_deliveryattempt_owner_row"),
                    OwnedForeignKey(field="webhook", name="events_deliveryattempt_webhook"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION events_refuse_change() CASCADE"),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
