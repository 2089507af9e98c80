"""Packs of a shop, in the memory of the test."""

import io
from datetime import UTC, datetime
from zipfile import ZipFile

from desk.evidence.reading.pack import write_pack
from desk.evidence.reading.request import PackRequest
from desk.takeout.reading.archive import read_snapshot
from stock.proofs.seals import seal_account


def ask(owner, **fields) -> PackRequest:
    """Return a request for the stock of now."""
    now = datetime.now(UTC)
    values = {"as_of": now, "start": None, "clock": "occurred", "recorded_until": now, "language": "en"}
    return PackRequest(owner, **{**values, **fields})


def write(request: PackRequest) -> bytes:
    """Return the pack."""
    file = io.BytesIO()
    seal_account(owner_id=request.owner.pk)
    with read_snapshot():
        write_pack(file, request)
    return file.getvalue()


def read(pack: bytes, name: str) -> str:
    with ZipFile(io.BytesIO(pack)) as archive:
        return archive.read(name).decode()
