"""Sixteen writers of all kinds at once: the chain of each field has no break and ends at the present value."""

import json
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from products.models import Category, Product
from records.history.models import Change, Recording, recorded
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.races import run_concurrently
from testing.reading.browser import Browser
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

ROUNDS = 6
SLOW_UPDATE = """
UPDATE products_product SET unit = %s, description = pg_sleep(0.05)::text WHERE id = %s AND owner_id = %s
"""


def read_rows(model, tracked):
    """Return what the history would tell of each row now, by id."""
    owner = User.objects.get(username="alice")
    recording = Recording(model, owner.pk)
    recording.watch(model.objects.values_list("pk", flat=True))
    return recording.before[tracked]


def find_breaks(model, kind, tracked=0):
    """Return the fields whose changes do not continue each other up to the present value."""
    breaks = []
    for pk, fields in read_rows(model, tracked).items():
        present = json.loads(fields)
        values = None
        for changes in Change.objects.filter(kind=kind, row_id=pk).order_by("id").values_list("changes", flat=True):
            if "created" in changes:
                values = changes["created"][1]
                continue
            for name, (old, new) in changes.items():
                if values is None or not is_same(values[name], old):
                    breaks.append((pk, name, values and values[name], old))
                values = {**(values or {}), name: new}
        breaks += [(pk, name, (values or {}).get(name), value) for name, value in present.items()
                   if not is_same((values or {}).get(name), value)]  # fmt: skip
    return breaks


def is_same(one, other):
    """Compare links by their ids: a supplier can be renamed meanwhile."""
    return (one or {}).get("id") == (other or {}).get("id") if isinstance(one or other, dict) else one == other


@pytest.fixture
def shop(alice):
    suppliers = [Supplier.objects.create(owner=alice, name=f"Mill {number}") for number in range(2)]
    tin = Category.objects.create(owner=alice, name="Tin")
    products = [
        make_product(alice, f"P{n}", 5, price="1.00", sku=f"S-{n}", supplier=suppliers[n % 2], category=tin)
        for n in range(4)
    ]
    return products, suppliers, tin


class Writers:
    """Each method changes rows in its own way. The rows and the values are random."""

    def __init__(self, alice, shop, seed):
        self.products, self.suppliers, self.tin = shop
        self.alice, self.client, self.chance = alice, client_of(alice), random.Random(seed)  # noqa: S311

    def patch(self):
        fields = {"price": f"{self.chance.randint(1, 9)}.00", "unit": self.chance.choice(["", "kg", "pcs"])}
        self.client.patch(f"/api/products/{self.chance.choice(self.products).pk}/", fields)

    def replace_codes(self):
        product = self.chance.choice(self.products)
        codes = [{"code": f"C-{product.pk}-{self.chance.randint(1, 3)}", "quantity": 6}]
        self.client.patch(f"/api/products/{product.pk}/", {"codes": codes, "cost_price": "0.50"}, format="json")

    def patch_many(self):
        lines = [
            {"id": row.pk, "min_threshold": self.chance.randint(0, 9), "name": f"N{self.chance.randint(1, 5)}"}
            for row in self.chance.sample(self.products, 2)
        ]
        self.client.patch("/api/products/", {"lines": lines}, format="json")

    def import_file(self):
        rows = "".join(f"S-{number},{self.chance.randint(1, 9)},Mill {number % 2},Tin\n" for number in range(4))
        file = SimpleUploadedFile("a.csv", f"sku,price,supplier,category\n{rows}".encode())
        self.client.post("/api/products/import/", {"file": file}, format="multipart")

    def archive_supplier(self):
        address = f"/api/suppliers/{self.suppliers[0].pk}/"
        self.client.delete(address)
        self.client.post(f"{address}restore/")

    def archive_product(self):
        address = f"/api/products/{self.products[3].pk}/"
        self.client.delete(address)
        self.client.post(f"{address}restore/")

    def rename(self):
        self.client.patch(f"/api/categories/{self.tin.pk}/", {"name": f"Tin {self.chance.randint(1, 3)}"})
        body = {"phone_number": f"{self.chance.randint(1, 9)}0000"}
        self.client.patch(f"/api/suppliers/{self.suppliers[1].pk}/", body)

    def change_on_a_page(self):
        address = f"a{self.chance.randint(1, 9)}@b.example"
        Browser(self.alice).put(f"/api/suppliers/{self.suppliers[1].pk}/", contact_email=address)

    def change_settings(self):
        self.client.patch("/api/users/me/", {"phone": f"{self.chance.randint(1, 9)}0000"})
        self.client.patch("/api/account/", {"currency": self.chance.choice(["EUR", "USD"])})

    def receive(self):
        body = {"product": self.products[0].pk, "movement_type": "IN", "quantity": 1, "unit_cost": "0.70"}
        self.client.post("/api/stock/", body)


WAYS = [
    Writers.patch, Writers.patch, Writers.patch, Writers.replace_codes, Writers.replace_codes, Writers.patch_many,
    Writers.patch_many, Writers.patch_many, Writers.import_file, Writers.import_file, Writers.archive_supplier,
    Writers.archive_product, Writers.rename, Writers.change_on_a_page, Writers.change_settings, Writers.receive,
]  # fmt: skip


def repeat(way, writers):
    def run():
        for _ in range(ROUNDS):
            way(writers)

    return run


def test_sixteen_writers_leave_no_gap_in_any_field(alice, shop):
    run_concurrently(*[repeat(way, Writers(alice, shop, seed)) for seed, way in enumerate(WAYS)])
    kinds = [(Product, "product"), (Supplier, "supplier"), (Category, "category"), (User, "user"), (User, "shop", 1)]
    assert [found for kind in kinds for found in find_breaks(*kind)] == []
    assert Change.objects.count() > 60


def test_without_the_locks_the_chain_breaks(alice, shop, monkeypatch):
    """This is the negative control: the rows are read before a writer waits for them."""
    product = shop[0][0]

    def write(number):
        def run():
            with transaction.atomic(), recorded(Product, alice.pk, [product.pk]), connection.cursor() as cursor:
                cursor.execute(SLOW_UPDATE, [f"u{number}", product.pk, alice.pk])

        return run

    run_concurrently(*[write(number) for number in range(6)])
    assert find_breaks(Product, "product") == []
    watch = Recording.watch
    monkeypatch.setattr(Recording, "watch", lambda self, ids, **_: watch(self, ids, is_locked=True))
    run_concurrently(*[write(number) for number in range(6, 12)])
    assert find_breaks(Product, "product") != []
