import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

DIGEST_LENGTH = models.Func(models.F("digest"), function="octet_length", output_field=models.IntegerField())


class Migration(migrations.Migration):
    dependencies = [("users", "0013_validate_shop_settings")]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                (
                    "scope",
                    models.CharField(choices=[("read", "Read"), ("book", "Book"), ("manage", "Manage")], max_length=6),
                ),
                ("prefix", models.CharField(max_length=12)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=45),
                        default=list,
                        editable=False,
                        help_text="From which it was created and used; a new one is a security event.",
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("rolled_at", models.DateTimeField(help_text="When another key was made in its place.", null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "constraints": [
                    models.UniqueConstraint(fields=("prefix",), name="users_apikey_prefix"),
                    models.CheckConstraint(
                        condition=models.Q(scope__in=["read", "book", "manage"]), name="users_apikey_scope"
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(DIGEST_LENGTH, 32), name="users_apikey_digest"
                    ),
                ],
            },
        ),
        migrations.AddField(
            "securityevent",
            "api_key",
            models.ForeignKey(
                db_index=False,
                help_text="The key it is about.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="users.apikey",
            ),
        ),
    ]
