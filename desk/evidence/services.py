"""Ask for packs, and record that they are ready."""

from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from core.database.postgres.base import fetch
from core.texts.locales import ENGLISH
from desk.evidence.errors import PackRunning
from desk.evidence.models import Pack
from desk.takeout.models import ExportState
from desk.takeout.services import finish
from records.events.models import EventType
from records.events.services import record
from users.models import User


def ask_for_pack(*, by: User, recorded_until: datetime | None, **values: Any) -> Pack:
    """Record that the worker should write a pack, with texts in the language of the request. Raise PackRunning."""
    # Bookings have the time of the database, whose clock may differ.
    until, language = recorded_until or fetch("SELECT clock_timestamp()")[0][0], get_language() or ENGLISH
    try:
        with transaction.atomic():
            fields = {**values, "recorded_until": until, "language": language}
            return Pack.objects.create(owner_id=by.account_id, **fields)  # type: ignore[misc]  # an owner has an account
    except IntegrityError as error:
        raise PackRunning from error


@transaction.atomic
def finish_pack(pack: Pack, size: int, sha256: str) -> bool:
    """Record that the file is ready, and its SHA-256 in an event, which nobody can change.

    Return False if the pack does not wait any more.
    """
    is_finished = finish(pack, ExportState.READY, size=size, sha256=sha256)
    if is_finished:
        data = {
            "pack": pack.pk, "as_of": write_moment(pack.as_of), "recorded_until": write_moment(pack.recorded_until),
            "sha256": sha256,
        }  # fmt: skip
        record(owner_id=pack.owner_id, event_type=EventType.PACK_MADE, data=data)
    return is_finished


def write_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
