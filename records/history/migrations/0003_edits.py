from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("history", "0002_changes_of_skus")]

    operations = [
        migrations.AddField(
            "change", "edit", models.BigIntegerField(null=True, help_text="Id of the edit of many products.")
        ),
        migrations.AddField(
            "change", "undoes", models.BigIntegerField(null=True, help_text="Id of the edit that this one undoes.")
        ),
        AddIndexConcurrently(
            "change",
            models.Index(
                fields=["owner", "edit", "id"], condition=models.Q(edit__isnull=False), name="history_change_of_edit"
            ),
        ),
        AddIndexConcurrently(
            "change",
            models.Index(
                fields=["owner", "undoes"], condition=models.Q(undoes__isnull=False), name="history_change_of_undo"
            ),
        ),
    ]
