"""The prices of kits in late sales, and of those who must sell at list prices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from records.history.models import Change
from stock.booking.drafts import ProductReference
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell
from trade.selling import prices
from trade.selling.goods import find_kind
from trade.selling.named_goods import read_list_prices


def ago(**passed):
    return (timezone.now() - timedelta(**passed)).isoformat()


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 50, price="6.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 50, price="3.00")


@pytest.fixture
def basket(alice, tea, cup):
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, price="10.00")["id"]


@pytest.fixture
def pair(alice, tea, cup):
    """Return a kit that costs what its parts do."""
    return make_kit(alice, "Pair", {tea.pk: 1, cup.pk: 1})["id"]


@pytest.fixture
def at_list_price(as_alice):
    assert as_alice.patch("/api/account/", {"workers_sell_at_list_price": True}).status_code == 200


def change(as_alice, path, **fields):
    """Change the row, as if an hour ago."""
    assert as_alice.patch(path, fields).status_code == 200
    Change.objects.filter(row_id=int(path.split("/")[-2])).update(at=timezone.now() - timedelta(hours=1))


def book(client, kit, quantity=1, **line):
    """Sell kits, and return the code of the refusal, or their price."""
    late = {"occurred_at": line.pop("occurred_at")} if "occurred_at" in line else {}
    answer = sell(client, {"kit": kit, "quantity": quantity, **line}, **late).json()
    return answer["lines"][0]["code"] if "code" in answer else answer["kits"][0]["unit_price"]


@all_cases("price", [{"unit_price": "9.99"}, {"total": "9.99"}])
def test_a_worker_sells_kits_at_their_price(as_bob, basket, pair, at_list_price, price):
    assert book(as_bob, basket, **price) == book(as_bob, pair, **price) == "list_price_only"
    assert book(as_bob, basket, unit_price="10.00") == book(as_bob, basket) == "10.00"
    assert book(as_bob, pair, 2, unit_price="9.00") == book(as_bob, pair, 2, total="18.00") == "9.00"


def test_a_till_sells_kits_at_the_prices_of_its_copy(alice, as_alice, as_bob, basket, at_list_price):
    change(as_alice, f"/api/kits/{basket}/", price="12.00")
    device = Device(alice).client
    assert [book(device, basket, unit_price=price) for price in ("10.00", "12.00", "11.00")] == [
        "10.00", "12.00", "list_price_only",
    ]  # fmt: skip
    assert book(as_bob, basket, unit_price="10.00", occurred_at=ago(hours=2)) == "10.00"
    assert book(as_bob, basket, unit_price="10.00", occurred_at=ago(minutes=5)) == "list_price_only"
    Change.objects.filter(row_id=basket).update(at=timezone.now() - prices.MAX_AGE_OF_COPY - timedelta(days=1))
    assert book(device, basket, unit_price="10.00") == "list_price_only"


def test_a_till_sells_kits_at_the_former_prices_of_their_parts(alice, as_alice, pair, tea, cup, at_list_price):
    change(as_alice, f"/api/products/{tea.pk}/", price="7.00")
    change(as_alice, f"/api/products/{cup.pk}/", price="3.50")
    change(as_alice, f"/api/kits/{pair}/", price="10.00")
    device = Device(alice).client
    given = ("9.00", "10.00", "10.50", "9.50")
    assert [book(device, pair, unit_price=price) for price in given] == [*given[:3], "list_price_only"]


def test_a_till_sells_kits_with_the_parts_of_its_copy(alice, as_alice, as_bob, basket, tea, cup, at_list_price):
    former = [{"product": tea.pk, "quantity": 1}, {"product": cup.pk, "quantity": 2}]
    change(as_alice, f"/api/kits/{basket}/", parts=[{"product": tea.pk, "quantity": 1}])
    device = Device(alice).client
    assert book(device, basket, parts=former) == book(as_alice, basket, parts=former) == "10.00"
    assert book(as_bob, basket, parts=former) == "usual_parts_only"
    telly = make_product(alice, "Telly", 5, price="900.00")
    assert book(device, basket, parts=[{"product": telly.pk, "quantity": 1}]) == "usual_parts_only"


@all_cases("renamed_first", [True, False])
def test_a_till_sells_kits_with_former_parts_that_were_renamed(
    alice, as_alice, basket, tea, cup, at_list_price, renamed_first
):
    former = [{"product": tea.pk, "quantity": 1}, {"product": cup.pk, "quantity": 2}]
    changes = [(f"/api/kits/{basket}/", {"parts": former[:1]}), (f"/api/products/{cup.pk}/", {"name": "Mug"})]
    for path, fields in changes[::-1] if renamed_first else changes:
        change(as_alice, path, **fields)
    device = Device(alice).client
    assert book(device, basket, parts=former) == "10.00"
    assert book(device, basket, parts=former[1:]) == "usual_parts_only"
    assert book(device, basket, parts=[former[0], {**former[1], "quantity": 3}]) == "usual_parts_only"
    twin = {**former[1], "product": make_product(alice, "Cup", 5).pk}
    for parts in ([*former, twin], [former[1], twin]):
        assert book(device, basket, parts=parts) == "usual_parts_only"
    telly = make_product(alice, "Telly", 5, price="900.00")
    assert book(device, basket, parts=[former[0], {"product": telly.pk, "quantity": 2}]) == "usual_parts_only"


def test_a_part_with_the_names_of_two_is_not_both(alice, as_alice, pair, tea, at_list_price):
    change(as_alice, f"/api/kits/{pair}/", parts=[{"product": tea.pk, "quantity": 1}])
    change(as_alice, f"/api/products/{tea.pk}/", name="Cup")
    parts = [{"product": pk, "quantity": 1} for pk in (tea.pk, make_product(alice, "Telly", 5).pk)]
    assert book(Device(alice).client, pair, parts=parts) == "usual_parts_only"


@pytest.mark.quick
@all_cases(
    "names",
    [
        ["Tea"], ["Tea"] * 9 + ["Cup"] * 2, ["Tea", "Cup", "Cup", "Other", "Other"], ["Tea", "Other", "Other"],
        ["Cup", "Cup", "Other"], ["Cup", "Cup", "Other", "Other"],
    ],
)  # fmt: skip
def test_a_worker_sells_each_part_in_its_quantity(alice, as_bob, basket, tea, cup, at_list_price, names):
    """The third product has the name of a part."""
    products = {"Tea": tea.pk, "Cup": cup.pk, "Other": make_product(alice, "Cup", 50, price="3.00").pk}
    parts = [{"product": products[name], "quantity": names.count(name)} for name in dict.fromkeys(names)]
    assert book(as_bob, basket, parts=parts) == "usual_parts_only"


@pytest.mark.quick
def test_a_late_sale_of_kits_has_the_prices_of_its_time(alice, as_alice, basket, pair, tea):
    gift = make_kit(alice, "Gift", {tea.pk: 1}, price="0.00")["id"]
    change(as_alice, f"/api/kits/{basket}/", price="12.00")
    change(as_alice, f"/api/products/{tea.pk}/", price="24.00")
    late = {"occurred_at": ago(hours=2)}
    assert (book(as_alice, basket, **late), book(as_alice, pair, **late)) == ("10.00", "9.00")
    found = find_kind("kit").find(alice.pk, [ProductReference("kit", kit) for kit in (basket, pair, gift)])
    goods, then = [found["kit", kit] for kit in (basket, pair, gift)], timezone.now() - timedelta(hours=2)
    shown = [read_list_prices(alice.pk, goods, at) for at in (then, None)]
    assert shown == [[10, 9, 0], [12, 27, 0]]
    sale = sell(as_alice, {"kit": basket, "quantity": 1}, **late).json()
    assert [movement["total"] for movement in sale["movements"]] == ["5.00", "5.00"]
    assert (book(as_alice, basket), book(as_alice, pair)) == ("12.00", "27.00")


def test_several_kits_cost_several_times_one(alice, as_bob, at_list_price):
    tea = make_product(alice, "Loose tea", 5000, price="9.99", decimals=3, unit="kg")
    bag = make_kit(alice, "Bag", {tea.pk: 333})
    assert bag["list_price"] == "3.33"
    assert book(as_bob, bag["id"], 3) == book(as_bob, bag["id"], 3, unit_price="3.33") == "3.33"
