"""A foreign row is a missing row in queries, files, keys and cursors, too: nothing there tells whether it exists."""

import base64
import json
import re
from urllib.parse import quote

import pytest

from core.ownership import OwnedQuerySet
from products.models import Product
from testing.foreign import (
    ID_PATTERN,
    MISSING_ID,
    MISSING_IDS,
    MISSING_WORD,
    MODELS_BY_ID_NAME,
    codes_of,
    find_differences,
    ids_of,
    mask_answer,
)
from testing.walk import address_of, body_of, list_calls, send, send_and_roll_back

READS = [call for call in list_calls() if call.method == "GET"]
LOGS = [call for call in READS if "cursor" in call.parameters("query")]
IMPORT = "/api/products/import/"
COLUMNS = ("id", "name", "sku", "barcode", "category", "supplier")  # those that refer to a row
PARAMETERS = {name for call in READS for name in call.parameters("query")}
IN_WORDS = PARAMETERS - MODELS_BY_ID_NAME.keys() | {"category"}  # which goes by id and by name


def by_query(world, role, names):
    """Every parameter of these names of every read, one at a time."""
    client = world.client(role)
    for call in READS:
        address = address_of(call, role, world)
        for name in names.intersection(call.parameters("query")):
            yield (
                f"{call} ?{name}=",
                lambda values, address=address, name=name: send(client, "GET", f"{address}?{name}={values[name]}"),
            )


def query_told_apart(world, role):
    shop = world.foreign_shop(role)
    yield from find_differences(by_query(world, role, set(MODELS_BY_ID_NAME)), [ids_of(shop)], MISSING_IDS)
    words = dict.fromkeys(IN_WORDS, shop.word) | codes_of(shop) | {"reference": f"{shop.word} reference"}
    yield from find_differences(by_query(world, role, IN_WORDS), [words], dict.fromkeys(words, MISSING_WORD))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ["bob", "charlie", "dora", "helen"])
def test_no_parameter_tells_a_foreign_row_from_a_missing_one(world, role):
    assert set(query_told_apart(world, role)) == set()


def test_without_the_scope_a_parameter_would_tell(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    found = {what.split()[-1] for what, _ in query_told_apart(world, "charlie")}
    assert found >= {"?supplier=", "?category=", "?product=", "?item=", "?sku=", "?barcode=", "?search=", "?reference="}


# --- Files ----------------------------------------------------------------------------------------------------


def by_file(world, role):
    """Every column of the import that refers to something, as what would happen and as what happens."""
    client = world.client(role)
    for column in COLUMNS:
        for query in ("", "?dry_run=true"):
            yield (
                f"{column} {query}",
                lambda values, column=column, query=query: send_and_roll_back(
                    client, "POST", IMPORT + query, csv_file({"name": "New", "price": "1.00", column: values[column]})
                ),
            )


def file_told_apart(world, role, shop):
    """An id or a code of the shop in each column, against one that is nobody's."""
    missing = dict.fromkeys(COLUMNS, MISSING_WORD) | {"id": MISSING_ID}
    return find_differences(by_file(world, role), [codes_of(shop) | {"id": shop.id_of(Product)}], missing)


def csv_file(row):
    return f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ["alice", "charlie"])
def test_no_column_of_an_import_tells_a_foreign_row_from_a_missing_one(world, role):
    shop = world.foreign_shop(role)
    assert set(file_told_apart(world, role, shop)) == set()


def test_a_column_tells_ones_own_row_from_a_missing_one(world):
    """Negative control: each column of the walk refers to rows."""
    found = {what.split()[0] for what, _ in file_told_apart(world, "charlie", world.own_shop("charlie"))}
    assert found == {"id", "name", "sku", "barcode", "supplier"}


# --- Keys and cursors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call", [call for call in list_calls() if "Idempotency-Key" in call.parameters("header")], ids=str
)
def test_the_key_of_another_shop_is_an_unused_one(world, call):
    def ask(role, key):
        address, body = address_of(call, role, world), body_of(call, role, world)
        if "username" in body:  # which is unique over all shops
            body |= {"username": role, "email": ""}
        return world.client(role), "POST", address, body, key

    def answer(how, client, method, address, body, key):
        return how(client, method, address, body, **{"Idempotency-Key": key})

    assert answer(send, *ask("alice", "alice-1")).status in (200, 201)
    unused, taken = (
        mask_answer(answer(send_and_roll_back, *ask("charlie", key)), {"key": key}) for key in ("unused1", "alice-1")
    )
    assert taken == unused
    assert (taken.status in (200, 201), "Idempotent-Replayed" in taken.headers) == (True, False)


@pytest.mark.parametrize("call", LOGS, ids=str)
def test_a_cursor_of_another_shop_s_pages_shows_ones_own_rows_alone(world, call):
    alice, charlie = world.client("alice"), world.client("charlie")
    theirs = json.loads(send(alice, "GET", f"{address_of(call, 'alice', world)}?page_size=1").content)["next"]
    cursor = re.search(r"cursor=([^&]+)", theirs or cursor_at(2))[1]
    own = {row["id"] for row in json.loads(send(charlie, "GET", address_of(call, "charlie", world)).content)["results"]}
    answer = json.loads(send(charlie, "GET", f"{address_of(call, 'charlie', world)}?cursor={cursor}").content)
    assert {row["id"] for row in answer["results"]} <= own
    assert not set(ID_PATTERN.findall(json.dumps(answer))) & {
        str(number) for number in ids_of(world.foreign_shop("charlie")).values()
    }


def cursor_at(position):
    return "cursor=" + quote(base64.b64encode(f"p={position}".encode()))
