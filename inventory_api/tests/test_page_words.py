"""The words of the pages that an owner who is no developer can open: none is of the house's own, or of programs."""

import html
import re

import pytest
from django.db import transaction
from django.urls import Resolver404, resolve

from testing.cast.people import make_product
from testing.laws.walk import generate_schema, list_body_fields, list_calls
from testing.reading.browser import Browser, read_task

pytestmark = [pytest.mark.usefixtures("shared_world")]

# Words that an owner of a shop would have to learn, or that only programs need.
BANNED = re.compile(
    r"\b(operations?|movement type|axes|axis|blind|entries|entry|drop(?:ped)?|API keys?|key|breaks|proof|seal(?:s|ed)?"
    r"|references?|book(?:s|ed|ing|ings)?|ledger|CSV files|threshold|tendered|float|gross|revenue)\b",
    re.IGNORECASE,
)
# A time is "Recorded", or has no word of its own: what a sentence tells may happen.
BANNED_LABEL = re.compile(r"Happened\b")
OF_PROGRAMS = re.compile(r"\b20\d\d-\d\d-\d\d\b|\b(?:Europe|Asia|Africa|America)/\w+|\bIANA\b|\bISO \d+")
PAPER = re.compile(r"/file/|/paper/|/receipt/")  # pages that are printed have whole dates
ALLOWED = (
    r"Api key (created|revoked|used from new network)",  # the words of codes
    r"Key",  # of an own field: its name in files and in the API
    r".*\bAPI keys?\b.*",  # where a choice shows or ends what programs use
    r"Your workers and all API keys .*",
)
# The words of the trade and of programs that the pages once had. An owner has to learn those that they still have.
LEARNED = (
    "operations?", "movements?", "movement type", "ledger", "entry|entries", "book(?:ed|ings?)?", "revers(?:e|ed|al)",
    "references?", "locations?", "lots?", "SKUs?", "EAN|GTIN", "threshold", "reservations?", "on order",
    "lead (?:time|days)", "drafts?", "sheets?", "blind", "tolerance", "variants?", "axis|axes", "own fields?", "keys?",
    "API", "webhooks?", "events?", "seal(?:s|ed)?", "proofs?", "float", "gross", "net", "margins?", "revenue",
    "transfers?", "archived?", "JSON", "ISO", "closings?", "drop(?:ped)?", "breaks", "happened", "ids?", "passkeys?",
    "second factors?", "CSV", "opening balance",
)  # fmt: skip
MAX_LEARNED = 30
HIDDEN = re.compile(r"<(script|style|head|template)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
LINK = re.compile(r'href="(/(?:api|shop|accounts)/[^"#]*)"')
MIN_PAGES = 60
NAMES = re.compile(r"xylograph \w+")  # the texts of the rows of the world
# What people type wrongly into all fields of a form, beside a product that the shop has, and into one of them alone.
WRONG = ("-1", "x" * 300, "sans nom")
WRONG_AS_WELL = ("", "31.02.2026", "0.123456")
WRONG_ALONE = {"time_zone": "Europe/Wien", "currency": "EU", "country": "XX"}
UNTOUCHED = {"csrfmiddlewaretoken", "_idempotency_key", "movement", "product", "_read", "query", "columns"}
ENGLISH = re.compile(r"\b(the|this|is|are|of|to|with|must|ensure|field|has|have|not|and|your|it)\b", re.IGNORECASE)
FRENCH = {"code", "codes", "condition", "date", "description", "format", "image", "kit", "lot", "mail", "note",
          "options", "position", "source", "total", "type", "types"}  # fmt: skip
MIN_REFUSALS = 200
SOLD, ARCHIVED = "BOUILLOIRE", "ANCIENNE"  # SKUs of products that the walk of refusals adds
WORD = re.compile(r"(?<![\w.])[a-z]+(?:_[a-z]+)*(?![\w.])")


def read_words(page):
    """Return the lines of text that the page shows. Names of rows in the world have no banned word."""
    text = html.unescape(NAMES.sub("", HIDDEN.sub("\n", page)))
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def find_banned(page):
    """Return the lines that have a banned word and are not allowed."""
    found = {line for line in read_words(page) if BANNED.search(line) or BANNED_LABEL.match(line)}
    return sorted(line for line in found if not any(re.fullmatch(text, line, re.IGNORECASE) for text in ALLOWED))


def walk(browser):
    """Yield the address and the text of a page of each route to which the pages lead, and of each form."""
    waiting, seen = ["/api/"], set()
    while waiting:
        address = html.unescape(waiting.pop(0))
        try:
            found = resolve(address.partition("?")[0])
        except Resolver404:
            continue
        name = f"{found.route} {re.sub('[0-9]+', 'N', address) if 'form' in found.route else ''}"
        if name in seen:
            continue
        seen.add(name)
        answer = browser.client.get(address)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            b"".join(answer)  # a file that is read to its end is closed
            continue
        yield address, answer.text
        waiting += LINK.findall(answer.text)


@pytest.fixture(scope="module")
def owner(shared_world):
    """Return an owner who is no developer."""
    owner = next(iter(shared_world.shops.values())).owner
    owner.developer = False
    owner.save(update_fields=["developer"])
    return owner


@pytest.fixture(scope="module")
def browser(owner):
    """Return the browser that has the pages: their forms are refused without its cookies."""
    return Browser(owner)


@pytest.fixture(scope="module")
def pages(browser):
    """Return the pages of the owner by their addresses. Tests only read them."""
    return dict(walk(browser))


def test_no_page_of_an_owner_has_a_word_of_the_house_or_a_word_of_programs(db, pages):
    assert len(pages) > MIN_PAGES
    assert {address: found for address, text in pages.items() if (found := find_banned(text))} == {}
    shown = {address: "\n".join(read_words(text)) for address, text in pages.items() if not PAPER.search(address)}
    assert {address: found for address, text in shown.items() if (found := OF_PROGRAMS.findall(text))} == {}
    text = "\n".join(shown.values())
    assert len([word for word in LEARNED if re.search(rf"\b(?:{word})\b", text, re.IGNORECASE)]) <= MAX_LEARNED


def test_the_till_has_no_word_of_the_house(db, owner):
    page = Browser(owner).get_page("/till/")
    texts = re.sub(r"<(/?)template", r"<\1div", page)
    assert find_banned(re.sub(r"\{\w+\}", "7", texts)) == []


def test_the_walk_finds_a_banned_word_and_no_other():
    page = '<head><title>key</title></head><p data-x="booked">It <b>books</b>.</p><p>Keyboard, notebook</p>'
    page += "<p>What happened</p><label>Happened before</label>"
    assert find_banned(page) == ["Happened before", "books"]


def send_forms(browser, pages, type_wrongly):
    """Yield address, what was typed, status and new lines of the answer of each form of a task."""
    for address, page in pages.items():
        values = read_task(page) if '<form class="task' in page else {}
        for typed in type_wrongly(values) if values else ():
            status, answer = send_and_roll_back(browser, address, values | typed)
            yield address, typed, status, set(read_words(answer)) - set(read_words(page))


def type_everywhere(*texts):
    """Return a function that yields the values of a form with one of the texts in all fields. None changes nothing."""

    def type_wrongly(values):
        for text in texts:
            yield {} if text is None else {name: [text] for name in values.keys() - UNTOUCHED}

    return type_wrongly


def type_in_one(values):
    """Yield the values of a form with one wrong field, of each form with products those with a wrong product."""
    for name in values.keys() - UNTOUCHED:
        yield {name: [WRONG_ALONE.get(name, "sans nom")]}
    if "product" in values:
        yield from ({"product": [text]} for text in (ARCHIVED, "sans nom"))
        columns = {name: texts for name, texts in values.items() if len(texts) == len(values["product"])}
        yield {name: [texts[0] or "1"] * 2 for name, texts in columns.items()} | {"product": [SOLD, SOLD]}


def send_and_roll_back(browser, address, values):
    """Return the status of the answer, and the text of its page or of that to which it leads."""
    with transaction.atomic():
        answer = browser.client.post(address, values)
        shown = browser.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer
        is_page = shown.headers["Content-Type"].startswith("text/html")
        content = b"".join(shown)  # a file that is read to its end is closed
        transaction.set_rollback(True)
    return answer.status_code, content.decode() if is_page else ""


def list_names_of_programs():
    """Return the names of the fields of requests, and the values of those that have codes."""
    fields = [field for call in list_calls() for field in list_body_fields(call)]
    codes = [part.get("enum", ()) for part in generate_schema()["components"]["schemas"].values()]
    return {name for name, _described in fields} | {str(code) for several in codes for code in several}


def find_names(lines, names):
    """Return the lines that have a name of programs or an English word."""
    return sorted(line for line in lines if ENGLISH.search(line) or names & set(WORD.findall(line)))


@pytest.mark.parametrize(
    "type_wrongly",
    [
        pytest.param(type_everywhere(*WRONG), id="everywhere"),
        pytest.param(type_everywhere(*WRONG_AS_WELL), id="more values", marks=pytest.mark.long),
        pytest.param(type_in_one, id="in one field", marks=pytest.mark.long),
    ],
)
def test_no_refusal_in_french_has_a_name_of_programs_or_an_english_word(world, type_wrongly):
    shop = next(iter(world.shops.values()))
    shop.owner.developer, shop.owner.language = False, "fr"
    shop.owner.save(update_fields=["developer", "language"])
    make_product(shop.owner, quantity=1, sku=SOLD)
    make_product(shop.owner, sku=ARCHIVED, archived_at="2026-01-01T00:00:00Z")
    browser, names = Browser(shop.owner), list_names_of_programs() - FRENCH
    found, number = {}, 0
    for address, typed, status, lines in send_forms(browser, dict(walk(browser)), type_wrongly):
        number += status >= 400
        if status >= 400 and (wrong := find_names(lines - {text for texts in typed.values() for text in texts}, names)):
            found[address, str(typed)[:99]] = wrong
    assert found == {}
    assert number > MIN_REFUSALS


def test_no_answer_to_a_form_of_an_owner_has_a_word_of_the_house(db, browser, pages):
    found, statuses = {}, set()
    for address, typed, status, lines in send_forms(browser, pages, type_everywhere(None, "-1")):
        statuses.add(status)
        if banned := find_banned("\n".join(map(html.escape, lines))):
            found[address, str(typed)[:99]] = banned
    assert found == {}
    assert {303, 400} <= statuses


def test_names_of_programs_and_english_words_are_found():
    lines = ["Indiquez soit quantity, soit le prix.", "unit_cost", "Enter the time.", "Saisissez une date.", "x.sku"]
    assert find_names(lines, {"quantity", "unit_cost", "sku"}) == [lines[2], lines[0], lines[1]]
