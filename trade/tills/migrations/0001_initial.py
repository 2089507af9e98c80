from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from trade.tills.models import NumbersField


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Till",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("name", models.CharField(max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Who made it. The device acts for the user that has paired it last.",
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key_prefix", models.CharField(help_text="The prefix of the device's API key.", max_length=12)),
                ("booked", NumbersField(db_default="{}", help_text="The numbers that were booked.")),
                (
                    "last_number",
                    models.PositiveIntegerField(default=0, help_text="The highest number that was booked or given up."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(help_text="When it was closed.", null=True)),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="tills_till_owner_row"),
                    UniqueConstraint(
                        "owner",
                        Lower("name"),
                        condition=Q(revoked_at__isnull=True),
                        name="tills_till_open_name",
                        violation_error_message="The shop has an open till with this name already.",
                    ),
                    CheckConstraint(condition=Q(last_number__range=(0, 999_999)), name="tills_till_last_number"),
                ],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Drop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("till", OwnedKey(related_name="+", to="tills.till")),
                ("number", models.PositiveIntegerField()),
                ("note", models.TextField(max_length=500)),
                ("sale", models.JSONField(help_text="The body that was refused.", null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_by_username", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="tills_drop_owner_row"),
                    OwnedForeignKey(field="till", name="tills_drop_till"),
                    UniqueConstraint(fields=["owner", "till", "number"], name="tills_drop_once"),
                    CheckConstraint(condition=Q(number__range=(1, 999_999)), name="tills_drop_number"),
                ],
                "abstract": False,
            },
        ),
    ]
