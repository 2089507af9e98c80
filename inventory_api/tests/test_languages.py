"""No page shows English in another language, and no page for people names fields as programs do."""

import re
from functools import cache

import pytest
from django.db import transaction

from core.currencies import CURRENCIES
from core.languages import ENGLISH, LANGUAGES
from core.time_zones import list_zones
from inventory_api.tests.test_translations import read_catalogue
from ops.demo.credentials import DEMO_USERS
from products.models import Category
from products.variants.models import Group
from records.events.models import EventType
from stock.models import Location
from suppliers.models import Supplier
from testing.browser import HTML, Browser
from testing.shown_texts import list_shown_texts
from testing.walk import address_of, list_body_fields, list_calls
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sheets.models import Sheet
from users.models import User

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.check]
TASKS = [f"/shop/{name}/" for name in ("sell", "receive", "write-off", "move", "count", "order", "reserve", "labels",
                                       "products/add", "sheets/new", "reports", "shop")]  # fmt: skip
OTHERS = ("/", "/till/", "/nowhere/", "/api/nowhere/", "/api/products/999999/", "/api/products/?min_price=x",
          "/api/products/?search=x", "/accounts/factors/", "/accounts/proof/", "/accounts/close/")  # fmt: skip
SIGNED_OUT = ("/", "/api/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/sent/",
              "/accounts/password/reset/MQ/x-y/", "/api-auth/login/", "/nowhere/")  # fmt: skip
# People sign in, and set a new password, on pages of their own. The page of the import shows names of columns.
LEFT_OUT = ("/api/auth/", "/api/login/", "/api/register/", "/api/products/import/")
ENGLISH_WORDS = re.compile(r"\b(?:the|of|and|with|this|your|which|from|has|is|are|be)\b")
NAMES = {"API", "CSV", "DELETE", "Excel", "Inventory API", "JSON", "PUT", "create", "first-call", "get", "ms", "size"}
DATA = {*list_zones(), *CURRENCIES, *EventType, *DEMO_USERS, *LANGUAGES.values(), *NAMES}
# Numbers and signs, sizes of labels, digests, keys, addresses, and texts of scripts that consist of values.
NO_WORDS = re.compile(r"[^A-Za-z]*|\d+x\d+|[0-9a-f]{64}|inv_.*|till-\d+-|till \d+|/\S*|(?:\{\w+\}[:×\s]*)+")
FIELD_NAME = re.compile(r"`|\b[a-z]+_[a-z_]+\b")


def list_addresses(world, role):
    """Return the addresses of pages, with the ids of rows that the role sees."""
    shop = world.own_shop(role)
    found = [*TASKS, *OTHERS, *(address_of(call, role, world) for call in list_calls())]
    if shop:
        sheet = f"/shop/sheets/{shop.id_of(Sheet)}"
        found += [
            f"/shop/count/?category={shop.id_of(Category)}", f"/shop/count/?place={shop.id_of(Location)}",
            f"/shop/order/?supplier={shop.id_of(Supplier)}", f"/shop/orders/{shop.draft.pk}/",
            f"/shop/orders/{shop.id_of(Order)}/receive/", f"/shop/reservations/{shop.id_of(Reservation)}/fulfil/",
            f"{sheet}/count/", f"{sheet}/differences/",
            f"/shop/groups/{shop.id_of(Group)}/fill/", f"/shop/groups/{shop.id_of(Group)}/rename/",
        ]  # fmt: skip
    return sorted({one for one in found if not one.startswith(LEFT_OUT)})


def open_browser(world, role, language):
    """Return a browser of the role, whose pages are in this language."""
    if user := world.users[role]:
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
    browser = Browser(user)
    browser.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return browser


def read_texts(answer):
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return list_shown_texts(answer.text) if is_page else set()


def read_pages(world, role, language):
    """Return the texts of all pages of the role, by address."""
    browser = open_browser(world, role, language)
    addresses = SIGNED_OUT if role == "nobody" else list_addresses(world, role)
    return {address: read_texts(browser.client.get(address)) for address in addresses}


def refuse_forms(world, role, language):
    """Return the texts of the pages after each form was sent empty, and with a sign in each field."""
    browser, found = open_browser(world, role, language), {}
    for call in list_calls():
        address = address_of(call, role, world)
        for sign in ("", "?"):
            body = {name: sign for name, _ in list_body_fields(call)} if sign else {}
            if call.method != "GET" and not address.startswith(LEFT_OUT):
                found[f"{call.method} {address} {sign}"] = send_form(browser, call.method, address, body)
    for address in TASKS:
        for sign in ("", "?"):
            form = {name: [sign or value for value in values] for name, values in browser.task_values(address).items()}
            found[f"POST {address} {sign}"] = send_form(browser, "POST", address, form)
    return found


def send_form(browser, method, address, form):
    """Return the texts of the page, if the form is refused. Nothing stays booked."""
    browser.get_page("/shop/sell/")
    token = browser.client.cookies["csrftoken"].value
    headers = HTML | {"X-CSRFToken": token, "X-Task": "yes"}
    with transaction.atomic():
        if method == "POST":
            answer = browser.client.post(address, form | {"csrfmiddlewaretoken": token}, headers=headers)
        else:
            body = "&".join(f"{name}={value}" for name, value in form.items())
            answer = browser.client.generic(method, address, body, "application/x-www-form-urlencoded", headers=headers)
        transaction.set_rollback(True)
    return read_texts(answer) if 400 <= answer.status_code < 500 else set()


def find_leftovers(english, other, language, words):
    """Return the English texts among those of pages in another language, each with the address of a page."""
    messages = read_catalogue(language).items()
    # Messages whose translation is the same, without the values that follow them.
    unchanged = {message.partition(" {")[0] for message, (forms, _plural) in messages if forms[0] == message}
    found = {}
    for address, texts in other.items():
        for text in texts:
            shown = re.sub(r"[\d.,: ]+$", "", text.removesuffix(" – Inventory API"))
            is_same = text in english[address] and shown not in unchanged
            is_data = any(word in text for word in words) or {text, shown} & DATA or NO_WORDS.fullmatch(text)
            if not is_data and (is_same or ENGLISH_WORDS.search(text)):
                found[text] = address
    return found


@pytest.fixture(scope="module")
def read(shared_world):
    """Return a function that returns the texts of pages. It reads each page once for all tests of the module."""
    return cache(lambda read_some, role, language: read_some(shared_world, role, language))


# A text that is not marked is English in every language, and test_translations.py reads all catalogues.
@pytest.mark.parametrize("language", ["de", *(pytest.param(name, marks=pytest.mark.long) for name in ("fr", "es"))])
@pytest.mark.parametrize(
    ("read_some", "role"),
    [(read_pages, "alice"), (read_pages, "bob"), (read_pages, "dora"), (read_pages, "nobody"), (refuse_forms, "alice")],
)
def test_no_page_shows_english_in_another_language(world, read, read_some, role, language):
    english, other = read(read_some, role, ENGLISH), read(read_some, role, language)
    found = find_leftovers(english, other, language, words=(world.shops["alice"].word, "dora"))
    assert not found, "\n".join(f"{text} ({address})" for text, address in sorted(found.items()))


def test_finds_english_in_another_language():
    """This is the negative control."""
    page = '<h1>Fine Sache</h1><table aria-label="Low on stock"></table><option>Daily</option><p>Sold 2 of the cups</p>'
    texts = {"/": list_shown_texts(page)}
    assert set(find_leftovers(texts, texts, "de", words=())) == {
        "Low on stock",
        "Daily",
        "Sold 2 of the cups",
        "Fine Sache",
    }


def test_pages_for_people_name_no_fields_as_programs_do(world, read):
    pages = {**read(read_pages, "alice", ENGLISH), **read(refuse_forms, "alice", ENGLISH)}
    word = world.shops["alice"].word
    found = {text: address for address, texts in pages.items() for text in texts if FIELD_NAME.search(text)}
    assert {text: address for text, address in found.items() if word not in text} == {}
