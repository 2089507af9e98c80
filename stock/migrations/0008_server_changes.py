from django.db import migrations, models


class Migration(migrations.Migration):
    """Note with each verification its newest booking and the database server: see stock/servers.py."""

    dependencies = [
        ("stock", "0007_move_idempotency_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="verification",
            name="newest_operation",
            field=models.BigIntegerField(help_text="Id of the newest booking that was verified.", null=True),
        ),
        migrations.AddField(model_name="verification", name="newest_booked_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="verification", name="newest_product", field=models.BigIntegerField(null=True)),
        migrations.AddField(model_name="verification", name="newest_sequence", field=models.BigIntegerField(null=True)),
        migrations.AddField(
            model_name="verification",
            name="servers",
            field=models.JSONField(help_text="Timelines of the database servers; empty if not known.", null=True),
        ),
        migrations.AddField(
            model_name="verification",
            name="server_changes",
            field=models.JSONField(help_text="Changes of the database server.", null=True),
        ),
    ]
