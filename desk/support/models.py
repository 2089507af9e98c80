"""The workers of the service, as the support desk shows them."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

MAX_HOST_LENGTH = 64
LOST_AFTER = timedelta(minutes=5)  # a worker reports every minute


class WorkerProcess(models.Model):
    """A process of `manage.py deliver`. It belongs to no account. With Citus, the table is on the coordinator."""

    host = models.CharField(max_length=MAX_HOST_LENGTH)
    pid = models.BigIntegerField("process")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField("last seen at", db_default=Now())

    class Meta:
        verbose_name = "worker"

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"
