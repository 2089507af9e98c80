"""Exports of a shop, in a folder of the test."""

import io
import json
from hashlib import sha256
from zipfile import ZipFile

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from core.database import sequences
from desk.takeout.columns import list_shop_tables
from desk.takeout.errors import ImportRefused
from desk.takeout.importing.services import import_shop
from desk.takeout.jobs import write_waiting
from desk.takeout.reading.archive import read_snapshot, write_archive
from products.models import Tally
from stock.proofs.services import seal_account
from users.models import User


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


def forge(file, name, change):
    """Return the archive with a changed file, and with the digest of that file in about.json."""
    with ZipFile(file) as archive:
        about, content = json.loads(archive.read("about.json")), change(archive.read(name))
    about["files"][name] = sha256(content).hexdigest()
    return rewrite(file, **{name: content, "about.json": json.dumps(about).encode()})


def alter(file, table, **values):
    """Return the archive with other values in the first row of a table, and with right digests."""

    def change(lines):
        first, *rest = lines.splitlines(keepends=True)
        return b"".join([json.dumps({**json.loads(first), **values}).encode() + b"\n", *rest])

    return forge(file, f"tables/{table}.jsonl", change)


def change_rows(file, table, change):
    """Return the archive with other rows of a table, with their number and with right digests."""
    name, rows = f"tables/{table}.jsonl", change(read_table(file, table))
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    with ZipFile(file) as archive:
        about = json.loads(archive.read("about.json"))
    about["tables"][table], about["files"][name] = len(rows), sha256(content).hexdigest()
    return rewrite(file, **{name: content, "about.json": json.dumps(about).encode()})


def refuse(file, **options):
    """Return why the archive is refused. Assert that this changes no row and no sequence."""
    before = describe_database()
    with pytest.raises(ImportRefused) as refused:
        import_shop(file, lambda _text: None, **options)
    assert describe_database() == before
    return str(refused.value)


def describe_database():
    """Return the last id of each sequence, and the number of rows of each table."""
    tables = [table.model for table in list_shop_tables()]
    counts = {model: model._default_manager.count() for model in tables}
    # The triggers of the tally take ids whenever products are inserted, and nothing refers to these.
    numbered = [table for table in sequences.list_numbered_tables() if table != Tally._meta.db_table]
    return sequences.find_last_values(numbered), counts


def free_names():
    """Give all users other names and addresses, as if they were in another installation."""
    User.objects.update(username=Concat(Value("x"), F("id")), email="", confirmed_email="")
