"""Archiving a supplier or category locks its products in the order of their ids, as bookings do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from core import archiving
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.races import TIMEOUT_SECONDS, run_and_disconnect, wait_until_blocking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("model", [Supplier, Category])
def test_archiving_has_a_time_limit_of_its_own(alice, model, monkeypatch):
    """It changes all products of the supplier or category, so it may take longer than other statements."""
    monkeypatch.setattr(archiving, "TIMEOUT_SECONDS", 77)
    row = model.objects.create(owner=alice, name="Acme")
    limits = []

    def note_limit(_row):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            limits.extend(cursor.fetchone())

    archiving.archive(model, owner_id=alice.pk, pk=row.pk, check=note_limit)
    assert limits == ["77s"]


@pytest.mark.parametrize(("model", "field"), [(Supplier, "suppliers"), (Category, "categories")])
def test_archiving_that_waits_for_the_first_product_has_locked_no_other(alice, model, field):
    shared = model.objects.create(owner=alice, name="Acme")
    link = {model.__name__.lower(): shared}
    first, *_ = [make_product(alice, f"P{n}", description="x" * 1900, **link) for n in range(8)]
    first.description = "y" * 1900  # its page is full, so the new version of the row is stored after the others
    first.save(update_fields=["description"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product")
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=first.pk)
        deleting = pool.submit(run_and_disconnect, client_of(alice).delete, f"/api/{field}/{shared.pk}/")
        wait_until_blocking(deleting)
        assert len(Product.objects.select_for_update(no_key=True, skip_locked=True)) == 8
    assert deleting.result(TIMEOUT_SECONDS).status_code == 204
    assert not Product.objects.filter(**link).exists()
