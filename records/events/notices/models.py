"""The days on which users got notices."""

from django.conf import settings
from django.db import models


class LastNotice(models.Model):
    """The last notice of a user: its date in the shop's time zone, and the position of the feed that it covered."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sent_on = models.DateField(help_text="The day of the last notice, also of one that had nothing to tell.")
    position = models.BigIntegerField(help_text="The events up to this position of the shop's feed have been told.")

    class Meta:
        db_table = "events_lastnotice"  # the table is named for the app that had it before

    def __str__(self) -> str:
        return f"{self.user_id}: {self.sent_on}"
