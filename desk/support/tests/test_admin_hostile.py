"""Requests with invalid addresses to all pages of the support desk get a page, a redirect or a refusal, never a 500.

Each run tests every field and parameter with a sample of the values; HOSTILE=all (`make hostile`) tests everything.
"""

import os
import random
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from core.support.admin import BaseAdmin
from desk.support.tests.test_admin import MODELS, admin_url, create_rows
from testing.cast.people import make_product, make_user
from testing.deferred import check_deferred_constraints
from testing.laws.hostile import TEXTS, encode_text
from users.models import AttemptCounter, RefreshFamily, User

pytestmark = pytest.mark.long

LOOKUPS = ("year", "gte", "lt", "isnull", "in", "exact", "date", "hour", "range", "icontains", "regex", "nonsense")
PARAMETERS = ("q", "o", "p", "all", "e", "_facets", "_popup", "_to_field", "unknown")
WORST = [
    "99999", "0", "-1", "1e400", "9" * 400, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "99999-01-01",
    "0000-00-00", "[", "(((", "a,b", ",", "\ud800", "\0", "\u0661", "x" * 2000, "Infinity", "NaN", "1_0", "",
]  # fmt: skip
FIRST_INSTANT, LAST_INSTANT = "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"
TESTS_ALL = os.environ.get("HOSTILE") == "all"
ADDRESSES = ["/admin/autocomplete/", "/admin/jsi18n/", "/admin/password_change/", "/admin/", "/admin/search/"]
ALLOWED = {200, 302, 400, 403, 404}


@pytest.fixture(scope="module")
def shop(module_db):
    """Create a row of every model, in the account of a new owner."""
    owner = make_user("sam")
    create_rows(owner, make_product(owner, quantity=10))
    check_deferred_constraints()


@pytest.fixture
def support(support):
    support.raise_request_exception = False
    return support


def get_status(client, address):
    """Return the status of a GET. Roll back its changes."""
    with transaction.atomic():
        status = client.get(address).status_code
        transaction.set_rollback(True)
    return status


def find_failures(client, addresses, allowed=ALLOWED):
    """Return the addresses whose status is not allowed, with the status."""
    statuses = {address: get_status(client, address) for address in addresses}
    return {address[:120]: status for address, status in statuses.items() if status not in allowed}


def test_all_models_use_the_same_base_class():
    assert all(isinstance(model_admin, BaseAdmin) for model_admin in admin.site._registry.values())


def read_number(text):
    try:
        return int(text)
    except ValueError:
        return None


def make_sampler(seed):
    """Return a function that returns a random sample of a list, which is the same in each run.

    With `make hostile`, it returns the whole list.
    """
    generator = random.Random(seed)  # noqa: S311
    return lambda values, number: values if TESTS_ALL else generator.sample(values, number)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_gets_invalid_parameters(support, shop, model):
    sample = make_sampler(model._meta.label)
    columns = [f"{field.name}__{lookup}" for field in model._meta.fields for lookup in sample(LOOKUPS, 1)]
    addresses = [
        f"{admin_url(model, 'changelist')}?{name}={quote(encode_text(text), safe='')}"
        for name in [*columns, *PARAMETERS]
        for text in sample(WORST, 1)
    ]
    assert find_failures(support, addresses) == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_filter_by_an_extreme_time_does_not_fail(support, shop, model):
    for field in model._meta.fields:
        if field.get_internal_type() == "DateTimeField":
            for query in ("year=99999", f"gte={FIRST_INSTANT}", f"lt={LAST_INSTANT}", "range=1"):
                address = f"{admin_url(model, 'changelist')}?{field.name}__{query}"
                assert get_status(support, address) in (200, 302, 400), address


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_is_requested_with_an_invalid_id(support, shop, model):
    sample = make_sampler(model._meta.label)
    ids = {*model._base_manager.values_list("pk", flat=True)}  # Django reads " 1" as 1
    invalid = [text for text in TEXTS if text and "/" not in text and read_number(text) not in ids]
    texts = [quote(encode_text(text), safe="") for text in invalid]
    addresses = [
        admin_url(model, kind, "ID").replace("ID", text)
        for kind in ("change", "history", "delete")
        for text in sample(texts, 4)
    ]
    assert find_failures(support, addresses, allowed=ALLOWED - {200}) == {}


@pytest.mark.parametrize("kind", ["change", "history", "delete"])
def test_an_id_that_contains_nul_is_not_found(support, kind):
    assert get_status(support, admin_url(AttemptCounter, kind, "ID").replace("ID", "a%00b")) == 302


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_other_pages_get_invalid_parameters(support, address):
    sample = make_sampler(address)
    valid = "app_label=products&model_name=product&field_name=supplier"
    addresses = [
        f"{address}?{valid}&{name}={quote(encode_text(text), safe='')}"
        for name in ("q", "term", "app_label", "model_name", "field_name", "page", "next")
        for text in sample(WORST, 2)
    ]
    assert find_failures(support, addresses) == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_is_filtered_by_an_invalid_account_product_or_operation(support, shop, model):
    sample = make_sampler(model._meta.label)
    addresses = [
        f"{admin_url(model, 'changelist')}?{name}={quote(encode_text(text), safe='')}"
        for name in ("owner", "product", "operation", "person", "reason", "reference", "since", "until")
        for text in sample(WORST, 1)
    ]
    assert find_failures(support, addresses) == {}


def test_an_account_a_statement_and_a_reversal_are_requested_with_an_invalid_id(support):
    sample = make_sampler("accounts")
    texts = [quote(encode_text(text), safe="") for text in TEXTS if text and "/" not in text]
    forms = ("/admin/accounts/{}/", "/admin/products/{}/statement/", "/admin/stock/operation/{}/reverse/")
    addresses = [form.format(text) for form in forms for text in sample(texts, 13)]
    assert find_failures(support, addresses) == {}


# --- Actions ----------------------------------------------------------------------------------------------

INVALID_IDS = [
    b"abc",
    b"1.5",
    b"",
    b"\0",
    b"5\0",
    b"-1",
    b"1_0",
    b"9" * 19,
    b"9" * 5000,
    b"\xff",
    "\u0661".encode(),
    b"1,2",
]
ACTIONS = [
    ("/admin/users/user/", "deactivate"),
    ("/admin/users/user/", "reactivate"),
    ("/admin/users/user/", "lift_sign_in_lock"),
    ("/admin/stock/operation/", "reverse"),
    ("/admin/products/product/", "delete_selected"),
    ("/admin/auth/group/", "delete_selected"),
    ("/admin/users/attemptcounter/", "delete_selected"),
]


def submit_action(client, address, action, *keys):
    """Submit the action form of a list as a browser does. Return the status."""
    form = "&".join([f"action={action}&index=0", *(f"_selected_action={quote(key, safe='')}" for key in keys)])
    return client.post(address, form, content_type="application/x-www-form-urlencoded").status_code


@pytest.mark.parametrize(("address", "action"), ACTIONS)
def test_an_action_ignores_invalid_ids(support, shop, address, action):
    for keys in [*([key] for key in INVALID_IDS), [*INVALID_IDS, b"1", *INVALID_IDS]]:
        with transaction.atomic():
            assert submit_action(support, address, action, *keys) in (200, 302), keys


def test_an_action_applies_to_the_valid_ids_among_invalid_ones(support, alice, charlie):
    assert (
        submit_action(support, "/admin/users/user/", "deactivate", b"abc", str(alice.pk).encode(), *INVALID_IDS) == 302
    )
    active = dict(User.objects.values_list("pk", "is_active"))
    assert (active[alice.pk], active[charlie.pk]) == (False, True)


def test_a_sign_in_lock_is_deleted_by_its_key(support):
    AttemptCounter.objects.create(key="name:mira", count=1, expires_at=datetime.now(UTC))
    assert (
        submit_action(support, "/admin/users/attemptcounter/", "delete_selected&post=yes", b"a\0b", b"name:mira") == 302
    )
    assert not AttemptCounter.objects.filter(key="name:mira").exists()


# --- Pages outside of the support desk ---------------------------------------------------------------------


def test_no_row_has_a_page_outside_of_the_support_desk(support, alice):
    kinds = [ContentType.objects.get_for_model(model).pk for model in (User, AttemptCounter, RefreshFamily)]
    addresses = [f"{kind}/{name}/" for kind in [*kinds, "abc", "%00"] for name in (alice.pk, "abc", "a%00b", "9" * 400)]
    assert {address: support.get(f"/admin/r/{address}").status_code for address in addresses} == dict.fromkeys(
        addresses, 404
    )


def test_an_anonymous_visitor_is_redirected_to_the_sign_in(client, db):
    assert client.get("/admin/r/abc/1/").status_code == 302
