import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0011_valid_kinds")]

    operations = [
        migrations.AddField(
            "user",
            "closes_at",
            models.DateTimeField(
                editable=False,
                help_text="When all rows of the shop are removed; empty unless its owner closes it.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="ClosedAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_number", models.BigIntegerField(help_text="Id of the user to whom the rows belonged.")),
                ("due_at", models.DateTimeField(help_text="When its time was over.")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(help_text="Empty while rows remain.", null=True)),
                ("reason", models.CharField(blank=True, help_text="Empty if its owner closed it.", max_length=255)),
                ("counts", models.JSONField(default=dict, help_text="The removed rows of each table.")),
            ],
        ),
    ]
