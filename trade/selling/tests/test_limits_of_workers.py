"""The limits of workers: no costs but those of purchases, and what owners set: list prices only, nothing dated back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from records.history.models import Change, Kind
from stock.models import Movement
from testing.cast.people import client_of, client_with_key, make_product, make_user
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.selling import prices
from users.access.roles import Role

OPERATIONS = "/api/stock/operations/"
SALE = {"movement_type": "OUT", "quantity": 2}


def ago(**passed):
    return (timezone.now() - timedelta(**passed)).isoformat()


@pytest.fixture
def at_list_price(as_alice):
    assert as_alice.patch("/api/account/", {"workers_sell_at_list_price": True}).status_code == 200


@pytest.fixture
def today_only(as_alice):
    assert as_alice.patch("/api/account/", {"workers_date_back": False}).status_code == 200


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 50, price="20.00")


@pytest.fixture
def reprice(pot, as_alice):
    """Change the price to 25.00, as if an hour ago."""
    assert as_alice.patch(f"/api/products/{pot.pk}/", {"price": "25.00"}).status_code == 200
    Change.objects.filter(row_id=pot.pk).update(at=timezone.now() - timedelta(hours=1))


def book(client, product, **line):
    rest = {name: line.pop(name) for name in ("discount", "occurred_at", "reason") if name in line}
    return client.post(OPERATIONS, {"lines": [{"product": product.pk, **SALE, **line}], **rest}, format="json")


def refusal(response):
    assert response.status_code == 400
    data = response.json()
    return data["lines"][0]["code"] if "lines" in data else data["code"]


@all_cases("price", [{"unit_price": "19.99"}, {"total": "39.99"}, {"unit_price": "0"}])
def test_a_worker_sells_at_no_other_price(as_bob, pot, at_list_price, price):
    assert refusal(book(as_bob, pot, **price)) == "list_price_only"
    assert refusal(as_bob.post("/api/stock/", {"product": pot.pk, **SALE, **price})) == "list_price_only"
    assert Movement.objects.filter(unit_price__isnull=False).count() == 0


def test_the_refusal_has_both_prices(as_bob, pot, at_list_price):
    [line] = book(as_bob, pot, unit_price="1.00").json()["lines"]
    numbers = {"product": pot.pk, "list_price": "20.00", "unit_price": "1.00"}
    assert {name: line[name] for name in numbers} == numbers


@all_cases("price", [{}, {"unit_price": "20.00"}, {"total": "40.00"}])
def test_a_worker_sells_at_the_list_price(as_bob, pot, at_list_price, price):
    assert book(as_bob, pot, **price).status_code == 201


@pytest.mark.quick
@all_cases("discount", [{"percent": "1"}, {"amount": "0.01"}])
def test_a_worker_gives_no_discount(as_bob, pot, at_list_price, discount):
    assert refusal(book(as_bob, pot, discount=discount)) == "discount_refused"
    single = {"product": pot.pk, **SALE, "discount": discount}
    assert refusal(as_bob.post("/api/stock/", single, format="json")) == "discount_refused"


def test_without_the_settings_workers_have_no_limits(as_bob, pot):
    sold = book(as_bob, pot, unit_price="1.00", discount={"percent": "5"}, occurred_at=ago(days=9))
    assert sold.status_code == 201


@pytest.mark.quick
@all_cases("role", [Role.OWNER, Role.MANAGER])
def test_owners_and_managers_have_no_limits(alice, pot, at_list_price, today_only, role):
    user = alice if role == Role.OWNER else make_user("mona", role=role, employer=alice)
    alice.refresh_from_db()
    sold = book(client_of(user), pot, unit_price="1.00", discount={"percent": "5"}, occurred_at=ago(days=9))
    assert sold.status_code == 201


def test_the_key_of_a_worker_has_its_limits(bob, pot, at_list_price, today_only):
    client = client_with_key(bob)
    assert refusal(book(client, pot, unit_price="1.00")) == "list_price_only"
    assert refusal(book(client, pot, occurred_at=ago(hours=25))) == "dated_back"


def test_a_late_sale_has_a_price_since_its_time(as_bob, pot, reprice, at_list_price):
    assert book(as_bob, pot, unit_price="20.00", occurred_at=ago(hours=2)).status_code == 201
    assert book(as_bob, pot, unit_price="25.00", occurred_at=ago(hours=2)).status_code == 201
    assert refusal(book(as_bob, pot, unit_price="20.00", occurred_at=ago(minutes=5))) == "list_price_only"
    assert refusal(book(as_bob, pot, unit_price="20.00")) == "list_price_only"


def test_a_till_sells_at_the_prices_of_its_copy(alice, pot, reprice, at_list_price):
    device = Device(alice)
    assert device.book(1, pot, 1, unit_price="20.00").status_code == 201
    assert refusal(device.book(2, pot, 1, unit_price="19.00")) == "list_price_only"
    Change.objects.filter(row_id=pot.pk).update(at=timezone.now() - prices.MAX_AGE_OF_COPY - timedelta(days=1))
    assert refusal(device.book(3, pot, 1, unit_price="20.00")) == "list_price_only"


@pytest.mark.quick
def test_the_label_of_a_scale_may_round_the_price(alice, as_bob, at_list_price):
    cheese = make_product(alice, "Cheese", 9000, price="89.90", decimals=3, unit="kg")
    assert book(as_bob, cheese, quantity=26, total="2.35").status_code == 201  # 26 g are 2.34
    assert refusal(book(as_bob, cheese, quantity=26, total="2.20")) == "list_price_only"
    ham = make_product(alice, "Ham", 9000, price="14.20", decimals=3, unit="kg")
    assert book(as_bob, ham, quantity=26, total="0.39").status_code == 201  # 26 g are 0.37, and 1 g is 0.02 rounded up


def test_a_currency_without_decimals_rounds_the_line(alice, as_alice, as_bob, at_list_price):
    as_alice.patch("/api/account/", {"currency": "JPY"})
    tea = make_product(alice, "Tea", 9000, price="999.00", decimals=3, unit="kg")
    assert book(as_bob, tea, quantity=250, unit_price="1000.00").status_code == 201
    assert refusal(book(as_bob, tea, quantity=250, unit_price="900.00")) == "list_price_only"


@pytest.mark.quick
@all_cases("hours", [25, 24 * 9])
def test_a_worker_dates_nothing_back(as_bob, pot, cellar, today_only, hours):
    late = {"occurred_at": ago(hours=hours)}
    line = {"product": pot.pk, "quantity": 1}
    sent = [
        book(as_bob, pot, **late),
        book(as_bob, pot, movement_type="IN", **late),
        book(as_bob, pot, reason="damage", **late),
        as_bob.post("/api/stock/", {"product": pot.pk, **SALE, **late}),
        as_bob.post("/api/stock/transfers/", {"from": None, "to": cellar.pk, "lines": [line], **late}, format="json"),
        as_bob.post(
            "/api/stock/counts/",
            {"lines": [{"product": pot.pk, "counted": 3, "counted_at": late["occurred_at"]}]},
            format="json",
        ),
    ]
    assert [refusal(one) for one in sent] == ["dated_back"] * len(sent)


def test_a_worker_dates_no_return_back(as_bob, as_alice, pot, today_only):
    sale = book(as_alice, pot, occurred_at=ago(days=9)).json()["id"]
    address = f"{OPERATIONS}{sale}/return/"
    assert refusal(as_bob.post(address, {"occurred_at": ago(days=2)})) == "dated_back"
    assert as_bob.post(address, {"occurred_at": ago(hours=2)}).status_code == 201


def test_a_worker_books_what_happened_within_a_day(as_bob, pot, today_only):
    assert book(as_bob, pot, occurred_at=ago(hours=23)).status_code == 201
    response = book(as_bob, pot, occurred_at=ago(hours=24))
    assert {"occurred_at", "earliest"} < response.json().keys()


@pytest.mark.quick
def test_a_till_sends_what_it_has_sold_days_ago(alice, pot, today_only):
    assert Device(alice).book(1, pot, 1, occurred_at=ago(days=9)).status_code == 201


def test_limits_cost_a_plain_booking_no_statement(as_bob, pot, django_assert_num_queries, at_list_price, today_only):
    book(as_bob, pot)
    with django_assert_num_queries(5):  # as without limits
        book(as_bob, pot)


def test_a_worker_reserves_and_hands_out_at_the_prices_of_the_order(as_alice, as_bob, pot, at_list_price):
    line = {"product": pot.pk, "quantity": 2}
    address = "/api/stock/reservations/"
    low = as_bob.post(address, {"lines": [{**line, "unit_price": "15.00"}]}, format="json")
    assert low.json()["lines"][0]["code"] == "list_price_only"
    order = as_alice.post(address, {"lines": [{**line, "unit_price": "15.00"}]}, format="json").json()["id"]
    for price, quantity, status in (("14.00", 2, 400), ("15.00", 3, 400), ("15.00", 2, 200)):
        changed = {"lines": [{"product": pot.pk, "quantity": quantity, "unit_price": price}]}
        assert as_bob.patch(f"{address}{order}/", changed, format="json").status_code == status
    for given in ({"unit_price": "14.00"}, {"total": "20.00"}):
        sold = as_bob.post(f"{address}{order}/fulfil/", {"lines": [{**line, **given}]}, format="json")
        assert refusal(sold) == "list_price_only"
    assert refusal(as_bob.post(f"{address}{order}/fulfil/", {"discount": {"percent": "5"}}, format="json")) == (
        "discount_refused"
    )
    sold = as_bob.post(f"{address}{order}/fulfil/", {}, format="json")
    assert sold.json()["movements"][0]["unit_price"] == "15.00"


def test_the_page_that_sells_has_no_price_for_a_worker(bob, alice, at_list_price):
    alice.refresh_from_db()
    assert "unit_price" not in Browser(bob).get_page("/shop/sell/")
    assert "unit_price" in Browser(alice).get_page("/shop/sell/")


def test_a_till_has_no_limits_that_were_set_after_its_sale(alice, pot, at_list_price):
    device, before, after = Device(alice), ago(minutes=5), ago(minutes=1)
    Change.objects.filter(kind=Kind.SHOP).update(at=timezone.now() - timedelta(minutes=3))
    assert device.book(1, pot, 1, unit_price="19.00", occurred_at=before).status_code == 201
    assert refusal(device.book(2, pot, 1, unit_price="19.00", occurred_at=after)) == "list_price_only"
    sold = {"lines": [{"product": pot.pk, **SALE}], "discount": {"percent": "5"}}
    assert device.send(device.key(3), {**sold, "occurred_at": before}).status_code == 201
    assert refusal(device.send(device.key(4), {**sold, "occurred_at": after})) == "discount_refused"


def test_a_change_of_the_limit_that_is_no_flag_stops_no_till(alice, pot, at_list_price):
    """The file of a moved shop may have one."""
    Change.objects.filter(kind=Kind.SHOP).update(changes={"workers_sell_at_list_price": ["moon", True]})
    assert Device(alice).book(1, pot, 1, unit_price="19.00", occurred_at=ago(minutes=5)).status_code == 201


@pytest.mark.quick
def test_a_till_has_a_limit_of_the_shop_after_thirty_days_whatever_time_it_sends(alice, pot, at_list_price):
    device = Device(alice)
    Change.objects.filter(kind=Kind.SHOP).update(at=timezone.now() - timedelta(days=30, minutes=1))
    sold = device.book(1, pot, 1, unit_price="19.00", occurred_at=ago(days=90))
    assert refusal(sold) == "list_price_only"


def test_a_sale_at_the_present_price_takes_no_statement_for_limits(alice, pot, at_list_price, monkeypatch):
    monkeypatch.delattr(prices, "fetch")
    assert Device(alice).book(1, pot, 1, unit_price="20.00", occurred_at=ago(minutes=5)).status_code == 201


# --- Costs ------------------------------------------------------------------------------------------------

INCOMING = {"movement_type": "IN", "quantity": 1}


@all_cases("cost", [{"unit_cost": "1000.00"}, {"cost": "0.00"}])
@all_cases(("reason", "status"), [("purchase", 201), ("correction", 400), ("return", 400), ("other", 400)])
def test_who_sees_no_costs_names_those_of_purchases_alone(alice, bob, as_alice, as_bob, pot, reason, status, cost):
    clients = [
        as_bob,
        client_with_key(bob, scope="manage"),
        client_of(make_user("mia", employer=alice, role=Role.MANAGER)),
    ]
    line = {"product": pot.pk, **INCOMING, **cost}
    for client, expected in zip([*clients, as_alice], [status, status, 201, 201], strict=True):
        one = client.post("/api/stock/", {**line, "reason": reason})
        many = client.post(OPERATIONS, {"lines": [line], "reason": reason})
        assert (one.status_code, many.status_code) == (expected, expected)
        if expected == 400:
            assert (one.json()["code"], refusal(many)) == ("cost_refused", "cost_refused")


def test_goods_without_stock_and_lines_of_both_kinds_take_no_cost_of_workers(alice, as_bob, pot):
    hours = make_product(alice, "Hours", keeps_stock=False)
    named = {**INCOMING, "unit_cost": "9.00"}
    assert refusal(book(as_bob, hours, reason="other", **named)) == "cost_refused"
    assert book(as_bob, hours, reason="purchase", **named).status_code == 201
    lines = [{"product": pot.pk, **named}, {"product": pot.pk, **SALE}]
    assert refusal(as_bob.post(OPERATIONS, {"lines": lines})) == "cost_refused"


def test_a_till_names_no_cost_even_if_the_owner_has_paired_it(alice, pot):
    device, line = Device(alice), {"product": pot.pk, **INCOMING, "unit_cost": "9.00"}
    assert refusal(device.send(device.key(1), {"lines": [line], "reason": "correction"})) == "cost_refused"
