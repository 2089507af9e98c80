"""Files about a shop, which its owner asks for and the worker writes. Exports have all rows of the shop."""

from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ownership import OwnedModel, OwnedQuerySet


class ExportState(models.TextChoices):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class FileQuerySet(OwnedQuerySet):
    def kept(self) -> Self:
        """Return the rows that have not expired. The worker deletes the others when it runs next."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


class WrittenFile(OwnedModel):
    """A request for a file about the shop, which the worker writes. It is deleted together with the file."""

    is_data = False

    FILE_NAME: ClassVar[str]  # the names of the files begin with it
    KEPT_FOR: ClassVar[timedelta]  # then the worker deletes the request with its file
    MAX_FILES: ClassVar[int] = 1  # the most files of a shop; a new one replaces the oldest

    state = models.CharField(max_length=7, choices=ExportState, default=ExportState.WAITING)
    size = models.BigIntegerField("bytes", null=True, help_text="The bytes of the file.")
    created_at = models.DateTimeField("started", auto_now_add=True)
    finished_at = models.DateTimeField("finished", null=True)
    expires_at = models.DateTimeField("until", null=True, help_text="When it is deleted with its file.")

    objects = FileQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(state=ExportState.WAITING), name="%(app_label)s_%(class)s_running"
            ),
            models.CheckConstraint(
                condition=Q(state=ExportState.WAITING, expires_at=None)
                | Q(state__in=[ExportState.READY, ExportState.FAILED], expires_at__isnull=False),
                name="%(app_label)s_%(class)s_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @classmethod
    def forget(cls, owner_id: int, person: Any) -> None:
        """Let the files from before the erasure expire, because they have the name."""
        until = getattr(person, "erased_at", None) or Now()
        rows: Any = cls._default_manager.filter(owner_id=owner_id, created_at__lte=until, finished_at__isnull=False)
        rows.update(expires_at=Now())

    @classmethod
    def release(cls, owner_id: int, ids: list[int]) -> None:
        """Delete the files."""
        model: Any = cls
        for pk in ids:
            model(owner_id=owner_id, pk=pk).path.unlink(missing_ok=True)

    @property
    def path(self) -> Path:
        """Return the path of the file, which exists if the state is ready."""
        return Path(settings.EXPORT_FOLDER) / f"{self.FILE_NAME}-{self.owner_id}-{self.pk}.zip"


class Export(WrittenFile):
    """A request for a file with all rows of the shop."""

    FILE_NAME, KEPT_FOR = "shop", timedelta(days=7)
