"""What a shop uses: what its menu, its tabs and its forms show, and the page that switches it."""

from datetime import timedelta

import pytest

from core.database.postgres.base import STATEMENTS
from desk.shop.tests.test_menu import list_menu, list_tabs
from desk.shop.uses_page import USES
from testing.cast.people import make_location, make_product
from testing.reading.browser import Browser
from trade.customers.models import Customer
from users import reading
from users.models import SWITCHED, User

ADDRESS, PAGE = "/api/account/", "/shop/uses/"
NEW_SHOP = [
    "/shop/sell/", "/shop/receive/", "/shop/count/", "/api/products/", "/shop/reports/", "/shop/shop/",
]  # fmt: skip


def switch(client, **switches):
    response = client.patch(ADDRESS, {"uses": switches, "acknowledged": True})
    assert response.status_code == 200, response.json()
    return response.json()["uses"]


def reserve(client, product):
    body = {"lines": [{"product": product.pk, "quantity": 1}]}
    assert client.post("/api/stock/reservations/", body).status_code == 201


def test_the_menu_of_a_new_shop_has_six_entries(browser):
    assert list_menu(browser) == NEW_SHOP
    assert "/api/stock/" in list_tabs(browser, "/shop/reports/")
    assert list_tabs(browser, "/shop/receive/") == ["/shop/receive/", "/shop/write-off/"]


def test_orders_come_with_the_first_one(browser, as_alice, kettle):
    reserve(as_alice, kettle)
    assert list_menu(browser) == [*NEW_SHOP[:3], "/shop/orders/", *NEW_SHOP[3:]]
    assert list_tabs(browser, "/shop/orders/") == ["/shop/orders/", "/api/customers/"]
    switch(as_alice, orders="off")
    assert list_menu(browser) == NEW_SHOP


def test_what_is_hidden_still_opens_by_its_address(browser, as_alice, kettle):
    switch(as_alice, **dict.fromkeys(SWITCHED, "off"))
    for address in ("/shop/orders/", "/api/locations/", "/api/lots/", "/api/groups/", "/shop/move/", "/api/tills/"):
        assert browser.client.get(address).status_code == 200, address
    reserve(as_alice, kettle)
    assert "Kettle" in browser.get_page("/shop/orders/")


def test_a_place_gives_forms_its_field_and_a_lot_its_own(browser, alice, as_alice):
    def list_columns():
        page = browser.get_page("/shop/receive/")
        return [name for name in ("location", "lot", "expires_on") if f'name="{name}"' in page]

    assert list_columns() == []
    make_location(alice, "Cellar")
    assert list_columns() == ["location"]
    switch(as_alice, lots="on")
    assert list_columns() == ["location", "lot", "expires_on"]
    switch(as_alice, places="off", lots="auto")
    assert list_columns() == []


def test_everything_that_a_shop_has_is_found(world):
    for shop in world.shops.values():
        assert {
            name for name, shown in reading.list_uses(User.find(shop.owner.pk)).items() if shown
        } == reading.ROWS.keys()


def test_a_page_reads_what_the_shop_uses_at_most_once(browser, alice, as_alice, kettle):
    def count(address="/shop/write-off/"):
        before = STATEMENTS.value
        browser.get_page(address)
        return STATEMENTS.value - before

    count()
    with_reading = count()
    switch(as_alice, **dict.fromkeys(SWITCHED, "on"))
    count()
    assert count() == with_reading - 1


def test_a_process_asks_again_only_for_what_it_has_not_found(alice, django_assert_num_queries):
    make_location(alice, "Cellar")
    User.objects.filter(pk=alice.pk).update(
        uses=[f"{name} off" for name in SWITCHED if name not in ("places", "payments")], uses_payments="off"
    )
    owner = User.find(alice.pk)
    with django_assert_num_queries(1):
        assert reading.list_uses(owner)["places"] is reading.list_uses(owner)["places"] is True
    again = User.find(alice.pk)
    with django_assert_num_queries(0):
        assert reading.list_uses(again)["places"] is True


def test_a_user_without_a_shop_uses_nothing(dora):
    assert not any(reading.list_uses(dora).values())


def test_the_switches_are_kept_by_name_and_recorded(as_alice):
    assert switch(as_alice, kits="on", lots="off") == {**dict.fromkeys(SWITCHED, "auto"), "kits": "on", "lots": "off"}
    assert switch(as_alice, kits="auto", orders="on")["lots"] == "off"
    change = as_alice.get("/api/changes/?kind=shop").json()["results"][0]
    assert change["changes"] == {"uses": [["lots off", "kits on"], ["lots off", "orders on"]]}
    assert (
        "What this shop uses lots off, kits on → lots off, orders on"
        in as_alice.get("/api/changes/", headers={"Accept": "text/html"}).text
    )


def test_the_page_switches_what_the_shop_uses(browser, as_alice):
    page = browser.get_page(PAGE)
    assert all(str(text) in page.replace("&#x27;", "'") for use in USES.values() for text in use)
    browser.send_task(PAGE, lots="true")
    assert as_alice.get(ADDRESS).json()["uses"] == {**dict.fromkeys(SWITCHED, "auto"), "lots": "on"}
    refused = browser.send_task(PAGE, payments="true")
    assert (refused.status_code, "no certified cash register" in refused.text) == (400, True)
    browser.send_task(PAGE, payments="true", acknowledged="true")
    assert as_alice.get(ADDRESS).json()["uses"]["payments"] == "on"
    assert "acknowledged" not in browser.get_page(PAGE)


def test_a_switch_that_was_not_moved_keeps_or_leaves_when_needed(browser, alice, as_alice):
    """The box beside it says whether the thing is shown when it is needed."""
    make_location(alice, "Cellar")
    others = sorted(USES.keys() - {"places", "kits"})
    browser.send_task(PAGE, automatic=others)
    uses = dict.fromkeys(SWITCHED, "auto") | {"places": "on", "kits": "off"}
    assert as_alice.get(ADDRESS).json()["uses"] == uses
    browser.send_task(PAGE, automatic=[*others, "kits"])
    assert as_alice.get(ADDRESS).json()["uses"] == uses | {"kits": "auto"}
    values = browser.task_values(PAGE)
    del values["places"]
    assert browser.client.post(PAGE, values).status_code == 303
    assert as_alice.get(ADDRESS).json()["uses"] == uses | {"kits": "auto", "places": "off"}


def test_two_people_with_the_page_open_keep_both_changes(browser, alice, as_alice):
    switch(as_alice, sheets="on")
    other = Browser(alice)
    first, second = browser.task_values(PAGE), other.task_values(PAGE)
    del second["sheets"]
    for client, values in ((browser, first | {"lots": "true"}), (other, second)):
        assert client.client.post(PAGE, values).status_code == 303
    uses = as_alice.get(ADDRESS).json()["uses"]
    assert (uses["lots"], uses["sheets"]) == ("on", "off")
    assert other.client.post(PAGE, second).status_code == 303
    assert as_alice.get(ADDRESS).json()["uses"] == uses


def test_who_may_not_change_the_shop_has_no_switches(bob):
    assert Browser(bob).client.get(PAGE).status_code == 403


def test_the_page_leads_to_the_switch_for_pages_of_programs(alice):
    link = '<a href="/shop/form/users/me/">Show what programs use'
    assert link not in Browser(alice).get_page("/shop/uses/")
    User.objects.filter(pk=alice.pk).update(developer=False)
    assert link in Browser(alice).get_page("/shop/uses/")
    assert 'name="developer"' in Browser(alice).get_page("/shop/form/users/me/")


@pytest.mark.needs("customer_accounts")
@pytest.mark.quick
def test_the_page_says_what_customers_will_owe_of_today(alice, as_alice):
    """What was sold today before payments are switched on is owed, unless the first day is set to tomorrow."""
    tea, ada = make_product(alice, "Tea", price="4.00", quantity=20), Customer.objects.create(owner=alice, name="Ada")
    said = "2 sales of today under a customer&#x27;s name will be owed: 12.00"
    assert "will be owed" not in Browser(alice).get_page(PAGE)
    for quantity, customer in ((1, ada.pk), (2, ada.pk), (3, None)):
        line = {"product": tea.pk, "movement_type": "OUT", "quantity": quantity}
        as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [line], "customer": customer})
    page = Browser(alice).get_page(PAGE)
    assert said in page
    assert "“Customers owe from” to tomorrow" in page
    as_alice.patch(ADDRESS, {"uses": {"payments": "on"}, "acknowledged": True})
    account = f"/api/customers/{ada.pk}/account/"
    assert as_alice.get(account).json()["owed"] == "12.00"
    assert "will be owed" not in Browser(alice).get_page(PAGE)
    as_alice.patch(ADDRESS, {"owed_from": str(alice.shop_today() + timedelta(days=1))})
    assert as_alice.get(account).json()["not_noted"] == {"count": 2, "total": "12.00"}
