"""The part of the worker that writes exports."""

import os
from collections.abc import Callable
from pathlib import Path

from core.database.errors import is_database_away
from desk.takeout import services
from desk.takeout.models import Export, ExportState
from desk.takeout.reading.archive import OnProgress, read_snapshot, write_archive
from stock.proofs.seals import seal_account
from users.models import User


class WorkerStops(Exception):
    """The worker stops before the file is complete. A worker writes the file again after the next start."""


def write_waiting(is_stopping: Callable[[], bool]) -> None:
    """Write the waiting exports, one after the other. This is a job of the worker's loop.

    An exception makes an export a failed one, but if the worker stops or the database is away, the export stays
    waiting. Also delete the expired exports, and the files without an export.
    """

    def stop_if_requested() -> None:
        if is_stopping():
            raise WorkerStops

    for export in Export.objects.filter(state=ExportState.WAITING).order_by("id"):
        try:
            stop_if_requested()
            write_export(export, stop_if_requested)
        except WorkerStops:
            break
        except Exception as error:
            if not is_database_away(error):
                services.finish_export(export, ExportState.FAILED)
            raise
    services.delete_expired()
    services.delete_unknown_files()


def write_export(export: Export, on_progress: OnProgress) -> None:
    """Write the file of the export, unless another worker does so."""
    seal_account(owner_id=export.owner_id)
    unfinished = export.path.with_suffix(".unfinished")
    unfinished.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with read_snapshot():
            if not services.lock_export(export.owner_id):
                return
            write_file(unfinished, User.objects.get(pk=export.owner_id), on_progress)
            unfinished.rename(export.path)
        services.finish_export(export, ExportState.READY, export.path.stat().st_size)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_file(path: Path, owner: User, on_progress: OnProgress = lambda: None) -> None:
    """Write the archive to a file that only the current system user may read. Call this in read_snapshot().

    The file is on the disk afterwards: the database, which says then that it is complete, outlives a crash of the host.
    """
    path.touch(mode=0o600)
    with path.open("wb") as file:
        write_archive(file, owner, on_progress)
        file.flush()
        os.fsync(file.fileno())
