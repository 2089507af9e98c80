"""Start exports, and lock, finish and delete the files that the worker writes."""

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from core.ownership import delete_rows
from desk.takeout.errors import ExportRunning
from desk.takeout.models import Export, ExportState, WrittenFile
from users.access.permissions import Caller
from users.events.services import record_security_event
from users.models import EventKind, User

logger = logging.getLogger("takeout.exports")

MAX_AT_A_TIME = 2  # the most files of a kind that are written at the same time; a long one leaves room for others
# Locks the shop, and one of MAX_AT_A_TIME numbers that are those of no shop.
TRY_LOCK = """
SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended(%(kind)s, %(owner)s)) THEN
    pg_try_advisory_xact_lock(hashtextextended(%(kind)s, -1))
    OR pg_try_advisory_xact_lock(hashtextextended(%(kind)s, -2))
ELSE false END
"""


def start_export(*, by: Caller, user: User) -> Export:
    """Record that the worker should write an export. Raise ExportRunning if the shop has one that is not finished."""
    try:
        with transaction.atomic():
            record_security_event(by=by, user=user, kind=EventKind.SHOP_EXPORTED)
            return Export.objects.create(owner_id=user.account_id)  # type: ignore[misc]  # an owner has an account
    except IntegrityError as error:
        raise ExportRunning from error


def claim(row: WrittenFile) -> bool:
    """Lock the shop's files of this kind until the transaction ends. Return False if another worker has locked them.

    Return False, too, while MAX_AT_A_TIME files of this kind are being written, or if the row does not wait any more.
    PostgreSQL releases the lock when the connection of a killed worker ends, and then another worker writes the file.
    """
    [(is_locked,)] = fetch(TRY_LOCK, {"owner": row.owner_id, "kind": row._meta.model_name})
    return bool(is_locked and find_waiting(row).exists())


def find_waiting(row: WrittenFile) -> Any:
    return type(row)._default_manager.filter(owner_id=row.owner_id, pk=row.pk, state=ExportState.WAITING)


def finish(row: WrittenFile, state: ExportState, **values: Any) -> bool:
    """Record the result. If there is a file, keep the newest MAX_FILES of the shop and let the earlier ones expire.

    Return False, and change nothing, if the row does not wait any more, or is gone because the shop was removed. The
    lock of claim() ends before this, so another worker may have written the file, too.
    """
    done = {"state": state, "finished_at": Now(), "expires_at": Now() + row.KEPT_FOR, **values}
    if not find_waiting(row).update(**done):
        return False
    if state == ExportState.READY:
        rows: Any = type(row)._default_manager.filter(owner_id=row.owner_id)
        kept = rows.kept().filter(state=ExportState.READY).order_by("-id").values_list("pk", flat=True)
        replaced = rows.exclude(state=ExportState.WAITING).exclude(pk__in=[*kept[: row.MAX_FILES]])
        replaced.kept().update(expires_at=Now())
    kind = str(row._meta.model_name)
    fields = {"owner": row.owner_id, kind: row.pk, "state": state.value, "bytes": values.get("size")}
    logger.info("%s finished", kind, extra={"fields": fields})
    return True


def delete_expired(model: type[WrittenFile]) -> None:
    """Delete the expired files with their rows."""
    for row in model._default_manager.filter(expires_at__lte=Now()):
        row.path.unlink(missing_ok=True)
        delete_rows(model, row.owner_id, [row])


def delete_unknown_files(model: type[WrittenFile]) -> None:
    """Delete the files without a row: a worker may have written one while another worker removed the shop.

    Delete what killed workers have left, too, once the row does not wait any more. The folder is read first, because a
    row is older than its file.
    """
    files = [*Path(settings.EXPORT_FOLDER).glob(f"{model.FILE_NAME}-[0-9]*-[0-9]*.*")]
    known = {row.path.stem: row for row in model._default_manager.all()} if files else {}
    for file in files:
        row = known.get(file.stem)
        if row is None or (file != row.path and row.state != ExportState.WAITING):
            file.unlink(missing_ok=True)
