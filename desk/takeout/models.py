"""Exports: files with all rows of a shop, which its owner asks for and the worker writes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ownership import OwnedModel, OwnedQuerySet

KEPT_FOR = timedelta(days=7)  # then the worker deletes the export with its file


class ExportState(models.TextChoices):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Export(OwnedModel):
    """A request for a file with all rows of the shop. It is deleted together with the file."""

    is_data = False

    state = models.CharField(max_length=7, choices=ExportState, default=ExportState.WAITING)
    size = models.BigIntegerField("bytes", null=True, help_text="The bytes of the file.")
    created_at = models.DateTimeField("started", auto_now_add=True)
    finished_at = models.DateTimeField("finished", null=True)
    expires_at = models.DateTimeField("until", null=True, help_text="When the export is deleted with its file.")

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner"], condition=Q(state=ExportState.WAITING), name="takeout_export_running"
            ),
            models.CheckConstraint(
                condition=Q(state=ExportState.WAITING, expires_at=None)
                | Q(state__in=[ExportState.READY, ExportState.FAILED], expires_at__isnull=False),
                name="takeout_export_state",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Let the exports from before the erasure expire, because their files have the name."""
        until = getattr(person, "erased_at", None) or Now()
        cls.objects.filter(owner_id=owner_id, created_at__lte=until, finished_at__isnull=False).update(expires_at=Now())

    @classmethod
    def release(cls, owner_id: int, ids: list[int]) -> None:
        """Delete the files."""
        for pk in ids:
            cls(owner_id=owner_id, pk=pk).path.unlink(missing_ok=True)

    @property
    def path(self) -> Path:
        """Return the path of the file, which exists if the export is ready."""
        return Path(settings.EXPORT_FOLDER) / f"shop-{self.owner_id}-{self.pk}.zip"
