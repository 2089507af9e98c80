"""A foreign row is a missing row in queries, files, keys and cursors, too: nothing there tells whether it exists."""

import base64
import json
import re
from urllib.parse import quote

import pytest

from inventory_api.ownership import OwnedQuerySet
from inventory_api.tests.foreign import ID, MISSING, MISSING_WORD, blotted, codes_of, ids_of, told_apart
from inventory_api.tests.walk import address_of, body_of, calls, send, undone

ROLES = ["alice", "bob", "charlie", "dora", "helen"]
READS = [call for call in calls() if call.method == "GET"]
LOGS = [call for call in READS if "cursor" in call.parameters("query")]
IMPORT = "/api/products/import/"


def by_query(world, role):
    """Every parameter of every read, one at a time."""
    client = world.client(role)
    for call in READS:
        address = address_of(call, role, world)
        for name in call.parameters("query"):
            yield (
                f"{call} ?{name}=",
                lambda value, address=address, name=name: send(client, "GET", f"{address}?{name}={value}"),
            )


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ROLES)
def test_no_parameter_tells_a_foreign_row_from_a_missing_one(world, role):
    shop = world.foreign(role)
    assert set(told_apart(by_query(world, role), ids_of(shop), MISSING)) == set()
    words = [*codes_of(shop), f"{shop.word} reference", shop.word]
    assert set(told_apart(by_query(world, role), words, MISSING_WORD)) == set()


def test_without_the_scope_a_parameter_would_tell(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    shop = world.foreign("charlie")
    found = {what for what, _ in told_apart(by_query(world, "charlie"), [*ids_of(shop), *codes_of(shop)], MISSING)}
    names = {
        name: {what for what in found if f"?{name}=" in what} for name in ("supplier", "category", "sku", "search")
    }
    assert all(names.values()), names


# --- Files ----------------------------------------------------------------------------------------------------


def by_file(world, role):
    """Every column of the import that refers to something, as what would happen and as what happens."""
    client = world.client(role)
    for column in ("id", "name", "sku", "barcode", "category", "supplier"):
        for query in ("", "?dry_run=true"):
            yield (
                f"{column} {query}",
                lambda value, column=column, query=query: undone(
                    client, "POST", IMPORT + query, csv_file({"name": "New", "price": "1.00", column: value})
                ),
            )


def csv_file(row):
    return f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ["alice", "charlie"])
def test_no_column_of_an_import_tells_a_foreign_row_from_a_missing_one(world, role):
    shop = world.foreign(role)
    assert set(told_apart(by_file(world, role), ids_of(shop), MISSING)) == set()
    assert set(told_apart(by_file(world, role), codes_of(shop), MISSING_WORD)) == set()


def test_a_column_tells_ones_own_row_from_a_missing_one(world):
    """Negative control: each column of the walk refers to rows."""
    own = world.own("charlie")
    told = [*told_apart(by_file(world, "charlie"), codes_of(own), MISSING_WORD)]
    told += [
        (what, value) for what, value in told_apart(by_file(world, "charlie"), ids_of(own), MISSING) if "id" in what
    ]
    found = {what.split()[0] for what, _ in told}
    assert found == {"id", "name", "sku", "barcode", "supplier"}


# --- Keys and cursors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [call for call in calls() if "Idempotency-Key" in call.parameters("header")], ids=str)
def test_the_key_of_another_shop_is_an_unused_one(world, call):
    def ask(role, key):
        address, body = address_of(call, role, world), body_of(call, role, world)
        return world.client(role), "POST", address, body, key

    def answer(how, client, method, address, body, key):
        return how(client, method, address, body, **{"Idempotency-Key": key})

    assert answer(send, *ask("alice", "alice-1")).status == 201
    unused, taken = (blotted(answer(undone, *ask("charlie", key)), key) for key in ("unused1", "alice-1"))
    assert taken == unused
    assert (taken.status, "Idempotent-Replayed" in taken.headers) == (201, False)


@pytest.mark.parametrize("call", LOGS, ids=str)
def test_a_cursor_of_another_shop_s_pages_shows_ones_own_rows_alone(world, call):
    alice, charlie = world.client("alice"), world.client("charlie")
    theirs = json.loads(send(alice, "GET", f"{address_of(call, 'alice', world)}?page_size=1").content)["next"]
    cursor = re.search(r"cursor=([^&]+)", theirs or cursor_at(2))[1]
    own = {row["id"] for row in json.loads(send(charlie, "GET", address_of(call, "charlie", world)).content)["results"]}
    answer = json.loads(send(charlie, "GET", f"{address_of(call, 'charlie', world)}?cursor={cursor}").content)
    assert {row["id"] for row in answer["results"]} <= own
    assert not set(ID.findall(json.dumps(answer))) & {str(number) for number in ids_of(world.foreign("charlie"))}


def cursor_at(position):
    return "cursor=" + quote(base64.b64encode(f"p={position}".encode()))
