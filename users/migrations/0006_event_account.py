import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# NOT VALID, so existing events are not checked under a lock: the next migration fills the column and validates.
FOREIGN_KEY = """
ALTER TABLE users_securityevent ADD CONSTRAINT users_securityevent_account_fk
    FOREIGN KEY (account_id) REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED NOT VALID
"""
DROP_FOREIGN_KEY = "ALTER TABLE users_securityevent DROP CONSTRAINT users_securityevent_account_fk"


def account(**options):
    return models.ForeignKey(
        help_text="The owner in whose account it happened; empty where the user belonged to none.",
        null=True,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("users", "0005_support_desk")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.AddField("securityevent", "account", account(db_constraint=False))],
            [migrations.AddField("securityevent", "account", account())],
        ),
        migrations.RunSQL(FOREIGN_KEY, DROP_FOREIGN_KEY),
    ]
