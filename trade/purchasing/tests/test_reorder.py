"""The report of suggested orders, compared with a plain computation, and the suggestions for an order."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from core.fields import MAX_QUANTITY
from products.models import Product
from products.reading.details import add_details
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from suppliers.models import DEFAULT_LEAD_DAYS, Supplier
from testing.cast.people import make_product
from testing.laws.query_plans import analyze_tables
from trade.purchasing.demand import REORDER_BY
from trade.purchasing.lines import OrderedLine, list_suggestions, make_reorder_parameters
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from trade.reservations.services import reserve
from trade.selling.services import book, reverse_operation

PRODUCTS, DAYS, COVER = 1000, 30, 14


def make_order(owner, state, quantities, supplier=None):
    """Create an order with these quantities by product id."""
    moments = {
        OrderState.DRAFT: {},
        OrderState.SENT: {"sent_at": timezone.now()},
        OrderState.CLOSED: {"sent_at": timezone.now(), "closed_at": timezone.now()},
    }
    names = {"supplier": supplier, "supplier_name": "Mill", "made_by": owner, "made_by_username": owner.username}
    order = Order.objects.create(owner=owner, state=state, **names, **moments[state])
    OrderLine.objects.bulk_create(
        OrderLine(owner=owner, order=order, product_id=pk, quantity=quantity) for pk, quantity in quantities.items()
    )
    return order


def move(owner, movement_type, reason, quantities, days_ago=0):
    """Book these quantities by product id as one operation, and return it."""
    at = datetime.now(UTC) - timedelta(days=days_ago) if days_ago else None
    lines = [BookingLine(by_id(pk), movement_type, quantity) for pk, quantity in quantities.items()]
    return book(draft=OperationDraft(by=owner, reason=reason, occurred_at=at), lines=lines)[0].operation


def deliver(owner, order, quantities):
    """Book a delivery of the order, and return its operation."""
    operation = move(owner, MovementType.IN, OperationReason.PURCHASE, quantities)
    Receipt.objects.create(owner=owner, order=order, operation=operation)
    return operation


def read_rows(user, *, days=DAYS, cover=COVER, choose="preferred", **parameters):
    """Return the rows of the statement by product id, in its order."""
    with connection.cursor() as cursor:
        values = make_reorder_parameters(user, days=days, cover=cover, **parameters)
        cursor.execute(REORDER_BY[choose], {**values, "limit": 10_000, "offset": 0})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["product"]: row for row in rows}


class PlainShop:
    """Makes random bookings, and computes their totals by plain additions."""

    def __init__(self, owner, random):
        self.owner, self.random = owner, random
        self.stock, self.sold, self.reserved = Counter(), Counter(), Counter()
        self.on_order, self.in_draft = Counter(), Counter()
        days = (0, 1, 7, 90, 365)
        suppliers = [Supplier.objects.create(owner=owner, name=f"S{n}", lead_days=n) for n in days]
        self.products = {product.pk: product for product in self.make_products([*suppliers, None])}

    def make_products(self, suppliers):
        pick = self.random.choice
        return Product.objects.bulk_create(
            Product(
                owner=self.owner, name=f"P{n}", price=1, min_threshold=self.random.randint(0, 60),
                pack_size=pick((1, 1, 6, 12, 144)), supplier=pick(suppliers),
                cost_price=pick((None, "0.10", "3.99")),
            )
            for n in range(PRODUCTS)
        )  # fmt: skip

    def choose(self, share, most):
        """Return random quantities of a share of the products."""
        return {pk: self.random.randint(1, most) for pk in self.products if self.random.random() < share}

    def receive(self, quantities):
        self.stock.update(quantities)
        return move(self.owner, MovementType.IN, OperationReason.PURCHASE, quantities)

    def sell(self, days_ago, times_reversed):
        """Sell some of the stock. An odd number of reversals takes the sale back."""
        wanted = self.choose(0.3, 20)
        quantities = {pk: min(quantity, self.stock[pk]) for pk, quantity in wanted.items() if self.stock[pk]}
        operation = move(self.owner, MovementType.OUT, OperationReason.SALE, quantities, days_ago)
        for _ in range(times_reversed):
            operation = reverse_operation(by=self.owner, operation=operation)
        if times_reversed % 2 == 0:
            self.stock.subtract(quantities)
            if days_ago < DAYS:
                self.sold.update(quantities)

    def reserve(self):
        quantities = {pk: quantity for pk, quantity in self.choose(0.2, 5).items() if quantity <= self.stock[pk]}
        self.reserved.update(quantities)
        pairs = list(quantities.items())
        for start in range(0, len(pairs), 400):
            reserve(
                by=self.owner,
                lines=[BookingLine(by_id(pk), "OUT", number) for pk, number in pairs[start : start + 400]],
            )

    def order(self, state):
        """Order some products. Of a sent order half is delivered, some lines with more than was ordered.

        One delivery is undone.
        """
        quantities = self.choose(0.2, 50)
        order = make_order(self.owner, state, quantities)
        delivered = Counter()
        if state != OrderState.DRAFT:
            first, second = ({pk: self.random.randint(1, 40) for pk in quantities if pk % 2} for _ in range(2))
            deliver(self.owner, order, first)
            reverse_operation(by=self.owner, operation=deliver(self.owner, order, second))
            self.stock.update(first)
            delivered.update(first)
        if state == OrderState.SENT:
            self.on_order.update({pk: max(0, number - delivered[pk]) for pk, number in quantities.items()})
        if state == OrderState.DRAFT:
            self.in_draft.update(quantities)

    def expect(self, pk, today):
        """Return the row of the product, or None if nothing is needed."""
        product = self.products[pk]
        lead_days = product.supplier.lead_days if product.supplier else DEFAULT_LEAD_DAYS
        demand = -(-self.sold[pk] * (lead_days + COVER) // DAYS)
        there = self.stock[pk] - self.reserved[pk] + self.on_order[pk] + self.in_draft[pk]
        needed = product.min_threshold + 1 + demand - there
        if needed <= 0:
            return None
        packs = -(-needed // product.pack_size)
        days_left = self.stock[pk] * DAYS // self.sold[pk] if self.sold[pk] else None
        return {
            "supplier": product.supplier_id, "supplier_name": product.supplier and product.supplier.name,
            "product": pk, "name": product.name, "sku": "", "supplier_sku": "",
            "quantity": self.stock[pk], "reserved": self.reserved[pk],
            "on_order": self.on_order[pk], "in_draft": self.in_draft[pk], "min_threshold": product.min_threshold,
            "sold": self.sold[pk], "lead_days": lead_days, "days_left": days_left,
            "order_by": None if days_left is None else max(today, today + timedelta(days=days_left - lead_days)),
            "needed": needed, "pack_size": product.pack_size, "packs": packs, "suggested": packs * product.pack_size,
        }  # fmt: skip


def test_a_thousand_random_products_agree_with_a_plain_computation(alice):
    shop = PlainShop(alice, Random(19))  # noqa: S311
    shop.receive(shop.choose(0.8, 120))
    for days_ago, times_reversed in [(0, 0), (3, 1), (10, 2), (29, 0), (31, 0), (5, 0), (20, 3)]:
        shop.sell(days_ago, times_reversed)
    for state in (OrderState.DRAFT, OrderState.SENT, OrderState.CLOSED, OrderState.SENT):
        shop.order(state)
    shop.reserve()
    analyze_tables()
    rows, today = read_rows(alice), alice.shop_today()
    expected = {pk: row for pk in shop.products if (row := shop.expect(pk, today))}
    numbers = {pk: {name: row[name] for name in expected.get(pk, {})} for pk, row in rows.items()}
    assert numbers == expected
    assert 200 < len(rows) < PRODUCTS
    assert {row["in_all"] for row in rows.values()} == {len(rows)}
    on_order = add_details(Product.objects.all(), alice).in_bulk(rows)
    assert {pk: row["on_order"] for pk, row in rows.items()} == {pk: one.on_order for pk, one in on_order.items()}
    for pk, row in rows.items():
        cost = shop.products[pk].cost_price
        assert row["cost"] == (cost and row["unit_cost"] * row["suggested"])


@pytest.fixture
def mill(alice):
    return Supplier.objects.create(owner=alice, name="Mill", lead_days=3)


@pytest.fixture
def flour(alice, mill):
    """Return a product that is low: its stock is 4, and its threshold is 5."""
    return make_product(alice, "Flour", 4, supplier=mill, min_threshold=5)


def find_needed(user, product, **parameters):
    """Return the quantity that is needed, or 0 for a product that is not listed."""
    row = read_rows(user, **parameters).get(product.pk)
    return row["needed"] if row else 0


def test_a_product_is_ordered_when_its_stock_has_reached_the_threshold(alice, flour):
    assert find_needed(alice, flour) == 2  # the need is one more than the threshold
    move(alice, MovementType.IN, OperationReason.PURCHASE, {flour.pk: 1})
    assert find_needed(alice, flour) == 1
    move(alice, MovementType.IN, OperationReason.PURCHASE, {flour.pk: 1})
    assert find_needed(alice, flour) == 0


def test_the_need_covers_the_lead_time_and_the_days_to_cover(alice, flour):
    move(alice, MovementType.IN, OperationReason.PURCHASE, {flour.pk: 7})
    move(alice, MovementType.OUT, OperationReason.SALE, {flour.pk: 10})
    assert find_needed(alice, flour, days=30, cover=14) == 5 + 1 + 6 - 1  # 10 * 17 / 30 = 5.67
    assert find_needed(alice, flour, days=30, cover=0) == 5 + 1 + 1 - 1
    assert find_needed(alice, flour, days=1, cover=14) == 5 + 1 + 170 - 1


def test_more_returned_than_sold_counts_as_nothing_sold(alice, flour):
    move(alice, MovementType.OUT, OperationReason.SALE, {flour.pk: 1})
    move(alice, MovementType.IN, OperationReason.SALE, {flour.pk: 2})
    row = read_rows(alice)[flour.pk]
    assert (row["sold"], row["days_left"], row["needed"]) == (0, None, 1)


def test_drafts_and_sent_orders_are_subtracted_and_closed_ones_are_not(alice, flour):
    make_order(alice, OrderState.CLOSED, {flour.pk: 9})
    assert find_needed(alice, flour) == 2
    make_order(alice, OrderState.DRAFT, {flour.pk: 1})
    assert find_needed(alice, flour) == 1
    make_order(alice, OrderState.SENT, {flour.pk: 1})
    assert find_needed(alice, flour) == 0


def test_an_undone_delivery_is_on_order_again(alice, flour):
    order = make_order(alice, OrderState.SENT, {flour.pk: 1})
    delivery = deliver(alice, order, {flour.pk: 1})
    assert read_rows(alice)[flour.pk]["on_order"] == 0
    undone = reverse_operation(by=alice, operation=delivery)
    assert read_rows(alice)[flour.pk]["on_order"] == 1
    reverse_operation(by=alice, operation=undone)
    assert read_rows(alice)[flour.pk]["on_order"] == 0


def test_more_than_was_ordered_does_not_count_for_another_order(alice, flour):
    deliver(alice, make_order(alice, OrderState.SENT, {flour.pk: 1}), {flour.pk: 5})
    make_order(alice, OrderState.SENT, {flour.pk: 8})
    Product.objects.filter(pk=flour.pk).update(min_threshold=100)
    assert read_rows(alice)[flour.pk]["on_order"] == 8


def test_an_archived_product_is_not_ordered(alice, flour):
    Product.objects.filter(pk=flour.pk).update(archived_at=timezone.now())
    assert read_rows(alice) == {}


def test_the_last_day_to_order_is_today_if_it_is_past(alice, flour):
    move(alice, MovementType.OUT, OperationReason.SALE, {flour.pk: 1})
    first, today = read_rows(alice)[flour.pk], alice.shop_today()
    assert (first["days_left"], first["order_by"]) == (90, today + timedelta(days=87))
    move(alice, MovementType.OUT, OperationReason.SALE, {flour.pk: 3})
    last = read_rows(alice)[flour.pk]
    assert (last["days_left"], last["order_by"]) == (0, today)


def test_a_day_more_than_a_hundred_years_ahead_is_left_out(alice, flour):
    move(alice, MovementType.IN, OperationReason.PURCHASE, {flour.pk: MAX_QUANTITY - 4})
    move(alice, MovementType.OUT, OperationReason.SALE, {flour.pk: 1})
    Product.objects.filter(pk=flour.pk).update(min_threshold=MAX_QUANTITY)
    row = read_rows(alice)[flour.pk]
    assert (row["days_left"], row["order_by"], row["needed"]) == ((MAX_QUANTITY - 1) * 30, None, 3)


def test_suppliers_are_in_alphabetical_order_and_none_is_last(alice, mill, flour):
    acme = Supplier.objects.create(owner=alice, name="acme")
    sooner, later = (make_product(alice, name, 20, supplier=mill, min_threshold=30) for name in ("A", "B"))
    alone, jam = make_product(alice, "Pin"), make_product(alice, "Jam", supplier=acme)
    move(alice, MovementType.OUT, OperationReason.SALE, {later.pk: 1, sooner.pk: 2})
    assert list(read_rows(alice)) == [jam.pk, sooner.pk, later.pk, flour.pk, alone.pk]


def test_a_supplier_is_found_by_id_and_by_name(alice, mill, flour):
    make_product(alice, "Pin")
    for query in ({"supplier": mill.pk}, {"supplier_name": "MILL"}):
        assert list(read_rows(alice, **query)) == [flour.pk]
    assert read_rows(alice, supplier=mill.pk + 1) == {}


def test_another_account_s_rows_do_not_count(alice, charlie, flour):
    theirs = make_product(charlie, "Flour", 4)
    make_order(charlie, OrderState.DRAFT, {theirs.pk: 50})
    assert list(read_rows(alice)) == [flour.pk]
    assert read_rows(charlie) == {}


def test_suggestions_are_in_packs_and_soonest_out_first(alice, mill, flour):
    eggs = make_product(alice, "Eggs", 20, supplier=mill, min_threshold=30, pack_size=12)
    make_product(alice, "Pin")
    move(alice, MovementType.OUT, OperationReason.SALE, {eggs.pk: 1})
    found = list_suggestions(alice, mill.pk, 10)
    assert found == [OrderedLine(by_id(eggs.pk), 24), OrderedLine(by_id(flour.pk), 2)]  # 31 + 1 - 19 = 13
    assert list_suggestions(alice, mill.pk, 1) == found[:1]


def test_a_suggestion_is_never_more_than_an_order_can_have(alice, mill):
    sand = make_product(alice, "Sand", 0, supplier=mill, min_threshold=MAX_QUANTITY, pack_size=7)
    [suggestion] = list_suggestions(alice, mill.pk, 10)
    assert suggestion == OrderedLine(by_id(sand.pk), MAX_QUANTITY // 7 * 7)
