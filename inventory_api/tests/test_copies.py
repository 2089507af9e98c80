"""The function in docs/events.md keeps a copy of the products equal to the lists of the API."""

import threading

import pytest
from django.conf import settings as product

from core.lists.pagination import MAX_PAGE_SIZE
from inventory_api.tests.test_readme import find_fences
from products.models import Product
from testing.cast.people import client_of, make_product
from testing.races import run_and_disconnect
from users.sign_in import tokens

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def update_copy(live_server, alice):
    """Return the document's function for Alice's shop."""
    text = (product.BASE_DIR / "docs" / "events.md").read_text()
    [program] = [body for _, language, body in find_fences(text) if language == "python" and "update_copy" in body]
    namespace = {}
    exec(program, namespace)  # noqa: S102, the text is our own
    token = tokens.issue_tokens(alice)["access"]
    return lambda copy, since: namespace["update_copy"](copy, live_server.url, token, since)


def read_products(client):
    """Return all products of the list by id. One request reads them."""
    answer = client.get("/api/products/", {"page_size": MAX_PAGE_SIZE})
    assert answer.json()["next"] is None
    return {row["id"]: row for row in answer.json()["results"]}


def test_a_copy_follows_every_change(update_copy, as_alice, alice, kettle):
    pot, cup = make_product(alice, "Pot"), make_product(alice, "Cup", 7)
    copy = {}
    since = update_copy(copy, None)
    assert copy == read_products(as_alice)
    as_alice.patch(f"/api/products/{pot.pk}/", {"name": "Pan"})
    as_alice.delete(f"/api/products/{kettle.pk}/")
    as_alice.post("/api/stock/", {"product": cup.pk, "movement_type": "OUT", "quantity": 3})
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 4}]})
    make_product(alice, "Tin")
    since = update_copy(copy, since)
    assert copy == read_products(as_alice)
    assert len(copy) == 3
    as_alice.post(f"/api/products/{kettle.pk}/restore/")
    update_copy(copy, since)
    assert copy == read_products(as_alice)


def test_only_recent_changes_are_read(update_copy, alice, kettle):
    copy = {}
    since = update_copy(copy, None)
    Product.objects.filter(pk=kettle.pk).update(updated_at="2026-01-01T00:00Z", name="Changed without a trace")
    update_copy(copy, since)
    assert copy[kettle.pk]["name"] == "Kettle"


def archive_until(stop, user, ids):
    """Archive the products one by one until the event is set."""
    client = client_of(user)
    for number in ids:
        if stop.is_set():
            return
        assert client.delete(f"/api/products/{number}/").status_code == 204


def test_no_product_is_missed_while_others_are_archived(update_copy, as_alice, alice):
    """Archiving moves the products of later pages to earlier ones while the pages are read."""
    Product.objects.bulk_create(Product(owner=alice, name=f"P{n}", price=1) for n in range(3 * MAX_PAGE_SIZE))
    ids = list(Product.objects.order_by("id").values_list("id", flat=True))
    stop, copy = threading.Event(), {}
    archiving = threading.Thread(target=run_and_disconnect, args=(archive_until, stop, alice, ids[:40]))
    archiving.start()
    since = update_copy(copy, None)
    stop.set()
    archiving.join()
    update_copy(copy, since)
    assert set(copy) == set(Product.objects.live().values_list("id", flat=True))
