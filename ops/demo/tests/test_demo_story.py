"""The generated goods and events are the same every time, within opening hours, and available for any size."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db.models import Count

from ops.demo.filling import SEED, SIZES, Size, fill
from ops.demo.goods import RANGES, SUPPLIERS, choose_goods, make_barcode
from ops.demo.trade import Trade, choose_times
from products.models import Product
from stock.models import Movement, MovementType, Operation
from stock.proofs.door import find_breaks
from testing.tables import all_cases
from users.models import User

A_FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_random(seed=SEED):
    return Random(seed)  # noqa: S311, not a secret


def generate(seed=SEED, products=60, days=30, receipts=300):
    random = make_random(seed)
    goods = choose_goods(products, random)
    return goods, list(Trade(goods, random, days, receipts).generate_events())


def test_events_depend_on_the_seed_only():
    assert generate() == generate()
    assert generate() != generate(seed=SEED + 1)


@pytest.mark.quick
def test_no_event_takes_more_than_the_stock():
    goods, events = generate()
    stock = [good.opening for good in goods]
    for event in events:
        for number, quantity in event.lines.items():
            assert quantity > 0
            stock[number] += quantity if event.movement_type == MovementType.IN else -quantity
            assert stock[number] >= 0
    assert len(events) > 300


def test_the_samovar_is_never_sold():
    goods, events = generate(receipts=2000)
    samovar = [good.sku for good in goods].index("SAMOVAR")
    sold = [event for event in events if event.reason == "sale" and samovar in event.lines]
    assert sold == []


def test_the_ranges_have_enough_products_for_the_large_shop():
    goods = choose_goods(SIZES["large"].products, make_random())
    assert len(goods) == len({good.sku for good in goods}) == len({good.name.lower() for good in goods}) == 12_000
    assert all(good.price > good.cost > 0 and good.opening > good.threshold for good in goods)
    assert max(len(good.name) for good in goods) < 60


def test_every_range_has_a_supplier_and_its_own_prefix():
    assert {product_range.supplier for product_range in RANGES} == set(SUPPLIERS)
    assert len({row.prefix for row in RANGES}) == len({row.category for row in RANGES}) == len(RANGES)


@all_cases(("number", "code"), [(1, "2000000000015"), (12_000, "2000000120003")])
def test_a_barcode_ends_with_its_check_digit(number, code):
    assert make_barcode(number) == code


@pytest.mark.quick
@all_cases("hour", [3, 9, 12, 23])
def test_times_are_within_opening_hours_and_end_now(hour):
    now = A_FRIDAY.replace(hour=hour)
    times = choose_times(500, 182, now, make_random())
    assert times == sorted(times)
    assert times[0] > now - timedelta(days=185)
    assert now - timedelta(days=2) < times[-1] <= now
    assert {time.hour for time in times} <= set(range(9, 19))


@pytest.mark.long
def test_fills_a_part_of_the_large_shop(db):
    """Filling the whole large shop takes a minute."""
    large = SIZES["large"]
    fill(Size(large.products // 30, large.days // 10, large.receipts // 120))
    owner = User.objects.get(username="demo")
    assert Product.objects.for_user(owner).count() == 400 + 2  # the gift wrapping, and the bags of tea
    assert Movement.objects.for_user(owner).count() > 1000
    assert find_breaks(owner.pk) == []


@pytest.mark.long
def test_no_operation_has_more_lines_than_the_api_allows(db):
    fill(Size(products=1001, days=7, receipts=1))
    openings = Operation.objects.filter(reason="opening").annotate(lines=Count("movements")).order_by("id")
    assert [operation.lines for operation in openings] == [1000, 1]
