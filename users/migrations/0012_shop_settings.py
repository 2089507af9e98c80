from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

CONDITIONS = {
    "time_zone": models.Q(time_zone__regex="^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$"),
    "currency": models.Q(currency__regex="^([A-Z]{3})?$"),
    "csv_format": models.Q(csv_format__in=["standard", "european"]),
}


class Migration(migrations.Migration):
    dependencies = [("users", "0011_validate_link_events")]

    operations = [
        migrations.AddField(
            "user", "shop_name", models.CharField(blank=True, db_default="", default="", max_length=255)
        ),
        migrations.AddField("user", "time_zone", models.CharField(db_default="UTC", default="UTC", max_length=64)),
        migrations.AddField("user", "currency", models.CharField(blank=True, db_default="", default="", max_length=3)),
        migrations.AddField(
            "user",
            "csv_format",
            models.CharField(
                choices=[("standard", "Standard"), ("european", "European")],
                db_default="standard",
                default="standard",
                max_length=8,
                verbose_name="CSV format",
            ),
        ),
        *(
            AddConstraintNotValid("user", models.CheckConstraint(condition=condition, name=f"users_user_{field}"))
            for field, condition in CONDITIONS.items()
        ),
    ]
