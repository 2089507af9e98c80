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
        # Counts of the last minutes are not worth the disk's work: a crash may forget them.
        migrations.RunSQL("ALTER TABLE users_attempt SET UNLOGGED", "ALTER TABLE users_attempt SET LOGGED"),
    ]
