"""Sessions and roles: who may open a task, and what happens to a form when the session has ended."""

import pytest
from django.test import Client

from desk.shop.tests.reading import KEY, find_refusals
from records.idempotency.models import IdempotencyKey
from stock.models import Movement
from testing.cast.people import PASSWORD
from testing.reading.browser import HTML, Browser, read_task
from testing.tables import all_cases

BOOKINGS = ["sell", "receive", "write-off", "move", "count", "reserve", "labels"]
SELL = "/shop/sell/"
BY_SCRIPT = {"X-Task": "yes"}


@pytest.fixture
def sale(browser, earl):
    return browser.task_values(SELL) | {"product": ["earl"], "quantity": ["3"]}


def nothing_is_sold():
    return not Movement.objects.filter(movement_type="OUT").exists()


@all_cases("name", [*BOOKINGS, "order"])
def test_an_owner_opens_each_task(browser, earl, name):
    response = browser.client.get(f"/shop/{name}/")
    assert response.status_code == 200
    assert "<h1>" in response.text
    assert "no-cache" in response.headers["Cache-Control"]


@all_cases("name", BOOKINGS)
def test_a_worker_opens_each_booking(bob, earl, name):
    assert Browser(bob).client.get(f"/shop/{name}/").status_code == 200


@all_cases("method", ["get", "post"])
def test_a_worker_gets_a_page_that_says_that_it_may_not_order(bob, method):
    browser = Browser(bob)
    browser.get_page(SELL)
    response = getattr(browser.client, method)("/shop/order/")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert find_refusals(response) == ["You may not do this in your shop: ask its owner."]


@all_cases("name", [*BOOKINGS, "order", "orders/1", "orders/1/receive", "reservations/1/fulfil"])
def test_a_worker_without_an_employer_reads_that_it_belongs_to_no_shop(dora, name):
    response = Browser(dora).client.get(f"/shop/{name}/")
    assert response.status_code == 403
    assert find_refusals(response)[0].startswith("You belong to no shop.")


def test_other_methods_are_refused(browser, earl):
    assert browser.client.put(SELL).status_code == 405
    assert browser.client.head(SELL).status_code == 200


# --- Signed out ------------------------------------------------------------------------------------------------------


def test_a_signed_out_reader_signs_in_and_comes_back_to_the_whole_address(client, db):
    response = client.get("/shop/write-off/?product=1&product=2&reason=expiry")
    expected = "/api-auth/login/?next=/shop/write-off/%3Fproduct%3D1%26product%3D2%26reason%3Dexpiry"
    assert (response.status_code, response.headers["Location"]) == (302, expected)


@all_cases("name", ["reports", "shop"])
def test_the_lists_of_links_lead_to_the_sign_in(client, db, name):
    assert client.get(f"/shop/{name}/").headers["Location"] == f"/api-auth/login/?next=/shop/{name}/"


def test_a_script_without_a_session_gets_the_address_to_sign_in(client, sale):
    response = client.post(SELL, sale, headers=BY_SCRIPT)
    assert (response.status_code, response.json()) == (401, {"sign_in": "/api-auth/login/"})
    assert nothing_is_sold()


def test_a_form_without_a_session_gets_a_page_that_says_that_nothing_was_booked(client, sale):
    response = client.post(SELL, sale)
    assert response.status_code == 401
    assert "nothing was saved" in find_refusals(response)[0]
    assert nothing_is_sold()


def test_an_account_that_was_switched_off_is_signed_out(browser, alice, sale):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert browser.client.post(SELL, sale).status_code == 401
    assert nothing_is_sold()


# --- CSRF tokens -----------------------------------------------------------------------------------------------------


@all_cases("headers", [{}, BY_SCRIPT])
def test_the_token_of_an_earlier_session_shows_the_filled_form_again(browser, alice, sale, headers):
    browser.client.force_login(alice)
    later = Browser(alice)
    later.get_page(SELL)
    response = later.client.post(SELL, sale | {"note": "x"}, headers=headers)
    assert response.status_code == 403
    assert "Nothing was saved yet: send this again." in find_refusals(response)[0]
    assert nothing_is_sold()
    values = read_task(response.text)
    assert (values["product"][0], values["quantity"][0], values["note"]) == ("earl", "3", ["x"])
    assert values[KEY] == sale[KEY]
    assert later.client.post(SELL, values).status_code == 303


def test_a_count_with_the_token_of_an_earlier_session_is_shown_again(browser, alice, earl):
    count = browser.task_values("/shop/count/") | {"product": ["earl"], "counted": ["3"]}
    later = Browser(alice)
    later.get_page("/shop/count/")
    response = later.client.post("/shop/count/", count)
    assert response.status_code == 403
    assert "Nothing was saved yet: send this again." in find_refusals(response)[0]
    assert read_task(response.text)["counted"][0] == "3"


def test_a_form_of_another_site_books_nothing(alice, sale):
    browser = Browser(alice)
    browser.get_page(SELL)
    sale = {name: value for name, value in sale.items() if name != "csrfmiddlewaretoken"}
    assert browser.client.post(SELL, sale).status_code == 403
    assert browser.client.post(SELL, sale, headers={"Origin": "https://evil.example"}).status_code == 403
    assert nothing_is_sold()


def test_a_bearer_token_opens_no_page(as_alice, earl):
    assert as_alice.get(SELL).status_code == 302
    assert as_alice.post(SELL, {"product": "earl"}).status_code == 401
    assert nothing_is_sold()


def test_the_token_of_another_user_in_a_header_books_for_nobody_else(browser, as_charlie, sale):
    headers = {"Authorization": as_charlie._credentials["HTTP_AUTHORIZATION"]}
    browser.client.post(SELL, sale, headers=headers)
    assert not Movement.objects.exclude(owner__username="alice").exists()


# --- By script -------------------------------------------------------------------------------------------------------


@all_cases("name", ["Idempotency-Key", "If-Match", "If-None-Match"])
def test_headers_for_the_api_do_not_change_what_a_page_does(browser, sale, name):
    assert browser.client.post(SELL, sale, headers=HTML | {name: '"other"'}).status_code == 303
    assert Movement.objects.latest("pk").movement_type == "OUT"
    assert not IdempotencyKey.objects.filter(key='"other"').exists()


@all_cases("query", ["", "?back={}"])
def test_a_script_gets_the_message_if_its_form_stays_in_view_or_the_next_page_has_it(browser, sale, earl, query):
    response = browser.client.post(SELL + query.format(earl.pk), sale, headers=BY_SCRIPT)
    said, address = response.json(), response.json()["location"]
    assert (response.status_code, address) == (201, f"/api/products/{earl.pk}/" if query else SELL)
    assert len(said.get("key", "")) == (0 if query else 22)
    assert "Sold 3 of Earl Grey" in (browser.get_page(address) if query else said["messages"])
    assert "Sold 3 of" not in browser.get_page(SELL)


def test_only_a_form_that_is_sent_again_without_an_answer_is_not_told_that_it_was_sent(browser, sale):
    said = [browser.client.post(SELL, sale, headers={**BY_SCRIPT, "X-Task": how}) for how in ("yes", "yes", "again")]
    assert ["was sent before" in answer.json()["messages"] for answer in said] == [False, True, False]


def test_a_script_gets_the_page_of_a_refused_form(browser, sale):
    response = browser.client.post(SELL, sale | {"quantity": "99"}, headers=BY_SCRIPT)
    assert response.status_code == 400
    assert "Only 9 in stock" in response.text


# --- Whether a form was booked ---------------------------------------------------------------------------------------


def ask(client, key):
    return client.get("/shop/sent/", {"key": key})


def test_a_page_asks_whether_its_form_was_booked(browser, sale):
    [key] = sale[KEY]
    assert ask(browser.client, key).json() == {"is_booked": False}
    browser.client.post(SELL, sale)
    assert IdempotencyKey.objects.filter(key=key).exists()
    assert ask(browser.client, key).json() == {"is_booked": True}


def test_workers_of_the_same_shop_are_answered_and_other_shops_are_not(browser, bob, charlie, sale):
    browser.client.post(SELL, sale)
    [key] = sale[KEY]
    assert ask(Browser(bob).client, key).json() == {"is_booked": True}
    assert ask(Browser(charlie).client, key).json() == {"is_booked": False}


def test_who_has_no_shop_or_no_session_is_told_nothing(browser, dora, sale):
    browser.client.post(SELL, sale)
    [key] = sale[KEY]
    for client in (Browser(dora).client, Client(headers=HTML)):
        response = ask(client, key)
        assert (response.status_code, response.json()) == (401, {"is_booked": False})


@all_cases("key", ["", "x" * 10_000, "%C3%A9", "%ED%A0%80"])
def test_a_malformed_key_was_not_booked(browser, key):
    response = browser.client.get(f"/shop/sent/?key={key}")
    assert (response.status_code, response.json()) == (200, {"is_booked": False})


def test_a_key_with_a_nul_character_is_refused(browser):
    assert browser.client.get("/shop/sent/?key=%00").status_code == 400


# --- The next user ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signs_out", [True, False])
def test_a_message_that_waits_for_its_page_is_not_shown_to_the_next_user_of_the_browser(
    browser, sale, charlie, signs_out
):
    client = browser.client
    assert client.post(SELL, sale).status_code == 303
    assert "messages" in client.cookies
    token = {"csrfmiddlewaretoken": sale["csrfmiddlewaretoken"]}
    if signs_out:
        client.post("/api-auth/logout/?next=/", token)
    else:
        del client.cookies["sessionid"]
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    client.post("/api-auth/login/", {"username": "charlie", "password": PASSWORD, **token})
    page = client.get(SELL).text
    assert ("charlie" in page, "Earl Grey" in page) == (True, False)
