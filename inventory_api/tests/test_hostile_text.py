"""Texts that take minutes to normalise, in every field, filter, header, cell and form of the desk: refused in no time.

Before lengths were checked first, one such text kept a process busy for 20 seconds, in which no other request ran.
"""

import os
import random
import time
from functools import partial

import pytest
from django.db import transaction
from django.test import Client

from products.columns import NAMES
from products.models import Category
from stock.models import Operation
from suppliers.models import Supplier
from support.tests.test_admin import page
from testing.cast import PASSWORD, client_of
from testing.hostile import LONG_TEXTS, MARKS, list_places
from users.models import User

BUDGET_SECONDS = 2
EVERYTHING = os.environ.get("HOSTILE") == "all"
SEED = 1
SOME = {"json": 1000, "form": 25, "query": 50, "path": 10, "header": 50}  # places in each run
MIN_OF_EACH_KIND = {"json": 100, "form": 100, "query": 200, "path": 20, "header": 200}


class Stopwatch:
    """Sends requests, each undone; those over the budget are in `slow`."""

    def __init__(self):
        self.slow, self.statuses = [], []

    def time(self, what, send):
        started = time.perf_counter()
        with transaction.atomic():
            self.statuses.append(send().status_code)
            transaction.set_rollback(True)
        seconds = time.perf_counter() - started
        if seconds > BUDGET_SECONDS:
            self.slow.append(f"{what}: {seconds:.1f} s")


@pytest.fixture
def watch():
    return Stopwatch()


@pytest.fixture
def support(db):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    return client


@pytest.fixture
def found(alice, kettle, schema):
    supplier = Supplier.objects.create(owner=alice, name="Acme").pk
    category = Category.objects.create(owner=alice, name="Dairy").pk
    known = {"product": kettle.pk, "supplier": supplier, "category": category}
    return [place for place in list_places(schema, kettle.pk, known) if not place.where.endswith((" body", " encoded"))]


@pytest.mark.parametrize("kind", SOME)
def test_a_place_of_the_api_is_sent_a_long_run_of_marks(alice, found, watch, kind):
    client = client_of(alice)
    client.raise_request_exception = False
    there = [place for place in found if place.kind == kind]
    assert len(there) >= MIN_OF_EACH_KIND[kind]
    few = random.Random(SEED).sample(there, min(SOME[kind], len(there)))  # noqa: S311
    for place in there if EVERYTHING else few:
        [case] = place.cases([f'"{MARKS}"' if kind == "json" else MARKS])
        options = {"content_type": case.content_type, "headers": case.headers}
        watch.time(case.what, partial(client.generic, case.method, case.address, case.body, **options))
        assert watch.slow == []
    assert max(watch.statuses) < 500


@pytest.mark.parametrize("text", LONG_TEXTS, ids=["U+0301", "U+0F73", "U+FF9E", "U+FDFA"])
@pytest.mark.parametrize("address", ["/api/auth/login/", "/api-auth/login/", "/admin/login/", "/api/auth/register/"])
def test_a_name_or_password_of_any_length_is_sent_by_who_is_signed_out(db, watch, address, text):
    client = Client(raise_request_exception=False)
    for fields in ({"username": text, "password": PASSWORD}, {"username": "mira", "password": text, "email": text}):
        watch.time(address, partial(client.post, address, fields | {"next": f"//{text}"}))
    assert watch.slow == []
    assert set(watch.statuses) <= {200, 400}


@pytest.mark.parametrize("column", NAMES)
def test_a_cell_is_sent_a_long_run_of_marks(as_alice, watch, column):
    header, cells = ("name,price", "Kettle,1") if column not in ("name", "price") else ("sku", "K-1")
    file = f"{header},{column}\n{cells},{MARKS}\n".encode()
    watch.time(column, partial(as_alice.post, "/api/products/import/", file, content_type="text/csv"))
    assert (watch.slow, watch.statuses) == ([], [400])


def desk_forms(alice, kettle):
    """The address of each form of the desk that takes text, with values that it would take."""
    supplier = Supplier.objects.create(owner=alice, name="Mill")
    category = Category.objects.create(owner=alice, name="Kitchen")
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    person = {"username": "mira", "role": "worker", "first_name": "", "last_name": "", "email": "", "phone": ""}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    price = {"price": "1", "cost_price": "", "min_threshold": "5", "expiration_date": ""}
    operation = Operation.objects.get().pk
    return {
        page(Category, "change", category.pk): {"name": "Kitchen"},
        page(Supplier, "change", supplier.pk): {"name": "Mill", "contact_email": "", "phone_number": ""},
        page(type(kettle), "change", kettle.pk): price
        | dict.fromkeys(("name", "description", "sku", "barcode", "unit", "supplier", "category"), ""),
        page(User, "add"): person | passwords,
        page(User, "change", alice.pk): person | joined,
        f"/admin/users/user/{alice.pk}/password/": passwords,
        "/admin/auth/group/add/": {"name": "Night shift"},
        "/admin/password_change/": {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD},
        f"/admin/stock/operation/{operation}/reverse/": {"note": "Rung up twice", "reference": ""},
    }


def test_a_field_of_a_form_of_the_desk_is_sent_a_long_run_of_marks(support, alice, kettle, watch):
    for address, values in desk_forms(alice, kettle).items():
        for name in values:
            watch.time(f"{address} {name}", partial(support.post, address, values | {name: MARKS}))
            assert watch.slow == []
    assert set(watch.statuses) <= {200, 302}
    assert len(watch.statuses) >= 35


@pytest.mark.parametrize("address", ["/admin/search/?q=", "/admin/auth/group/?q="])
def test_a_search_of_the_desk_is_sent_a_long_run_of_marks(support, watch, address):
    watch.time(address, partial(support.get, address + MARKS))
    assert (watch.slow, watch.statuses) == ([], [200])
