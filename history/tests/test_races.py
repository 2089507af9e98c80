"""Sixteen writers of all kinds at once: the chain of each field has no break and ends at the present value."""

import json
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from history.models import Change, Recording, recorded
from products.models import Category, Product
from suppliers.models import Supplier
from testing.browser import Browser
from testing.cast import client_of, make_product
from testing.races import run_concurrently
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.check]

ROUNDS = 6
SLOW_UPDATE = """
UPDATE products_product SET unit = %s, description = pg_sleep(0.05)::text WHERE id = %s AND owner_id = %s
"""


def read_rows(model, tracked):
    """Return what the history would tell of each row now, by id."""
    owner = User.objects.get(username="alice")
    recording = Recording(model, owner.pk)
    recording.watch(model.objects.values_list("pk", flat=True))
    return {pk: fields for pk, fields in recording.before[tracked].items()}


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


def make_writers(alice, shop):
    """Return sixteen functions, each of which changes rows in its own way, several times."""
    products, suppliers, tin = shop

    def repeat(write, seed):
        def run():
            chance = random.Random(seed)  # noqa: S311
            return [write(chance) for _ in range(ROUNDS)]

        return run

    def patch(chance):
        fields = {"price": f"{chance.randint(1, 9)}.00", "unit": chance.choice(["", "kg", "pcs"])}
        return client_of(alice).patch(f"/api/products/{chance.choice(products).pk}/", fields).status_code

    def replace_codes(chance):
        product = chance.choice(products)
        body = {"codes": [{"code": f"C-{product.pk}-{chance.randint(1, 3)}", "quantity": 6}], "cost_price": "0.50"}
        return client_of(alice).patch(f"/api/products/{product.pk}/", body, format="json").status_code

    def patch_many(chance):
        lines = [{"id": row.pk, "min_threshold": chance.randint(0, 9), "name": f"N{chance.randint(1, 5)}"}
                 for row in chance.sample(products, 2)]  # fmt: skip
        return client_of(alice).patch("/api/products/", {"lines": lines}, format="json").status_code

    def import_file(chance):
        rows = "".join(f"S-{number},{chance.randint(1, 9)},Mill {number % 2},Tin\n" for number in range(4))
        file = SimpleUploadedFile("a.csv", f"sku,price,supplier,category\n{rows}".encode())
        return client_of(alice).post("/api/products/import/", {"file": file}, format="multipart").status_code

    def archive_supplier(chance):
        address = f"/api/suppliers/{suppliers[0].pk}/"
        client = client_of(alice)
        return [client.delete(address).status_code, client.post(f"{address}restore/").status_code]

    def rename(chance):
        client = client_of(alice)
        client.patch(f"/api/categories/{tin.pk}/", {"name": f"Tin {chance.randint(1, 3)}"})
        body = {"phone_number": f"{chance.randint(1, 9)}0000"}
        return client.patch(f"/api/suppliers/{suppliers[1].pk}/", body).status_code

    def archive_product(chance):
        address, client = f"/api/products/{products[3].pk}/", client_of(alice)
        return [client.delete(address).status_code, client.post(f"{address}restore/").status_code]

    def change_on_page(chance):
        address = f"a{chance.randint(1, 9)}@b.example"
        return Browser(alice).put(f"/api/suppliers/{suppliers[1].pk}/", contact_email=address).status_code

    def change_settings(chance):
        client = client_of(alice)
        client.patch("/api/users/me/", {"phone": f"{chance.randint(1, 9)}0000"})
        return client.patch("/api/account/", {"currency": chance.choice(["EUR", "USD"])}).status_code

    def sell(chance):
        body = {"product": products[0].pk, "movement_type": "IN", "quantity": 1, "unit_cost": "0.70"}
        return client_of(alice).post("/api/stock/", body).status_code

    ways = [patch, patch, patch, replace_codes, replace_codes, patch_many, patch_many, patch_many, import_file,
            import_file, archive_supplier, rename, archive_product, change_on_page, change_settings, sell]  # fmt: skip
    return [repeat(write, seed) for seed, write in enumerate(ways)]


def test_sixteen_writers_leave_no_gap_in_any_field(alice, shop):
    run_concurrently(*make_writers(alice, shop))
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
