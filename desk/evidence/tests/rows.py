"""The rows of a shop with a row of every model: a pack that is ready, with a small file."""

from datetime import UTC, datetime

from desk.evidence.models import Pack
from desk.evidence.services import ask_for_pack, finish_pack
from desk.takeout.tests.rows import write_export


def create_rows(shop):
    pack = ask_for_pack(by=shop.owner, as_of=datetime.now(UTC), start=None, clock="occurred", recorded_until=None)
    write_export(pack, shop.word)
    finish_pack(pack, shop.number, f"{shop.word} sha256")
    return {Pack: pack}
