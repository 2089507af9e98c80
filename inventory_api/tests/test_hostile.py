"""Malformed and hostile values in every place that the schema describes cause no 5xx, and refusals in the documented
form.

The places are read from the schema, so new routes, parameters and fields are tested without being listed here. Routes
read parameters, headers and fields of the same name alike. So each run tries a few values under each name, in places of
several routes. `make hostile` tries all values in all places.
"""

import json
import re
from collections import Counter
from zlib import crc32

import pytest
from django.db import transaction
from django.http import HttpResponse, JsonResponse

from products.models import Category, CustomField
from suppliers.models import Supplier
from testing.cast.people import client_of
from testing.laws.hostile import CSV_FILES, TEXTS, TRY_ALL, Case, deal, group_by, list_places

# The least and the greatest number of requests for the places of a name. A name in many places has more requests.
REQUESTS_PER_NAME = {
    "path": (40, 200), "query": (2, 6), "header": (len(TEXTS), len(TEXTS)), "json": (2, 4), "form": (1, 2),
    "file": (len(CSV_FILES), len(CSV_FILES)),
}  # fmt: skip
# If there are fewer requests than these, places are no longer found.
MIN_REQUESTS = {"path": 300, "query": 230, "header": 400, "json": 300, "form": 150, "file": 70}
PARTS = 16 if TRY_ALL else 1  # so that several processes share all values
LEAKS = re.compile(r'Traceback|File "|SELECT |INSERT |psycopg|django\.|site-packages|DETAIL:|0x[0-9a-f]{8}')


@pytest.fixture
def client_and_places(alice, kettle, schema):
    """Return Alice's client, which turns exceptions into 500s as the server does, and all places of the schema."""
    supplier = Supplier.objects.create(owner=alice, name="Acme").pk
    category = Category.objects.create(owner=alice, name="Dairy").pk
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="choice", choices=["Acme"])
    client = client_of(alice)
    client.raise_request_exception = False
    known = {"product": kettle.pk, "supplier": supplier, "category": category}
    return client, list(list_places(schema, kettle.pk, known))


def send(client, case: Case):
    """Send the request and roll it back."""
    with transaction.atomic():
        answer = client.generic(
            case.method, case.address, case.body, content_type=case.content_type, headers=case.headers
        )
        if answer.streaming:
            b"".join(answer.streaming_content)  # streamed responses write while they are read
        transaction.set_rollback(True)
    return answer


def find_faults(answer):
    """Yield the faults of a response that no request may cause."""
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", answer.headers.get("X-Request-ID", "")):
        yield "has no request id"
    if answer.status_code < 400:
        return
    if LEAKS.search(answer.text):
        yield f"leaks internals: {LEAKS.search(answer.text)[0]}"
    if not is_refusal(answer):
        yield f"is not in the documented form: {answer.status_code} {answer.text[:80]}"


def is_refusal(answer):
    """Return whether the body is `{field: […]}`, or has `detail` and `code`."""
    if answer.headers.get("Content-Type") != "application/json":
        return False
    body = json.loads(answer.content)
    return isinstance(body, dict) and (
        (isinstance(body.get("detail"), str) and isinstance(body.get("code"), str))
        or (body != {} and all(isinstance(messages, list | dict) for messages in body.values()))
    )


def list_cases(name, places):
    """Yield requests for places of the same name."""
    least, most = REQUESTS_PER_NAME[places[0].kind]
    for value, place in deal(places[0].values, places, min(max(least, len(places)), most), name):
        yield place.make_case(value)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", REQUESTS_PER_NAME)
def test_answers_malformed_values_in_the_documented_form(client_and_places, capsys, kind, part):
    client, all_places = client_and_places
    chosen = (place for place in all_places if place.kind == kind and crc32(place.where.encode()) % PARTS == part)
    by_name = group_by(chosen, lambda place: place.name)
    wrong, statuses = [], Counter()
    for name, places in by_name.items():
        for case in list_cases(name, places):
            answer = send(client, case)
            statuses[answer.status_code] += 1
            wrong += [f"{case.title} {fault}" for fault in find_faults(answer)]
    assert wrong == []
    if TRY_ALL:
        with capsys.disabled():
            print(f"\n  {kind}: {sum(statuses.values())} requests, by status {dict(sorted(statuses.items()))}")
        return
    assert sum(statuses.values()) >= MIN_REQUESTS[kind], statuses
    assert statuses[400] + statuses[404] + statuses[401] > sum(statuses.values()) / 10, statuses


def test_finds_places_of_all_operations_and_in_nested_fields(client_and_places):
    _, all_places = client_and_places
    where = {place.where for place in all_places}
    assert "POST /api/stock/operations/ lines.0.quantity" in where
    assert "PATCH /api/products/{id}/ fields.brand" in where
    assert {"GET /api/products/ ?min_price", "GET /api/stock/ ?cursor encoded"} <= where
    assert len(where) > 800


def test_finds_server_errors_and_leaks(client_and_places, monkeypatch):
    """This is the negative control."""
    client, _ = client_and_places

    def get(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("inventory_api.start_views.RootView.get", get)
    assert list(find_faults(send(client, Case("", "GET", "/api/")))) == ["answers 500"]
    leak = JsonResponse({"detail": "psycopg.errors.X", "code": "error"}, status=400, headers={"X-Request-ID": "1"})
    assert list(find_faults(leak)) == ["leaks internals: psycopg"]
    assert list(find_faults(HttpResponse("Bad", status=400, headers={"X-Request-ID": ""}))) == [
        "has no request id",
        "is not in the documented form: 400 Bad",
    ]
