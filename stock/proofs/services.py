"""Seals: digests that prove that operations and movements have not been changed.

A seal covers a part of the feed, which begins after the previous seal: its operations, and what was written beside
them. Positions have no gaps and never change, so nothing is between two seals. Its file has a line with the columns of
the seal, then a line with every column of each operation, movement and portion, of what is kept beside them in other
tables, and the data of the events of closings and of the files of invoices. Instead of the name of the user it has a
salted digest, so that the name can be erased while the seal stays valid. The digest of the seal is the SHA-256 of the
file. The first line has the digest of the previous seal, so that each seal also confirms all seals before it. Everybody
in the shop may read the digest, but only the owner may read the costs in the lines. So the first line also has a nonce.
Without the nonce nobody can find the costs by computing the digests of guessed costs.
docs/decisions has the reasons, and docs/ledger.md has a program that checks the files.
"""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, timedelta
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils import timezone

from core.database.postgres.base import fetch
from core.database.replicas import read, reading
from core.database.transactions import AccountLock, atomic, atomic_reads, lock_account, set_time_limit
from records.events.models import EventType
from records.events.services import number_all_events, record
from stock.errors import NothingToSeal
from stock.hooks import SEALS
from stock.models import DIGEST_BYTES, NONCE_BYTES, Seal
from stock.proofs import sql_seals
from users.models import User

MAX_OPERATIONS = 100_000  # the most operations in one seal
MAX_MOVEMENTS = 1_000_000  # the most movements in one seal, unless it has only one operation
TIMEOUT_SECONDS = 60  # the time limit of a statement
CHUNK_BYTES = 65_536
MAX_AGE = timedelta(days=1)  # an account with newer bookings is sealed when its newest seal is older than this
CHECK_SECONDS = 600  # the time between two searches for accounts to seal
IS_DUE = sql_seals.HAS_UNSEALED.format(seconds=MAX_AGE.total_seconds())


# --- Seal ---------------------------------------------------------------------------------------------------


def seal_account(*, owner_id: int, by: User | None = None) -> int:
    """Seal all that the account has booked and written beside it, and return the number of new seals.

    Each seal is a transaction of its own. `by` is None unless a user has requested the seal.
    """
    number_all_events(owner_id)
    seals = 0
    while seal_next(owner_id=owner_id, by=by):
        seals += 1
    return seals


@atomic
def seal_next(*, owner_id: int, by: User | None) -> Seal | None:
    """Seal the next part of the feed that has positions, and record the event. Return None if there is nothing."""
    lock_account(owner_id, AccountLock.SEALS)
    set_time_limit(TIMEOUT_SECONDS)
    seal = draft_seal(owner_id, find_newest(owner_id))
    if seal is None:
        return None
    for hook in SEALS:
        hook.before_seal(owner_id, seal.to_position)
    seal.sealed_by = by
    seal.digest = compute_seal_digest(seal)
    seal.save()
    record(owner_id=owner_id, event_type=EventType.LEDGER_SEALED, data=describe_seal(seal))
    return seal


def draft_seal(owner_id: int, before: Seal | None) -> Seal | None:
    """Return the next seal, without a digest, or None if there is nothing to seal."""
    after = before.to_position if before else 0
    values = {"owner": owner_id, "after": after, "max_operations": MAX_OPERATIONS, "max_movements": MAX_MOVEMENTS}
    [(to_position, operations, movements, now)] = fetch(sql_seals.NEXT, values)
    [(to_position,)] = fetch(sql_seals.LAST, {"owner": owner_id, "after": after, "last": to_position})
    if to_position == after:
        return None
    is_first = before is not None and before.format < sql_seals.FIRST_BESIDE
    return Seal(
        owner_id=owner_id,
        format=sql_seals.FORMAT_FROM_START if is_first else sql_seals.FORMAT,
        nonce=secrets.token_bytes(NONCE_BYTES),
        number=before.number + 1 if before else 1,
        from_position=after + 1,
        to_position=to_position,
        operations=operations,
        movements=movements,
        previous=bytes(before.digest) if before else bytes(DIGEST_BYTES),
        created_at=now,
    )


def describe_seal(seal: Seal) -> dict[str, Any]:
    """Return the data of the event, so that each reader of the feed keeps a copy of the digest."""
    return {
        "seal": seal.pk,
        "number": seal.number,
        "from_position": seal.from_position,
        "to_position": seal.to_position,
        "digest": bytes(seal.digest).hex(),
        "previous": bytes(seal.previous).hex(),
    }


def find_newest(owner_id: int) -> Seal | None:
    return Seal.objects.filter(owner_id=owner_id).order_by("-number").first()


def seal_for(user: User) -> tuple[Seal, bool]:
    """Seal the account of the user. Return its newest seal, and whether it is new. Raise NothingToSeal."""
    owner_id: int = user.account_id  # type: ignore[assignment]  # an owner has an account
    seals = seal_account(owner_id=owner_id, by=user)
    newest = find_newest(owner_id)
    if newest is None:
        raise NothingToSeal()
    return newest, bool(seals)


# --- The file -----------------------------------------------------------------------------------------------


def read_file(seal: Seal) -> Iterator[bytes]:
    """Yield the file of the seal in parts. Call it in a transaction."""
    yield write_head(seal)
    connection = reading()
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(sql_seals.write_copy(seal)) as lines,
    ):
        yield from map(bytes, lines)


def write_head(seal: Seal) -> bytes:
    """Return the first line: every column of the seal except id, digest and shift, with the ids as they were sealed."""
    sealed_by = None if seal.sealed_by_id is None else seal.sealed_by_id - seal.shift
    head = {
        "format": seal.format,
        "account": seal.owner_id - seal.shift,
        "number": seal.number,
        "from_position": seal.from_position,
        "to_position": seal.to_position,
        "operations": seal.operations,
        "movements": seal.movements,
        "previous": bytes(seal.previous).hex(),
        "created_at": seal.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "sealed_by": sealed_by,
        "nonce": bytes(seal.nonce).hex(),
    }
    return f"{json.dumps(head)}\n".encode()


def compute_seal_digest(seal: Seal) -> bytes:
    """Return the digest of the seal's file as it would be now."""
    digest = sha256()
    for part in read_file(seal):
        digest.update(part)
    return digest.digest()


def stream_file(seal: Seal) -> Iterator[bytes]:
    """Yield the file of the seal in parts. No transaction stays open, because a client may receive the file slowly."""
    with write_file(seal) as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


@atomic_reads
def write_file(seal: Seal) -> IO[bytes]:
    """Return a temporary file with the content of the seal's file, positioned at its start. Closing it deletes it."""
    set_time_limit(TIMEOUT_SECONDS, reads=True)
    file = TemporaryFile()  # noqa: SIM115, the caller closes it
    try:
        file.writelines(read_file(seal))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


# --- Verify -------------------------------------------------------------------------------------------------


def find_seal_breaks(owner_id: int, limit: int) -> list[tuple[int, int, str]]:
    """Return the differences from what was sealed, as rows like those of stock.proofs.sql_breaks.

    Operations and seals are added meanwhile. So each read comes after the read of the data that it is compared with.
    """
    newest = find_newest(owner_id)
    digests = dict(fetch_owned_rows(sql_seals.DIGESTS_OF_EVENTS, owner_id, after=newest.to_position if newest else 0))
    [[operations]] = fetch_owned_rows(sql_seals.OPERATIONS, owner_id) if newest else [[0]]
    seals = list(Seal.objects.filter(owner_id=owner_id).order_by("number"))
    breaks = [(0, 0, what) for what in dict.fromkeys([*check_seals(seals), *check_events(seals, digests)])]
    if seals and operations > sum(seal.operations for seal in seals) + count_unsealed(owner_id, seals[-1])[0]:
        breaks += fetch_owned_rows(sql_seals.WITHOUT_EVENT, owner_id, limit=limit)
    return breaks[:limit]


def check_seals(seals: list[Seal]) -> Iterator[str]:
    """Yield the breaks in the chain of seals, and in the rows that each seal covers."""
    previous, after, number = bytes(DIGEST_BYTES), 0, 0
    for seal in seals:
        if seal.number != number + 1:
            yield f"not what was sealed: seal {number + 1} is missing"
        elif (bytes(seal.previous), seal.from_position) != (previous, after + 1):
            yield f"not what was sealed: seal {seal.number} does not continue the seal before"
        if compute_seal_digest(seal) != bytes(seal.digest):
            yield f"not what was sealed: seal {seal.number}, positions {seal.from_position} to {seal.to_position}"
        previous, after, number = bytes(seal.digest), seal.to_position, seal.number


def check_events(seals: list[Seal], digests: dict[int, str]) -> Iterator[str]:
    """Yield the differences between the seals and the digests in their events, which are given by number."""
    stored = {seal.number: bytes(seal.digest).hex() for seal in seals}
    for number, digest in digests.items():
        if stored.get(number) != digest:
            what = "has another digest than its event" if number in stored else "is missing"
            yield f"not what was sealed: seal {number} {what}"


def describe_sealed(owner_id: int) -> dict[str, Any] | None:
    """Return up to which point the account is sealed, or None if it has no seal."""
    newest = find_newest(owner_id)
    if newest is None:
        return None
    operations, unsealed = count_unsealed(owner_id, newest)
    return {
        "seals": newest.number,
        "to_position": newest.to_position,
        "sealed_at": newest.created_at,
        "unsealed_operations": operations,
        "unsealed": unsealed,
    }


def count_unsealed(owner_id: int, newest: Seal | None) -> tuple[int, int]:
    """Return the number of operations after the newest seal, and that of these and of what is written beside them."""
    after = newest.to_position if newest else 0
    [(operations, unsealed)] = fetch_owned_rows(sql_seals.UNSEALED, owner_id, after=after)
    return int(operations), int(unsealed)


def fetch_owned_rows(statement: str, owner_id: int, **parameters: int) -> list[Any]:
    return read(statement, {"owner": owner_id, **parameters})


# --- Every day ----------------------------------------------------------------------------------------------


def list_owner_ids() -> list[int]:
    return list(User.objects.owners().order_by("id").values_list("id", flat=True))


def is_due(owner_id: int) -> bool:
    """Return whether the account has booked something since its newest seal, and the seal is older than MAX_AGE."""
    newest = find_newest(owner_id)
    is_new = newest is not None and timezone.now() - newest.created_at < MAX_AGE
    return not is_new and bool(count_unsealed(owner_id, newest)[1])


def seal_due(owner_id: int, _zone: str) -> bool:
    """Seal an account that is due. Return False: nothing is left to do for it."""
    if is_due(owner_id):
        seal_account(owner_id=owner_id)
    return False
