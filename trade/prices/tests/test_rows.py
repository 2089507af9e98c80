"""The prices of a product or kit: PUT, GET, and the list of all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from testing.cast.tills import Device
from testing.tables import all_cases
from trade.prices.models import PriceRow
from trade.prices.tests.priced import make_group, set_prices

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
ROW = {"price_group": None, "from": None, "price": "9.00", "starts_on": None, "ends_on": None}


@pytest.mark.quick
def test_what_was_put_is_got(alice, as_bob, tea, regulars):
    rows = [{**ROW, "from": "12", "ends_on": "2030-12-31"}, {**ROW, "price_group": regulars, "price": "8.00"}]
    put = set_prices(alice, tea, *rows)
    assert put.status_code == 200
    assert put.json() == as_bob.get(f"/api/products/{tea.pk}/prices/").json()
    assert put.json()["rows"] == [rows[0], rows[1]] or put.json()["rows"] == [rows[1], rows[0]]
    assert as_bob.put(f"/api/products/{tea.pk}/prices/", {"rows": []}, format="json").status_code == 403


@pytest.mark.quick
@all_cases(
    ("rows", "code"),
    [
        ([ROW, {**ROW, "price": "8.00"}], "prices_doubled"),
        ([ROW, ROW], "prices_doubled"),
        ([{**ROW, "starts_on": "2030-02-01", "ends_on": "2030-01-31"}], "ends_before_start"),
        ([{**ROW, "from": f"{n + 1}"} for n in range(101)], "too_many_prices"),
        ([{**ROW, "from": "1.5"}], "amount_too_fine"),
    ],
)
def test_rows_that_make_no_sense_are_refused_as_a_whole(alice, tea, rows, code):
    set_prices(alice, tea, {"price": "5.00"})
    refused = set_prices(alice, tea, *rows)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert [row.price for row in PriceRow.objects.all()] == [5]


@all_cases("row", [{"price": "-1"}, {}, {"price": "1", "from": "0"}, {"price": "1", "from": "-2"}, {"price": "x"}])
def test_a_wrong_value_is_a_400_of_the_rows(alice, tea, row):
    answer = set_prices(alice, tea, row)
    assert (answer.status_code, list(answer.json())) == (400, ["rows"])


def test_a_kit_is_sold_whole(alice, basket):
    refused = set_prices(alice, basket, {"price": "9.00", "from": "1.5"}, kind="kits")
    assert (refused.status_code, refused.json()["code"]) == (400, "kit_of_wholes")
    assert set_prices(alice, basket, {"price": "9.00", "from": "2"}, kind="kits").json()["rows"][0]["from"] == "2"


@all_cases("kind", ["products", "kits"])
def test_an_outdated_etag_refuses(alice, as_alice, tea, basket, kind):
    goods = tea.pk if kind == "products" else basket
    etag = as_alice.get(f"/api/{kind}/{goods}/").headers["ETag"]
    assert set_prices(alice, goods, {"price": "9.00"}, kind=kind, **{"If-Match": etag}).status_code == 200
    assert set_prices(alice, goods, {"price": "8.00"}, kind=kind, **{"If-Match": etag}).status_code == 412
    assert as_alice.get(f"/api/{kind}/{goods}/prices/").json()["rows"][0]["price"] == "9.00"


def test_rows_that_stay_do_not_end(alice, tea):
    set_prices(alice, tea, ROW, {**ROW, "from": "12"})
    kept = set(PriceRow.objects.values_list("pk", flat=True))
    set_prices(alice, tea, ROW, {**ROW, "from": "12"})
    set_prices(alice, tea, ROW, {**ROW, "from": "12", "price": "7.00"})
    assert PriceRow.objects.count() == 3
    assert PriceRow.objects.filter(until=None, pk__in=kept).count() == 1


def test_present_rows_of_an_archived_group_may_be_repeated(alice, as_alice, tea, regulars):
    row = {**ROW, "price_group": regulars}
    set_prices(alice, tea, row)
    as_alice.delete(f"/api/price-groups/{regulars}/")
    assert set_prices(alice, tea, row, {**ROW, "from": "12"}).status_code == 200
    refused = set_prices(alice, tea, {**row, "price": "7.00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "price_group_archived")


@all_cases(("kind", "event"), [("products", "product.changed"), ("kits", "kit.changed")])
def test_the_history_and_an_event_tell_other_prices(alice, as_alice, tea, basket, kind, event):
    goods = tea.pk if kind == "products" else basket
    set_prices(alice, goods, {"price": "9.00", "from": "12"}, kind=kind)
    before = len(as_alice.get("/api/events/").json()["events"])
    set_prices(alice, goods, {"price": "9.00", "from": "12"}, kind=kind)
    events = as_alice.get("/api/events/").json()["events"]
    assert (len(events), events[-1]["type"]) == (before, event)
    changed = as_alice.get(f"/api/{kind}/{goods}/changes/").json()["results"][0]["changes"]
    row = {"group": None, "from": 12, "price": "9.00", "starts_on": None, "ends_on": None}
    assert changed == {"prices": [[], [row]]}


def test_only_a_row_with_a_quantity_fixes_the_decimals(alice, as_alice):
    new = as_alice.post("/api/products/", {"name": "Flour", "price": "1.00"}).json()["id"]
    set_prices(alice, new, ROW)
    assert as_alice.patch(f"/api/products/{new}/", {"decimals": 3}).status_code == 200
    set_prices(alice, new, {**ROW, "from": "0.500"})
    assert as_alice.patch(f"/api/products/{new}/", {"decimals": 2}).json()["code"] == "decimals_fixed"


# --- The list of all --------------------------------------------------------------------------------------


@all_cases(
    ("query", "prices"),
    [
        ({}, ["7.00", "8.00", "9.00"]),
        ({"product": "tea"}, ["8.00", "9.00"]),
        ({"kit": "basket"}, ["7.00"]),
        ({"price_group": "regulars"}, ["8.00"]),
        ({"on": f"{TODAY}"}, ["7.00", "9.00"]),
        ({"on": f"{TODAY + timedelta(days=9)}"}, ["7.00", "8.00"]),
    ],
)
def test_the_list_has_what_a_filter_says(alice, as_bob, tea, basket, regulars, query, prices):
    named = {"tea": tea.pk, "basket": basket, "regulars": regulars}
    later = f"{TODAY + timedelta(days=5)}"
    of_group = {"price": "8.00", "price_group": regulars, "starts_on": later}
    set_prices(alice, tea, {"price": "9.00", "ends_on": later}, of_group)
    set_prices(alice, basket, {"price": "7.00"}, kind="kits")
    found = as_bob.get("/api/prices/", {name: named.get(value, value) for name, value in query.items()}).json()
    assert sorted(row["price"] for row in found["results"]) == prices


def test_archived_goods_have_no_price_in_the_list(alice, as_alice, tea):
    set_prices(alice, tea, ROW)
    as_alice.delete(f"/api/products/{tea.pk}/")
    assert as_alice.get("/api/prices/").json()["results"] == []


def test_a_till_sees_the_prices_of_everybody_alone(alice, tea, regulars):
    set_prices(alice, tea, ROW, {**ROW, "price_group": regulars, "price": "8.00"})
    device = Device(alice)
    shown = device.client.get(f"/api/products/{tea.pk}/prices/").json()["rows"]
    assert [row["price"] for row in shown] == ["9.00"]
    assert device.client.get("/api/prices/").status_code == 403
    assert device.client.get("/api/price-groups/").json()["count"] == 1


def test_the_catalogue_has_the_prices_of_everybody_and_of_one_group(alice, tea, basket, regulars, ada):
    other = make_group(alice, "Staff")
    rows = [{**ROW, "price_group": group, "price": price} for group, price in ((None, "9.00"), (regulars, "8.00"))]
    set_prices(alice, tea, *rows, {**ROW, "price_group": other}, {**ROW, "from": "2", "ends_on": "2020-01-01"})
    set_prices(alice, basket, {**ROW, "from": "2"}, kind="kits")
    device = Device(alice).client
    shown = device.get("/api/tills/catalogue/").json()
    assert [(row["product"], row["kit"], row["from"], row["price"]) for row in shown["prices"]] == [
        (tea.pk, None, None, "9.00"), (None, basket, 2, "9.00"),
    ]  # fmt: skip
    assert [(one["id"], one["percent"]) for one in shown["price_groups"]] == [(regulars, "10.00"), (other, "10.00")]
    further = device.get("/api/tills/catalogue/", {"price_group": regulars}).json()["prices"]
    assert sorted(row["price"] for row in further) == ["8.00", "9.00", "9.00"]
    assert device.get("/api/customers/", {"search": "ada"}).json()["results"][0]["price_group"] == regulars


@all_cases(
    ("values", "rule"),
    [
        ({"price": -1}, "price"),
        ({"price": 1, "least": 0}, "least"),
        ({"price": 1, "product": None}, "goods"),
        ({"price": 1, "starts_on": "2030-02-01", "ends_on": "2030-01-31"}, "days"),
        ({"price": 1, "until": "2020-01-01T00:00Z"}, "span"),
        ({"price": 9}, "once"),
    ],
)
def test_the_database_refuses_a_wrong_row(alice, tea, values, rule):
    row = {"owner": alice, "product": tea, "since": timezone.now(), **values}
    PriceRow.objects.create(owner=alice, product=tea, since=timezone.now(), price=2)
    with pytest.raises(IntegrityError, match=f"prices_pricerow_{rule}"), transaction.atomic():
        PriceRow.objects.create(**row)


def test_a_group_of_another_shop_is_refused_by_the_database(alice, charlie, tea):
    group = make_group(charlie)
    with pytest.raises(IntegrityError, match="prices_pricerow_price_group"), transaction.atomic():
        PriceRow.objects.create(owner=alice, product=tea, since=timezone.now(), price=2, price_group_id=group)
