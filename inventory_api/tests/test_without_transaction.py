"""Every route and every page of the support desk, without a test's transaction around the request."""

import re
from functools import partial
from operator import itemgetter

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group

from core import archiving
from desk.support import page_urls as support_urls
from desk.support.tests.test_admin import MODELS, admin_url, create_rows
from products.models import Product
from stock.models import Movement
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.cast.shops import create_world
from testing.laws import walk
from testing.laws.hostile import group_by
from testing.races import disable_account_locks, run_behind_lock
from users.models import AttemptCounter

pytestmark = [pytest.mark.django_db(transaction=True)]

# The order of the calls. A call that deletes or uses up the example row of another call comes after that call.
METHOD_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
LAST_PATHS = (
    "/stock/makings/",
    *(f"/stock/sheets/{{id}}/{action}/" for action in ("entries", "recount", "book", "drop")),
    "/purchase-orders/{id}/close/",
    "/stock/",
    "/stock/operations/{id}/reverse/",
    "/stock/counts/",
    "/auth/password/",
    "/auth/password/reset/confirm/",
    "/items/{id}/",
    "/users/{id}/erase/",
    "/account/hand-over/",
    "/account/close/",
    "/users/me/",
)
EXPECTED_REFUSALS = [
    ("POST /api/quotes/{id}/decline/", 409),  # the quote has been accepted
    ("POST /api/stock/reservations/{id}/release/", 409),  # the reservation has been fulfilled
    ("POST /api/stock/operations/{id}/reverse/", 400),  # the goods have been sold
    ("POST /api/account/hand-over/", 400),  # the password has been changed
    ("POST /api/account/close/", 400),
    ("PUT /api/purchase-orders/{id}/", 409),  # the order has been sent
    ("PATCH /api/purchase-orders/{id}/", 409),
    ("PATCH /api/quotes/{id}/", 409),  # the quote has been accepted
    ("PATCH /api/stock/reservations/{id}/", 409),  # the reservation has been fulfilled
    ("DELETE /api/products/{id}/codes/", 404),  # the product is archived
    ("DELETE /api/products/{product_id}/picture/", 404),
    ("DELETE /api/purchase-orders/{id}/", 409),
    ("DELETE /api/items/{id}/", 404),  # the item is archived as a product
]
COLLECTIONS = ("register", "users", "categories", "groups", "suppliers", "products", "items", "me", "{id}")
UNIQUE_FIELDS = ("name", "username", "email", "sku")
DELETABLE_MODELS = (Product, AttemptCounter, Group)
CONFIRMATION = {"post": "yes"}


@pytest.fixture
def support(support):
    support.raise_request_exception = False
    return support


@pytest.fixture
def shop(alice, kettle):
    """Create a row of every model, in Alice's account. Return Alice."""
    create_rows(alice, kettle)
    return alice


# --- The API ---


def sort_key(call):
    path = call.path.removeprefix("/api")
    return METHOD_ORDER.index(call.method), LAST_PATHS.index(path) if path in LAST_PATHS else -1


def body_of(call, world, number):
    """Return the schema's example. Each new row gets a unique name."""
    body = walk.body_of(call, "alice", world)
    if not isinstance(body, dict) or call.path.split("/")[-2] not in COLLECTIONS:
        return body
    return {name: f"{number}{value}" if name in UNIQUE_FIELDS else value for name, value in body.items()}


@pytest.mark.parametrize("keyed", [pytest.param(False, marks=pytest.mark.long), True], ids=["", "with keys"])
def test_every_route_works_without_a_surrounding_transaction(keyed):
    world, failures = create_world(), []
    alice = world.users["alice"]
    for number, call in enumerate(sorted(walk.list_calls(), key=sort_key)):
        alice.refresh_from_db()  # a new password revokes the earlier tokens
        address = walk.address_of(call, "alice", world)
        key = {"Idempotency-Key": f"{number}"} if keyed else {}
        answer = walk.send(world.client("alice"), call.method, address, body_of(call, world, number), **key)
        if answer.outcome != walk.expected_outcome(call, "alice"):
            failures.append((str(call), answer.status))
    assert failures == EXPECTED_REFUSALS


# --- The support desk ---


ROWS_OF_A_KIND = 5  # the pages of rows are the same for all models, so that each kind is opened for some models


def list_pages():
    """Yield kind and address of each page of each model: its pattern, and the address of a row."""
    for model in MODELS:
        row, prefix = quote(str(model.objects.first().pk)), admin_url(model, "changelist")
        for pattern in admin.site._registry[model].get_urls():
            yield str(pattern.pattern), prefix + re.sub(r"<[^>]+>", row, str(pattern.pattern))


def open_pages(client, addresses):
    """Return the status of each page."""
    return {address: client.get(address, follow=True).status_code for address in addresses}


def test_the_pages_of_models_open(support, shop):
    by_kind = group_by(list_pages(), itemgetter(0))
    lists = [address for _kind, address in by_kind.pop("")]
    assert len(lists) == len(MODELS)
    assert {*open_pages(support, lists).values()} == {200}
    assert len(by_kind) >= 4
    for kind, pages in by_kind.items():
        found = open_pages(support, [address for _kind, address in pages[:: max(len(pages) // ROWS_OF_A_KIND, 1)]])
        assert {*found.values()} <= {200, 403, 404}, kind


def test_the_pages_that_delete_a_row_open(support, shop):
    delete = [
        admin_url(model, "delete", model.objects.first().pk) for model in DELETABLE_MODELS if model is not Product
    ]
    assert set(open_pages(support, delete).values()) == {200}


def test_the_additional_pages_of_the_desk_open(support, shop):
    patterns = [str(pattern.pattern) for pattern in support_urls.support_pages]
    kettle = Product.objects.get(name="Kettle")
    addresses = [
        "/admin/" + re.sub(r"<[^>]+>", str(kettle.pk if pattern.startswith("products/") else shop.pk), pattern)
        for pattern in patterns
    ]
    found = open_pages(support, [*addresses, *map("/admin/{}/".format, ("jsi18n", "stock", "products", "users"))])
    assert {address for address, status in found.items() if status != 200} == {f"/admin/r/{shop.pk}"}


def list_actions(support, model):
    form = support.get(admin_url(model, "changelist")).context.get("action_form")
    return [name for name, _ in form.fields["action"].choices if name] if form else []


def test_every_action_works(support, shop):
    actions = set()
    for model in MODELS:
        for action in list_actions(support, model):
            body = {"action": action, "_selected_action": [model.objects.first().pk]}
            assert support.post(admin_url(model, "changelist"), body, follow=True).status_code == 200
            actions.add(action)
    of_users = {"deactivate", "reactivate", "lift_sign_in_lock", "send_link", "hand_over", "erase", "remove_factors"}
    of_rows = {"delete_selected", "reverse", "revoke", "switch_off"}
    assert actions == of_rows | of_users


@pytest.mark.parametrize("model", DELETABLE_MODELS)
def test_deletes_rows_that_may_be_deleted(support, shop, model):
    row = make_product(shop, "New") if model is Product else model.objects.first()
    assert support.get(admin_url(model, "delete", row.pk)).status_code == 200
    assert support.post(admin_url(model, "delete", row.pk), CONFIRMATION).status_code == 302
    assert not model.objects.filter(pk=row.pk).exists()


# --- Concurrent requests ---


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme")


@pytest.fixture
def archive_acme(as_alice, acme):
    return partial(as_alice.delete, f"/api/suppliers/{acme.pk}/")


@pytest.fixture
def link(as_alice, kettle, acme):
    return partial(as_alice.patch, f"/api/products/{kettle.pk}/", {"supplier": acme.pk})


def test_unlinks_a_product_that_is_linked_meanwhile(archive_acme, link, kettle):
    assert run_behind_lock(link, archive_acme).status_code == 204
    kettle.refresh_from_db()
    assert kettle.supplier_id is None


def test_archiving_does_not_wait_without_the_lock_of_the_account(archive_acme, link, monkeypatch):
    """This is the negative control."""
    disable_account_locks(monkeypatch)
    with pytest.raises(AssertionError, match="without waiting"):
        run_behind_lock(archive_acme, link)


def test_refuses_a_link_to_a_supplier_that_is_being_archived(archive_acme, link):
    answer = run_behind_lock(archive_acme, link)
    assert (answer.status_code, answer.json()) == (400, {"supplier": ["This row does not exist."]})


def form_values(support, row, **changes):
    form = support.get(admin_url(type(row), "change", row.pk)).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def test_the_form_refuses_a_supplier_that_is_being_archived(support, kettle, acme):
    body = form_values(support, kettle, supplier=acme.pk)
    save = partial(support.post, admin_url(Product, "change", kettle.pk), body)
    answer = run_behind_lock(lambda: archiving.archive(Supplier, owner_id=acme.owner_id, pk=acme.pk), save)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["supplier"]


def test_the_form_refuses_a_name_that_was_taken_concurrently(support, as_alice, alice, acme):
    body = form_values(support, acme, name="Apex")
    save = partial(support.post, admin_url(Supplier, "change", acme.pk), body, follow=True)
    answer = run_behind_lock(lambda: Supplier.objects.create(owner=alice, name="apex"), save)
    assert answer.status_code == 200
    assert "You have a supplier with this name already." in answer.text
    assert answer.context["adminform"].form.initial["name"] == "Acme"


def test_keeps_a_product_that_is_booked_during_its_delete(support, alice, as_alice):
    pot = make_product(alice, "Pot")
    delivery = {"product": pot.pk, "movement_type": "IN", "quantity": 1}
    delete = partial(support.post, admin_url(Product, "delete", pot.pk), CONFIRMATION)
    assert run_behind_lock(lambda: as_alice.post("/api/stock/", delivery), delete).status_code == 403
    assert Movement.objects.get().product == pot
