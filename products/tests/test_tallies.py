"""The tally of live products equals their number after any step, of whatever program, and in every snapshot."""

import os
import random
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.database.postgres.base import execute, fetch
from products.filing.tests.importing import import_file
from products.models import Product, Tally, fold_tallies
from products.models.tallies import BEGIN, COUNTED, TALLIED
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product, make_products
from testing.races import run_concurrently
from users.leaving.services import remove_due_portion
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.DB_CITUS, reason="on Citus, products are counted"),
]
STEPS = int(os.environ.get("WALK_STEPS", "150"))
SEED = int(os.environ.get("WALK_SEED", "1"))
INSERT = """
INSERT INTO products_product (owner_id, name, description, sku, barcode, unit, price, quantity, stock_sequence,
    archived_at, created_at, updated_at)
SELECT owner, 'Raw', '', '', '', '', 1, 0, 0, archived, now(), now()
FROM unnest(%(owners)s::bigint[], %(archived)s::timestamptz[]) AS raw (owner, archived)
"""
DELETE = """
DELETE FROM products_product WHERE id IN (SELECT id FROM products_product WHERE name = 'Raw' ORDER BY random() LIMIT 5)
"""
TURN = """
UPDATE products_product SET archived_at = CASE WHEN archived_at IS NULL THEN now() END
WHERE sku = '' AND id %% %(share)s = 0
"""
TOUCH = "UPDATE products_product SET archived_at = archived_at, name = name"


def compare(owner):
    """Return the tally, which is None without a first row, after comparing it with the number of products."""
    [(tallied, counted)] = fetch(f"SELECT {TALLIED}, {COUNTED}".format(owner=owner.pk))
    assert tallied in (None, counted)
    return tallied


class Walk:
    """Changes the products of two shops at random, by requests and by SQL."""

    def __init__(self, client, owners):
        self.client, self.owners, self.chance = client, owners, random.Random(SEED)  # noqa: S311, not for cryptography

    def choose(self, **condition):
        ids = list(Product.objects.filter(owner=self.owners[0], **condition).values_list("pk", flat=True))
        return self.chance.choice(ids) if ids else 0

    def create(self):
        assert self.client.post("/api/products/", {"name": "Pot", "price": "1.00"}).status_code == 201

    def archive(self):
        if pk := self.choose(archived_at=None):
            assert self.client.delete(f"/api/products/{pk}/").status_code == 204

    def restore(self):
        if pk := self.choose(archived_at__isnull=False):
            assert self.client.post(f"/api/products/{pk}/restore/").status_code in (200, 409)  # the code may be taken

    def import_rows(self):
        """Import rows of which some change products."""
        rows = "".join(f"File {code},S{code},2.00,{code}\n" for code in self.chance.sample(range(60), 3))
        import_file(self.client, f"name,sku,price,quantity\n{rows}")

    def import_and_undo(self):
        codes = [f"U{self.chance.random()}" for _ in range(3)]
        rows = "".join(f"File,{code},2.00,1\n" for code in codes)
        operation = import_file(self.client, f"name,sku,price,quantity\n{rows}")["operation"]
        undone = self.client.post(f"/api/stock/operations/{operation}/reverse/", {"archive_created": True})
        assert undone.status_code == 201

    def insert_by_sql(self):
        owners = [self.chance.choice(self.owners).pk for _ in range(self.chance.randrange(6))]
        archived = [self.chance.choice([None, timezone.now()]) for _ in owners]
        execute(INSERT, {"owners": owners, "archived": archived})

    def delete_by_sql(self):
        execute(DELETE)

    def turn_by_sql(self):
        execute(TURN, {"share": self.chance.randrange(2, 9)})

    def change_nothing(self):
        execute(TOUCH)

    def roll_back(self):
        with transaction.atomic():
            make_products(self.owners[0], 3)
            transaction.set_rollback(True)

    def fold(self):
        assert fold_tallies() is False
        assert not Tally.objects.filter(is_first=False).exists()

    def forget(self):
        """Remove the rows of a shop: its products are counted, until the worker begins again."""
        Tally.objects.filter(owner=self.chance.choice(self.owners)).delete()

    def run(self):
        steps = [value for name, value in vars(Walk).items() if name[0] != "_" and name not in ("run", "choose")]
        for _ in range(STEPS):
            self.chance.choice(steps)(self)
            for owner in self.owners:
                compare(owner)
            live = Product.objects.filter(owner=self.owners[0], archived_at=None).count()
            assert self.client.get("/api/products/?page_size=1").json()["count"] == live


@pytest.mark.filterwarnings("error")
def test_the_tally_is_the_number_of_products_after_any_step(as_alice, alice, charlie):
    walk = Walk(as_alice, [alice, charlie])
    walk.run()
    fold_tallies()
    make_product(alice)
    assert compare(alice) is not None


@pytest.mark.quick
def test_a_list_reads_the_tally(as_alice, alice):
    make_products(alice, 3)
    fold_tallies()
    Tally.objects.filter(owner=alice, is_first=True).update(delta=70)
    assert as_alice.get("/api/products/").json()["count"] == 70
    assert as_alice.get("/api/products/?search=P1").json()["count"] == 1


@pytest.mark.quick
def test_a_verification_finds_a_wrong_tally(alice):
    make_products(alice, 3)
    fold_tallies()
    assert find_breaks(alice.pk) == []
    Tally.objects.filter(owner=alice, is_first=True).update(delta=4)
    assert [str(one) for one in find_breaks(alice.pk)] == ["the tally of live products says 4, and there are 3"]


def test_the_first_row_is_right_beside_a_transaction_that_is_not_committed(alice):
    make_products(alice, 2)
    with transaction.atomic():
        make_products(alice, 3)
        run_concurrently(lambda: execute(BEGIN, {"owner": alice.pk}))
        assert run_concurrently(lambda: compare(alice)) == [2]
        assert compare(alice) == 5
    assert compare(alice) == 5
    fold_tallies()
    assert compare(alice) == 5


def test_neither_writers_nor_workers_disturb_each_other(alice):
    def write():
        for _ in range(25):
            make_products(alice, 2)
            Product.objects.filter(pk=Product.objects.filter(archived_at=None).first().pk).update(
                archived_at=timezone.now()
            )

    def fold():
        for _ in range(40):
            fold_tallies()
            compare(alice)

    run_concurrently(write, write, fold, fold)
    fold_tallies()
    assert compare(alice) == Product.objects.filter(owner=alice, archived_at=None).count()
    assert Tally.objects.count() == 1


def test_the_migration_begins_the_tallies_of_shops_with_products(alice, bob, charlie):
    make_products(alice, 3)
    Tally.objects.all().delete()
    migration = import_module("products.migrations.0023_filled_tally")
    for _ in range(2):
        with connection.schema_editor() as editor:
            migration.begin_tallies(apps, editor)
        assert list(Tally.objects.values_list("owner", "delta", "is_first")) == [(alice.pk, 3, True)]


def test_a_release_that_does_not_know_the_table_can_remove_a_closed_shop(alice, charlie):
    """It removes the products alone, and then the users."""
    make_products(alice, 3)
    make_products(charlie, 1)
    fold_tallies()
    with transaction.atomic():
        execute(f"SET LOCAL inventory.closing_account = '{alice.pk}'")
        execute("DELETE FROM products_product WHERE owner_id = %(owner)s", {"owner": alice.pk})
    assert list(Tally.objects.values_list("owner", flat=True)) == [charlie.pk]


def test_a_closed_shop_leaves_no_row(alice):
    make_products(alice, 3)
    fold_tallies()
    make_products(alice, 1)
    User.objects.filter(pk=alice.pk).update(closes_at=timezone.now())
    while remove_due_portion():
        pass
    assert not Tally.objects.exists()
    assert not User.objects.filter(pk=alice.pk).exists()
