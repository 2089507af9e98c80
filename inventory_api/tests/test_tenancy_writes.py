"""Writes of a shop change nothing that other shops read."""

import re

import pytest

from testing.cast.people import client_of
from testing.laws.walk import SUCCESS, address_of, body_of, list_calls, send
from users.models import User

pytestmark = [pytest.mark.usefixtures("shared_world")]
READS = [call for call in list_calls() if call.method == "GET"]
WRITES = [call for call in list_calls() if call.method != "GET" and call.operation["tags"] != ["auth"]]
OTHERS = {"charlie": 70, "helen": 1}  # the least number of requests that succeed
# A form has a new token in each response, and a preview of a closing ends now.
OF_THE_RESPONSE = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<="made_at":")[^"]+')


def read_contents(world, role):
    """Return the responses to every GET of the role, by address.

    Each is sent twice, because the first one may keep the file of an invoice, and record that.
    """
    client = world.client(role)
    addresses = [address_of(call, role, world) for call in READS]
    for _ in range(2):
        answers = {address: send(client, "GET", address) for address in addresses}
    return {
        address: answer._replace(content=OF_THE_RESPONSE.sub("", answer.content)) for address, answer in answers.items()
    }


def ends_writing(call):
    """Return whether no write succeeds after this one: a closed shop refuses all, and handing over signs the user out.

    These are sent last.
    """
    return call.path.startswith(("/api/account/close", "/api/account/hand-over"))


def send_everything(world, role):
    """Send every write as the role, with foreign and with own ids, without rolling back. Return the outcomes."""
    outcomes = []
    for call in sorted(WRITES, key=lambda call: (ends_writing(call), call.method == "DELETE", call.model is User)):
        body = body_of(call, role, world)
        foreign = call.address_for(world.foreign_shop(role).id_of(call.model)) if call.model else call.path
        for address in dict.fromkeys((foreign, address_of(call, role, world))):
            user = world.users[role]
            user.refresh_from_db()
            outcomes.append(send(client_of(user), call.method, address, body).outcome)
    return outcomes


def test_writes_of_others_do_not_change_what_a_shop_reads(world):
    before = read_contents(world, "alice")
    for role, min_successes in OTHERS.items():
        assert send_everything(world, role).count(SUCCESS) >= min_successes
    assert read_contents(world, "alice") == before


def test_writes_of_a_shop_do_not_change_what_others_read(world):
    """Alice adds a row of every model. Counts, sums and pages of the others stay the same."""
    others = ("charlie", "helen")
    before = {role: read_contents(world, role) for role in others}
    client = world.client("alice")
    writes = [call for call in WRITES if call.method != "DELETE"]
    writes.sort(key=ends_writing)
    answers = [send(client, c.method, address_of(c, "alice", world), body_of(c, "alice", world)) for c in writes]
    assert [answer.outcome for answer in answers].count(SUCCESS) > 10
    assert {role: read_contents(world, role) for role in others} == before
