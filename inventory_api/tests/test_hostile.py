"""Every place that the schema names, with every kind of nonsense: never a 5xx, and each refusal in the documented form.

The places are found in the schema, so a new route, parameter or field is tried without being named here. Each run tries
some values in each place, chosen by a seed; HOSTILE=all (`make hostile`) tries all of them.
"""

import json
import os
import random
import re
from collections import Counter

import pytest
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from drf_spectacular.generators import SchemaGenerator

from products.models import Category
from suppliers.models import Supplier
from testing.cast import client_of
from testing.hostile import Case, list_places

EVERYTHING = os.environ.get("HOSTILE") == "all"
SEED = 1
VALUES_PER_PLACE = {"path": 12, "query": 3, "header": 2, "json": 4, "form": 2, "file": 20}
# So that the walk can't become shorter unnoticed.
LEAST = {"path": 250, "query": 700, "header": 700, "json": 500, "form": 250, "file": 40}
MIN_OF_EACH_KIND = {"path": 1500, "query": 14_000, "header": 22_000, "json": 13_000, "form": 7000, "file": 70}
LEAKS = re.compile(r'Traceback|File "|SELECT |INSERT |psycopg|django\.|site-packages|DETAIL:|0x[0-9a-f]{8}')


@pytest.fixture
def walk(alice, kettle):
    """Alice's requests, each undone afterwards; the client answers a bug with a 500 as the server does."""
    supplier = Supplier.objects.create(owner=alice, name="Acme").pk
    category = Category.objects.create(owner=alice, name="Dairy").pk
    client = client_of(alice)
    client.raise_request_exception = False
    schema = SchemaGenerator().get_schema(request=None, public=True)
    known = {"product": kettle.pk, "supplier": supplier, "category": category}
    return client, list(list_places(schema, kettle.pk, known))


def send(client, case: Case):
    with transaction.atomic():
        answer = client.generic(
            case.method, case.address, case.body, content_type=case.content_type, headers=case.headers
        )
        if answer.streaming:
            b"".join(answer.streaming_content)  # written as it is read
        transaction.set_rollback(True)
    return answer


def faults(answer):
    """What is wrong with the answer, whatever was asked."""
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", answer.headers.get("X-Request-ID", "")):
        yield "has no request id"
    if answer.status_code < 400:
        return
    if LEAKS.search(answer.text):
        yield f"tells what is inside: {LEAKS.search(answer.text)[0]}"
    if not is_refusal(answer):
        yield f"is not in the documented form: {answer.status_code} {answer.text[:80]}"


def is_refusal(answer):
    """`{field: […]}`, or `{"detail", "code"}` with the numbers of the case."""
    if answer.headers.get("Content-Type") != "application/json":
        return False
    body = json.loads(answer.content)
    return isinstance(body, dict) and (
        (isinstance(body.get("detail"), str) and isinstance(body.get("code"), str))
        or (body != {} and all(isinstance(messages, list | dict) for messages in body.values()))
    )


@pytest.mark.parametrize("kind", VALUES_PER_PLACE)
def test_nonsense_is_answered_in_the_documented_form(walk, capsys, kind):
    client, found = walk
    choose = random.Random(SEED)  # noqa: S311
    wrong, statuses = [], Counter()
    for place in found:
        if place.kind == kind:
            few = choose.sample(place.values, min(VALUES_PER_PLACE[kind], len(place.values)))
            for case in place.cases(place.values if EVERYTHING else few):
                answer = send(client, case)
                statuses[answer.status_code] += 1
                wrong += [f"{case.what} {fault}" for fault in faults(answer)]
    assert wrong == []
    assert sum(statuses.values()) >= (MIN_OF_EACH_KIND if EVERYTHING else LEAST)[kind], statuses
    if EVERYTHING:
        with capsys.disabled():
            print(f"\n  {kind}: {sum(statuses.values())} requests, by status {dict(sorted(statuses.items()))}")
    assert statuses[400] + statuses[404] + statuses[401] > sum(statuses.values()) / 10, statuses


def test_a_place_is_found_for_every_operation_and_deep_in_a_body(walk):
    _, found = walk
    where = {place.where for place in found}
    assert "POST /api/stock/operations/ lines.0.quantity" in where
    assert {"GET /api/products/ ?min_price", "GET /api/stock/ ?cursor encoded"} <= where
    assert len(where) > 800


def test_the_walk_does_find_a_bug_and_a_leak(walk, monkeypatch):
    """Negative control."""
    client, _ = walk

    def get(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("inventory_api.views.RootView.get", get)
    assert list(faults(send(client, Case("", "GET", "/api/")))) == ["answers 500"]
    leak = JsonResponse({"detail": "psycopg.errors.X", "code": "error"}, status=400, headers={"X-Request-ID": "1"})
    assert list(faults(leak)) == ["tells what is inside: psycopg"]
    assert list(faults(HttpResponse("Bad", status=400, headers={"X-Request-ID": ""}))) == [
        "has no request id",
        "is not in the documented form: 400 Bad",
    ]
