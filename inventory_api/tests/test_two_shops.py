"""Two shops with similar rows: every response equals what plain Python computes from the rows of one shop."""

import csv
import io
import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from core.time_zones import today
from products.models import Category, CustomField, Group, Product
from products.taxes.services import create_tax
from records.contacts.models import Contact
from stock.booking.drafts import BookingLine, OperationDraft, PartLine, by_id
from stock.making.services import write_recipe
from stock.models import Location, Lot, Movement
from stock.proofs.services import seal_account
from suppliers.models import Supplier
from testing.cast.factors import add_passkey
from testing.cast.people import client_of, make_key, make_user
from testing.cast.shops import (
    Begun,
    create_day,
    create_refused_import,
    create_rows_of_apps,
    create_till,
)
from testing.deferred import check_deferred_constraints
from testing.laws.routes import list_api_routes
from trade.kits.services import create_kit
from trade.purchasing.lines import OrderedLine
from trade.purchasing.services import create_order
from trade.reservations.services import reserve
from trade.selling.services import book
from trade.tills.models import Till

SIZE = 200
ADJECTIVES = ["blue", "Green", "small", "LARGE", "old", "Öko"]
THINGS = ["kettle", "Teapot", "cup", "Sieve", "tin", "jar_1", "50% tea"]
LISTED = ("-list", "-levels", "item-changes")
LISTS = [
    route.address
    for route in list_api_routes()
    if route.name.endswith(LISTED) and "GET" in route.methods and "<" not in route.address
]


class Shop:
    """An owner's rows as they were written, and a client that reads them."""

    def __init__(self, owner, seed):
        add_passkey(owner)
        self.owner, self.client, self.key = owner, client_of(owner), make_key(owner)
        self.random = random.Random(seed)  # noqa: S311, the same shop in every run
        for kind, model in Contact.list_models().items():
            model.objects.bulk_create(model(owner=owner, name=f"{kind} {n}") for n in range(7))
        create_tax(owner_id=owner.pk, name="VAT", rate=7)
        self.suppliers = list(Supplier.objects.filter(owner=owner))
        self.categories = Category.objects.bulk_create(Category(owner=owner, name=f"Category {n}") for n in range(9))
        Group.objects.bulk_create(Group(owner=owner, name=f"Group {n}") for n in range(3))
        CustomField.objects.bulk_create(CustomField(owner=owner, key=f"key_{n}", type="text") for n in range(3))
        self.locations = Location.objects.bulk_create(Location(owner=owner, name=f"Shelf {n}") for n in range(5))
        self.products = Product.objects.bulk_create([self.make_product(number) for number in range(SIZE)])
        self.lots = Lot.objects.bulk_create(Lot(owner=owner, product=p, code="26") for p in self.products[::3])
        parts = [PartLine(by_id(self.products[0].pk), 1)]
        create_kit(by=owner, name="Set", parts=parts)
        write_recipe(by=owner, product_id=self.products[1].pk, makes=1, parts=parts)
        self.movements = []
        self.deliver_and_sell()
        till = create_till("tea", owner)[Till]
        most = Product.objects.filter(owner=owner).order_by("-quantity", "pk")[:1]
        create_rows_of_apps(Begun("tea", 12, owner, owner, [], list(most), till))
        self.add_rows_of_apps()
        create_day(12, owner)
        create_refused_import("tea", owner)
        in_stock = next(product for product in self.products if product.quantity)
        reserve(by=owner, lines=[BookingLine(by_id(in_stock.pk), "OUT", 1)])
        lines = [OrderedLine(by_id(product.pk), 3) for product in self.products[:5]]
        create_order(by=owner, supplier=self.suppliers[0], lines=lines)
        self.archived = self.random.sample(self.products, 15)
        Product.objects.filter(pk__in=[p.pk for p in self.archived]).update(archived_at="2026-01-01T00:00Z")
        self.live = [p for p in self.products if p not in self.archived]

    def make_product(self, number):
        pick, one_of = self.random.randint, self.random.choice
        return Product(
            owner=self.owner,
            name=f"{one_of(ADJECTIVES)} {one_of(THINGS)}",
            description=one_of(["", "made of steel", "for TEA"]),
            sku=f"SKU-{number}" if pick(0, 1) else "",
            barcode=f"4006{number:04}" if pick(0, 1) else "",
            price=Decimal(pick(0, 5000)) / 100,
            keeps_stock=number % 9 != 4,
            min_threshold=None if number % 9 == 4 else pick(0, 9),
            expiration_date=one_of([None, today() + timedelta(days=pick(-9, 9))]),
            supplier=one_of([None, *self.suppliers]),
            category=one_of([None, *self.categories]),
        )

    def deliver_and_sell(self):
        """Book deliveries of most products in one operation, then a dozen sales of several products each."""
        kept = [p for p in self.products if p.keeps_stock and self.random.random() < 0.9]
        self.book("purchase", [(p, "IN", self.random.randint(1, 30)) for p in kept])
        for number in range(12):
            some = [p for p in self.random.sample(self.products, 8) if p.quantity]
            self.book("sale", [(p, "OUT", self.random.randint(1, p.quantity)) for p in some], f"till {number}")

    def add_rows_of_apps(self):
        """Add the products and movements that apps have created. No quantity of another product differs after them."""
        for rows in (self.products, self.movements):
            rows += type(rows[0]).objects.filter(owner=self.owner, pk__gt=rows[-1].pk).order_by("pk")

    def book(self, reason, lines, reference=""):
        draft = OperationDraft(by=self.owner, reason=reason, reference=reference)
        self.movements += book(
            draft=draft, lines=[BookingLine(by_id(p.pk), kind, quantity) for p, kind, quantity in lines]
        )
        for product, kind, quantity in lines:
            product.quantity += quantity if kind == "IN" else -quantity
            product.stock_sequence += 1

    def get(self, address, **query):
        answer = self.client.get(address, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def list_rows(self, address, **query):
        """Return the rows of all pages, in order."""
        page = self.get(address, page_size=100, **query)
        rows = page["results"]
        while page["next"]:
            page = self.client.get(page["next"]).json()
            rows += page["results"]
        return rows

    def list_ids(self, address, **query):
        return [row["id"] for row in self.list_rows(address, **query)]


def make_shops():
    made = [Shop(make_user(name), seed) for seed, name in enumerate(("alice", "charlie"), 1)]
    for shop in made:
        seal_account(owner_id=shop.owner.pk)
    return made


@pytest.fixture(scope="module")
def shared_shops(request):
    """Create both shops once for all tests of the module, which only read.

    Return None if another process serves: it would not see these rows, because they are never committed.
    """
    if request.config.pluginmanager.hasplugin("testing.plugins.over_http"):
        return None
    request.getfixturevalue("module_db")
    made = make_shops()
    check_deferred_constraints()
    return made


@pytest.fixture
def shops(shared_shops, db):
    return shared_shops or make_shops()


def is_low(product):
    return product.keeps_stock and product.quantity <= product.min_threshold


def is_expired(product):
    return product.keeps_stock and product.expiration_date is not None and product.expiration_date <= today()


def name_or_blank(row):
    return row.name if row else ""


def searchable_text(product):
    parts = (product.name, product.description, product.sku, product.barcode, name_or_blank(product.category))
    return "\n".join(parts).lower()


def total_value(products):
    return sum((p.price * p.quantity for p in products), Decimal(0))


def ids_of(rows):
    return [row.pk for row in rows]


FILTERS = {
    "low_stock=true": is_low,
    "low_stock=false": lambda p: not is_low(p),
    "low_stock=true&threshold=12": lambda p: p.keeps_stock and p.quantity <= 12,
    "low_stock=false&threshold=0": lambda p: not p.keeps_stock or p.quantity > 0,
    "expired=true": is_expired,
    "expired=false": lambda p: not is_expired(p),
    "min_price=12.50": lambda p: p.price >= Decimal("12.50"),
    "min_price=5&max_price=20.01": lambda p: 5 <= p.price <= Decimal("20.01"),
    "category=CATEGORY 3": lambda p: name_or_blank(p.category) == "Category 3",
    "sku=sku-7": lambda p: p.sku == "SKU-7",
    "barcode=40060008": lambda p: p.barcode == "40060008",
    "search=tea": lambda p: "tea" in searchable_text(p),
    "search=ÖKO steel": lambda p: "öko" in searchable_text(p) and "steel" in searchable_text(p),
    "search=category 3": lambda p: "category" in searchable_text(p) and "3" in searchable_text(p),
    "search=50%": lambda p: "50%" in searchable_text(p),
    "search=r_1": lambda p: "r_1" in searchable_text(p),
    "search=supplier": lambda p: "supplier" in searchable_text(p),
    "low_stock=1&expired=0&search=cup&max_price=40": lambda p: (
        is_low(p) and not is_expired(p) and "cup" in searchable_text(p) and p.price <= 40
    ),
}


def parse_query(text):
    return dict(part.split("=") for part in text.split("&"))


def test_lists_contain_only_own_rows(shops):
    for shop, other in (shops, shops[::-1]):
        for address in LISTS:
            found = shop.list_rows(address)
            names = {"product", "id"} if "levels" in address else {"operation"} if "sales" in address else {"id"}
            assert found, address
            foreign_ids = {row[name] for row in other.list_rows(address) for name in names & set(row)}
            assert not foreign_ids & {row[name] for row in found for name in names & set(row)}, address
    assert shops[0].list_ids("/api/products/") == ids_of(shops[0].live)


def test_lists_are_complete(shops):
    for shop in shops:
        in_stock = {p.pk for p in shop.products if p.keeps_stock}
        expected = {
            "suppliers": sorted(ids_of(shop.suppliers)),
            "categories": ids_of(shop.categories),
            "locations": ids_of(shop.locations),
            "lots": ids_of(lot for lot in shop.lots if lot.product in shop.live),
            "products": ids_of(shop.live),
            "items": ids_of(shop.live),
            "stock": ids_of(shop.movements)[::-1],
            "item-changes": ids_of(m for m in shop.movements if m.product_id in in_stock)[::-1],
        }
        assert {name: shop.list_ids(f"/api/{name}/") for name in expected} == expected
        assert shop.get("/api/products/")["count"] == len(shop.live)
        assert sorted(shop.list_ids("/api/products/", archived="true")) == sorted(ids_of(shop.archived))


def test_filters_and_searches_match_python(shops):
    for shop in shops:
        expected = {text: ids_of(filter(keep, shop.live)) for text, keep in FILTERS.items()}
        for address in ("/api/products/", "/api/items/levels/"):
            assert {text: shop.list_ids(address, **parse_query(text)) for text in FILTERS} == expected
        assert sum(map(bool, expected.values())) > 10


def test_filters_by_links_find_only_own_rows(shops):
    for shop, other in (shops, shops[::-1]):
        for name in ("supplier", "category"):
            row, foreign = (getattr(s, "suppliers" if name == "supplier" else "categories")[3] for s in (shop, other))
            mine = [p.pk for p in shop.live if getattr(p, f"{name}_id") == row.pk]
            assert shop.list_ids("/api/products/", **{name: row.pk}) == mine
            assert shop.list_ids("/api/products/", **{name: foreign.pk}) == []


ORDERS = {"name": lambda p: p.name.lower(), "price": lambda p: p.price, "quantity": lambda p: p.quantity}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_match_python_with_ties_by_id(shops, name):
    for shop in shops:
        up = shop.list_rows("/api/products/", ordering=name)
        down = shop.list_rows("/api/products/", ordering=f"-{name}")
        keys = {p.pk: ORDERS[name](p) for p in shop.live}
        assert [keys[row["id"]] for row in up] == [keys[row["id"]] for row in reversed(down)]
        if name == "name":  # after the first letter, the database's collation decides
            letters = [row["name"][0].lower() for row in up if row["name"].isascii()]
            assert letters == sorted(letters)
        else:
            assert [keys[row["id"]] for row in up] == sorted(keys.values())
        for rows in (up, down):
            ties = [(a["id"], b["id"]) for a, b in pairwise(rows) if keys[a["id"]] == keys[b["id"]]]
            assert all(first < second for first, second in ties)


def test_pages_of_any_size_are_slices_of_the_same_list(shops):
    for shop in shops:
        whole = shop.list_ids("/api/products/", ordering="-price")
        for size in (1, 7, 100):
            for page in (1, 2):
                answer = shop.get("/api/products/", ordering="-price", page_size=size, page=page)
                assert [row["id"] for row in answer["results"]] == whole[size * (page - 1) : size * page]
                assert answer["count"] == len(whole)


def test_alerts_match_python(shops):
    for shop in shops:
        low = sorted(filter(is_low, shop.live), key=lambda p: (p.quantity - p.min_threshold, p.pk))
        expired = sorted(filter(is_expired, shop.live), key=lambda p: (p.expiration_date, p.pk))
        found = shop.get("/api/products/alerts/")
        assert {name: [row["id"] for row in rows] for name, rows in found.items()} == {
            "low_stock": ids_of(low),
            "expired": ids_of(expired),
        }


def test_the_numbers_of_the_dashboard_match_python(shops):
    for shop in shops:
        by_category = defaultdict(list)
        for product in shop.live:
            by_category[name_or_blank(product.category) or "Uncategorized"].append(product)
        expired = [p for p in shop.live if is_expired(p)]
        found = shop.get("/api/dashboard/")
        assert list(found["counts"].values()) == [len(shop.live), 9, sum(map(is_low, shop.live)), len(expired)]
        assert found["stock"]["total_stock"] == sum(p.quantity for p in shop.live)
        total, lost = total_value(shop.live), total_value(expired)
        assert list(found["financial"].values()) == [float(total), float(lost), float(total - lost)]
        values = {name: float(total_value(products)) for name, products in by_category.items()}
        assert {row["category"]: row["total_value"] for row in found["analytics"]} == values
        assert [row["total_value"] for row in found["analytics"]] == sorted(values.values(), reverse=True)


def test_levels_equal_the_quantities(shops):
    for shop in shops:
        levels = {row["id"]: (row["quantity"], row["is_low_stock"]) for row in shop.list_rows("/api/items/levels/")}
        assert levels == {p.pk: (p.quantity, is_low(p)) for p in shop.live}
        levels = {row["product"]: row["quantity"] for row in shop.list_rows("/api/stock/levels/")}
        assert levels == {p.pk: p.quantity for p in shop.products}


def test_the_export_equals_the_list(shops):
    for shop in shops:
        for text, keep in FILTERS.items():
            answer = shop.client.get("/api/products/export/", parse_query(text))
            lines = io.StringIO(b"".join(answer.streaming_content).decode(), newline="")
            found = [
                (int(r["id"]), r["name"], int(r["quantity"]), r["category"], r["supplier"])
                for r in csv.DictReader(lines)
            ]
            expected = [p for p in shop.live if keep(p)]
            assert found == [
                (p.pk, p.name, p.quantity, name_or_blank(p.category), name_or_blank(p.supplier)) for p in expected
            ]


def test_filters_of_movements_match_python(shops):
    for shop, other in (shops, shops[::-1]):
        product, moves = shop.products[0], shop.movements
        expected = {
            f"product={product.pk}": [m for m in moves if m.product_id == product.pk],
            "movement_type=OUT": [m for m in moves if m.movement_type == "OUT"],
            "reason=purchase": [m for m in moves if m.operation.reason == "purchase"],
            "reference=till 7": [m for m in moves if m.operation.reference == "till 7"],
            f"performed_by={shop.owner.pk}": moves,
            f"performed_by={other.owner.pk}": [],
            f"product={other.products[0].pk}": [],
        }
        found = {text: shop.list_ids("/api/stock/", **parse_query(text)) for text in expected}
        assert found == {text: ids_of(rows)[::-1] for text, rows in expected.items()}


def test_quantities_equal_the_sums_of_the_movements(shops):
    for shop in shops:
        balances = defaultdict(int)
        for movement in shop.list_rows("/api/stock/"):
            balances[movement["product"]] += movement["quantity"] * (1 if movement["movement_type"] == "IN" else -1)
        assert {p.pk: balances[p.pk] for p in shop.products} == {p.pk: p.quantity for p in shop.products}
        assert Movement.objects.for_user(shop.owner).count() == len(shop.movements)
