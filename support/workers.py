"""The row of a running worker: the worker writes it every minute, and deletes it when it stops."""

import os
import socket
from datetime import timedelta

from django.db.models.functions import Now

from support.models import MAX_HOST_LENGTH, WorkerProcess

FORGET_AFTER = timedelta(days=1)  # the row of a worker that was killed is shown for this time


class Presence:
    """Keeps the row that shows that this process runs. Its methods are jobs of the loop in `ops/jobs.py`."""

    def __init__(self) -> None:
        self.row: WorkerProcess | None = None

    def report(self) -> bool:
        """Write that this worker runs, and delete the rows of those that ended long ago."""
        if self.row is None or not WorkerProcess.objects.filter(pk=self.row.pk).update(seen_at=Now()):
            self.row = WorkerProcess.objects.create(host=socket.gethostname()[:MAX_HOST_LENGTH], pid=os.getpid())
        WorkerProcess.objects.filter(seen_at__lt=Now() - FORGET_AFTER).delete()
        return False

    def end(self) -> bool:
        if self.row is not None:
            WorkerProcess.objects.filter(pk=self.row.pk).delete()
        return False
