"""A slow client does not delay others: every body is read before a transaction begins, and so before any lock."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from products.models import Product
from testing.cast.people import PASSWORD, client_of
from testing.cast.saved_world import load_world
from testing.laws import walk
from testing.races import TIMEOUT_SECONDS, run_and_disconnect
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

CSV = b"name,price\nPot,1.00\n"
FORM = "multipart/form-data; boundary=x"
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + CSV + b"\r\n--x--\r\n"


class Body(BytesIO):
    """A body that records at each read whether a transaction is open."""

    def __init__(self, content):
        super().__init__(content)
        self.reads = []

    def read(self, *args):
        self.reads.append(connection.in_atomic_block)
        return super().read(*args)


def send(client, method, address, content, media_type="application/json", **extra):
    """Send a request. Return whether a transaction was open, for each read of its body."""
    body = Body(content)
    client.generic(method, address, content, content_type=media_type, **{"wsgi.input": body, **extra})
    return body.reads


def takes_a_body(call):
    return "requestBody" in call.operation


def content_of(call):
    content = call.operation["requestBody"]["content"]
    if walk.PICTURE in content:
        return walk.JPEG, walk.PICTURE
    return (CSV, "text/csv") if walk.CSV in content else (json.dumps({}).encode(), walk.JSON)


@pytest.mark.parametrize("key", [{}, {"HTTP_IDEMPOTENCY_KEY": "k"}], ids=["", "with a key"])
def test_every_route_reads_the_body_before_a_transaction_begins(key):
    world, failures = load_world(), []
    calls = [call for call in walk.list_calls() if takes_a_body(call)]
    assert len(calls) > 25
    for number, call in enumerate(calls):
        client, address = world.client("alice"), walk.address_of(call, "alice", world)
        extra = {name: f"{value} {number}" for name, value in key.items()}
        reads = send(client, call.method, address, *content_of(call), **extra)
        if set(reads) != {False}:
            failures.append((str(call), reads))
    assert failures == []


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
@pytest.mark.parametrize(("content", "media_type"), [(CSV, "text/csv"), (FILE, FORM)], ids=["csv", "form"])
def test_an_import_reads_its_file_before_a_transaction_begins(as_alice, query, content, media_type):
    reads = send(as_alice, "POST", f"/api/products/import/{query}", content, media_type)
    assert set(reads) == {False}


def test_the_support_desk_reads_forms_before_a_transaction_begins(kettle, settings):
    """A middleware reads the forms to check the CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    for kind in ("change", "delete"):
        address = reverse(f"admin:products_product_{kind}", args=[kettle.pk])
        client.get(address)
        content = f"csrfmiddlewaretoken={client.cookies[settings.CSRF_COOKIE_NAME].value}&name=Pot".encode()
        reads = send(client, "POST", address, content, "application/x-www-form-urlencoded")
        assert set(reads) == {False}


def test_a_booking_does_not_wait_for_a_slow_body_about_the_same_product(alice, kettle):
    arriving, rest = Event(), Event()

    class SlowBody(BytesIO):
        def read(self, *args):
            arriving.set()
            assert rest.wait(TIMEOUT_SECONDS)
            return super().read(*args)

    content = b'{"name": "Pot"}'
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    with ThreadPoolExecutor(1) as pool:
        slow = {"wsgi.input": SlowBody(content)}
        change = pool.submit(
            run_and_disconnect,
            lambda: client_of(alice).generic("PATCH", f"/api/products/{kettle.pk}/", content, walk.JSON, **slow),
        )
        assert arriving.wait(TIMEOUT_SECONDS)
        assert client_of(alice).post("/api/stock/", sale).status_code == 201
        rest.set()
        assert change.result(TIMEOUT_SECONDS).status_code == 200
    kettle = Product.objects.get(pk=kettle.pk)
    assert (kettle.name, kettle.quantity) == ("Pot", 9)
