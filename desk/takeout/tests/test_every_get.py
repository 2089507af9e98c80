"""Every GET of a shop answers the same after it has moved, but for the ids: all are those of this installation."""

import re

import pytest

from desk.evidence.models import Pack
from desk.takeout.importing.services import import_shop
from desk.takeout.models import Export
from desk.takeout.tests.conftest import export, free_names
from desk.takeout.tests.test_tills import sell_by_both
from testing.cast.people import client_of
from testing.laws.walk import address_of, list_calls
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True)]

# The ids of the test world have eight digits, as have some amounts and what is left of its kit. The names of people and
# keys stay, and the texts that a till's device has sent.
ID = re.compile(rb'(?<!till )(?<!xylograph[ -])(?<!available":)\b[1-9][0-9]{7}\b(?!\.[0-9])')
# These parts encode an id or a secret, or tell when a key was used that has ended.
VARYING = re.compile(rb'cursor=[\w%]+|csrfmiddlewaretoken" value="\w+|"last_seen_at":[^,}]+')
# The responses of these routes are about now, or about what a move changes on purpose or never: a sealed file.
DIFFERENT = {
    "closing-preview", "key-list", "key-detail", "key-self", "webhook-list", "webhook-detail", "user-confirm-email",
    "account-export-list", "factor-list", "evidence-list", "seal-file",
}  # fmt: skip
NOT_MOVED = Export, Pack


def test_every_get_of_a_moved_shop_is_the_same_but_for_the_ids(world):
    former, worker = world.shops["alice"].owner, User.objects.get(pk=world.users["bob"].pk)
    sell_by_both(worker, worker, world.shops["alice"].products[0])
    client_of(former).get("/api/sales/")  # numbers all sales
    file = export(former)
    addresses = sorted({address for call in list_calls() if reads(call) for address in list_addresses(call, world)})
    assert len(addresses) > 150
    before = {address: read(former, address) for address in addresses}
    free_names()
    owner = import_shop(file, lambda _text: None)
    shift = owner.pk - former.pk
    for address, (status, body) in before.items():
        moved = move_ids(address.encode(), shift).decode()
        assert read(owner, moved) == (status, move_ids(body, shift)), moved


def reads(call):
    return call.method == "GET" and call.route not in DIFFERENT and call.model not in NOT_MOVED


def list_addresses(call, world):
    """Yield the address of the operation, and those of the first and the last row of the shop that it can name."""
    yield address_of(call, "alice", world)
    if call.path.count("{") == 1 and "id}" in call.path and hasattr(call.model, "owner"):
        rows = call.model.objects.filter(owner=world.shops["alice"].owner).order_by("pk")
        for row in (rows.first(), rows.last()):
            yield call.address_for(row.pk)


def read(user, address):
    answer = client_of(user).get(address)
    return answer.status_code, VARYING.sub(b"", answer.getvalue())


def move_ids(text, shift):
    return ID.sub(lambda found: b"%d" % (int(found[0]) + shift), text)
