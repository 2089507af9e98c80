import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.ownership import OwnerKey

MAIL_FIELDS = ("mail_days", "mail_hour", "mail_format", "mail_when_empty")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0033_has_kits")]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("route", models.CharField(max_length=60)),
                ("query", models.CharField(blank=True, default="", max_length=2000)),
                ("columns", ArrayField(models.CharField(max_length=60), null=True)),
                ("shared", models.BooleanField(default=False)),
                ("mail_days", ArrayField(models.CharField(max_length=4), null=True)),
                ("mail_hour", models.PositiveSmallIntegerField(null=True)),
                (
                    "mail_format",
                    models.CharField(
                        choices=[("xlsx", "Xlsx"), ("csv", "Csv"), ("text", "Text")], max_length=4, null=True
                    ),
                ),
                ("mail_when_empty", models.BooleanField(null=True)),
                (
                    "next_mail_at",
                    models.DateTimeField(help_text="When the worker sends the next mail.", null=True),
                ),
                (
                    "mail_failures",
                    models.PositiveSmallIntegerField(default=0, help_text="The mails that have failed in a row."),
                ),
                (
                    "mail_ended_at",
                    models.DateTimeField(
                        help_text="When failures ended the mail; empty once its user has been told.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("owner", OwnerKey()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="saved_savedview_owner_row"),
                    UniqueConstraint(
                        F("owner"), F("user"), Lower("name"), name="saved_savedview_name",
                        violation_error_message="You have a view with this name already.",
                    ),
                    CheckConstraint(
                        condition=Q(**dict.fromkeys(MAIL_FIELDS), next_mail_at=None)
                        | Q(**{f"{name}__isnull": False for name in MAIL_FIELDS}, mail_hour__range=(0, 23)),
                        name="saved_savedview_mail",
                    ),
                ],
                "indexes": [
                    Index(fields=["owner", "next_mail_at"], condition=Q(next_mail_at__isnull=False), name="saved_savedview_due")
                ],
            },
        ),
    ]  # fmt: skip
