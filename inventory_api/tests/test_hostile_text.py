"""Texts that take seconds to normalise are refused quickly in every field, filter, header, cell and admin form.

If a length is checked after normalising, one such text keeps a process busy for seconds, and no other request runs. A
text of twice the length takes four times as long.
"""

import json
import random
import re
import time
from functools import partial
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from core.http.browsers import KEY_FIELD, PRICES_FIELD
from desk.support.tests.test_admin import admin_url
from inventory_api.urls import shop_pages
from products.filing.columns import COLUMN_NAMES, STORED_COLUMNS
from products.models import Category, Group, Product
from stock.models import Operation
from suppliers.models import Supplier
from testing.cast.people import PASSWORD, client_of
from testing.laws.hostile import LONG_TEXTS, MARKS, TRY_ALL, deal, list_places
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sheets.decide_page import DecideSheetPage
from trade.sheets.models import Sheet
from users.models import User

SEED = 1
MAX_CPU_SECONDS = 1  # the CPU time of this process for a request; it does not depend on how busy the machine is
SAMPLE_SIZES = {"json": 40, "form": 10, "query": 15, "path": 5, "header": 20}  # the number of places in each run
MIN_PLACES = {"json": 100, "form": 100, "query": 200, "path": 20, "header": 200}


class CPUMeter:
    """Sends requests and rolls each back. `slow` lists those that took too much CPU time.

    Time in PostgreSQL is not counted. A statement that takes too long ends in a 503, which the tests refuse.
    """

    def __init__(self):
        self.slow, self.statuses = [], []

    def measure(self, title, send):
        started = time.process_time()
        with transaction.atomic():
            self.statuses.append(send().status_code)
            transaction.set_rollback(True)
        seconds = time.process_time() - started
        if seconds > MAX_CPU_SECONDS:
            self.slow.append(f"{title}: {seconds:.1f} s")


@pytest.fixture
def meter():
    return CPUMeter()


@pytest.fixture
def support(support):
    support.raise_request_exception = False
    return support


@pytest.fixture
def all_places(alice, kettle, schema):
    supplier = Supplier.objects.create(owner=alice, name="Acme").pk
    category = Category.objects.create(owner=alice, name="Dairy").pk
    known = {"product": kettle.pk, "supplier": supplier, "category": category}
    return [place for place in list_places(schema, kettle.pk, known) if not place.where.endswith((" body", " encoded"))]


@pytest.mark.parametrize("kind", SAMPLE_SIZES)
def test_the_api_refuses_a_long_run_of_marks_quickly(alice, all_places, meter, kind):
    client = client_of(alice)
    client.raise_request_exception = False
    candidates = [place for place in all_places if place.kind == kind]
    assert len(candidates) >= MIN_PLACES[kind]
    sample = random.Random(SEED).sample(candidates, min(SAMPLE_SIZES[kind], len(candidates)))  # noqa: S311
    for place in candidates if TRY_ALL else sample:
        case = place.make_case(f'"{MARKS}"' if kind == "json" else MARKS)
        options = {"content_type": case.content_type, "headers": case.headers}
        meter.measure(case.title, partial(client.generic, case.method, case.address, case.body, **options))
        assert meter.slow == []
    assert max(meter.statuses) < 500


@pytest.mark.parametrize("text", LONG_TEXTS, ids=["U+0301", "U+0F73", "U+FF9E", "U+FDFA"])
@pytest.mark.parametrize("address", ["/api/auth/login/", "/api-auth/login/", "/admin/login/", "/api/auth/register/"])
def test_sign_in_and_sign_up_refuse_long_texts_quickly(db, meter, address, text):
    client = Client(raise_request_exception=False)
    for fields in ({"username": text, "password": PASSWORD}, {"username": "mira", "password": text, "email": text}):
        meter.measure(address, partial(client.post, address, fields | {"next": f"//{text}"}))
    assert meter.slow == []
    assert set(meter.statuses) <= {200, 400}


@pytest.mark.parametrize("column", COLUMN_NAMES)
def test_the_import_refuses_a_long_run_of_marks_in_a_cell_quickly(as_alice, meter, column):
    header, cells = ("name,price", "Kettle,1") if column not in ("name", "price") else ("sku", "K-1")
    file = f"{header},{column}\n{cells},{MARKS}\n".encode()
    meter.measure(column, partial(as_alice.post, "/api/products/import/", file, content_type="text/csv"))
    assert (meter.slow, meter.statuses) == ([], [400])


def list_admin_forms(alice, kettle):
    """Return the address of each admin form that has text fields, with valid values."""
    supplier = Supplier.objects.create(owner=alice, name="Mill")
    category = Category.objects.create(owner=alice, name="Kitchen")
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    person = {"username": "mira", "role": "worker", "first_name": "", "last_name": "", "email": "", "phone": ""}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    price = {"price": "1", "cost_price": "", "min_threshold": "5", "pack_size": "1", "expiration_date": ""}
    operation = Operation.objects.get().pk
    return {
        admin_url(Category, "change", category.pk): {"name": "Kitchen"},
        admin_url(Supplier, "change", supplier.pk): {"name": "Mill", "lead_days": "7"}
        | dict.fromkeys(("contact_email", "phone_number"), ""),
        admin_url(type(kettle), "change", kettle.pk): price
        | dict.fromkeys((column.name for column in STORED_COLUMNS if column.sql_type == "text"), ""),
        admin_url(User, "add"): person | passwords,
        admin_url(User, "change", alice.pk): person | joined,
        f"/admin/users/user/{alice.pk}/password/": passwords,
        "/admin/auth/group/add/": {"name": "Night shift"},
        "/admin/password_change/": {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD},
        f"/admin/stock/operation/{operation}/reverse/": {"note": "Rung up twice", "reference": ""},
    }


def test_admin_forms_refuse_a_long_run_of_marks_quickly(support, alice, kettle, meter):
    for address, values in list_admin_forms(alice, kettle).items():
        for name in values:
            meter.measure(f"{address} {name}", partial(support.post, address, values | {name: MARKS}))
            assert meter.slow == []
    assert set(meter.statuses) <= {200, 302}
    assert len(meter.statuses) >= 35


@pytest.mark.parametrize("address", ["/admin/search/?q=", "/admin/auth/group/?q="])
def test_admin_searches_answer_a_long_run_of_marks_quickly(support, meter, address):
    meter.measure(address, partial(support.get, address + MARKS))
    assert (meter.slow, meter.statuses) == ([], [200])


# What patterns look for or go on with. A text of one of these is as long as a body may be.
LONG_LENGTH = 1_000_000
MAX_REQUEST_LINE = 8_190  # the `limit_request_line` of gunicorn.conf.py
PARTS = ["1", " ", ",", '"', "(", "[", ".", ":", "1:", "-", "<", "x", "x ", "\u3000", "é", "\n"]
ROWS_OF_PAGES = {
    "sheets": Sheet, "sales": Operation, "deliveries": Operation, "orders": Order, "reservations": Reservation,
    "products": Product, "groups": Group,
}  # fmt: skip
PARAMETERS = ("product", "place", "category", "supplier", "customer", "group", "sale", "back", "text", "key", "factor")
EXTRA_FIELDS = ("what", "product", "chosen", "take", "shown", KEY_FIELD, PRICES_FIELD)


def make_long_text(part):
    return (part * LONG_LENGTH)[:LONG_LENGTH]


def share_long_text(part, names, length):
    """Return a text of repeated parts for each name. Together the texts have this length."""
    return dict.fromkeys(names, make_long_text(part)[: length // len(names)])


def list_task_pages(world):
    """Yield the address of each page of a task, with its fields."""
    for pattern in shop_pages:
        address = f"/shop/{pattern.pattern}"
        model = ROWS_OF_PAGES.get(address.split("/")[2])
        address = re.sub("<.*>", str(world.shops["alice"].id_of(model)) if model else "", address)
        page = getattr(pattern.callback, "view_class", DecideSheetPage)
        found = [getattr(page, kind, {}) for kind in ("fields", "columns")]
        yield address, sorted({name for fields in found if isinstance(fields, dict) for name in fields})


def test_no_page_of_a_task_reads_a_long_text_slowly(world, meter):
    client = Client(raise_request_exception=False)
    client.force_login(world.users["alice"])
    pages = list(list_task_pages(world))
    for part, (address, fields) in deal(PARTS, pages, 4 * len(PARTS)):
        query = urlencode(share_long_text(part, [*PARAMETERS, *fields], MAX_REQUEST_LINE))
        meter.measure(f"GET {address} {part!r}", partial(client.get, address, QUERY_STRING=query))
        texts = share_long_text(part, [*EXTRA_FIELDS, *fields], LONG_LENGTH)
        meter.measure(f"POST {address} {part!r}", partial(client.post, address, texts))
    assert meter.slow == []
    assert max(meter.statuses) < 500
    assert len(meter.statuses) >= 2 * len(pages) >= 50


def test_no_page_of_a_task_fails_for_a_nul_in_a_field(world):
    client = Client(raise_request_exception=False)
    client.force_login(world.users["alice"])
    pages, wrong = list(list_task_pages(world)), []
    own = [(name, page) for page in pages for name in page[1]]
    for name, (address, fields) in [*own, *deal(EXTRA_FIELDS, pages, 4 * len(EXTRA_FIELDS))]:
        with transaction.atomic():
            answer = client.post(address, dict.fromkeys(fields, "1") | {name: "a\0b"})
            wrong += [(address, name)] if answer.status_code >= 500 else []
            transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.parametrize("what", ["all", "chosen", ""])
def test_the_differences_of_a_sheet_read_long_lists_in_linear_time(world, meter, what):
    client = Client(raise_request_exception=False)
    client.force_login(world.users["alice"])
    address = f"/shop/sheets/{world.shops['alice'].id_of(Sheet)}/differences/"
    pk = world.shops["alice"].products[0].pk
    texts = [*map(make_long_text, PARTS), f"{pk}:{'9' * 5000}", f"{pk}:-", f"{'9' * 5000}:1"]
    for text, name in deal(texts, ["seen", "products", "expected_entries"], len(texts)):
        values = {"what": what, "product": pk, "products": pk, name: text}
        meter.measure(f"{name} {text[:9]}", partial(client.post, address, values))
    assert (meter.slow, max(meter.statuses) < 500) == ([], True)


@pytest.mark.parametrize("kind", SAMPLE_SIZES)
def test_the_api_reads_no_long_text_slowly(alice, all_places, meter, kind):
    client = client_of(alice)
    client.raise_request_exception = False
    generator = random.Random(SEED)  # noqa: S311
    candidates = [place for place in all_places if place.kind == kind]
    for place in candidates if TRY_ALL else generator.sample(candidates, min(SAMPLE_SIZES[kind], len(candidates))):
        for part in PARTS if TRY_ALL else generator.sample(PARTS, 1):
            text = make_long_text(part)[: LONG_LENGTH if kind in ("json", "form") else 8000]
            case = place.make_case(json.dumps(text) if kind == "json" else text)
            options = {"content_type": case.content_type, "headers": case.headers}
            meter.measure(case.title, partial(client.generic, case.method, case.address, case.body, **options))
    assert (meter.slow, max(meter.statuses) < 500) == ([], True)


@pytest.mark.parametrize("page", ["second-step", "proof", "passkey"])
@pytest.mark.parametrize("part", ["1", "[", "-"])
def test_the_answer_of_a_passkey_that_is_no_object_is_refused(alice, meter, page, part):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    fields = {"credential": make_long_text(part), "challenge": "x", "code": "x", "password": "x"}
    meter.measure(page, partial(client.post, f"/accounts/{page}/", fields))
    assert (meter.slow, max(meter.statuses) < 500) == ([], True)
