"""Exports of a shop, in a folder of the test."""

import io
import json
from zipfile import ZipFile

import pytest

from stock.proofs.seals import seal_account
from takeout.jobs import write_waiting
from takeout.reading.archive import read_snapshot, write_archive


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Return the folder of the exports."""
    settings.EXPORT_FOLDER = str(tmp_path / "exports")
    return tmp_path / "exports"


def run_worker(is_stopping=lambda: False):
    """Do what the worker does once in EXPORT_SECONDS."""
    write_waiting(is_stopping)


def export(owner) -> io.BytesIO:
    """Return the archive of the owner's shop."""
    file = io.BytesIO()
    seal_account(owner_id=owner.pk)
    with read_snapshot():
        write_archive(file, owner)
    file.seek(0)
    return file


def read_table(file, name):
    """Return the rows of a table in the archive."""
    with ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read(f"tables/{name}.jsonl").splitlines()]


def rewrite(file, **members: bytes):
    """Return a copy of the archive in which these members are replaced, without new digests."""
    changed = io.BytesIO()
    with ZipFile(file) as old, ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return changed
