"""Start exports, and lock, finish and delete them."""

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from core.ownership import delete_rows
from desk.takeout.errors import ExportRunning
from desk.takeout.models import KEPT_FOR, Export, ExportState
from users.access.callers import Caller
from users.events.models import EventKind
from users.events.services import record_security_event
from users.models import User

logger = logging.getLogger("takeout.exports")

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('export', %(owner)s))"


def start_export(*, by: Caller, user: User) -> Export:
    """Record that the worker should write an export. Raise ExportRunning if the shop has one that is not finished."""
    try:
        with transaction.atomic():
            record_security_event(by=by, user=user, kind=EventKind.SHOP_EXPORTED)
            return Export.objects.create(owner_id=user.account_id)  # type: ignore[misc]  # an owner has an account
    except IntegrityError as error:
        raise ExportRunning from error


def lock_export(owner_id: int) -> bool:
    """Lock the shop's exports until the transaction ends. Return False if another worker has them locked.

    PostgreSQL releases the lock when the connection of a killed worker ends, and then another worker writes the export.
    """
    return bool(fetch(TRY_LOCK, {"owner": owner_id})[0][0])


def finish_export(export: Export, state: ExportState, size: int | None = None) -> None:
    """Record the result. If there is a file, the shop's earlier exports expire, so that a shop has only one file."""
    exports: Any = Export.objects.filter(owner_id=export.owner_id)
    if state == ExportState.READY:
        exports.exclude(state=ExportState.WAITING).update(expires_at=Now())
    done = {"state": state, "size": size, "finished_at": Now(), "expires_at": Now() + KEPT_FOR}
    exports.filter(pk=export.pk, state=ExportState.WAITING).update(**done)
    fields = {"owner": export.owner_id, "export": export.pk, "state": state.value, "bytes": size}
    logger.info("export finished", extra={"fields": fields})


def delete_expired() -> None:
    """Delete the expired exports with their files."""
    for export in Export.objects.filter(expires_at__lte=Now()):
        export.path.unlink(missing_ok=True)
        delete_rows(Export, export.owner_id, [export])


def delete_unknown_files() -> None:
    """Delete the files without an export: a worker may have written one while another worker removed the shop.

    The folder is read first, because an export is older than its file.
    """
    files = [*Path(settings.EXPORT_FOLDER).glob("shop-[0-9]*-[0-9]*.*")]
    known = {export.path.stem for export in Export.objects.all()} if files else set()
    for file in files:
        if file.stem not in known:
            file.unlink(missing_ok=True)
