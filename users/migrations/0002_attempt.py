from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        # A crash may empty the table: counts of the last minutes are not worth writing to the WAL.
        migrations.RunSQL("ALTER TABLE users_attempt SET UNLOGGED", "ALTER TABLE users_attempt SET LOGGED"),
    ]
