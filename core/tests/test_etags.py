"""ETags of single rows and of the schema.

A 304 means that the client has the content already, a 412 that it has changed.
"""

import copy
import gzip
import json
from itertools import product

import pytest

from core.http.middleware import SlashRedirect
from core.http.renderers import is_listed, make_data_etag
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import client_of, make_location, make_product, make_user
from testing.cast.shops import ROLES, rows_of
from testing.deferred import check_deferred_constraints
from testing.laws.schemas import find_mistakes
from testing.laws.walk import SUCCESS, address_of, body_of, expected_outcome, list_calls, send_and_roll_back
from testing.tables import all_cases, each_value

TAG = make_data_etag({})
CHANGED = {
    "detail": "This has changed since you read it, so nothing was written. Read it again and send its new ETag.",
    "code": "changed",
}


@pytest.fixture(scope="module")
def shared_kettle(module_db):
    """Return a product of Alice with a quantity of ten."""
    return make_product(make_user("alice", email="alice@example.org"), quantity=10)


@pytest.fixture(scope="module")
def addresses(shared_kettle):
    """Return the address of a row of each kind that has an ETag."""
    kettle, alice = shared_kettle, shared_kettle.owner
    supplier = Supplier.objects.create(owner=alice, name="Acme")
    category = Category.objects.create(owner=alice, name="Tea")
    Product.objects.filter(pk=kettle.pk).update(supplier=supplier, category=category)
    rows = {"products": kettle, "items": kettle, "suppliers": supplier, "categories": category}
    rows["locations"] = make_location(alice)
    check_deferred_constraints()
    return {name: f"/api/{name}/{row.pk}/" for name, row in rows.items()}


@pytest.fixture
def kettle(db, shared_kettle):
    return copy.deepcopy(shared_kettle)


@pytest.fixture
def alice(kettle):
    return kettle.owner


ROWS = ["products", "items", "suppliers", "categories", "locations"]


@pytest.fixture(params=ROWS)
def address(request, addresses):
    return addresses[request.param]


def read_etag(client, address, **headers):
    return client.get(address, headers=headers).headers["ETag"]


# --- Reading ------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_an_unchanged_row_is_a_304_without_a_body(as_alice, address):
    first = as_alice.get(address)
    again = as_alice.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert set(first.headers["Vary"].split(", ")) <= set(again.headers["Vary"].split(", "))
    assert {"Content-Type", "Content-Length", "Content-Encoding"}.isdisjoint(again.headers)
    assert again.headers["Cache-Control"] == "no-store"


def test_a_304_matches_the_schema(as_alice, address, schema):
    path = address.replace(address.split("/")[3], "{id}")
    answer = as_alice.get(address, headers={"If-None-Match": "*"})
    assert (answer.status_code, find_mistakes(schema, answer, path, "get")) == (304, [])


def test_head_has_the_same_etag_and_304(as_alice, address):
    etag = read_etag(as_alice, address)
    assert as_alice.head(address).headers["ETag"] == etag
    assert as_alice.head(address, headers={"If-None-Match": etag}).status_code == 304


def test_a_changed_row_has_another_etag(as_alice, address):
    before = read_etag(as_alice, address)
    assert as_alice.patch(address, {"name": "Another"}).status_code == 200
    after = as_alice.get(address, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before


def test_everything_that_a_product_shows_changes_its_etag(as_alice, alice, kettle, addresses):
    """The ETag changes with movements, the names of linked rows, a count and the date of today."""
    etags = [read_etag(as_alice, addresses["products"])]
    changes = [
        lambda: as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}),
        lambda: as_alice.patch(addresses["suppliers"], {"name": "Acme & Sons"}),
        lambda: as_alice.patch(addresses["categories"], {"name": "Teas"}),
        lambda: as_alice.post("/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": 9}]}),
        lambda: as_alice.patch(addresses["items"], {"description": "Steel"}),
        lambda: as_alice.delete(addresses["suppliers"]),
    ]
    for change in changes:
        assert change().status_code in (200, 201, 204)
        etags.append(read_etag(as_alice, addresses["products"]))
    assert len(set(etags)) == len(changes) + 1


def test_a_patch_answers_the_etag_of_the_next_read_and_a_put_answers_none(as_alice, address):
    changed = as_alice.patch(address, {"name": "Another"})
    assert changed.headers["ETag"] == read_etag(as_alice, address)
    assert "ETag" not in as_alice.put(address, {"name": "Third", "price": "1"}).headers


def test_lists_pages_and_errors_have_no_etag(as_alice, address):
    collection = address.rpartition("/")[0].rpartition("/")[0] + "/"
    responses = [
        as_alice.get(collection),
        as_alice.get(address, headers={"Accept": "text/html", "If-None-Match": "*"}),
        as_alice.get(collection + "0/", headers={"If-None-Match": "*"}),
        as_alice.patch(address, {"name": ""}),
    ]
    assert [response.status_code for response in responses] == [200, 200, 404, 400]
    assert not any("ETag" in response.headers for response in responses)


def test_a_foreign_row_is_a_404_whatever_etag_is_sent(as_alice, as_charlie, address):
    etag = read_etag(as_alice, address)
    missing = as_charlie.get(address.replace(address.split("/")[3], "999999999"))
    for response in (
        as_charlie.get(address, headers={"If-None-Match": etag}),
        as_charlie.patch(address, {"name": "Mine"}, headers={"If-Match": '"x"'}),
        as_charlie.delete(address, headers={"If-Match": etag}),
    ):
        assert (response.status_code, response.content) == (404, missing.content)


@pytest.mark.quick
@all_cases(
    ("header", "expected"),
    [
        (TAG, True), (f"W/{TAG}", True), (f'"x", {TAG}', True), (f'"x" ,W/{TAG}', True), ("*", True), (" * ", True),
        ("", False), ('"x"', False), (TAG.strip('"'), False), (f"w/{TAG}", False), (f'{TAG[:-1]}x"', False),
        ("**", False),
    ],
)  # fmt: skip
def test_reads_lists_of_etags(header, expected):
    assert is_listed(TAG, header) is expected


def test_a_read_with_an_etag_takes_no_further_statement(as_alice, address, django_assert_num_queries):
    etag = read_etag(as_alice, address)
    with django_assert_num_queries(2):
        assert as_alice.get(address, headers={"If-None-Match": etag}).status_code == 304


# --- Compressed and indented ----------------------------------------------------------------------------------


@pytest.fixture
def long_address(alice):
    return f"/api/products/{make_product(alice, 'Pot', description='x' * 2000).pk}/"


def test_a_compressed_response_has_the_weak_form(as_alice, long_address):
    """Its bytes differ from those of the uncompressed response, and from those of the next compressed response."""
    plain = as_alice.get(long_address)
    compressed = as_alice.get(long_address, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(compressed.content) == plain.content
    assert compressed.headers["ETag"] == f"W/{plain.headers['ETag']}"


@pytest.mark.parametrize("sent", ["", "gzip"])
@pytest.mark.parametrize("read", ["", "gzip"])
def test_both_forms_are_taken_with_any_encoding(as_alice, long_address, read, sent):
    etag = read_etag(as_alice, long_address, **{"Accept-Encoding": read})
    headers = {"Accept-Encoding": sent}
    unchanged = as_alice.get(long_address, headers={**headers, "If-None-Match": etag})
    assert unchanged.status_code == 304
    assert "Accept-Encoding" in unchanged.headers["Vary"]
    assert as_alice.patch(long_address, {"name": "Pan"}, headers={**headers, "If-Match": etag}).status_code == 200
    assert as_alice.patch(long_address, {"name": "Jug"}, headers={**headers, "If-Match": etag}).status_code == 412


@each_value(
    ("request_with", "address"),
    product(["get", "head"], ["", "identity", "gzip", "gzip;q=0"]),
    ROWS,
    indirect=["address"],
)
def test_a_304_has_the_etag_that_the_200_would_have(as_alice, address, long_address, request_with):
    """Both have the digest of the same content.

    It is weak if the content would be compressed, which only the longer row is.
    """
    method, encoding = request_with
    for row in (address, long_address):
        headers = {"Accept-Encoding": encoding}
        etag = getattr(as_alice, method)(row, headers=headers).headers["ETag"]
        for known in (etag, etag.removeprefix("W/"), "*"):
            unchanged = getattr(as_alice, method)(row, headers={**headers, "If-None-Match": known})
            assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, etag)


def test_indented_json_has_the_weak_form(as_alice, address):
    etag = read_etag(as_alice, address)
    assert read_etag(as_alice, address, Accept="application/json; indent=2") == f"W/{etag}"
    assert as_alice.patch(address, {"name": "Another"}, headers={"If-Match": f"W/{etag}"}).status_code == 200


# --- Writing ------------------------------------------------------------------------------------------------

WRITES = [("patch", {"name": "Another"}), ("put", {"name": "Another", "price": "1"}), ("delete", None)]


@each_value(("write", "address"), WRITES, ROWS, indirect=["address"])
def test_a_write_with_an_outdated_etag_is_a_412_and_changes_nothing(as_alice, alice, address, write):
    method, body = write
    etag = read_etag(as_alice, address)
    assert as_alice.patch(address, {"name": "Meanwhile"}).status_code == 200
    before = rows_of(alice)
    refused = getattr(as_alice, method)(address, body, headers={"If-Match": etag})
    assert (refused.status_code, refused.json()) == (412, CHANGED)
    assert rows_of(alice) == before


@each_value(
    ("write_and_header", "address"), product(WRITES, ["{etag}", '"x", {etag}', "*"]), ROWS, indirect=["address"]
)
def test_a_write_with_the_present_etag_succeeds(as_alice, address, write_and_header):
    (method, body), header = write_and_header
    header = header.format(etag=read_etag(as_alice, address))
    answer = getattr(as_alice, method)(address, body, headers={"If-Match": header})
    assert answer.status_code == (204 if method == "delete" else 200)


@each_value(("header", "address"), ["", "x", '""', '"', "W/", ",", "é", "0", "[]"], ROWS, indirect=["address"])
def test_a_malformed_etag_matches_nothing(as_alice, address, header):
    for method, body in WRITES:
        assert getattr(as_alice, method)(address, body, headers={"If-Match": header}).status_code == 412


def test_a_stale_etag_creates_no_category(as_alice, alice, addresses):
    answer = as_alice.patch(addresses["products"], {"category": "New"}, headers={"If-Match": '"x"'})
    assert answer.status_code == 412
    assert not Category.objects.filter(name="New").exists()


def test_other_refusals_come_before_the_412(as_alice, as_bob, address):
    """RFC 9110 requires this in section 13.2.1: a condition is evaluated where the request would otherwise succeed."""
    headers = {"If-Match": '"x"'}
    assert as_alice.patch(address, {"name": ""}, headers=headers).status_code == 400
    assert as_bob.delete(address, headers=headers).status_code == 403


def test_an_item_and_its_product_have_different_etags(as_alice, addresses):
    item, product = addresses["items"], addresses["products"]
    assert read_etag(as_alice, item) != read_etag(as_alice, product)
    answer = as_alice.patch(item, {"quantity": 3}, headers={"If-Match": read_etag(as_alice, product)})
    assert answer.status_code == 412


def test_a_worker_s_change_of_a_quantity_takes_an_etag(as_bob, addresses):
    etag = read_etag(as_bob, addresses["products"])
    for quantity, status in ((3, 200), (4, 412)):
        answer = as_bob.patch(addresses["products"], {"quantity": quantity}, headers={"If-Match": etag})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=() if role in ("bob", "charlie", "dora") else pytest.mark.long) for role in ROLES],
)
def test_every_operation_that_describes_a_412_gives_it_and_no_other_does(world, schema, role):
    """This is tested for each role that may use the operation. `make check-long` adds roles that may no more."""
    client = world.client(role)
    for call in list_calls():
        if expected_outcome(call, role) == SUCCESS and call.method != "GET":
            request = (client, call.method, address_of(call, role, world), body_of(call, role, world))
            status = send_and_roll_back(*request, **{"If-Match": '"x"'}).status
            assert (status == 412) == ("412" in call.operation["responses"]), (call, role, status)
            assert (status == 412) == ("If-Match" in call.parameters("header"))


# --- The schema ---------------------------------------------------------------------------------------------


@all_cases("form", ["yaml", "json"])
def test_the_schema_has_an_etag_and_may_be_cached(client, form):
    address = f"/api/schema/?format={form}"
    first = client.get(address)
    compressed = {"Accept-Encoding": "gzip"}
    weak = read_etag(client, address, **compressed)
    for tag in (first.headers["ETag"], weak):
        assert client.get(address, headers={**compressed, "If-None-Match": tag}).headers["ETag"] == weak
        again = client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "public, max-age=300"
        assert set(first.headers["Vary"].split(", ")) <= set(again.headers["Vary"].split(", "))
        assert "Content-Length" not in again.headers


def test_both_formats_of_the_schema_have_different_etags(client):
    assert read_etag(client, "/api/schema/?format=yaml") != read_etag(client, "/api/schema/?format=json")


def test_an_error_of_the_schema_is_not_cached(client):
    answer = client.get("/api/schema/?nope=1")
    assert (answer.status_code, answer.headers["Cache-Control"], "ETag" in answer.headers) == (400, "no-store", False)


def test_the_etag_is_that_of_the_bytes(as_alice, address):
    answer = as_alice.get(address)
    assert make_data_etag(json.loads(answer.content)) == answer.headers["ETag"]


def test_without_the_override_a_304_would_have_a_length(as_alice, address, monkeypatch):
    """This is the negative control: Django's middleware adds `Content-Length: 0`, which would be wrong."""
    monkeypatch.delattr(SlashRedirect, "process_response")
    assert client_of(None).get("/api/schema/", headers={"If-None-Match": "*"}).headers["Content-Length"] == "0"
