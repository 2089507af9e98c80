import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_token_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_in_locked", "Sign In Locked"),
                            ("unlocked", "Unlocked"),
                            ("password_changed", "Password Changed"),
                            ("tokens_reused", "Tokens Reused"),
                            ("deactivated", "Deactivated"),
                            ("reactivated", "Reactivated"),
                            ("role_changed", "Role Changed"),
                            ("signed_out_everywhere", "Signed Out Everywhere"),
                        ],
                        max_length=21,
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, help_text="From where it came; of IPv6, the network.", max_length=45),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        help_text="Who did it, if not the user itself.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "id"], name="users_securityevent_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "sign_in_locked",
                                    "unlocked",
                                    "password_changed",
                                    "tokens_reused",
                                    "deactivated",
                                    "reactivated",
                                    "role_changed",
                                    "signed_out_everywhere",
                                ],
                            )
                        ),
                        name="users_securityevent_kind",
                    )
                ],
            },
        ),
    ]
