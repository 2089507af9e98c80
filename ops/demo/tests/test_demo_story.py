"""The goods and the trade of the files fit together, within opening hours, and are enough for any size."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db.models import Count

from ops.demo.catalogue import ARRIVALS, choose_times, list_goods, list_operations, make_barcode
from ops.demo.filling import SEED, SIZES, Size, fill
from products.models import Product
from stock.models import Movement, Operation
from stock.proofs.verification import find_breaks
from testing.tables import all_cases
from users.models import User

A_FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_random(seed=SEED):
    return Random(seed)  # noqa: S311, not a secret


def test_the_operations_depend_on_the_seed_only():
    assert list_operations(3, make_random()) == list_operations(3, make_random())
    assert list_operations(3, make_random()) != list_operations(3, make_random(SEED + 1))


def test_the_small_shop_has_the_operations_in_the_order_of_the_file():
    references = [operation.reference for operation in list_operations(1, make_random())]
    assert [references[0], references[-2]] == ["till 118", "delivery 2118"]
    sales = [int(reference.split()[-1]) for reference in references if reference.startswith("till")]
    assert sales == sorted(sales)


@pytest.mark.quick
@all_cases("copies", [1, 3])
def test_no_operation_takes_more_than_the_stock(copies):
    stock = Counter({good["sku"]: int(good["opening"]) for good in list_goods(copies)})
    for operation in list_operations(copies, make_random()):
        for sku, quantity in operation.lines.items():
            assert quantity > 0
            stock[sku] += quantity if operation.reason in ARRIVALS else -quantity
            assert stock[sku] >= 0, (operation, sku)
    assert len(stock) == 300 * copies


def test_goods_of_each_maker_are_sold():
    sold = {sku for operation in list_operations(40, make_random()) for sku in operation.lines}
    assert {f"TEA-ASSAM-{number}" for number in range(1, 40)} < sold
    assert len(sold) > 10_000


def test_the_samovar_is_never_sold():
    assert [operation for operation in list_operations(1, make_random()) if "SAMOVAR" in operation.lines] == []


def test_the_large_shop_has_twelve_thousand_products():
    goods = list_goods(SIZES["large"].copies)
    assert len(goods) == len({good["sku"] for good in goods}) == len({good["name"].lower() for good in goods}) == 12_000
    assert SIZES["large"].products == 12_000
    assert all(Decimal(good["price"]) > Decimal(good["cost_price"]) > 0 for good in goods)
    assert all(int(good["opening"]) > int(good["min_threshold"]) for good in goods)
    assert max(len(good["name"]) for good in goods) < 60


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
    fill(Size(copies=4, days=54))
    owner = User.objects.get(username="demo")
    assert Product.objects.for_user(owner).count() == 1200 + 2  # the gift wrapping, and the bags of tea
    assert Movement.objects.for_user(owner).count() > 10_000
    assert find_breaks(owner.pk) == []
    openings = Operation.objects.filter(reason="opening").annotate(lines=Count("movements")).order_by("id")
    assert [operation.lines for operation in openings] == [1000, 200]  # no more than the API allows
