"""In queries, imported files, idempotency keys and cursors, a foreign row gets the same response as a missing row."""

import base64
import json
import re
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction

from core.ownership import OwnedQuerySet
from products.models import Product
from testing.laws.foreign import (
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
from testing.laws.walk import address_of, body_of, list_calls, send, send_and_roll_back
from testing.tables import all_cases
from trade.customers.models import Customer
from users.models import User

pytestmark = [pytest.mark.usefixtures("shared_world")]
READS = [call for call in list_calls() if call.method == "GET"]
LOGS = [call for call in READS if "cursor" in call.parameters("query")]
IMPORT = "/api/products/import/"
COLUMNS = ("id", "name", "sku", "barcode", "external_id", "category", "supplier")  # the columns that refer to a row
PARAMETERS = {name for call in READS for name in call.parameters("query")}
TEXT_PARAMETERS = PARAMETERS - MODELS_BY_ID_NAME.keys() | {"category"}  # categories are filtered by id or by name


# Lists and files read these alike, and none names a row. So an owner sends each of them to three routes.
SHARED = {"page", "page_size", "cursor", "columns", "csv", "encoding", "fields", "ordering", "by"}
CALLS_OF_SHARED = {name: [call for call in READS if name in call.parameters("query")][:3] for name in SHARED}


def requests_by_parameter(world, role, names):
    """Yield requests of every GET operation with the parameters of these names.

    An owner sends one parameter at a time. Other roles send all parameters together.
    """
    client = world.client(role)
    for call in READS:
        address, known = address_of(call, role, world), sorted(names.intersection(call.parameters("query")))
        own = [name for name in known if name not in SHARED or call in CALLS_OF_SHARED[name]]
        for group in [[name] for name in own] if role in world.shops else filter(None, [known]):
            yield (
                f"{call} ?{'=&'.join(group)}=",
                lambda values, address=address, group=group: send(
                    client, "GET", f"{address}?{urlencode({name: values[name] for name in group})}"
                ),
            )


def find_parameter_differences(world, role, names=PARAMETERS):
    """Compare ids, codes and words of the foreign shop in each parameter of these names with missing ones."""
    shop = world.foreign_shop(role)
    by_id = requests_by_parameter(world, role, names & MODELS_BY_ID_NAME.keys())
    yield from find_differences(by_id, [ids_of(shop)], MISSING_IDS)
    words = dict.fromkeys(TEXT_PARAMETERS, shop.word) | codes_of(shop) | {"reference": f"{shop.word} reference"}
    requests = requests_by_parameter(world, role, names & TEXT_PARAMETERS)
    yield from find_differences(requests, [words], dict.fromkeys(words, MISSING_WORD))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ["charlie", "bob", "dora", "helen"])
def test_a_foreign_row_in_a_parameter_is_answered_like_a_missing_one(world, role):
    assert set(find_parameter_differences(world, role)) == set()


def test_finds_differences_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    names = {"supplier", "category", "product", "item", "sku", "barcode", "external_id", "search", "reference"}
    found = {title.split()[-1] for title, _ in find_parameter_differences(world, "charlie", names)}
    assert found == {f"?{name}=" for name in names}


# --- Files ----------------------------------------------------------------------------------------------------


def requests_by_column(world, role):
    """Yield an import, and its dry run, for every column that refers to a row."""
    client = world.client(role)
    for column in COLUMNS:
        for query in ("", "?dry_run=true"):
            yield (
                f"{column} {query}",
                lambda values, column=column, query=query: send_and_roll_back(
                    client, "POST", IMPORT + query, csv_file({"name": "New", "price": "1.00", column: values[column]})
                ),
            )


def find_column_differences(world, role, shop):
    """Compare ids and codes of the shop in each column with missing ones."""
    missing = dict.fromkeys(COLUMNS, MISSING_WORD) | {"id": MISSING_ID}
    return find_differences(requests_by_column(world, role), [codes_of(shop) | {"id": shop.id_of(Product)}], missing)


def csv_file(row):
    return f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", ["charlie", pytest.param("alice", marks=pytest.mark.long)])
def test_a_foreign_row_in_an_import_is_answered_like_a_missing_one(world, role):
    shop = world.foreign_shop(role)
    assert set(find_column_differences(world, role, shop)) == set()


def test_finds_the_columns_that_refer_to_rows(world):
    """This is the negative control: own rows get other responses than missing ones."""
    found = {title.split()[0] for title, _ in find_column_differences(world, "charlie", world.own_shop("charlie"))}
    assert found == {"id", "name", "sku", "barcode", "external_id", "category", "supplier"}


# --- Keys and cursors -------------------------------------------------------------------------------------------


@all_cases("call", [call for call in list_calls() if "Idempotency-Key" in call.parameters("header")])
def test_an_idempotency_key_of_another_shop_counts_as_unused(world, call):
    def call_with_key(send_request, role, key):
        address, body = address_of(call, role, world), body_of(call, role, world)
        if body and "username" in body:  # user names are unique over all shops
            body |= {"username": role, "email": ""}
        answer = send_request(world.client(role), call.method, address, body, **{"Idempotency-Key": key})
        return mask_answer(answer, {"key": key})

    with transaction.atomic():
        if call.route == "sale-invoice-list":
            let_issue_invoices(world)
        assert call_with_key(send, "alice", "alice-1").status in (200, 201, 202)
        unused, taken = (call_with_key(send_and_roll_back, "charlie", key) for key in ("unused1", "alice-1"))
        transaction.set_rollback(True)
    assert taken == unused
    assert (taken.status in (200, 201, 202), "Idempotent-Replayed" in taken.headers) == (True, False)


def let_issue_invoices(world):
    """Give both shops and their customers what an invoice needs."""
    for shop in world.shops.values():
        address = {**dict.fromkeys(("street", "postcode", "city"), shop.word), "country": "AT"}
        seller = {"shop_name": shop.word, "tax_number": shop.word, "exempt_reason": shop.word, "currency": "EUR"}
        User.objects.filter(pk=shop.owner.pk).update(**address, **seller)
        Customer.objects.filter(owner=shop.owner).update(**address)


@all_cases("call", LOGS)
def test_a_cursor_of_another_shop_shows_only_own_rows(world, call):
    alice, charlie = world.client("alice"), world.client("charlie")
    theirs = json.loads(send(alice, "GET", f"{address_of(call, 'alice', world)}?page_size=1").content)["next"]
    cursor = re.search(r"cursor=([^&]+)", theirs or make_cursor(2))[1]
    whole = send(charlie, "GET", f"{address_of(call, 'charlie', world)}?page_size=100")
    own = ids_in(json.loads(whole.content))
    answer = json.loads(send(charlie, "GET", f"{address_of(call, 'charlie', world)}?cursor={cursor}").content)
    assert ids_in(answer) <= own
    assert not set(ID_PATTERN.findall(json.dumps(answer))) & {
        str(number) for number in ids_of(world.foreign_shop("charlie")).values()
    }


def ids_in(page):
    """Return the ids of the rows of a page. A sale has that of its operation, and a price list has a number.

    A row of the stock list has that of its product.
    """
    names = ("id", "operation", "number", "product")
    return {next(row[name] for name in names if name in row) for row in page["results"]}


def make_cursor(position):
    return "cursor=" + quote(base64.b64encode(f"p={position}".encode()))
