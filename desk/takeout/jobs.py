"""The part of the worker that writes exports and other files about a shop."""

import os
from collections.abc import Callable
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.db import transaction

from core.database.transactions import is_database_away
from core.due_work import Job, Waiting
from desk.takeout import services
from desk.takeout.models import Export, ExportState, WrittenFile
from desk.takeout.reading.archive import TIMEOUT_SECONDS, OnProgress, read_snapshot, write_archive
from stock.proofs.services import seal_account

Write = Callable[[IO[bytes]], Any]
SEARCH_SECONDS = 3  # the time between two searches for files to write


class WorkerStops(Exception):
    """The worker stops before the file is complete. A worker writes the file again after the next start."""


def write_waiting(is_stopping: Callable[[], bool]) -> None:
    """Write the waiting exports. This is a job of the worker's loop."""
    write_files(Export, write_export, is_stopping)


def write_files(
    model: type[WrittenFile], write_one: Callable[[Any, OnProgress], None], is_stopping: Callable[[], bool]
) -> None:
    """Write the waiting files, one after the other, always that which was asked for first.

    An exception makes a file a failed one, but if the worker stops or the database is away, the file stays waiting.
    Also delete the expired files, and those without a row.
    """

    def stop_if_requested() -> None:
        if is_stopping():
            raise WorkerStops

    tried: list[int] = []
    waiting = model._default_manager.filter(state=ExportState.WAITING).order_by("id")
    while row := waiting.exclude(pk__in=tried).first():  # another thread may have written some meanwhile
        tried.append(row.pk)
        try:
            stop_if_requested()
            write_one(row, stop_if_requested)
        except WorkerStops:
            break
        except Exception as error:
            if not is_database_away(error):
                services.finish(row, ExportState.FAILED)
            raise
    services.delete_expired(model)
    services.delete_unknown_files(model)


def write_export(export: Export, on_progress: OnProgress) -> None:
    """Write the file of the export, unless another worker does so."""

    def finish(size: int, _sha256: str) -> bool:
        return services.finish(export, ExportState.READY, size=size)

    write_once(export, lambda file: write_archive(file, export.owner, on_progress), finish)


def write_once(
    row: WrittenFile, write: Write, finish: Callable[[int, str], bool], seconds: int = TIMEOUT_SECONDS
) -> None:
    """Seal the ledger, and write the file of the row in one snapshot, unless another worker does so.

    Each worker writes a file of its own. It gets its name in the transaction of `finish`, which is called with its size
    and SHA-256, if this returns True: only one worker finishes the row. Another one may delete the files of the others
    then, so nothing reads them again. `seconds` is the time limit of a statement.
    """
    seal_account(owner_id=row.owner_id)
    unfinished = row.path.with_suffix(f".unfinished-{uuid4().hex}")
    unfinished.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with read_snapshot(seconds):
            if not services.claim(row):
                return
            size, sha256 = write_file(unfinished, write)
        with transaction.atomic():
            if finish(size, sha256):
                unfinished.rename(row.path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_file(path: Path, write: Write) -> tuple[int, str]:
    """Write a file that only the current system user may read. Return its size and SHA-256.

    Call this in read_snapshot().
    The file is on the disk afterwards: the database, which says then that it is complete, outlives a crash of the host.
    """
    path.touch(mode=0o600)
    with path.open("w+b") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return os.fstat(file.fileno()).st_size, file_digest(file, "sha256").hexdigest()


def list_jobs(is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(partial(write_waiting, is_stopping), SEARCH_SECONDS, threads=services.MAX_AT_A_TIME)]


def measure_waiting() -> dict[str, Waiting]:
    return {"exports": Waiting.of(Export.objects.filter(state=ExportState.WAITING), "created_at")}
