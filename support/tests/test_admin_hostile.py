"""Every list and page of the support desk with every kind of nonsense in its address: a page, a redirect or a refusal.

A choice in each run; HOSTILE=all (`make hostile`) asks everything.
"""

import itertools
import os
import random
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client

from core.admin import DeskAdmin
from support.tests.test_admin import MODELS, page, shop  # noqa: F401
from testing.cast import PASSWORD
from testing.hostile import TEXTS, encode_text
from users.models import Attempt, RefreshFamily, User

LOOKUPS = ("year", "gte", "lt", "isnull", "in", "exact", "date", "hour", "range", "icontains", "regex", "nonsense")
PARAMETERS = ("q", "o", "p", "all", "e", "_facets", "_popup", "_to_field", "unknown")
WORST = [
    "99999", "0", "-1", "1e400", "9" * 400, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "99999-01-01",
    "0000-00-00", "[", "(((", "a,b", ",", "\ud800", "\0", "\u0661", "x" * 2000, "Infinity", "NaN", "1_0", "",
]  # fmt: skip
FIRST_INSTANT, LAST_INSTANT = "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"
EVERYTHING = os.environ.get("HOSTILE") == "all"
ADDRESSES = ["/admin/autocomplete/", "/admin/jsi18n/", "/admin/password_change/", "/admin/", "/admin/search/"]
SEED = 1
ADDRESSES_PER_LIST, ADDRESSES_PER_ROW, NARROWED_PER_LIST = 60, 40, 20
ALLOWED = {200, 302, 400, 403, 404}


@pytest.fixture
def support(db):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    return client


def ask(client, address):
    """The status; each request in a savepoint of its own."""
    with transaction.atomic():
        status = client.get(address).status_code
        transaction.set_rollback(True)
    return status


def wrong(client, addresses):
    """Those that are not answered as they should be."""
    statuses = {address: ask(client, address) for address in addresses}
    return {address[:120]: status for address, status in statuses.items() if status not in ALLOWED}


def test_every_model_s_pages_are_built_from_the_same_base():
    assert all(isinstance(desk, DeskAdmin) for desk in admin.site._registry.values())


def some(addresses, number):
    """A choice, the same in each run; everything for `make hostile`."""
    return addresses if EVERYTHING else random.Random(SEED).sample(addresses, number)  # noqa: S311


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_is_asked_nonsense(support, shop, model):  # noqa: F811
    columns = [f"{field.name}__{lookup}" for field in model._meta.fields for lookup in LOOKUPS]
    addresses = [
        f"{page(model, 'changelist')}?{name}={quote(encode_text(text), safe='')}"
        for name, text in itertools.product([*columns, *PARAMETERS], WORST)
    ]
    assert wrong(support, some(addresses, ADDRESSES_PER_LIST)) == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_time_at_the_ends_of_time_is_no_bug(support, shop, model):  # noqa: F811
    for field in model._meta.fields:
        if field.get_internal_type() == "DateTimeField":
            for nonsense in ("year=99999", f"gte={FIRST_INSTANT}", f"lt={LAST_INSTANT}", "range=1"):
                address = f"{page(model, 'changelist')}?{field.name}__{nonsense}"
                assert ask(support, address) in (200, 302, 400), address


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_is_asked_for_by_nonsense(support, shop, model):  # noqa: F811
    texts = [quote(encode_text(text), safe="") for text in TEXTS if text and "/" not in text]
    addresses = [
        page(model, kind, "ID").replace("ID", text)
        for kind, text in itertools.product(("change", "history", "delete"), texts)
    ]
    assert wrong(support, some(addresses, ADDRESSES_PER_ROW)) == {}


@pytest.mark.parametrize("kind", ["change", "history", "delete"])
def test_a_row_of_a_text_that_no_database_holds_does_not_exist(support, kind):
    assert ask(support, page(Attempt, kind, "ID").replace("ID", "a%00b")) == 302


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_other_pages_are_asked_nonsense(support, address):
    names = ("q", "term", "app_label", "model_name", "field_name", "page", "next")
    for name, text in itertools.product(names, WORST):
        query = f"app_label=products&model_name=product&field_name=supplier&{name}={quote(encode_text(text), safe='')}"
        assert ask(support, f"{address}?{query}") in ALLOWED, (name, text)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_of_one_account_product_or_operation_is_asked_nonsense(support, shop, model):  # noqa: F811
    addresses = [
        f"{page(model, 'changelist')}?{name}={quote(encode_text(text), safe='')}"
        for name, text in itertools.product(("owner", "product", "operation"), WORST)
    ]
    assert wrong(support, some(addresses, NARROWED_PER_LIST)) == {}


def test_an_account_and_a_reversal_are_asked_for_by_nonsense(support):
    texts = [quote(encode_text(text), safe="") for text in TEXTS if text and "/" not in text]
    forms = ("/admin/accounts/{}/", "/admin/stock/operation/{}/reverse/")
    addresses = [form.format(text) for form, text in itertools.product(forms, texts)]
    assert wrong(support, some(addresses, ADDRESSES_PER_ROW)) == {}


# --- Actions ----------------------------------------------------------------------------------------------

NO_IDS = [b"abc", b"1.5", b"", b"\0", b"5\0", b"-1", b"1_0", b"9" * 19, b"9" * 5000, b"\xff", "\u0661".encode(), b"1,2"]
ACTIONS = [
    ("/admin/users/user/", "deactivate"),
    ("/admin/users/user/", "reactivate"),
    ("/admin/users/user/", "lift_sign_in_lock"),
    ("/admin/stock/operation/", "reverse"),
    ("/admin/products/product/", "delete_selected"),
    ("/admin/auth/group/", "delete_selected"),
    ("/admin/users/attempt/", "delete_selected"),
]


def act(client, address, action, *keys):
    """The status of the answer to a list's form, sent as a browser does."""
    form = "&".join([f"action={action}&index=0", *(f"_selected_action={quote(key, safe='')}" for key in keys)])
    return client.post(address, form, content_type="application/x-www-form-urlencoded").status_code


@pytest.mark.parametrize(("address", "action"), ACTIONS)
def test_an_action_for_rows_that_are_called_by_nonsense_is_for_nobody(support, shop, address, action):  # noqa: F811
    for key in NO_IDS:
        with transaction.atomic():
            assert act(support, address, action, key) in (200, 302), key
            assert act(support, address, action, key, b"1", key) in (200, 302), key


def test_an_action_is_for_the_rows_that_there_are_among_the_nonsense(support, alice, charlie):
    assert act(support, "/admin/users/user/", "deactivate", b"abc", str(alice.pk).encode(), *NO_IDS) == 302
    active = dict(User.objects.values_list("pk", "is_active"))
    assert (active[alice.pk], active[charlie.pk]) == (False, True)


def test_a_lock_is_found_by_its_text(support):
    Attempt.objects.create(key="name:mira", count=1, expires_at=datetime.now(UTC))
    assert act(support, "/admin/users/attempt/", "delete_selected&post=yes", b"a\0b", b"name:mira") == 302
    assert not Attempt.objects.exists()


# --- What the desk does not have ---------------------------------------------------------------------------


def test_no_row_has_a_page_outside_of_the_desk(support, alice):
    kinds = [ContentType.objects.get_for_model(model).pk for model in (User, Attempt, RefreshFamily)]
    addresses = [f"{kind}/{name}/" for kind in [*kinds, "abc", "%00"] for name in (alice.pk, "abc", "a%00b", "9" * 400)]
    assert {address: support.get(f"/admin/r/{address}").status_code for address in addresses} == dict.fromkeys(
        addresses, 404
    )


def test_who_has_not_signed_in_is_asked_to_first(client, db):
    assert client.get("/admin/r/abc/1/").status_code == 302
