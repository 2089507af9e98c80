"""The pages to sign up, to ask for a link and to set a password."""

import re
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client

from products.models import Product
from testing.cast.people import PASSWORD, client_of
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.errors import ResetInvalid
from users.models import User
from users.sign_in import password_services, throttling
from users.sign_in.tests.reset_links import can_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_at_once")]
# These requests run as in production, without a surrounding transaction.
AS_IN_PRODUCTION = pytest.mark.django_db(transaction=True)

SIGN_IN, SIGN_UP, FORGOTTEN = "/api-auth/login/", "/accounts/signup/", "/accounts/password/reset/"
NEW = "another-horse-8"
SHOP = {"shop_name": "Erin's tea", "time_zone": "Europe/Dublin", "currency": "EUR"}
ERIN = {"username": "erin", "email": "erin@example.org", "password": PASSWORD, **SHOP}


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def submit(browser, address, **fields):
    """Open the page and send its form with the page's token."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(address, follow=True).text)[1]
    return browser.post(address, {**fields, "csrfmiddlewaretoken": token})


# --- Signing up ---------------------------------------------------------------------------------------------------


@AS_IN_PRODUCTION
def test_signs_up_and_lands_signed_in_at_the_api(browser):
    response = submit(browser, SIGN_UP, **ERIN)
    assert (response.status_code, response.headers["Location"]) == (302, "/api/")
    erin = User.objects.get()
    assert (erin.username, erin.email, erin.role) == ("erin", "erin@example.org", "owner")
    assert {name: getattr(erin, name) for name in SHOP} == SHOP
    assert browser.get("/api/users/me/").json()["username"] == "erin"
    assert browser.get(SIGN_UP).headers["Location"] == "/api/"


@pytest.mark.quick
@all_cases(
    ("languages", "language", "csv_format", "currency"),
    [
        ("de", "de", "european", "EUR"), ("de-CH", "de", "standard", "CHF"), ("fr-CA,fr", "fr", "european", "CAD"),
        ("es-MX", "es", "standard", "MXN"), ("en-GB", "en", "standard", "GBP"), ("", "en", "standard", ""),
        ("en-KW", "en", "standard", ""),
    ],
)  # fmt: skip
def test_a_shop_writes_as_the_language_in_which_it_was_opened(languages, language, csv_format, currency):
    browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html", "Accept-Language": languages})
    [chosen] = re.findall(r'<option value="([^"]*)" selected>', browser.get(SIGN_UP).text.partition('"currency"')[2])
    assert chosen == currency
    submit(browser, SIGN_UP, **ERIN)
    erin = User.objects.get()
    assert (erin.shop_language, erin.csv_format) == (language, csv_format)


def test_a_shop_that_was_opened_in_german_takes_a_decimal_comma():
    browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html", "Accept-Language": "de"})
    submit(browser, SIGN_UP, **ERIN)
    assert Browser(User.objects.get()).send_task("/shop/products/add/", name="Tasse", price="9,90").status_code == 303
    assert Product.objects.get().price == Decimal("9.90")


def test_a_shop_of_the_api_begins_as_before():
    body = {"username": "erin", "password": PASSWORD}
    assert client_of(None).post("/api/register/", body, headers={"Accept-Language": "de"}).status_code == 201
    erin = User.objects.get()
    settings = (erin.shop_name, erin.time_zone, erin.currency, erin.csv_format, erin.shop_language)
    assert settings == ("", "UTC", "", "standard", "en")


def test_a_refused_form_keeps_the_zone_that_was_chosen(browser):
    page = submit(browser, SIGN_UP, **ERIN | {"username": "a b"}).text
    assert '<option value="Europe/Dublin" selected>' in page
    assert "Erin&#x27;s tea" in page


def test_the_form_needs_its_token(browser):
    assert browser.post(SIGN_UP, ERIN).status_code == 403
    assert not User.objects.exists()


@all_cases(
    ("change", "message"),
    [
        ({"username": "ALICE"}, "A user with that username already exists."),
        ({"email": "ALICE@example.org"}, "A user with that email already exists."),
        ({"username": "a b"}, "Enter a valid username."),
        ({"password": "short"}, "This password is too short."),
        ({"password": "x" * 5000}, "no more than 4096 characters"),
        ({"shop_name": ""}, "This field may not be blank."),
        ({"time_zone": "Europe/Nowhere"}, "Choose the nearest city."),
        ({"currency": "TEA"}, "Choose a currency."),
        ({"currency": "KWD"}, "Amounts have at most two decimals, but KWD has 3."),
    ],
)
def test_shows_an_error_beside_its_field(alice, browser, change, message):
    response = submit(browser, SIGN_UP, **ERIN | change)
    assert response.status_code == 200
    assert message in response.text
    assert PASSWORD not in response.text
    assert list(User.objects.all()) == [alice]


def test_limits_sign_ups_like_the_api(browser, settings):
    settings.SIGNUPS_PER_ADDRESS = 1
    assert submit(browser, SIGN_UP, **ERIN).status_code == 302
    response = submit(Client(), SIGN_UP, **ERIN | {"username": "fay", "email": ""})
    assert response.status_code == 429
    assert "Too many sign-ups. Try again in 60 minutes." in response.text
    assert int(response.headers["Retry-After"]) > 3500
    assert client_of(None).post("/api/register/", {"username": "fay", "password": PASSWORD}).status_code == 429


def test_is_not_there_while_sign_ups_are_closed(browser, settings):
    settings.SIGNUP_OPEN = False
    assert browser.get(SIGN_UP).status_code == 404
    assert Client().post(SIGN_UP, ERIN).status_code == 404
    assert SIGN_UP not in browser.get(SIGN_IN).text


# --- A forgotten password -----------------------------------------------------------------------------------------


def link_of(mail_text):
    return re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", mail_text)[1]


@AS_IN_PRODUCTION
def test_gets_in_after_forgetting_a_password(alice, browser):
    assert FORGOTTEN in browser.get(SIGN_IN).text
    response = submit(browser, FORGOTTEN, username="alice@example.org")
    assert response.headers["Location"] == "/accounts/password/reset/sent/"
    assert "a mail with a link is on its way" in browser.get(response.headers["Location"]).text
    address = browser.get(link_of(mail.outbox[0].body)).headers["Location"]
    assert address.endswith("/set-password/")
    response = submit(browser, address, new_password=NEW, again=NEW)
    assert (response.status_code, response.headers["Location"]) == (302, SIGN_IN)
    assert browser.get("/api/users/me/").status_code == 401  # a mailbox alone signs nobody in
    assert can_sign_in("alice", NEW)


@all_cases("name", ["nobody", "a" * 200, "%", "alice"])
def test_shows_the_same_page_for_every_name(alice, browser, name):
    response = submit(browser, FORGOTTEN, username=name)
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/password/reset/sent/")
    assert len(mail.outbox) == (name == "alice")


def test_refuses_a_name_with_a_line_break(alice, browser):
    response = submit(browser, FORGOTTEN, username="alice\nalice")
    assert response.status_code == 200
    assert "Control characters are not allowed." in response.text
    assert mail.outbox == []


def test_limits_links_like_the_api(alice, browser, settings):
    settings.SIGNUPS_PER_ADDRESS = 1
    assert submit(browser, FORGOTTEN, username="alice").status_code == 302
    response = submit(browser, FORGOTTEN, username="alice")
    assert response.status_code == 429
    assert "Too many requests for a link." in response.text
    assert len(mail.outbox) == 1


def test_is_not_there_if_the_service_sends_no_mail(alice, browser, settings):
    settings.MAIL_ON = False
    assert browser.get(FORGOTTEN).status_code == 404
    assert Client().post(FORGOTTEN, {"username": "alice"}).status_code == 404
    assert FORGOTTEN not in browser.get(SIGN_IN).text
    assert FORGOTTEN not in browser.get(f"{FORGOTTEN}MQ/x-y/").text.replace('action="', "")


def test_the_page_after_it_says_in_a_demo_where_the_mail_is(browser, settings):
    for settings.MAIL_PRINTED in (True, False):
        assert ("on the terminal" in browser.get(f"{FORGOTTEN}sent/").text) is settings.MAIL_PRINTED


def open_link(browser, user):
    """Return the address of the form behind a new link."""
    address = f"{FORGOTTEN}{password_services.encode_uid(user)}/{password_services.RESET.make_token(user)}/"
    return browser.get(address).headers["Location"]


def test_a_link_works_once(alice, browser):
    other = Client()
    address, same = open_link(browser, alice), open_link(other, alice)
    assert submit(browser, address, new_password=NEW, again=NEW).status_code == 302
    assert "This link does not work" in other.get(same).text
    response = other.post(same, {"new_password": PASSWORD, "again": PASSWORD})
    assert "This link does not work" in response.text
    assert can_sign_in("alice", NEW)


def test_a_link_that_ends_while_its_form_is_open_shows_so(alice, browser, monkeypatch):
    address = open_link(browser, alice)
    monkeypatch.setattr(password_services, "reset_password", fail_with_invalid_link)
    response = submit(browser, address, new_password=NEW, again=NEW)
    assert "This link does not work" in response.text


def fail_with_invalid_link(**_):
    raise ResetInvalid


@all_cases(
    ("first", "second", "message"),
    [
        ("short", "short", "This password is too short."),
        (NEW, PASSWORD, "The two password fields"),
        ("alice@example.org", "alice@example.org", "too similar to the"),
        ("x" * 5000, "x" * 5000, "no more than 4096 characters"),
    ],
)
def test_shows_what_is_wrong_with_a_new_password(alice, browser, first, second, message):
    response = submit(browser, open_link(browser, alice), new_password=first, again=second)
    assert response.status_code == 200
    assert message in response.text
    assert can_sign_in("alice", PASSWORD)


def test_returns_503_if_too_many_users_are_signing_in(alice, browser, monkeypatch):
    monkeypatch.setattr(throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    address = open_link(browser, alice)
    with throttling.hashing_slot():
        response = submit(browser, address, new_password=NEW, again=NEW)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert submit(browser, address, new_password=NEW, again=NEW).status_code == 302


@all_cases("uid", ["MQ", "x", "%00", "ÿ", "9" * 300])
@all_cases("token", ["set-password", "x-y", "%00", "é"])
def test_a_wrong_link_is_a_page(browser, uid, token):
    response = browser.get(f"{FORGOTTEN}{uid}/{token}/")
    assert response.status_code in (200, 400)
    assert response.status_code == 400 or "This link does not work" in response.text


def test_pages_are_not_cached_and_load_only_own_files(alice, browser):
    for address in (SIGN_UP, FORGOTTEN, open_link(browser, alice)):
        response = browser.get(address)
        assert "no-store" in response.headers["Cache-Control"]
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', response.text)
        assert not re.findall(r'<script(?! src="/static/)', response.text)
