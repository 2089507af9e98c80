"""Start exports, and write, finish and delete them. The worker calls all but the first."""

import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from takeout.errors import ExportRunning
from takeout.models import KEPT_FOR, MAX_TRIES, Export, ExportState

logger = logging.getLogger("takeout.exports")

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('export', %(owner)s))"


def start_export(*, owner_id: int) -> Export:
    """Record that the worker should write an export. Raise ExportRunning if the shop has one that is not finished."""
    try:
        with transaction.atomic():
            return Export.objects.create(owner_id=owner_id)
    except IntegrityError as error:
        raise ExportRunning from error


def lock_export(owner_id: int) -> bool:
    """Lock the shop's exports until the transaction ends. Return False if another worker has them locked.

    PostgreSQL releases the lock when the connection of a killed worker ends, and then another worker writes the export.
    """
    return bool(fetch(TRY_LOCK, {"owner": owner_id})[0][0])


def find_waiting(export: Export) -> Any:
    return Export.objects.filter(owner_id=export.owner_id, pk=export.pk, state=ExportState.WAITING)


def finish_export(export: Export, size: int) -> None:
    """Record that the file is complete. The shop's earlier exports expire, so that a shop has only one file."""
    done = {"state": ExportState.READY, "size": size, "finished_at": Now(), "expires_at": Now() + KEPT_FOR}
    with transaction.atomic():
        earlier = Export.objects.filter(owner_id=export.owner_id, id__lt=export.pk)
        earlier.exclude(state=ExportState.WAITING).update(expires_at=Now())
        find_waiting(export).update(**done)
    logger.info("export written", extra={"fields": {"owner": export.owner_id, "export": export.pk, "bytes": size}})


def record_failure(export: Export) -> None:
    """Count a failure. After MAX_TRIES of them the export has failed, and the owner can start another one."""
    find_waiting(export).update(tries=F("tries") + 1)
    failed = {"state": ExportState.FAILED, "finished_at": Now(), "expires_at": Now() + KEPT_FOR}
    find_waiting(export).filter(tries__gte=MAX_TRIES).update(**failed)


def delete_expired() -> None:
    """Delete the expired exports with their files."""
    for export in Export.objects.filter(expires_at__lte=Now()):
        export.path.unlink(missing_ok=True)
        expired: Any = Export.objects.filter(owner_id=export.owner_id, pk=export.pk)
        expired._raw_delete(expired.db)
